/**
 * One connection as a box in the middle sees it: who began, what packets of either way look like,
 * and how far it has come. TCP's states follow its flags alone, by the names that Linux shows.
 */
import { IpProtocol, TcpFlag } from '../../wire/index.ts';
import type { Instant } from '../time.ts';
import type { SequenceShift } from './sequence-adjust.ts';
import type { TrackingProfile } from './tracking-profile.ts';
import type { Tuple } from './tuple.ts';

/** The way of who spoke first, and the other. */
export type Direction = 'original' | 'reply';

export function opposite(direction: Direction): Direction {
  return direction === 'original' ? 'reply' : 'original';
}

export type TrackedTcpState =
  | 'NONE'
  | 'SYN_SENT'
  | 'SYN_SENT2'
  | 'SYN_RECV'
  | 'ESTABLISHED'
  | 'FIN_WAIT'
  | 'CLOSE_WAIT'
  | 'LAST_ACK'
  | 'TIME_WAIT'
  | 'CLOSE';

export class Flow {
  readonly original: Tuple;
  /** As answers arrive: the inverse, unless addresses are translated. */
  reply: Tuple;
  tcpState: TrackedTcpState = 'NONE';
  /** Both sides have spoken. */
  isReplied = false;
  /** It has come so far that it does not give way to new ones. */
  isAssured = false;
  /** Its first packet has left: it is in the table. */
  isConfirmed = false;
  /** How a box shifts the sequence numbers of either way; nothing where none does. */
  shift: SequenceShift | undefined = undefined;
  expires: Instant = 0;
  /** Its entry in the queue of deadlines, and when that is due. */
  entry = -1;
  entryAt: Instant = 0;
  #firstToFinish: Direction | undefined = undefined;

  constructor(original: Tuple, reply: Tuple) {
    this.original = original;
    this.reply = reply;
  }

  /** A segment with these flags passes. */
  tcpPasses(flags: number, direction: Direction): void {
    this.tcpState = this.#next(flags, direction);
    if (this.tcpState === 'ESTABLISHED') this.isAssured = true;
  }

  #next(flags: number, direction: Direction): TrackedTcpState {
    const state = this.tcpState;
    if ((flags & TcpFlag.rst) !== 0) return 'CLOSE';
    const [isSyn, isFin] = [(flags & TcpFlag.syn) !== 0, (flags & TcpFlag.fin) !== 0];
    const isAck = (flags & TcpFlag.ack) !== 0;
    const isOver = state === 'TIME_WAIT' || state === 'CLOSE';
    if (isSyn && !isAck) {
      if (direction === 'reply') return state === 'SYN_SENT' ? 'SYN_SENT2' : state;
      if (state !== 'NONE' && !isOver) return state;
      this.#firstToFinish = undefined; // a new connection of the same numbers
      this.isReplied = false;
      this.isAssured = false;
      return 'SYN_SENT';
    }
    if (isSyn) return state === 'SYN_SENT' || state === 'SYN_SENT2' ? 'SYN_RECV' : state;
    if (isFin) return this.#finishes(direction);
    if (!isAck) return state;
    switch (state) {
      case 'NONE': // in the middle of a connection that is not known
      case 'SYN_RECV':
        return 'ESTABLISHED';
      case 'FIN_WAIT':
        return direction === this.#firstToFinish ? state : 'CLOSE_WAIT';
      case 'LAST_ACK':
        return direction === this.#firstToFinish ? 'TIME_WAIT' : state;
      default:
        return state;
    }
  }

  #finishes(direction: Direction): TrackedTcpState {
    const state = this.tcpState;
    this.#firstToFinish ??= direction;
    if (state === 'TIME_WAIT' || state === 'CLOSE') return state;
    return direction === this.#firstToFinish && state !== 'LAST_ACK' ? firstFin(state) : 'LAST_ACK';
  }

  /** How long it is kept when nothing more passes. */
  lifetime(profile: TrackingProfile): number {
    switch (this.original.protocol) {
      case IpProtocol.tcp:
        return profile.tcp[this.tcpState];
      case IpProtocol.udp:
        return this.isReplied ? profile.udpStream : profile.udp;
      case IpProtocol.icmpv6:
        return profile.icmpv6;
      default:
        return profile.icmp;
    }
  }
}

/** A FIN of the side that finished first, perhaps again. */
function firstFin(state: TrackedTcpState): TrackedTcpState {
  return state === 'CLOSE_WAIT' ? state : 'FIN_WAIT';
}
