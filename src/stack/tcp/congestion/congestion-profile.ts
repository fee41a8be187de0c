/** How a system controls congestion, as data; which controls there are. */
import type { Duration } from '../../time.ts';

/** The parameters of Linux's CUBIC (/sys/module/tcp_cubic/parameters). */
export interface CubicProfile {
  /** What is left of the window after a loss, in 1024ths. */
  readonly beta: number;
  /** Whether a flow that lost before its last window gives way (RFC 9438 §4.7): not by 0. */
  readonly fastConvergence: number;
  /** Whether it is never slower than Reno would be (RFC 9438 §4.3): not by 0. */
  readonly friendliness: number;
  /** The first slow start threshold, in segments; 0 for none. */
  readonly initialThreshold: number;
  /** Whether HyStart ends slow start: not by 0. */
  readonly hystart: number;
  /** By what: trains of ACKs (1), longer round trips (2), or either (3). */
  readonly hystartBy: number;
  /** It only matters for windows from this on. */
  readonly hystartLowWindow: number;
  /** ACKs no further apart are one train. */
  readonly hystartAckDelta: Duration;
}

/** Congestion control (RFC 5681). */
export interface CongestionProfile {
  /** tcp_congestion_control */
  readonly algorithm: CongestionAlgorithm;
  /** The first congestion window, in segments (RFC 6928: 10). */
  readonly initialWindow: number;
  /** No more octets than these, unless two segments are (RFC 6928 §2, RFC 3390 §1). */
  readonly initialOctets: number;
  /** After so many SYNs that were sent again it is one segment (RFC 5681 §3.1: after any). */
  readonly lostSynsMost: number;
  /** Whether the window decays while nothing is sent (tcp_slow_start_after_idle; RFC 5681 §4.1). */
  readonly slowStartAfterIdle: boolean;
  /** With that, whether it does while too little is sent to fill it (RFC 2861 §3.1). */
  readonly decaysUnfilled: boolean;
  /** Whether a FIN without data leaves though the window is full: it is no burden. */
  readonly finIgnoresWindow: boolean;
  readonly cubic: CubicProfile;
}

/** How segments are put together for a device that cuts them (segmentation offload). */
export interface BurstProfile {
  /** tcp_min_tso_segs */
  readonly leastSegments: number;
  /** tcp_tso_rtt_log: a round trip of 2ⁿ µs halves what is added to a burst. */
  readonly roundTripShift: number;
  /** tcp_tso_win_divisor: with this share of the window free, a burst does not wait for more. */
  readonly windowDivisor: number;
  /** tcp_pacing_ss_ratio and tcp_pacing_ca_ratio, in percent of the window per round trip. */
  readonly slowStartRatio: number;
  readonly avoidanceRatio: number;
  /** Whether a packet is filled from the one behind it just before it leaves (tcp_grow_skb()). */
  readonly fillsFromNext: boolean;
}

/** The congestion controls that may be chosen. */
export const CONGESTION_ALGORITHMS = ['reno', 'cubic', 'dctcp', 'bbr'] as const;
export type ChosenAlgorithm = (typeof CONGESTION_ALGORITHMS)[number];
/** Those, and none at all, which only a system can have. */
export type CongestionAlgorithm = ChosenAlgorithm | 'none';

export function isCongestionAlgorithm(name: string): name is ChosenAlgorithm {
  return (CONGESTION_ALGORITHMS as readonly string[]).includes(name);
}
