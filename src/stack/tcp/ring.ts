/**
 * Bytes of a stream between two positions, in one array of a power-of-two length. Positions only
 * grow; a position's place in the array is its low bits. Nothing is allocated before it is needed.
 */
import { EMPTY } from '../../wire/index.ts';

const FIRST_CAPACITY = 2048;

export class ByteRing {
  #bytes: Uint8Array = EMPTY;
  /** The first position kept. */
  #start = 0;

  get start(): number {
    return this.#start;
  }

  /** Forgets everything before `position`. */
  dropTo(position: number): void {
    this.#start = position;
  }

  /** Gives the memory back. */
  clear(): void {
    this.#bytes = EMPTY;
  }

  /** Copies `source[from, to)` to `position` and on; `position` is at least `start`. */
  write(position: number, source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (position + length - this.#start > this.#bytes.length) this.#grow(position + length);
    const at = position & (this.#bytes.length - 1);
    const first = Math.min(length, this.#bytes.length - at);
    copy(source, from, this.#bytes, at, first);
    if (first < length) copy(source, from + first, this.#bytes, 0, length - first);
  }

  /** Copies `length` octets from `position` on into `target` at `targetAt`. */
  read(position: number, target: Uint8Array, targetAt: number, length: number): void {
    const at = position & (this.#bytes.length - 1);
    const first = Math.min(length, this.#bytes.length - at);
    copy(this.#bytes, at, target, targetAt, first);
    if (first < length) copy(this.#bytes, 0, target, targetAt + first, length - first);
  }

  #grow(end: number): void {
    let capacity = Math.max(FIRST_CAPACITY, this.#bytes.length);
    while (capacity < end - this.#start) capacity *= 2;
    const old = this.#bytes;
    const grown = new Uint8Array(capacity);
    // Every octet at or after the start may be in use: lay all of the old array out anew.
    if (old.length > 0) {
      const at = this.#start & (old.length - 1);
      const to = this.#start & (capacity - 1);
      const wrapped = grown.length - to;
      for (let done = 0; done < old.length;) {
        const source = (at + done) & (old.length - 1);
        const target = done < wrapped ? to + done : done - wrapped;
        const run = Math.min(
          old.length - done,
          old.length - source,
          done < wrapped ? wrapped - done : old.length,
        );
        copy(old, source, grown, target, run);
        done += run;
      }
    }
    this.#bytes = grown;
  }
}

function copy(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  at: number,
  length: number,
): void {
  if (length === 0) return;
  if (length < 32) {
    for (let i = 0; i < length; i++) target[at + i] = source[from + i]!;
    return;
  }
  target.set(source.subarray(from, from + length), at);
}
