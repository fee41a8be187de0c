/**
 * No congestion control: whatever the peer's window has room for goes at once, as before 1988.
 * Small stacks have none by default (smoltcp's `NoControl`): their buffers are smaller than what
 * most paths bear. After a timeout one segment goes, and the rest with the first answer.
 */
import type { CongestionControl } from './congestion-control.ts';
import { type CongestionWindow, NO_THRESHOLD } from './congestion-window.ts';

/** More segments than any window has room for. */
const UNBOUNDED = 1 << 30;

export class NoControl implements CongestionControl {
  readonly name = 'none';

  begins(window: CongestionWindow): void {
    window.cwnd = UNBOUNDED;
  }

  control(window: CongestionWindow): void {
    window.cwnd = UNBOUNDED;
  }

  avoidCongestion(): void {
    // `control` has its place.
  }

  thresholdAfterLoss(): number {
    return NO_THRESHOLD;
  }

  windowBeforeLoss(): number {
    return UNBOUNDED;
  }
}
