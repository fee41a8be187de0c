/** Path MTU discovery by packets themselves (RFC 4821) of a system, as data. */
import type { Duration } from '../../time.ts';

/** Path MTU discovery by the packets themselves (RFC 4821). */
export interface MtuProbingProfile {
  /** tcp_mtu_probing: 1 searches when a black hole is suspected, 2 always. */
  readonly mode: number;
  /** The MSS that the search begins at (tcp_base_mss). */
  readonly baseMss: number;
  /** The least MSS that a black hole makes it fall to (tcp_mtu_probe_floor). */
  readonly floor: number;
  /** The least MSS there is (tcp_min_snd_mss). */
  readonly leastMss: number;
  /** Whether a peer that wants shorter segments gets such all the same (against MUST-16). */
  readonly raisesPeerMss: boolean;
  /** The search ends when it is so narrow (tcp_probe_threshold), and begins again after so long. */
  readonly threshold: number;
  readonly interval: Duration;
}
