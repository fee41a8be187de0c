/**
 * The congestion window and what goes with it (RFC 5681 §2). It counts segments, as Linux does, not
 * octets: a short segment takes as much of it as a full one.
 */
import { type Seq, toSeq } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';

/** No threshold is known yet: slow start goes on until something is lost (RFC 5681 §3.1). */
export const NO_THRESHOLD = 0x7fff_ffff;

export class CongestionWindow {
  /** cwnd: how many segments may be in the network. */
  cwnd: number;
  /** ssthresh: below it the window grows by slow start. */
  ssthresh: number = NO_THRESHOLD;
  /** cwnd does not grow beyond it (`ip route … cwnd lock`; Linux snd_cwnd_clamp). */
  clamp: number = NO_THRESHOLD;
  /** Acknowledged segments that count towards the next increase (RFC 5681 §3.1, appropriate). */
  acknowledged = 0;
  /** What the last reduction began from, for an undo; `priorSsthresh` 0 forbids it. */
  priorCwnd = 0;
  priorSsthresh = 0;

  // Congestion window validation (RFC 7661; Linux tcp_cwnd_validate()).
  /** Whether the window, and nothing else, held back the sender at its fullest lately. */
  isLimited = false;
  /** The most segments in flight since `usageEnd` was set. */
  mostInFlight = 0;
  usageEnd: Seq = toSeq(0);
  /** Segments in flight at most since the window was last fully used, and since when that is. */
  used = 0;
  usedSince: Instant = 0;

  /** Octets a second at which the window could be sent in a round trip; for bursts. */
  pacingRate: number = Number.POSITIVE_INFINITY;

  // Proportional rate reduction (RFC 6937).
  prrDelivered = 0;
  prrOut = 0;

  constructor(initialWindow: number) {
    this.cwnd = initialWindow;
  }

  get isInSlowStart(): boolean {
    return this.cwnd < this.ssthresh;
  }

  /** RFC 5681 (2): one segment for each acknowledged, up to ssthresh; returns how many are over. */
  slowStart(acked: number): number {
    const before = this.cwnd;
    const after = Math.min(before + acked, this.ssthresh);
    this.cwnd = Math.min(after, this.clamp);
    return acked - (after - before);
  }

  /** Additive increase: one segment for each `perIncrease` that are acknowledged. */
  increase(perIncrease: number, acked: number): void {
    if (this.acknowledged >= perIncrease) {
      this.acknowledged = 0;
      this.cwnd += 1;
    }
    this.acknowledged += acked;
    if (this.acknowledged < perIncrease) return;
    const steps = Math.floor(this.acknowledged / perIncrease);
    this.acknowledged -= steps * perIncrease;
    this.cwnd = Math.min(this.cwnd + steps, this.clamp);
  }
}
