/**
 * The retransmission queue (RFC 9293 §3.8.1): the segments between SND.UNA and SND.NXT, oldest
 * first, with what is known of each.
 *
 *     SND.UNA                                     SND.NXT
 *        |  segment 0  |  1  |    2    |  3  | … |
 *                        sacked    lost
 *
 * They follow each other without a gap, so only where each ends is kept. Each also stands in one of
 * two other lists, unless it is sacked: in the network, ordered by when it was sent last (Linux
 * `tsorted_sent_queue`), or waiting to be sent again, ordered as in the queue. So each step of a
 * recovery costs the same however many segments are in flight.
 *
 * Loss recovery counts segments, as Linux does (`packets_out`, `sacked_out`, `lost_out`,
 * `retrans_out`), so the counts of marks are kept with the marks. A segment is known by a number,
 * its slot, until it leaves the queue or joins another.
 */
import { type Seq, seqAdd, seqDiff, seqGt, seqToU32, toSeq } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import type { DeliveryRecords } from '../congestion/delivery-records.ts';
import type { LossReason } from './loss-reasons.ts';
import { NONE } from './ordered-slots.ts';
import {
  FINGERS,
  firstSlots,
  giveSlotsBack,
  NO_SLOTS,
  type SegmentSlots,
} from './segment-slots.ts';

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
/** It belongs to one packet with the segment before it, which the device cut (`burst.ts`). */
export const CONTINUES = 32;
/** What is known of whole packets. */
const KNOWN = SACKED | LOST | RETRANSMITTED | EVER_RETRANSMITTED;
/** No segment is in this slot. */
const FREE = 64;

function isInNetwork(marks: number): boolean {
  return (marks & SACKED) === 0 && (marks & (LOST | RETRANSMITTED)) !== LOST;
}

function isWaiting(marks: number): boolean {
  return (marks & (SACKED | LOST | RETRANSMITTED)) === LOST;
}

