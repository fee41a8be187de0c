/**
 * What is known of the way beside where it leads: `ip route … mtu 1400 advmss 1300` (ip-route(8)).
 * What a route does not say is left to the host, or to the program.
 */
import type { CongestionAlgorithm } from '../tcp/congestion/congestion-profile.ts';
import type { Duration } from '../time.ts';
import type { DestinationMetrics } from './destination-metrics.ts';

export interface RouteMetrics {
  /** The largest packet that the way carries, where that is less than the interface's MTU. */
  readonly mtu: number | undefined;
  /** Whether ICMP may not lower that (`mtu lock`). */
  readonly isMtuLocked: boolean;
  /** The time to live of packets, or their hop limit (`hoplimit`). */
  readonly hopLimit: number | undefined;
  /** The MSS to announce. */
  readonly advertisedMss: number | undefined;
  /** The largest window to offer, in octets (`window`). */
  readonly mostWindow: number | undefined;
  /** The first congestion window, in segments, and the first window to offer (RFC 6928). */
  readonly initialWindow: number | undefined;
  readonly initialReceiveWindow: number | undefined;
  /** The least retransmission timeout (`rto_min`; RFC 6298 (2.4)). */
  readonly minimumRto: Duration | undefined;
  /** Whether no acknowledgment is delayed (`quickack 1`). */
  readonly acknowledgesAtOnce: boolean;
  /** Whether connections use ECN, whatever the host does by itself (`features ecn`). */
  readonly usesEcn: boolean;
  /** The congestion control of connections. Where it is locked, programs choose no other. */
  readonly congestionControl: CongestionAlgorithm | undefined;
  /** Whether a SYN may carry data without a cookie (`fastopen_no_cookie 1`). */
  readonly needsNoFastOpenCookie: boolean;
  /** What is to be remembered of it; nothing where no route says so. */
  readonly destination: DestinationMetrics | undefined;
  /** What of all that stays whatever the host learns (`lock`), by the names of `ip route`. */
  readonly locked: ReadonlySet<string>;
}

/** Nothing is known. */
export const NO_METRICS: RouteMetrics = {
  mtu: undefined,
  isMtuLocked: false,
  hopLimit: undefined,
  advertisedMss: undefined,
  mostWindow: undefined,
  initialWindow: undefined,
  initialReceiveWindow: undefined,
  minimumRto: undefined,
  acknowledgesAtOnce: false,
  usesEcn: false,
  congestionControl: undefined,
  needsNoFastOpenCookie: false,
  destination: undefined,
  locked: new Set(),
};
