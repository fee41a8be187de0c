/** How a system retransmits, and finds and repairs losses, as data. */
import type { Duration } from '../../time.ts';

/** Retransmission (RFC 6298, RFC 9293 §3.8.3). */
export interface RetransmissionProfile {
  readonly initialRto: Duration;
  /** The same for a SYN-ACK (OpenBSD SYN_CACHE_TIMER_ARM(); elsewhere as for a SYN). */
  readonly synAckRto: Duration;
  /** RTO is never below this (RFC 6298 (2.4): 1 s). */
  readonly minimumRto: Duration;
  /** What 4·RTTVAR counts as at least (Linux: 200 ms; RFC 6298: the clock's granularity). */
  readonly minimumVariance: Duration;
  /**
   * Whether the acknowledgment of a part of a segment restarts the timer (RFC 6298 (5.3)), and its
   * timestamp is measured; Linux waits for the whole one (FLAG_ACKED).
   */
  readonly partsCount: boolean;
  /**
   * Whether a round trip measured by a SACK restarts the timer, too, where it began before the
   * oldest segment was sent last (Linux tcp_clean_rtx_queue()).
   */
  readonly sacksRestart: boolean;
  /**
   * Whether the SYN,ACK of a simultaneous open measures the round trip, though the SYN before it
   * may be what is acknowledged (Linux: it is the same packet, and not sent again).
   */
  readonly timesCrossingSyn: boolean;
  /** RTTVAR counts as RFC 6298 (2.3) smooths it, or by its highest value of late (Linux). */
  readonly deviation: 'smoothed' | 'highest';
  /** What is added to each timeout that was computed or backed off (net.inet.tcp.rexmit_slop). */
  readonly slop: Duration;
  readonly maximumRto: Duration;
  /**
   * Round trips are measured in ticks of so long, and the RTO is computed in them by the arithmetic
   * of 1988 (lwIP TCP_SLOW_INTERVAL); 0: exactly, by RFC 6298.
   */
  readonly roundTripTick: Duration;
  /** SYN retransmissions before giving up (tcp_syn_retries). */
  readonly synRetries: number;
  /** How many of those come at the initial interval before it doubles (tcp_syn_linear_timeouts). */
  readonly synLinearTimeouts: number;
  /** Whether the interval between SYNs doubles at all (not in lwIP). */
  readonly synBacksOff: boolean;
  /** No SYN goes again after so long, whatever the number (TCPTV_KEEP_INIT). */
  readonly synPatience: Duration;
  /** SYN-ACK retransmissions (tcp_synack_retries). */
  readonly synAckRetries: number;
  /** R1, after which the way is doubted, counted as R2 is (tcp_retries1; RFC 9293 §3.8.3). */
  readonly retries1: number;
  /** R2 as a number of retransmissions (tcp_retries2, TCP_MAXRXTSHIFT). */
  readonly retries2: number;
  /**
   * Whether R1 and R2 stand for the time that so many take from TCP_RTO_MIN on, doubling (Linux
   * tcp_model_timeout()); else they are counted.
   */
  readonly retriesAreTime: boolean;
  /** The same for a connection that no process owns any more (tcp_orphan_retries): 0 means 8. */
  readonly orphanRetries: number;
  /** Whether few segments in flight do not back off at first (tcp_thin_linear_timeouts): by 1. */
  readonly thinLinearTimeouts: number;
  /** Whether a short packet that goes again takes up those behind it (tcp_retrans_collapse). */
  readonly mergesShortPackets: boolean;
  /** Whether "unreachable" takes a back-off back (RFC 6069, Experimental). */
  readonly takesBackOffBack: boolean;
}

/** How losses are found and repaired (RFC 6675, RFC 8985). */
export interface LossRecoveryProfile {
  /** Whether SACK blocks that arrive are read (not by smoltcp, though it sends them). */
  readonly readsSack: boolean;
  /**
   * Whether the window falls in proportion to what is delivered (RFC 6937), or at once, so that
   * nothing goes until half of what is in flight has arrived (RFC 5681 §3.2, RFC 6675 §5).
   */
  readonly reduces: 'in-proportion' | 'at-once';
  /** Duplicate ACKs that mean loss, before reordering was seen (tcp_reordering). */
  readonly reordering: number;
  /** More reordering than this, in segments, is not believed (tcp_max_reordering). */
  readonly reorderingMost: number;
  /** Whether timeouts are tested for having been spurious (tcp_frto; RFC 5682): not by 0. */
  readonly frto: number;
  /** Whether a probe goes before the timeout (tcp_early_retrans; RFC 8985 §7): by 3 and 4. */
  readonly earlyRetransmit: number;
  /** tcp_recovery: a sum of bits, in `recovery/rack.ts`. */
  readonly rackFlags: number;
  /** What the timers of the probe and of late segments wait longer, for they may be coarse. */
  readonly timerAllowance: Duration | 'two-ticks';
}