export class SentSegments {
  /** Segments in the queue (Linux `packets_out`). */
  count = 0;
  /** How many are {@link SACKED}, {@link LOST}, {@link RETRANSMITTED}. */
  sacked = 0;
  lost = 0;
  retransmitted = 0;
  #start: Seq = toSeq(0);
  #slots: SegmentSlots = NO_SLOTS;
  /** Counts transmissions, first ones and others. */
  #transmissions = 0;
  /** All in the network before this one are known to be sent before what RACK goes by. */
  #notOvertaken = NONE;

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
    return this.count === 0 ? this.#start : this.endOf(this.last);
  }

  /** The oldest segment, `NONE` when nothing is in flight. */
  get first(): number {
    return this.#slots.queue.first;
  }

  get last(): number {
    return this.#slots.queue.last;
  }

  next(segment: number): number {
    return this.#slots.queue.next(segment);
  }

  /** Of those in the network, the one that was sent before all others. */
  get oldestInNetwork(): number {
    return this.#slots.network.first;
  }

  /** The first that waits to be sent again. */
  get firstWaiting(): number {
    return this.#slots.waiting.first;
  }

  startOf(segment: number): Seq {
    const before = this.#slots.queue.previous(segment);
    return before === NONE ? this.#start : this.endOf(before);
  }

  endOf(segment: number): Seq {
    return toSeq(this.#slots.ends[segment]!);
  }

  /** Octets of sequence space, the FIN included. */
  lengthOf(segment: number): number {
    return seqDiff(this.endOf(segment), this.startOf(segment));
  }

  /** When it was sent last. */
  sentAt(segment: number): Instant {
    return this.#slots.sentAt[segment]!;
  }

  /** When the oldest one was sent last. */
  get firstSentAt(): Instant {
    return this.sentAt(this.first);
  }

  /** The how many-th transmission that was, modulo 2³². */
  transmissionOf(segment: number): number {
    return this.#slots.transmissions[segment]!;
  }

  /** Whether it carries any of `marks`. */
  is(segment: number, marks: number): boolean {
    return (this.#slots.marks[segment]! & marks) !== 0;
  }

  /** Whether it counts as lost and was not sent again since. */
  isWaiting(segment: number): boolean {
    return isWaiting(this.#slots.marks[segment]!);
  }

  /** The segment counts as lost; if it was sent again, that copy does. */
  lose(segment: number, why: LossReason): void {
    this.mark(segment, LOST, RETRANSMITTED);
    this.#slots.lossReasons[segment] = why;
  }

  /** Why a segment counts as lost that is {@link LOST}. */
  reasonOfLoss(segment: number): LossReason {
    return this.#slots.lossReasons[segment] as LossReason;
  }

  /** What the delivery rate is measured by, by segment. */
  get deliveries(): DeliveryRecords {
    return this.#slots.deliveries;
  }
  /** Takes the marks `off` off a segment, and puts the marks `on` on it. */
  mark(segment: number, on: number, off = 0): void {
    const before = this.#slots.marks[segment]!;
    const after = (before & ~off) | on;
    this.#slots.marks[segment] = after;
    this.#count(after & ~before, 1);
    this.#count(before & ~after, -1);
    this.#replace(segment, before, after);
    if ((on & ~before & SACKED) !== 0) this.#slots.runs[segment] = segment;
  }

  unmark(segment: number, off: number): void {
    this.mark(segment, 0, off);
  }

  #count(marks: number, by: 1 | -1): void {
    if ((marks & SACKED) !== 0) this.sacked += by;
    if ((marks & LOST) !== 0) this.lost += by;
    if ((marks & RETRANSMITTED) !== 0) this.retransmitted += by;
  }

  /** Puts a segment into the list where it belongs by its marks, out of that where it was. */
  #replace(segment: number, before: number, after: number): void {
    if (isInNetwork(before)) {
      if (isInNetwork(after)) return;
      this.#leaveNetwork(segment);
    } else if (isWaiting(before)) {
      if (isWaiting(after)) return;
      this.#slots.waiting.remove(segment);
    }
    if (isInNetwork(after)) this.#enterNetwork(segment);
    else if (isWaiting(after)) this.#slots.waiting.insert(segment);
  }

  #enterNetwork(segment: number): void {
    this.#slots.network.insert(segment);
    const limit = this.#notOvertaken;
    if (limit === NONE || !this.isSentAfter(segment, this.transmissionOf(limit))) {
      this.#notOvertaken = segment;
    }
  }

  #leaveNetwork(segment: number): void {
    const { network } = this.#slots;
    if (this.#notOvertaken === segment) this.#notOvertaken = network.next(segment);
    network.remove(segment);
  }

  /** Whether it was sent last after that transmission. */
  isSentAfter(segment: number, transmission: number): boolean {
    return ((this.transmissionOf(segment) - transmission) | 0) > 0;
  }

  /** Of those in the network that were sent before that transmission, the one sent last. */
  lastSentBefore(transmission: number): number {
    const { network } = this.#slots;
    let limit = this.#notOvertaken;
    while (limit !== NONE && !this.isSentAfter(limit, transmission)) limit = network.next(limit);
    this.#notOvertaken = limit;
    return limit === NONE ? network.last : network.previous(limit);
  }

  /** A segment is sent for the first time; it begins where the last one ended. */
  push(start: Seq, end: Seq, marks: number, now: Instant): void {
    if (this.count === 0) this.#start = start;
    const segment = this.#take();
    const slots = this.#slots;
    slots.ends[segment] = seqToU32(end);
    slots.marks[segment] = marks;
    slots.sentAt[segment] = now;
    slots.transmissions[segment] = this.#transmissions += 1;
    slots.queue.append(segment);
    slots.network.append(segment);
    if (this.#notOvertaken === NONE) this.#notOvertaken = segment;
    this.count += 1;
  }

  /** A segment is sent again. */
  sentAgain(segment: number, now: Instant): void {
    const slots = this.#slots;
    const marks = slots.marks[segment]!;
    if (isInNetwork(marks)) this.#leaveNetwork(segment);
    slots.sentAt[segment] = now;
    slots.transmissions[segment] = this.#transmissions += 1;
    slots.marks[segment] = marks | EVER_RETRANSMITTED;
    if (isInNetwork(marks)) this.#enterNetwork(segment);
  }

  /** The oldest segment is acknowledged as a whole. */
  shift(): void {
    const oldest = this.first;
    this.#start = this.endOf(oldest);
    this.#remove(oldest);
  }

  /** Whether the next segment is of the same packet, and what is known of both is the same. */
  #goesOn(segment: number): boolean {
    const next = this.next(segment);
    if (next === NONE || !this.is(next, CONTINUES)) return false;
    const { marks } = this.#slots;
    return ((marks[segment]! ^ marks[next]!) & KNOWN) === 0;
  }

  /** How many segments are left of the packet that the oldest is of. */
  countInPacket(): number {
    let count = 1;
    for (let segment = this.first; this.#goesOn(segment); segment = this.next(segment)) count += 1;
    return count;
  }

  /** Where that packet ends, without its FIN. */
  endOfPacket(): Seq {
    let last = this.first;
    while (this.#goesOn(last)) last = this.next(last);
    return seqAdd(this.endOf(last), this.is(last, CARRIES_FIN) ? -1 : 0);
  }

  /** What is left of it begins at `start`, and is cut into segments of `length` octets. */
  cutPacketAnew(start: Seq, length: number): void {
    this.#start = start;
    let end = start;
    for (let segment = this.first; this.#goesOn(segment); segment = this.next(segment)) {
      end = seqAdd(end, length);
      this.#slots.ends[segment] = seqToU32(end);
    }
  }

  #remove(segment: number): void {
    const slots = this.#slots;
    const marks = slots.marks[segment]!;
    if (marks !== 0) this.#count(marks, -1);
    this.count -= 1;
    if (isInNetwork(marks)) this.#leaveNetwork(segment);
    else if (isWaiting(marks)) slots.waiting.remove(segment);
    slots.queue.remove(segment);
    slots.marks[segment] = FREE;
    slots.give(segment);
  }

  /**
   * Cuts a segment in two, `length` octets behind its start, because segments may not be so long
   * any more (path MTU). Both halves have the marks of the whole; a FIN goes with the second, which
   * begins a packet.
   */
  split(segment: number, length: number): void {
    const rest = this.#take();
    const slots = this.#slots;
    const marks = slots.marks[segment]!;
    slots.ends[rest] = slots.ends[segment]!;
    slots.marks[rest] = marks & ~CONTINUES;
    slots.lossReasons[rest] = slots.lossReasons[segment]!;
    slots.sentAt[rest] = slots.sentAt[segment]!;
    slots.transmissions[rest] = slots.transmissions[segment]!;
    slots.deliveries.copy(segment, rest);
    slots.ends[segment] = seqToU32(toSeq(seqToU32(this.startOf(segment)) + length));
    slots.marks[segment] = marks & ~CARRIES_FIN;
    this.#count(marks, 1);
    this.count += 1;
    slots.queue.insertAfter(segment, rest);
    if (isInNetwork(marks)) slots.network.insertAfter(segment, rest);
    else if (isWaiting(marks)) slots.waiting.insertAfter(segment, rest);
    else slots.runs[rest] = rest;
  }

  /** Makes one segment of a segment and the next, which are sent again as one. */
  mergeWithNext(segment: number): void {
    const slots = this.#slots;
    const next = this.next(segment);
    const end = slots.ends[next]!;
    const kept = slots.marks[next]! & (EVER_RETRANSMITTED | CARRIES_FIN);
    this.#remove(next);
    slots.ends[segment] = end;
    slots.marks[segment] = slots.marks[segment]! | kept;
  }

  /** The last of the sacked segments that follow each other from this one on. */
  lastOfRun(segment: number): number {
    const { runs } = this.#slots;
    let last = segment;
    for (;;) {
      const known = runs[last]!;
      if (known !== last) {
        runs[last] = runs[known]!; // the way is half as long next time
        last = known;
        continue;
      }
      const next = this.next(last);
      if (next === NONE || !this.is(next, SACKED)) return last;
      runs[last] = next;
      last = next;
    }
  }

  /**
   * The segment that contains `seq`, which lies between start and end. SACK blocks mostly tell
   * again what they told before, or what is next to it, so it is looked for from the nearest place
   * where one was found lately.
   */
  find(seq: Seq): number {
    let segment = this.#nearestBefore(seq);
    while (!seqGt(this.endOf(segment), seq)) {
      if (this.is(segment, SACKED)) {
        const last = this.lastOfRun(segment);
        if (!seqGt(this.endOf(last), seq)) segment = last;
      }
      segment = this.next(segment);
    }
    this.#remember(segment);
    return segment;
  }

  #nearestBefore(seq: Seq): number {
    let nearest = this.first;
    for (const segment of this.#slots.fingers) {
      if (segment === NONE || this.is(segment, FREE) || seqGt(this.startOf(segment), seq)) continue;
      if (seqGt(this.endOf(segment), this.endOf(nearest))) nearest = segment;
    }
    return nearest;
  }

  #remember(segment: number): void {
    const { fingers } = this.#slots;
    let at = 0;
    while (at < FINGERS - 1 && fingers[at] !== segment) at += 1;
    fingers.copyWithin(1, 0, at);
    fingers[0] = segment;
  }

  #take(): number {
    if (this.#slots.isFull) {
      if (this.#slots === NO_SLOTS) this.#slots = firstSlots();
      else this.#slots.grow();
    }
    return this.#slots.take();
  }

  /** Nothing is in flight any more. */
  clear(): void {
    this.count = 0;
    this.sacked = 0;
    this.lost = 0;
    this.retransmitted = 0;
    if (this.#slots !== NO_SLOTS) this.#slots.empty();
    this.#notOvertaken = NONE;
    this.release();
  }

  /** Gives the memory back when nothing is in flight. */
  release(): void {
    if (this.count === 0 && giveSlotsBack(this.#slots)) this.#slots = NO_SLOTS;
  }
}
