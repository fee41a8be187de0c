/** When a system asks whether its peer is still there, as data. */
import type { Duration } from '../../time.ts';

/** Keep-alives, where a program wants them (RFC 9293 §3.8.4). */
export interface KeepAliveProfile {
  /** How long nothing comes before the first (tcp_keepalive_time). */
  readonly idle: Duration;
  /** Between two (tcp_keepalive_intvl). */
  readonly interval: Duration;
  /** How many go without an answer (tcp_keepalive_probes). */
  readonly probes: number;
  /** Whether they go for every connection, asked for or not (net.inet.tcp.always_keepalive). */
  readonly isAlways: boolean;
}
