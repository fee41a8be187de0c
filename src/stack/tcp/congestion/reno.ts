/** Reno's congestion control (RFC 5681): slow start, additive increase, the half after a loss. */
import type { CongestionControl, CongestionEvent } from './congestion-control.ts';
import type { CongestionWindow } from './congestion-window.ts';

export class Reno implements CongestionControl {
  readonly name: string = 'reno';

  avoidCongestion(window: CongestionWindow, acked: number): void {
    const left = window.isInSlowStart ? window.slowStart(acked) : acked;
    if (left > 0) window.increase(window.cwnd, left); // RFC 5681 (3)
  }

  thresholdAfterLoss({ cwnd }: CongestionWindow, _event: CongestionEvent): number {
    return Math.max(cwnd >>> 1, 2); // (4)
  }

  windowBeforeLoss({ cwnd, priorCwnd }: CongestionWindow): number {
    return Math.max(cwnd, priorCwnd);
  }
}
