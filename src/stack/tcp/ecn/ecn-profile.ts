/** Explicit congestion notification (RFC 3168) and AccECN (RFC 9768) of a system. */
export interface EcnProfile {
  /**
   * tcp_ecn. 0: never; 1: offered and accepted; 2: accepted. From 3 on AccECN (RFC 9768) is
   * accepted, too: 3 offers it, 4 offers ECN, 5 offers neither.
   */
  readonly mode: number;
  /**
   * Whether data is ECT though one of the SYNs did not ask for ECN (Linux, measured on 6.18; RFC
   * 3168 §6.1.1 forbids it).
   */
  readonly ectAfterPlainSyn: boolean;
  /**
   * Whether a SYN,ACK in the words of AccECN makes it that, though our SYN asked for ECN alone
   * (Linux tcp_ecn_rcv_synack(), measured on 6.18); else it agrees to nothing (RFC 3168 §6.1.1).
   */
  readonly answerMayBeAccurate: boolean;
  /**
   * How many repeated SYNs still offer it (RFC 3168 §6.1.1.1; net.inet.tcp.ecn.maxretries): none on
   * Linux, or all without tcp_ecn_fallback.
   */
  readonly offerRetries: number;
  /** The same of AccECN, for which once more is recommended (RFC 9768 §3.1.4.1). */
  readonly accurateOfferRetries: number;
  /** Whether AccECN stops using ECT where the path rewrites the field (RFC 9768 §3.2.2.3). */
  readonly testsPath: boolean;
  /**
   * When AccECN's option is sent (tcp_ecn_option): 0 never, 1 on changes, 2 wherever it fits, 3
   * even where acknowledgments that carry it seem to be lost.
   */
  readonly option: number;
  /** How often in a round trip it is sent if there is no change (tcp_ecn_option_beacon); 0: not. */
  readonly beacon: number;
  /** Whether it is sent only to peers who send it, too (Linux; RFC 9768 §3.2.3.2.3 has it not). */
  readonly optionAwaitsPeer: boolean;
  /**
   * Packets with CE that may wait for an acknowledgment with AccECN: of data, and where nothing but
   * acknowledgments came, which are not acknowledged by themselves where it is infinite (RFC 9768
   * §3.2.2.5.1: 2 and 3, never more than 7).
   */
  readonly marksPerAck: number;
  readonly marksPerAckOfAcks: number;
  /**
   * Whether with AccECN bare acknowledgments and retransmissions are ECT, too (Linux; allowed to
   * experiments by RFC 8311 §4.3, not by RFC 3168 §6.1.4 and §6.1.5).
   */
  readonly marksEverything: boolean;
}
