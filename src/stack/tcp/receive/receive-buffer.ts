/**
 * What has arrived: the bytes that the application has not read, and beyond RCV.NXT those that came
 * ahead of order (RFC 9293 §3.10.7.4, SHLD-31), each at its place in one ring.
 *
 *        start              next                    out-of-order ranges
 *     -----|== to be read ====|........[=====)......[===)........
 *                          RCV.NXT
 *
 * What came last in order stays in its frame until more comes: a program that reads at once takes
 * it from there, and its octets are copied once instead of twice.
 */
import { partOf } from '../../../wire/index.ts';
import { Slab } from '../../slab.ts';
import { type Range, RangeList } from './range-list.ts';
import { ByteRing } from '../ring.ts';

/** Fewer octets than this go to the ring at once, and do not keep a frame in memory. */
const LEFT_IN_FRAME = 512;

/** What is read lies side by side while it is no longer than this, as Node.js's buffers do. */
const POOLED = 2048;
const POOL_LENGTH = 8192;
const pool = new Slab(POOL_LENGTH);

/** Memory for what a program reads. A new array costs 0.8 µs, and the collector as much again. */
function memoryFor(length: number): Uint8Array {
  return length <= POOLED ? pool.carve(length) : new Uint8Array(length);
}

export class ReceiveBuffer {
  readonly #ring = new ByteRing();
  /** The position of RCV.NXT. */
  #next = 0;
  /** The frame with the last octets before RCV.NXT, which are not in the ring yet. */
  #frame: Uint8Array | undefined = undefined;
  /** Where in it the octet of position 0 would be. */
  #frameOrigin = 0;
  /** The position of its first octet. */
  #frameStart = 0;
  /** Ahead of order, as positions. */
  readonly #ranges = new RangeList();
  /** The octets in them. */
  #ahead = 0;
  /** The position of the urgent octet (RFC 6093 §2, as TCPs take it), −1 when there is none. */
  #urgent = -1;
  /** Whether the program has fetched it by MSG_OOB already. */
  #urgentTaken = false;
  /** SO_OOBINLINE: the urgent octet is read among the others. */
  urgentInline = false;

  /** Octets that have arrived in order and were not read, an urgent one included. */
  get readable(): number {
    return this.#next - this.#ring.start;
  }

  /** Octets that a read would give. It stops before an urgent one, and the next one skips that. */
  get available(): number {
    return this.#urgent < 0 ? this.readable : this.#availableByUrgent();
  }

