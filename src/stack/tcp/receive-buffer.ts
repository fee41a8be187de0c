/**
 * What has arrived: the bytes that the application has not read, and beyond RCV.NXT those that came
 * ahead of order (RFC 9293 §3.10.7.4, SHLD-31), each at its place in one ring.
 *
 *        start              next                    out-of-order ranges
 *     -----|== to be read ====|........[=====)......[===)........
 *                          RCV.NXT
 */
import { ByteRing } from './ring.ts';

/** Octets that arrived ahead of order, as offsets from RCV.NXT. */
export interface Range {
  start: number;
  end: number;
}

export class ReceiveBuffer {
  readonly #ring = new ByteRing();
  /** The position of RCV.NXT. */
  #next = 0;
  /** Ahead of order, as positions; apart from each other and growing. */
  readonly #ranges: Range[] = [];
  /** A position in the range that grew last, which a SACK option reports first (RFC 2018 §4). */
  #latest = 0;

  /** Octets that the application can read. */
  get readable(): number {
    return this.#next - this.#ring.start;
  }

  /** Octets held in all. */
  get length(): number {
    let held = this.readable;
    for (const { start, end } of this.#ranges) held += end - start;
    return held;
  }

  /** Whether octets wait for an earlier one to arrive. */
  get hasGap(): boolean {
    return this.#ranges.length > 0;
  }

  /** How many ranges wait for an earlier octet. */
  get rangeCount(): number {
    return this.#ranges.length;
  }

  /**
   * Takes in `bytes[from, to)`, which belong `offset` octets behind RCV.NXT, `offset` being at
   * least 0. Returns by how many octets RCV.NXT moves.
   */
  insert(offset: number, bytes: Uint8Array, from: number, to: number): number {
    const start = this.#next + offset;
    const end = start + to - from;
    this.#ring.write(start, bytes, from, to);
    if (offset > 0) {
      this.#addRange(start, end);
      return 0;
    }
    const before = this.#next;
    this.#next = end;
    while (this.#ranges.length > 0 && this.#ranges[0]!.start <= this.#next) {
      this.#next = Math.max(this.#next, this.#ranges.shift()!.end);
    }
    return this.#next - before;
  }

  #addRange(start: number, end: number): void {
    let first = 0;
    while (first < this.#ranges.length && this.#ranges[first]!.end < start) first += 1;
    let last = first;
    const merged = { start, end };
    while (last < this.#ranges.length && this.#ranges[last]!.start <= end) {
      merged.start = Math.min(merged.start, this.#ranges[last]!.start);
      merged.end = Math.max(merged.end, this.#ranges[last]!.end);
      last += 1;
    }
    this.#ranges.splice(first, last - first, merged);
    this.#latest = start;
  }

  /** The ranges to report, newest first and then from the left, at most `limit` (RFC 2018 §4). */
  rangesToReport(limit: number): Range[] {
    const newest = this.#ranges.find(
      ({ start, end }) => start <= this.#latest && this.#latest < end,
    );
    const others = this.#ranges.filter((range) => range !== newest);
    const order = newest === undefined ? others : [newest, ...others];
    return order
      .slice(0, limit)
      .map(({ start, end }) => ({ start: start - this.#next, end: end - this.#next }));
  }

  /** Copies out up to `limit` octets; the application has read them. */
  read(limit: number): Uint8Array {
    const taken = new Uint8Array(Math.min(limit, this.readable));
    this.#ring.read(this.#ring.start, taken, 0, taken.length);
    this.#drop(taken.length);
    return taken;
  }

  /** Copies up to `target.length` octets into `target` and returns how many. */
  readInto(target: Uint8Array): number {
    const length = Math.min(target.length, this.readable);
    this.#ring.read(this.#ring.start, target, 0, length);
    this.#drop(length);
    return length;
  }

  #drop(length: number): void {
    const start = this.#ring.start + length;
    if (start === this.#next && !this.hasGap) this.#ring.empty(start);
    else this.#ring.dropTo(start);
  }

  /** Throws everything away. */
  clear(): void {
    this.#ranges.length = 0;
    this.#ring.dropTo(this.#next);
    this.#ring.clear();
  }
}
