/** The two sequence spaces of a connection, by the names of RFC 9293 §3.3.1. */
import { type Seq, seqDiff, seqIn, toSeq } from '../../wire/index.ts';
import type { AheadQueue } from './receive/ahead-queue.ts';
import type { ReceiveQueue } from './receive/receive-queue.ts';

const ZERO = toSeq(0);

/** More octets than any buffer has, in an integer that takes no memory of its own. */
const NO_LIMIT = 0x7fff_ffff;

/**
 * The send sequence space.
 *
 *          1         2          3          4
 *     ----------|----------|----------|----------
 *            SND.UNA    SND.NXT    SND.UNA
 *                                 +SND.WND
 *
 *     1 acknowledged, 2 sent and not acknowledged, 3 may be sent now, 4 not yet allowed.
 */
export class SendSequence {
  una: Seq = ZERO;
  nxt: Seq = ZERO;
  /** SND.WND, scaled, in octets. */
  wnd = 0;
  /** SEG.SEQ and SEG.ACK of the last window update. */
  wl1: Seq = ZERO;
  wl2: Seq = ZERO;
  iss: Seq = ZERO;
  /** The largest window that the peer has offered, for silly-window avoidance (§3.8.6.2.1). */
  largestWindow = 0;
  /** Where the last segment shorter than the MSS ended, for Nagle with Minshall's change. */
  small: Seq = ZERO;
  /** Snd.Wind.Shift (RFC 7323 §2.2): what the peer's windows are shifted by. */
  windowScale = 0;
  /** The peer's announced MSS; 536 when it announces none, over IPv6 1220 (MUST-15). */
  mss = 536;
  /** SND.UP: the octet behind the urgent ones, while `isUrgent` (RFC 6093 §2.2). */
  up: Seq = ZERO;
  isUrgent = false;
  /** Behind the last octet that was marked to carry PSH. */
  pushed: Seq = ZERO;
  /** The MSS that the way carries, or less where the program wants less (TCP_MAXSEG). */
  pathMss = 536;
  /** The MSS that the program wants to be the most (TCP_MAXSEG). */
  mssLimit: number = NO_LIMIT;
}

/**
 * The receive sequence space.
 *
 *          1          2          3
 *     ----------|----------|----------
 *            RCV.NXT    RCV.NXT
 *                      +RCV.WND
 *
 *     1 received, 2 may arrive now, 3 not yet allowed.
 */
export class ReceiveSequence {
  nxt: Seq = ZERO;
  /** RCV.NXT + RCV.WND as last announced: the right edge, which never moves left (SHLD-14). */
  edge: Seq = ZERO;
  irs: Seq = ZERO;
  /** Rcv.Wind.Shift (RFC 7323 §2.2): what our windows are shifted by. */
  windowScale = 0;
  /** The MSS that we announced. */
  mss = 536;
  /** The memory that the buffer may take (SO_RCVBUF). */
  memory = 0;
  /** How much of the memory is payload, in 256ths (Linux scaling_ratio). */
  ratio = 256;
  /** Octets of payload that the buffer has room for. */
  space = 0;
  /** What waits to be read and what waits for earlier octets, as packets that take memory. */
  inOrder: ReceiveQueue | undefined = undefined;
  ahead: AheadQueue | undefined = undefined;
  /** What the last packet took less than was asked for, as it became one with another. */
  saved = 0;
  /** There was no memory for a packet: the next window is 0 (Linux ICSK_ACK_NOMEM). */
  isStarved = false;
  /** The largest window that the program wants (TCP_WINDOW_CLAMP), and the largest at present. */
  clampAsked: number = NO_LIMIT;
  clamp: number = NO_LIMIT;
  /** How much of the space may be offered yet (Linux rcv_ssthresh). */
  ssthresh = 0;
  /** The window as last announced. */
  offered = 0;
  /** What is taken to be read in a round trip before any was measured. */
  firstSpace = 0;
  /** The longest payload seen, 536 at first: what "two full-sized segments" means (SHLD-19). */
  segmentSize = 536;
  /** The position of the peer's FIN, when it came ahead of order. */
  fin: Seq | undefined = undefined;
  /** The payload of the last segment that may have been a full one of a smaller MSS; else 0. */
  shortSegment = 0;

  /** RCV.WND. */
  get wnd(): number {
    return Math.max(0, seqDiff(this.edge, this.nxt));
  }

  /** Whether `s` lies in the receive window. */
  admits(s: Seq): boolean {
    return seqIn(s, this.nxt, this.wnd);
  }
}
