/** What a listener takes (listen(2)). */
export interface ListenProfile {
  /** Whether a connection without room to wait for accept is reset (tcp_abort_on_overflow). */
  readonly abortOnOverflow: number;
  /** How many connections may open through one listener (tcp_max_syn_backlog). */
  readonly synBacklog: number;
  /** Whether one more may open than the backlog says, as one more may wait for accept. */
  readonly opensBeyondBacklog: boolean;
  /** tcp_syncookies: cookies answer what does not fit (1), or every SYN (2). */
  readonly synCookies: number;
  /** Whether the connection that has been opening longest gives way when no more may. */
  readonly oldestGivesWay: boolean;
  /** Whether a connection takes the DSCP of the SYN that opened it (tcp_reflect_tos). */
  readonly reflectsTos: boolean;
}
