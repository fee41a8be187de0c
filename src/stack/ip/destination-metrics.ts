/**
 * What connections are to take as known of a destination, before one has measured it: `ip route …
 * rtt 300ms ssthresh 20 cwnd lock 5` (ip-route(8)). What is locked, no connection changes.
 */

/** By the names of `ip route`, in the order in which it prints them (Linux RTAX_RTT …). */
export const DESTINATION_METRICS = ['rtt', 'rttvar', 'ssthresh', 'cwnd', 'reordering'] as const;
export type DestinationMetric = (typeof DESTINATION_METRICS)[number];

export interface DestinationMetrics {
  /** In the kernel's units: `rtt` in eighths of a millisecond, `rttvar` in quarters. */
  readonly values: ReadonlyMap<DestinationMetric, number>;
  readonly locked: ReadonlySet<DestinationMetric>;
}

/** No route says anything. */
export const NOTHING_LOCKED: ReadonlySet<DestinationMetric> = new Set();
