/**
 * Accurate ECN (RFC 9768): where ECE tells once a round trip that something was marked, AccECN
 * tells how much. The receiver counts; the three bits AE, CWR and ECE together are its count of
 * marked packets (ACE), modulo eight; an option has counts of octets for when that is not enough.
 *
 *     SYN   AE CWR ECE          the offer; in the SYN,ACK, how the SYN's own ECN field arrived
 *     then  ACE = 5 + packets received with CE, in every segment; and each is ECT
 *
 * What is kept of it beyond `ecn-state.ts` is here, and what Linux 6.18 does (net/tcp_ecn.h).
 */
import {
  listTcpOptions,
  DecodeError,
  put16,
  put32,
  TCP_HEADER_LENGTH,
  type TcpSegment,
} from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import { EcnField } from './ecn-field.ts';
import type { Tcb } from '../tcb.ts';

const EDGE = cause(
  'ecn-change',
  'the ECN field of what arrives has changed',
  'RFC 9768 §3.2.2.5.1',
);
const MANY_MARKS = cause('ace-overflow', 'ACE would wrap unnoticed', 'RFC 9768 §3.2.2.5.1');

/** r.cep begins at 5, so that no middlebox that clears or sets the bits goes unnoticed (§3.2.1). */
const FIRST_COUNT = 5;
const ACE_MASK = 7;
/** Marks that may wait for an acknowledgment. */
const MOST_PENDING = 6;
/** The kind of the option that we send: the counter of ECT(1) comes first (§3.2.3). */
const ECT1_FIRST = 174;
const NOP = 1;
/** Octets of options in a header at most. */
const OPTIONS_MOST = 40;
/** The lengths of the option with two and three counters, in whole words. */
const TWO_COUNTERS = 8;
const THREE_COUNTERS = 12;
/** So many segments in an acknowledgment, on average, mean that ACKs are thinned on their way. */
const THINNED = 4;
const AVERAGE_WEIGHT = 64;

/** ACE of the handshake by the ECN field that it answers: Not-ECT, ECT(1), ECT(0), CE (table 2). */
const REFLECTED: readonly number[] = [0b010, 0b011, 0b100, 0b110];

/** The ECN field that an ACE of the handshake reflects; nothing for one that reflects none. */
export function reflectedField(ace: number): number | undefined {
  const field = REFLECTED.indexOf(ace);
  return field < 0 ? undefined : field;
}

/** The three bits as they lie in the flags: AE is the highest. */
const ACE_SHIFT = 6;

export function aceOf(flags: number): number {
  return (flags >>> ACE_SHIFT) & ACE_MASK;
}

type Octets = Record<EcnField, number>;

/** What the counters of octets begin with: one that was cleared on the way shows it (§3.2.1). */
export const FIRST_OCTETS: Readonly<Octets> = { 0: 0, 1: 1, 2: 1, 3: 0 };
/** Which field's counter stands where in the option, by its order. */
const ORDERS: readonly [readonly EcnField[], readonly EcnField[]] = [
  [EcnField.ect0, EcnField.ce, EcnField.ect1],
  [EcnField.ect1, EcnField.ce, EcnField.ect0],
];
const COUNTER_MASK = 0xff_ffff;

export class AccurateEcn {
  /** Packets received with CE, and those that no ACK has told of yet. */
  received = 0;
  #pending = 0;
  /** Octets of payload received with ECT(1), ECT(0), CE, by the value of the field. */
  readonly octets: Octets = { ...FIRST_OCTETS };
  /** And those of ours that have arrived so, by what the peer's options said. */
  readonly reported: Octets = { 0: 0, 1: 0, 2: 0, 3: 0 };
  #lastField = 0;
  #hasChanged = false;
  /** The ECN field of the peer's SYN or SYN,ACK, to be reflected; nothing once it was. */
  reflects: number | undefined = undefined;
  /** The peer has sent the option, so it gets through. */
  peerCounts = false;
  /** ACE arrived as no AccECN host sends it: packets are not ECT any more (§3.2.2.4). */
  hasFailed = false;
  /** Segments that are to carry the option, and how many counters it needs to have. */
  demand = 1;
  #average = 0;

