/**
 * Bytes of a stream between two positions, in one array of a power-of-two length. Positions only
 * grow; a position's place in the array is the low bits of its distance from the origin. Nothing is
 * allocated before it is needed, and what is small is given back as soon as it is empty.
 */
import { EMPTY } from '../../wire/index.ts';

const FIRST_CAPACITY = 2048;
/** Fewer octets than this are copied one by one, faster than a view of them is made. */
const VIEWED_FROM = 32;

/**
 * Arrays of the first capacity that rings have given back. A new one costs 0.8 µs and the garbage
 * collector as much again; with these, a connection of two short messages takes a tenth less time,
 * and one that is idle holds no array. Rings never read what they did not write, so it does not
 * matter whose an array was.
 */
const spares: Uint8Array[] = [];
const SPARES_LIMIT = 256;

export class ByteRing {
  #bytes: Uint8Array = EMPTY;
  /** Theirs, once it was asked for: that costs as much as making a view of it. */
  #buffer: ArrayBufferLike | undefined = undefined;
  /** The first position kept. */
  #start = 0;
  /** A position whose place is the array's first. */
  #origin = 0;

  get start(): number {
    return this.#start;
  }

  /** Forgets everything before `position`. */
  dropTo(position: number): void {
    this.#start = position;
  }

  /** Forgets everything, and gives memory back that is as good as free to get again. */
  empty(position: number): void {
    this.#start = position;
    if (this.#bytes.length === FIRST_CAPACITY) this.clear();
  }

  /** Gives the memory back. */
  clear(): void {
    if (this.#bytes.length === FIRST_CAPACITY && spares.length < SPARES_LIMIT) {
      spares.push(this.#bytes);
    }
    this.#bytes = EMPTY;
    this.#buffer = undefined;
  }

  /** Copies `source[from, to)` to `position` and on; `position` is at least `start`. */
  write(position: number, source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length === 0) return;
    if (position + length - this.#start > this.#bytes.length) this.#grow(position + length);
    const at = (position - this.#origin) & (this.#bytes.length - 1);
    const first = Math.min(length, this.#bytes.length - at);
    copy(source, from, this.#bytes, at, first);
    if (first < length) copy(source, from + first, this.#bytes, 0, length - first);
  }

  /** Copies `length` octets from `position` on into `target` at `targetAt`. */
  read(position: number, target: Uint8Array, targetAt: number, length: number): void {
    const at = (position - this.#origin) & (this.#bytes.length - 1);
    if (length >= VIEWED_FROM && at + length <= this.#bytes.length) {
      this.#buffer ??= this.#bytes.buffer;
      target.set(new Uint8Array(this.#buffer, at, length), targetAt);
    } else this.#readApart(at, target, targetAt, length);
  }

  /** What is short, or lies at both ends of the array. */
  #readApart(at: number, target: Uint8Array, targetAt: number, length: number): void {
    if (length === 0) return;
    const first = Math.min(length, this.#bytes.length - at);
    copy(this.#bytes, at, target, targetAt, first);
    if (first < length) copy(this.#bytes, 0, target, targetAt + first, length - first);
  }

  /** Makes room up to `end`. Every octet from the start on may be in use: it moves to the front. */
  #grow(end: number): void {
    let capacity = Math.max(FIRST_CAPACITY, this.#bytes.length);
    while (capacity < end - this.#start) capacity *= 2;
    const old = this.#bytes;
    const at = (this.#start - this.#origin) & (old.length - 1);
    const grown =
      (capacity === FIRST_CAPACITY ? spares.pop() : undefined) ?? new Uint8Array(capacity);
    if (old.length > 0) {
      copy(old, at, grown, 0, old.length - at);
      copy(old, 0, grown, old.length - at, at);
    }
    this.#bytes = grown;
    this.#buffer = undefined;
    this.#origin = this.#start;
  }
}

function copy(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  at: number,
  length: number,
): void {
  if (length < VIEWED_FROM) {
    for (let i = 0; i < length; i++) target[at + i] = source[from + i]!;
    return;
  }
  const isWhole = length === source.length;
  target.set(isWhole ? source : source.subarray(from, from + length), at);
}
