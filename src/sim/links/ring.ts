/**
 * First-in-first-out rings that grow: the frames under way in one direction of a link, and
 * instants. Arrays of a power of two in length, indexed by positions that only grow, masked on
 * access; nothing is allocated for an entry.
 */
import { type Cause, type Instant, NEVER } from '../../stack/index.ts';

const FIRST_CAPACITY = 16;

/** Frames, each with its sender's cause and the instant of its arrival. */
export class FrameRing {
  // As long as the places used so far: they are used in order, so a write past the end appends.
  #frames: (Uint8Array | undefined)[] = [];
  #causes: Cause[] = [];
  #at: Float64Array = new Float64Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(frame: Uint8Array, cause: Cause, at: Instant): void {
    if (this.length > this.#mask) this.#grow();
    const place = this.#tail++ & this.#mask;
    this.#frames[place] = frame;
    this.#causes[place] = cause;
    this.#at[place] = at;
  }

  /** The first frame. The ring must not be empty. */
  get frame(): Uint8Array {
    return this.#frames[this.#head & this.#mask]!;
  }

  /** The first frame's cause. The ring must not be empty. */
  get cause(): Cause {
    return this.#causes[this.#head & this.#mask]!;
  }

  /** When the first frame arrives; {@link NEVER} when there is none. */
  get at(): Instant {
    return this.length === 0 ? NEVER : this.#at[this.#head & this.#mask]!;
  }

  /** Takes the first frame out. The ring must not be empty. */
  shift(): void {
    const place = this.#head++ & this.#mask;
    this.#frames[place] = undefined; // its memory may go
  }

  #grow(): void {
    const from = this.#head & this.#mask;
    this.#frames = [...this.#frames.slice(from), ...this.#frames.slice(0, from)];
    this.#causes = [...this.#causes.slice(from), ...this.#causes.slice(0, from)];
    this.#at = doubledInstants(this.#at, from);
    this.#tail = this.length;
    this.#head = 0;
    this.#mask = 2 * this.#mask + 1;
  }
}

/** Instants in the order of their coming. */
export class InstantRing {
  #at: Float64Array = new Float64Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  push(at: Instant): void {
    if (this.length > this.#mask) {
      this.#at = doubledInstants(this.#at, this.#head & this.#mask);
      this.#tail = this.length;
      this.#head = 0;
      this.#mask = 2 * this.#mask + 1;
    }
    this.#at[this.#tail++ & this.#mask] = at;
  }

  /** Takes out those at `now` or before from the front. */
  shiftUntil(now: Instant): void {
    while (this.#head < this.#tail && this.#at[this.#head & this.#mask]! <= now) this.#head += 1;
  }
}

/** An array of twice the length, with what the full ring held in order from `from` on. */
function doubledInstants(full: Float64Array, from: number): Float64Array {
  const all = new Float64Array(2 * full.length);
  all.set(full.subarray(from));
  all.set(full.subarray(0, from), full.length - from);
  return all;
}
