/**
 * Bytes written one after the other without knowing how many there will be, for file writers.
 *
 * They are carved from slabs of 1 MiB: a fresh `Uint8Array` for each packet costs some 800 ns, a
 * place in a slab next to nothing.
 */
import { EMPTY } from './bytes.ts';

const SLAB_LENGTH = 1024 * 1024;

/** A growing list of chunks, which whoever writes them out takes. */
export class ChunkList {
  /** The slab being filled. After {@link ChunkList.reserve} there is room from `at` on. */
  bytes: Uint8Array = EMPTY;
  /** Where the next octet goes; the writer moves it. */
  at = 0;
  #from = 0;
  #full: Uint8Array[] = [];

  /** Makes room for `length` octets; returns the place, `at`. */
  reserve(length: number): number {
    if (this.bytes.length - this.at < length) {
      this.#close();
      this.bytes = new Uint8Array(Math.max(SLAB_LENGTH, length));
      this.at = 0;
      this.#from = 0;
    }
    return this.at;
  }

  /** The chunks written since the last time, in order. They are never written to again. */
  take(): Uint8Array[] {
    this.#close();
    const chunks = this.#full;
    this.#full = [];
    return chunks;
  }

  #close(): void {
    if (this.at > this.#from) this.#full.push(this.bytes.subarray(this.#from, this.at));
    this.#from = this.at;
  }
}
