/** Reno's congestion control (RFC 5681): slow start, additive increase, the half after a loss. */
import type { CongestionControl, CongestionEvent } from './congestion-control.ts';
import type { CongestionWindow } from './congestion-window.ts';

export class Reno implements CongestionControl {
  readonly name: string = 'reno';
  readonly #extra: number;

  /** @param extra one part in so many of a segment that each ACK adds beside (RFC 2525 §2.6) */
  constructor(extra = 0) {
    this.#extra = extra;
  }

  avoidCongestion(window: CongestionWindow, acked: number): void {
    const left = window.isInSlowStart ? window.slowStart(acked) : acked;
    if (left > 0) window.increase(this.#perIncrease(window.cwnd), left);
  }

  /** How many ACKs add one segment (RFC 5681 (3)). */
  #perIncrease(cwnd: number): number {
    const extra = this.#extra;
    return extra === 0 ? cwnd : Math.max(1, Math.floor((cwnd * extra) / (cwnd + extra)));
  }

  thresholdAfterLoss({ cwnd }: CongestionWindow, _event: CongestionEvent): number {
    return Math.max(cwnd >>> 1, 2); // (4)
  }

  windowBeforeLoss({ cwnd, priorCwnd }: CongestionWindow): number {
    return Math.max(cwnd, priorCwnd);
  }
}
