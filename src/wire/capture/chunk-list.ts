/**
 * Bytes written one after the other without knowing how many there will be, for file writers.
 *
 * They are carved from slabs of 1 MiB: a fresh `Uint8Array` for each packet costs some 800 ns, a
 * place in a slab next to nothing.
 */
import { EMPTY } from '../bytes.ts';

const SLAB_LENGTH = 1024 * 1024;

/** A growing list of chunks, which whoever writes them out takes. */
export class ChunkList {
  /** The slab being filled. After {@link ChunkList.reserve} there is room from `at` on. */
  bytes: Uint8Array = EMPTY;
  /** Where the next octet goes; the writer moves it. */
  at = 0;
  #from = 0;
  #full: Uint8Array[] = [];
  /** Whether a part of the slab being filled was given away for good. */
  #isShared = false;

  /** Makes room for `length` octets; returns the place, `at`. */
  reserve(length: number): number {
    if (this.bytes.length - this.at < length) {
      this.#endChunk();
      this.bytes = new Uint8Array(Math.max(SLAB_LENGTH, length));
      this.at = 0;
      this.#from = 0;
      this.#isShared = false;
    }
    return this.at;
  }

  /** The chunks written since the last time, in order. They are never written to again. */
  take(): Uint8Array[] {
    this.#isShared = true;
    return this.#close();
  }

  /**
   * Hands the chunks written since the last time to `write`, in order. They are lent: the memory is
   * written to again once `write` has returned. Without new memory for every megabyte the garbage
   * collector has nothing to do, and capturing to a file costs half.
   */
  drain(write: (chunk: Uint8Array) => void): void {
    for (const chunk of this.#close()) write(chunk);
    if (this.#isShared) return;
    this.at = 0;
    this.#from = 0;
  }

  #close(): Uint8Array[] {
    this.#endChunk();
    const chunks = this.#full;
    this.#full = [];
    return chunks;
  }

  #endChunk(): void {
    if (this.at > this.#from) this.#full.push(this.bytes.subarray(this.#from, this.at));
    this.#from = this.at;
  }
}