  /** ACE of the next segment; a bare ACK of a SYN,ACK reflects, and so does a SYN,ACK. */
  flags(isHandshake: boolean): number {
    if (isHandshake && this.reflects !== undefined) {
      return REFLECTED[this.reflects]! << ACE_SHIFT;
    }
    this.#pending = 0;
    return ((this.received + FIRST_COUNT) & ACE_MASK) << ACE_SHIFT;
  }

  /** The SYN,ACK arrived with CE: it counts like any other packet (§3.2.2.2). */
  synAckMarked(): void {
    this.received += 1;
  }

  /** A segment was accepted, with data or without. */
  arrived(tcb: Tcb, field: number, length: number): void {
    const isMarked = field === 3;
    if (field !== 0) {
      this.octets[field as EcnField] += length;
      if (isMarked) {
        this.received += 1;
        this.#pending += 1;
      }
    }
    if (field !== this.#lastField) this.#hasChanged = true;
    if (this.#hasChanged || isMarked) this.demand = 2; // the second is unambiguous
    this.#lastField = field;
    if (length === 0) return;
    if (this.#hasChanged) tcb.ackOwed = EDGE;
    else if (this.#pending >= MOST_PENDING) tcb.ackOwed = MANY_MARKS;
    this.#hasChanged = false;
  }

  /** How many of the segments delivered now were marked (appendix A.2). */
  newlyMarked(ace: number, known: number, delivered: number, octets: number, mss: number): number {
    const average = this.#average === 0 ? delivered : this.#average;
    this.#average = average + (delivered - average) / AVERAGE_WEIGHT;
    const least = (ace - FIRST_COUNT - known) & ACE_MASK;
    if (delivered <= ACE_MASK) return least;
    const most = delivered - ((delivered - least) & ACE_MASK);
    if (octets < 0) return this.#average > THINNED ? least : most;
    if (octets === 0) return least;
    if (octets > least * mss) return most;
    return octets < (most * mss) / 2 ? least : most;
  }

  /** Newly marked octets by the option of a segment; −1 where it has none or does not say. */
  readOption({ bytes, start, payloadAt }: TcpSegment): number {
    const options = listTcpOptions(bytes, start + TCP_HEADER_LENGTH, payloadAt);
    if (options instanceof DecodeError) return -1;
    for (const option of options) {
      if (option.kind !== 'accurate-ecn') continue;
      const { order, counters } = option;
      this.peerCounts = true;
      let marked = -1;
      counters.forEach((counter, i) => {
        const field = ORDERS[order][i]!;
        const newly = this.#readCounter(counter, field);
        if (field === EcnField.ce) marked = newly;
      });
      return marked;
    }
    return -1;
  }

  /** What a counter has grown by; −1 where the segment is an older one. */
  #readCounter(counter: number, field: EcnField): number {
    const newly = (counter - FIRST_OCTETS[field] - this.reported[field]) & COUNTER_MASK;
    if (newly > COUNTER_MASK >>> 1) return -1;
    this.reported[field] += newly;
    return newly;
  }

  /** Writes the option with two or three counters, the ECT(1) counter first as Linux has it. */
  write(frame: Uint8Array, at: number, length: number): void {
    const { [EcnField.ect1]: ect1, [EcnField.ect0]: ect0, [EcnField.ce]: marked } = this.octets;
    put32(frame, at, (ECT1_FIRST << 24) | ((length === TWO_COUNTERS ? 8 : 11) << 16));
    put16(frame, at + 2, (ect1 >>> 8) & 0xffff);
    put32(frame, at + 4, ((ect1 & 0xff) << 24) | (marked & 0xff_ffff));
    if (length === THREE_COUNTERS) put32(frame, at + 8, ((ect0 & 0xff_ffff) << 8) | NOP);
    if (this.demand > 0) this.demand -= 1;
  }
}

/** How many octets the option takes beside `others` of options; 0 for none. */
export function accurateOptionLength({ ecn, profile }: Tcb, others: number): number {
  const accurate = ecn?.accurate;
  if (accurate?.peerCounts !== true || profile.ecn.option === 0) return 0;
  if (profile.ecn.option === 1 && accurate.demand === 0) return 0;
  const room = OPTIONS_MOST - others;
  if (room >= THREE_COUNTERS) return THREE_COUNTERS;
  return room >= TWO_COUNTERS ? TWO_COUNTERS : 0;
}
