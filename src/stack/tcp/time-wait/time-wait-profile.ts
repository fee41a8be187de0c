/** What a system keeps of connections in TIME-WAIT, as data. */
import type { Duration } from '../../time.ts';

/** Records of connections that wait alone: in TIME-WAIT, and in FIN-WAIT-2 without a socket. */
export interface TimeWaitRecordsProfile {
  /** How many there may be (tcp_max_tw_buckets). */
  readonly most: number;
  /** Whether `connect` may take the place of one (tcp_tw_reuse): 1 always, 2 on loopback. */
  readonly reuse: number;
  /** How long it has been in TIME-WAIT then (tcp_tw_reuse_delay). */
  readonly reuseDelay: Duration;
}
