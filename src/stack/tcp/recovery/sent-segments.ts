/**
 * The retransmission queue (RFC 9293 §3.8.1): the segments between SND.UNA and SND.NXT, oldest
 * first, with what is known of each.
 *
 *     SND.UNA                                     SND.NXT
 *        |  segment 0  |  1  |    2    |  3  | … |
 *                        sacked    lost
 *
 * They follow each other without a gap, so only where each ends is kept. Loss recovery counts
 * segments, as Linux does (`packets_out`, `sacked_out`, `lost_out`, `retrans_out`), so the counts
 * of marks are kept with the marks. All numbers live in typed arrays in a ring, which a connection
 * without anything in flight does not hold.
 */
import { type Seq, seqDiff, seqGt, seqToU32, toSeq } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { DeliveryRecords } from '../congestion/delivery-records.ts';

/** The peer has it, by a SACK block. */
export const SACKED = 1;
/** It counts as lost (RFC 6675 IsLost, RFC 8985). */
export const LOST = 2;
/** It was sent again, and that copy is in flight as far as is known. */
export const RETRANSMITTED = 4;
/** It was sent more than once, ever: its acknowledgment is ambiguous (Karn). */
export const EVER_RETRANSMITTED = 8;
/** It carries the FIN. */
export const CARRIES_FIN = 16;
/** It was sent when the application had no more to send (delivery rate, draft-cheng). */
export const APP_LIMITED = 32;
/** It belongs to one packet with the segment before it, which the device cut (`burst.ts`). */
export const CONTINUES = 64;

/** The numbers of as many segments as a ring has room for. */
class Ring {
  readonly ends: Int32Array;
  readonly marks: Uint8Array;
  readonly sentAt: Float64Array;

  constructor(capacity: number) {
    this.ends = new Int32Array(capacity);
    this.marks = new Uint8Array(capacity);
    this.sentAt = new Float64Array(capacity);
  }
}

const NO_RING = new Ring(0);
const FIRST_CAPACITY = 16;

/**
 * Rings of the first capacity that were given back. Three typed arrays cost a short connection as
 * much as its segments; a queue that is empty holds none. What a ring held before is never read.
 */
const spares: Ring[] = [];
const SPARES_LIMIT = 256;

export class SentSegments {
  /** Segments in the queue (Linux `packets_out`). */
  count = 0;
  /** How many are {@link SACKED}, {@link LOST}, {@link RETRANSMITTED}. */
  sacked = 0;
  lost = 0;
  retransmitted = 0;
  /** No segment before this one waits to be sent again: where to look for the next that does. */
  firstToSend = 0;
  /** All segments before this one are sacked or lost: where to look for losses. */
  firstOpen = 0;
  /** What the delivery rate is measured by; nothing where nobody asks for it. */
  deliveries: DeliveryRecords | undefined = undefined;
  #head = 0;
  #mask = -1;
  #start: Seq = toSeq(0);
  #ring = NO_RING;

  /**
   * Segments that are in the network as far as is known: neither sacked nor lost, or sent again
   * (RFC 6675 pipe, Linux `tcp_packets_in_flight`).
   */
  get pipe(): number {
    return this.count - this.sacked - this.lost + this.retransmitted;
  }

  /** Segments that left the network: sacked or lost (Linux `tcp_left_out`). */
  get leftOut(): number {
    return this.sacked + this.lost;
  }

  /** Where the oldest segment begins: SND.UNA, or before it when part of it is acknowledged. */
  get start(): Seq {
    return this.#start;
  }

  /** Where the youngest segment ends. */
  get end(): Seq {
    return this.count === 0 ? this.#start : this.endOf(this.count - 1);
  }

  startOf(index: number): Seq {
    return index === 0 ? this.#start : this.endOf(index - 1);
  }

