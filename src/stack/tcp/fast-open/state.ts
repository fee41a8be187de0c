/** What one connection has to do with TCP Fast Open (RFC 7413); most have nothing. */
import type { FastOpenOption } from './option.ts';
import type { FastOpenQueue } from './queue.ts';

/** Bits of `net.ipv4.tcp_fastopen` (Linux ip-sysctl.rst). */
export const FAST_OPEN_FLAG = {
  /** Programs may open with data. */
  client: 0x1,
  /** Listeners may accept data in SYNs. */
  server: 0x2,
  /** Data goes on SYNs without any cookie. */
  clientWithoutCookie: 0x4,
  /** Data in SYNs needs no cookie. */
  serverWithoutCookie: 0x200,
  /** Every listener does so, without TCP_FASTOPEN. */
  everyListener: 0x400,
} as const;

/** Why a client's data went without Fast Open (`enum tcp_fastopen_client_fail`, linux/tcp.h). */
export const FAST_OPEN_FAILURE = {
  none: 0,
  noCookie: 1,
  dataNotAcknowledged: 2,
  synSentAgain: 3,
} as const;

export class FastOpen {
  /** What the next SYN or SYN-ACK says; a SYN that is sent again says nothing (§4.2.1). */
  option: FastOpenOption | undefined = undefined;

  // As a client.
  /** TCP_FASTOPEN_CONNECT: `connect` has returned, and the SYN waits for the first write. */
  isDeferred = false;
  /** Whether our first SYN carried the option, and in which form (syn_fastopen). */
  isOffered = false;
  isExperimental = false;
  /** Octets that our first SYN carried (syn_data). */
  octets = 0;
  failure: number = FAST_OPEN_FAILURE.none;
  /** Fast Open was paused before: does it work again? (syn_fastopen_ch) */
  isOnTrial = false;

  /** The data in the SYN, theirs or ours, was taken (syn_data_acked). */
  isDataAccepted = false;

  // As a server.
  /** The listener's queue, while the peer has not acknowledged our SYN-ACK (fastopen_rsk). */
  queue: FastOpenQueue | undefined = undefined;
  /** `shutdown` came before that acknowledgment: the FIN waits for it. */
  finWaits = false;

  /**
   * Whether the program may use a connection that is not synchronized yet: it took data from a SYN
   * (RFC 7413 §4.2.2), and our SYN-ACK is not acknowledged.
   */
  get isHalfOpen(): boolean {
    return this.queue !== undefined;
  }
}