  #availableByUrgent(): number {
    const before = this.#urgent - this.#ring.start;
    if (before > 0) return Math.min(this.readable, before);
    return this.urgentInline ? this.readable : Math.max(0, this.readable - 1);
  }

  /** Octets before an urgent one, or all: SIOCINQ (Linux tcp_inq()). */
  get beforeUrgent(): number {
    if (this.urgentInline || this.#urgent < 0) return this.readable;
    return Math.min(this.readable, this.#urgent - this.#ring.start);
  }

  /** Whether the next octet is the urgent one (SIOCATMARK). */
  get isAtUrgent(): boolean {
    return this.#urgent === this.#ring.start;
  }

  /** What is known of an urgent octet: none, announced, here, or fetched by MSG_OOB. */
  get urgentState(): 'none' | 'announced' | 'here' | 'taken' {
    if (this.#urgent < 0) return 'none';
    if (this.#urgentTaken) return 'taken';
    return this.#urgent < this.#next ? 'here' : 'announced';
  }

  /**
   * The octet `offset` behind RCV.NXT is urgent: says whether that is new. An earlier one that
   * would be read next and nobody fetched is lost (Linux tcp_check_urg()).
   */
  markUrgent(offset: number): boolean {
    const position = this.#next + offset;
    if (offset < 0 || position <= this.#urgent) return false;
    if (this.#urgent === this.#ring.start && this.readable > 0 && !this.urgentInline) {
      this.#ring.dropTo(this.#ring.start + 1);
    }
    this.#urgent = position;
    this.#urgentTaken = false;
    return true;
  }

  /** Whether an urgent octet was announced that reading has not come past. */
  get hasUrgent(): boolean {
    return this.#urgent >= 0;
  }

  /** The urgent octet, which is here; unless it is only looked at it counts as fetched. */
  urgentOctet(isPeek: boolean): number {
    this.#settle();
    const octet = new Uint8Array(1);
    this.#ring.read(this.#urgent, octet, 0, 1);
    if (!isPeek) this.#urgentTaken = true;
    return octet[0]!;
  }

  /** Octets held in all. */
  get length(): number {
    return this.readable + this.#ahead;
  }

  /** Octets that wait for an earlier one, and in how many pieces. */
  get ahead(): number {
    return this.#ahead;
  }

  get pieces(): number {
    return this.#ranges.count;
  }

  /** Whether octets wait for an earlier one to arrive. */
  get hasGap(): boolean {
    return this.#ranges.count > 0;
  }

  /** The ranges that wait for an earlier octet, from the left, as offsets from RCV.NXT. */
  ranges(): Range[] {
    return this.#ranges.toArray().map((range) => this.#fromNext(range));
  }

  /** How far behind RCV.NXT the last octet ends that is held; 0 when all are in order. */
  get reach(): number {
    return (this.#ranges.last?.end ?? this.#next) - this.#next;
  }

  /** Which octets from `offset` to `end` behind RCV.NXT are here: the first ones without a gap. */
  firstHeld(offset: number, end: number): Range | undefined {
    const range = this.#ranges.firstBehind(this.#next + offset);
    if (range === undefined || range.start >= this.#next + end) return undefined;
    const held = this.#fromNext(range);
    return { start: Math.max(held.start, offset), end: Math.min(held.end, end) };
  }

  #fromNext({ start, end }: Range): Range {
    return { start: start - this.#next, end: end - this.#next };
  }

  /**
   * Takes in `bytes[from, to)`, which belong `offset` octets behind RCV.NXT, `offset` being at
   * least 0. Returns by how many octets RCV.NXT moves.
   */
  insert(offset: number, bytes: Uint8Array, from: number, to: number): number {
    this.#settle();
    const start = this.#next + offset;
    const end = start + to - from;
    if (offset === 0 && to - from >= LEFT_IN_FRAME && this.#ranges.count === 0) {
      this.#frame = bytes;
      this.#frameStart = start;
      this.#frameOrigin = from - start;
      this.#next = end;
      return end - start;
    }
    this.#ring.write(start, bytes, from, to);
    if (offset > 0) {
      this.#ahead += this.#ranges.add(start, end);
      return 0;
    }
    const before = this.#next;
    this.#next = end;
    if (this.#ranges.count > 0) this.#joinRanges();
    return this.#next - before;
  }

  /** The octets that were left in their frame go to their place in the ring. */
  #settle(): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    this.#frame = undefined;
    const start = Math.max(this.#frameStart, this.#ring.start); // an urgent octet may be skipped
    const origin = this.#frameOrigin;
    this.#ring.write(start, frame, origin + start, origin + this.#next);
  }

  /** RCV.NXT takes in the ranges that it has reached. */
  #joinRanges(): void {
    let { first } = this.#ranges;
    while (first !== undefined && first.start <= this.#next) {
      this.#next = Math.max(this.#next, first.end);
      this.#ahead -= first.end - first.start;
      this.#ranges.shift();
      ({ first } = this.#ranges);
    }
  }

  /** Throws away what is more than `offset` octets behind RCV.NXT, ahead of order. */
  dropBehind(offset: number): void {
    const most = this.#next + offset;
    for (let { last } = this.#ranges; last !== undefined; { last } = this.#ranges) {
      if (last.end <= most) break;
      const cut = Math.max(last.start, most);
      this.#ahead -= last.end - cut;
      if (cut > last.start) last.end = cut;
      else this.#ranges.pop();
    }
  }

  /** Copies out up to `limit` octets; the application has read them. */
  read(limit: number): Uint8Array {
    const taken = memoryFor(Math.min(limit, this.available));
    this.readInto(taken);
    return taken;
  }

  /** Copies up to `target.length` octets into `target` and returns how many. */
  readInto(target: Uint8Array): number {
    const length = Math.min(target.length, this.available);
    if (this.#urgent >= 0) this.#skipUrgent();
    const { start } = this.#ring;
    const end = start + length;
    const frame = this.#frame;
    if (frame !== undefined && start >= this.#frameStart && end === this.#next) {
      const origin = this.#frameOrigin;
      target.set(partOf(frame, origin + start, origin + end));
    } else {
      this.#settle();
      this.#ring.read(start, target, 0, length);
    }
    this.#drop(length);
    return length;
  }

  /** Copies out up to `limit` octets, which stay to be read. */
  peek(limit: number): Uint8Array {
    this.#settle();
    const copied = memoryFor(Math.min(limit, this.available));
    const skipped = this.#urgent === this.#ring.start && !this.urgentInline ? 1 : 0;
    this.#ring.read(this.#ring.start + skipped, copied, 0, copied.length);
    return copied;
  }

  /** Where a read begins: behind an urgent octet that is next; with it the mark is passed. */
  #skipUrgent(): void {
    if (this.#urgent !== this.#ring.start || this.readable === 0) return;
    this.#urgent = -1;
    if (!this.urgentInline) this.#drop(1);
  }

  #drop(length: number): void {
    const start = this.#ring.start + length;
    if (start === this.#next) this.#frame = undefined;
    if (start === this.#next && !this.hasGap) this.#ring.empty(start);
    else this.#ring.dropTo(start);
  }

  /** Throws away what waits to be read. */
  dropReadable(): void {
    this.#drop(this.readable);
  }

  /** Throws everything away. */
  clear(): void {
    this.#ranges.clear();
    this.#ahead = 0;
    this.#frame = undefined;
    this.#ring.dropTo(this.#next);
    this.#ring.clear();
  }
}