  endOf(index: number): Seq {
    return toSeq(this.#ring.ends[(this.#head + index) & this.#mask]!);
  }

  /** Octets of sequence space, the FIN included. */
  lengthOf(index: number): number {
    return seqDiff(this.endOf(index), this.startOf(index));
  }

  /** Where {@link deliveries} keep what belongs to a segment. */
  slotOf(index: number): number {
    return (this.#head + index) & this.#mask;
  }

  /** From here on deliveries are measured. */
  recordDeliveries(): void {
    this.deliveries ??= new DeliveryRecords(this.#ring.ends.length);
  }

  /** When it was sent last. */
  sentAt(index: number): Instant {
    return this.#ring.sentAt[(this.#head + index) & this.#mask]!;
  }

  /** Whether it carries any of `marks`. */
  is(index: number, marks: number): boolean {
    return (this.#ring.marks[(this.#head + index) & this.#mask]! & marks) !== 0;
  }

  /** Puts a mark on a segment. */
  mark(index: number, mark: number): void {
    const at = (this.#head + index) & this.#mask;
    const before = this.#ring.marks[at]!;
    this.#ring.marks[at] = before | mark;
    this.#count(mark & ~before, 1);
    if ((mark & LOST) !== 0) this.firstToSend = Math.min(this.firstToSend, index);
  }

  /** Takes a mark off a segment. */
  unmark(index: number, mark: number): void {
    const at = (this.#head + index) & this.#mask;
    const before = this.#ring.marks[at]!;
    this.#ring.marks[at] = before & ~mark;
    this.#count(mark & before, -1);
    if ((mark & RETRANSMITTED) !== 0) this.firstToSend = Math.min(this.firstToSend, index);
    if ((mark & (LOST | SACKED)) !== 0) this.firstOpen = Math.min(this.firstOpen, index);
  }

  #count(marks: number, by: 1 | -1): void {
    if ((marks & SACKED) !== 0) this.sacked += by;
    if ((marks & LOST) !== 0) this.lost += by;
    if ((marks & RETRANSMITTED) !== 0) this.retransmitted += by;
  }

  /** A segment is sent for the first time; it begins where the last one ended. */
  push(start: Seq, end: Seq, marks: number, now: Instant): void {
    if (this.count > this.#mask) this.#grow();
    if (this.count === 0) this.#start = start;
    const at = (this.#head + this.count) & this.#mask;
    this.#ring.ends[at] = seqToU32(end);
    this.#ring.marks[at] = marks;
    this.#ring.sentAt[at] = now;
    this.count += 1;
  }

  /** A segment is sent again. */
  sentAgain(index: number, now: Instant): void {
    this.#ring.sentAt[(this.#head + index) & this.#mask] = now;
    this.mark(index, EVER_RETRANSMITTED);
  }

  /** The oldest segment is acknowledged as a whole. */
  shift(): void {
    this.#start = this.endOf(0);
    this.#count(this.#ring.marks[this.#head]!, -1);
    this.#head = (this.#head + 1) & this.#mask;
    this.count -= 1;
    if (this.firstToSend > 0) this.firstToSend -= 1;
    if (this.firstOpen > 0) this.firstOpen -= 1;
  }

  /** Part of the oldest segment is acknowledged: the rest begins at `start`. */
  trim(start: Seq): void {
    this.#start = start;
  }

  /** The segment that contains `seq`, which lies between start and end: by halving. */
  indexOf(seq: Seq): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (seqGt(this.endOf(middle), seq)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * Cuts a segment in two, `length` octets behind its start, because segments may not be so long
   * any more (path MTU). Both halves have the marks of the whole; a FIN goes with the second, which
   * begins a packet.
   */
  split(index: number, length: number): void {
    if (this.count > this.#mask) this.#grow();
    for (let i = this.count; i > index; i--) this.#copy(i - 1, i);
    const first = (this.#head + index) & this.#mask;
    this.#ring.ends[first] = seqToU32(toSeq(seqToU32(this.startOf(index)) + length));
    const marks = this.#ring.marks[first]! & ~CARRIES_FIN;
    this.#ring.marks[first] = marks;
    this.#ring.marks[(first + 1) & this.#mask]! &= ~CONTINUES;
    this.#count(marks, 1);
    this.count += 1;
    this.#lookFrom(index);
  }

  /** Makes one segment of a segment and the next, which are sent again as one. */
  mergeWithNext(index: number): void {
    const first = (this.#head + index) & this.#mask;
    const next = (this.#head + index + 1) & this.#mask;
    this.#ring.ends[first] = this.#ring.ends[next]!;
    this.#count(this.#ring.marks[next]! & this.#ring.marks[first]!, -1);
    this.#ring.marks[first] = this.#ring.marks[first]! | this.#ring.marks[next]!;
    for (let i = index + 1; i < this.count - 1; i++) this.#copy(i + 1, i);
    this.count -= 1;
    this.#lookFrom(index);
  }

  #lookFrom(index: number): void {
    this.firstToSend = Math.min(this.firstToSend, index);
    this.firstOpen = Math.min(this.firstOpen, index);
  }

  #copy(from: number, to: number): void {
    const source = (this.#head + from) & this.#mask;
    const target = (this.#head + to) & this.#mask;
    this.#ring.ends[target] = this.#ring.ends[source]!;
    this.#ring.marks[target] = this.#ring.marks[source]!;
    this.#ring.sentAt[target] = this.#ring.sentAt[source]!;
    this.deliveries?.copy(this.deliveries, source, target);
  }

  #grow(): void {
    const old = this.#ring;
    const capacity = Math.max(FIRST_CAPACITY, 2 * old.ends.length);
    const ring = (capacity === FIRST_CAPACITY && spares.pop()) || new Ring(capacity);
    const deliveries = this.deliveries && new DeliveryRecords(capacity);
    for (let i = 0; i < this.count; i++) {
      const at = (this.#head + i) & this.#mask;
      ring.ends[i] = old.ends[at]!;
      ring.marks[i] = old.marks[at]!;
      ring.sentAt[i] = old.sentAt[at]!;
      if (this.deliveries !== undefined) deliveries?.copy(this.deliveries, at, i);
    }
    this.#ring = ring;
    this.deliveries = deliveries;
    this.#head = 0;
    this.#mask = capacity - 1;
  }

  /** Nothing is in flight any more. */
  clear(): void {
    this.count = 0;
    this.sacked = 0;
    this.lost = 0;
    this.retransmitted = 0;
    this.release();
  }

  /** Gives the memory back when nothing is in flight. */
  release(): void {
    if (this.count > 0) return;
    this.firstToSend = 0;
    this.firstOpen = 0;
    // A long ring is kept: who filled it once is likely to fill it again.
    if (this.#ring.ends.length !== FIRST_CAPACITY) return;
    if (spares.length < SPARES_LIMIT) spares.push(this.#ring);
    this.#head = 0;
    this.#mask = -1;
    this.#ring = NO_RING;
  }
}
