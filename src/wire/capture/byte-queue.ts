/**
 * Bytes that arrive in chunks of any size and are read as contiguous runs, for streaming readers.
 *
 * A run within one chunk is a view of that chunk; a run across chunks is copied together. An octet
 * is copied at most once on arrival (small chunks only) and once for each length that the reader
 * asks for at one place, so reading takes linear time however the bytes are cut.
 */
import { EMPTY } from '../bytes.ts';

/** Chunks shorter than this are gathered: a queue of one-octet chunks would need much memory. */
const SMALL = 2048;
const SLAB_LENGTH = 65_536;

/** A queue of bytes: pushed at the end in chunks, read at the front in runs. */
export class ByteQueue {
  /** After {@link ByteQueue.has} said yes, the next octets begin at `bytes[at]`. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  /** The octets pushed and not skipped yet. */
  length = 0;
  /** The octets skipped so far: the offset of the next one from the first ever pushed. */
  offset = 0;
  /** The octets copied so far, by which tests see that reading is linear. */
  copied = 0;
  /** The chunks after `bytes`, in order, from index `#head` on. */
  #chunks: Uint8Array[] = [];
  #head = 0;
  /** After them, small chunks gathered: `#slab[#from, #used)`. */
  #slab: Uint8Array = EMPTY;
  #from = 0;
  #used = 0;

  /** Appends octets. The queue takes the chunk over: what is read later may be views of it. */
  push(chunk: Uint8Array): void {
    this.length += chunk.length;
    if (chunk.length >= SMALL) {
      this.#closeSlab();
      this.#chunks.push(chunk);
    } else if (chunk.length > 0) {
      if (this.#used + chunk.length > this.#slab.length) {
        this.#closeSlab();
        this.#slab = new Uint8Array(SLAB_LENGTH);
        this.#from = 0;
        this.#used = 0;
      }
      this.#slab.set(chunk, this.#used);
      this.#used += chunk.length;
      this.copied += chunk.length;
    }
  }

  /** Whether `n` octets are there; if so, `bytes` holds them one after the other from `at` on. */
  has(n: number): boolean {
    if (this.length < n) return false;
    if (this.bytes.length - this.at < n) this.#join(n);
    return true;
  }

  /** Drops the next `n` octets, for which {@link ByteQueue.has} said yes. */
  skip(n: number): void {
    this.at += n;
    this.offset += n;
    this.length -= n;
  }

  /** What was gathered so far becomes a chunk; the slab's room after it stays in use. */
  #closeSlab(): void {
    if (this.#used > this.#from) this.#chunks.push(this.#slab.subarray(this.#from, this.#used));
    this.#from = this.#used;
  }

  /** Makes the next `n` octets, which are there, contiguous. */
  #join(n: number): void {
    this.#closeSlab();
    const rest = this.bytes.length - this.at;
    if (rest === 0 && this.#chunks[this.#head]!.length >= n) {
      this.bytes = this.#chunks[this.#head++]!;
    } else {
      const joined = new Uint8Array(n);
      joined.set(this.bytes.subarray(this.at), 0);
      let filled = rest;
      while (filled < n) {
        const chunk = this.#chunks[this.#head]!;
        const take = Math.min(chunk.length, n - filled);
        joined.set(take === chunk.length ? chunk : chunk.subarray(0, take), filled);
        if (take === chunk.length) this.#head += 1;
        else this.#chunks[this.#head] = chunk.subarray(take);
        filled += take;
      }
      this.copied += n;
      this.bytes = joined;
    }
    this.at = 0;
    if (this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
  }
}
