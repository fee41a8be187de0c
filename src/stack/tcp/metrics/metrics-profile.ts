/** Whether a system remembers what connections learn of their peers, as data. */

export interface PeerMetricsProfile {
  /** Not 0: connections leave nothing behind (tcp_no_metrics_save). */
  readonly savesNothing: number;
  /** Whether the slow start threshold is neither left behind nor used (since 5.6). */
  readonly ignoresThreshold: boolean;
}
