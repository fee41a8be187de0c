/**
 * What implementations were found to do wrong and no other field of a profile expresses (RFC 2525,
 * "Known TCP Implementation Problems"). Systems of today do none of it; hosts that do are in
 * `profiles/rfc2525.ts`.
 */
export interface KnownProblems {
  /** §2.2: a timeout leaves the congestion window as it is. */
  readonly keepsWindowAfterTimeout: boolean;
  /** §2.3: the congestion window, in segments, when the peer's SYN announces no MSS; 0: as ever. */
  readonly windowWithoutMss: number;
  /** §2.5: what comes ahead of order is thrown away, and has to be sent again. */
  readonly dropsAhead: boolean;
  /** §2.6: each ACK adds one part in so many of a segment to the window beside; 0: nothing. */
  readonly extraAdditive: number;
  /** §2.8: after fast recovery the congestion window is what it was before the loss. */
  readonly keepsWindowAfterRecovery: boolean;
  /** §2.13: so many full segments are acknowledged at once: 2, by SHLD-19. */
  readonly segmentsPerAck: number;
  /** §2.14: so many segments go again when the timer expires: 1, by RFC 6298 (5.4). */
  readonly segmentsPerTimeout: number;
  /** §2.15: a FIN waits until all data is acknowledged. */
  readonly finWaitsForAcks: boolean;
  /** §2.16: text for a closed socket is acknowledged and draws no RST. */
  readonly takesTextAfterClose: boolean;
  /** §2.17: closing with text unread sends a FIN, as if all had been read. */
  readonly closesWithTextUnread: boolean;
  /** §2.18: segments are as long as the MSS says, whatever their options take. */
  readonly forgetsOptions: boolean;
}

export const NO_PROBLEMS: KnownProblems = {
  keepsWindowAfterTimeout: false,
  windowWithoutMss: 0,
  dropsAhead: false,
  extraAdditive: 0,
  keepsWindowAfterRecovery: false,
  segmentsPerAck: 2,
  segmentsPerTimeout: 1,
  finWaitsForAcks: false,
  takesTextAfterClose: false,
  closesWithTextUnread: false,
  forgetsOptions: false,
};
