/**
 * A stream of octets as protocols read it: so many of them, or all up to one that ends a line. What
 * has arrived and is not yet wanted waits here, at most what was asked for and what one `recv` gave
 * beyond it.
 */
import { concat, EMPTY } from '../wire/index.ts';

/** Where octets come from: the next ones, none at the end. */
export type ByteSource = () => Promise<Uint8Array>;

export class ByteReader {
  readonly #source: ByteSource;
  #waiting: Uint8Array = EMPTY;
  #isOver = false;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Takes more in; false at the end. */
  async #fill(): Promise<boolean> {
    if (this.#isOver) return false;
    const more = await this.#source();
    if (more.length === 0) this.#isOver = true;
    else this.#waiting = this.#waiting.length === 0 ? more : concat(this.#waiting, more);
    return !this.#isOver;
  }

  #take(length: number): Uint8Array {
    const octets = this.#waiting.subarray(0, length);
    this.#waiting = this.#waiting.subarray(octets.length);
    return octets;
  }

  /**
   * All up to the next `delimiter`, and that. Where it is not among the next `limit` octets, these;
   * where the end comes before, those that are left.
   */
  async through(delimiter: number, limit: number): Promise<Uint8Array> {
    let looked = 0;
    for (;;) {
      const at = this.#waiting.indexOf(delimiter, looked);
      if (at >= 0) return this.#take(Math.min(at + 1, limit));
      looked = this.#waiting.length;
      if (looked >= limit || !(await this.#fill())) return this.#take(limit);
    }
  }

  /** From 1 to `limit` octets; none at the end. */
  async some(limit: number): Promise<Uint8Array> {
    if (this.#waiting.length === 0) await this.#fill();
    return this.#take(limit);
  }

  /** So many octets; nothing when the end comes before. */
  async exactly(length: number): Promise<Uint8Array | undefined> {
    while (this.#waiting.length < length) if (!(await this.#fill())) return undefined;
    return this.#take(length);
  }
}
