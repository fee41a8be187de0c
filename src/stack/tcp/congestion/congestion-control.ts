/**
 * A congestion control as the sender knows it: how the window grows, and how far it falls. It sees
 * numbers and never the connection; loss recovery, which is the same for all, asks it.
 */
import type { Duration, Instant } from '../../time.ts';
import type { RateSample } from './rate-sample.ts';
import type { CongestionWindow } from './congestion-window.ts';

export interface CongestionControl {
  /** As TCP_CONGESTION and `tcp_congestion_control` spell it. */
  readonly name: string;
  /** It sets `pacingRate` itself, and wants it to be kept. */
  readonly paces?: boolean;
  /** It is the connection's from now on. */
  begins?(window: CongestionWindow): void;
  /**
   * The window may grow: `acked` segments were delivered and the sender was limited by the window.
   */
  avoidCongestion(window: CongestionWindow, acked: number, rtt: SmoothedRtt, now: Instant): void;
  /** ssthresh after a congestion event (RFC 5681 (4) and its successors). */
  thresholdAfterLoss(window: CongestionWindow, event: CongestionEvent): number;
  /** The window to return to when a reduction turns out to be wrong. */
  windowBeforeLoss(window: CongestionWindow): number;
  /**
   * Segments were delivered, the youngest of them after `rtt`. `una` and `next` are SND.UNA and
   * SND.NXT as offsets from the ISS: rounds are counted by them.
   */
  segmentsAcked?(
    window: CongestionWindow,
    rtt: Duration,
    una: number,
    next: number,
    now: Instant,
  ): void;
  /** An acknowledgment was read: what has been delivered up to now. */
  acknowledged?(totals: DeliveryTotals): void;
  /** Sending begins after nothing was in flight. */
  sendingStarts?(now: Instant, idle: Duration): void;
  /** A retransmission timeout: whatever was learned of the path may not hold any more. */
  timedOut?(): void;
  /**
   * Decides on window and pacing rate after each acknowledgment, by the delivery rate, in place of
   * slow start, avoidance and rate reduction (Linux `cong_control`).
   */
  control?(window: CongestionWindow, sample: RateSample, now: Instant): void;
  /** Nothing is in flight and sending begins, also for the first time. */
  restarts?(window: CongestionWindow, sample: RateSample, now: Instant): void;
  /** The least segments of a burst. */
  leastBurst?(window: CongestionWindow): number;
  /** What TCP_CC_INFO tells, by the C names of `union tcp_cc_info`. */
  info?(): Readonly<Record<string, number>>;
}

/** Why the window is reduced: something was lost, or a packet was marked (RFC 3168 §6.1.2). */
export type CongestionEvent = 'loss' | 'mark';

/** Segments delivered since the connection began; `marked`, with ECE. */
export interface DeliveryTotals {
  readonly delivered: number;
  readonly marked: number;
  /** SND.UNA and SND.NXT as offsets from the ISS. */
  readonly una: number;
  readonly next: number;
}

/** What a congestion control may know of the round-trip time; −1 where there is none yet. */
export interface SmoothedRtt {
  readonly srtt: Duration;
  readonly minimum: Duration;
}
