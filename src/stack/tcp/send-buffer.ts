/**
 * What the application has written and the peer has not acknowledged: the bytes from SND.UNA on
 * (RFC 9293 §3.10.2), and where each write ended, because there a segment carries PSH (MUST-61).
 */
import { ByteRing } from './ring.ts';

export class SendBuffer {
  readonly #ring = new ByteRing();
  #end = 0;
  /** Positions at which writes ended, growing; the first `#pushesDone` are acknowledged. */
  #pushes: number[] = [];
  #pushesDone = 0;

  /** Octets that wait for acknowledgment or for being sent. */
  get length(): number {
    return this.#end - this.#ring.start;
  }

  /** Takes `bytes[from, to)` in, as the end of a write when `push` is set. */
  append(bytes: Uint8Array, from: number, to: number, push: boolean): void {
    if (to > from) this.#ring.write(this.#end, bytes, from, to);
    this.#end += to - from;
    if (push && this.length > 0 && this.#pushes.at(-1) !== this.#end) this.#pushes.push(this.#end);
  }

  /** Copies `length` octets from `offset` octets behind SND.UNA on. */
  copyTo(offset: number, length: number, target: Uint8Array, at: number): void {
    this.#ring.read(this.#ring.start + offset, target, at, length);
  }

  /** Whether a write ended `offset` octets behind SND.UNA. */
  isPushedAt(offset: number): boolean {
    const position = this.#ring.start + offset;
    let low = this.#pushesDone;
    let high = this.#pushes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#pushes[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return this.#pushes[low] === position;
  }

  /** Forgets `length` octets: they are acknowledged. */
  acknowledge(length: number): void {
    const start = this.#ring.start + length;
    if (start === this.#end) {
      this.#ring.empty(start);
      this.#pushes.length = 0;
      this.#pushesDone = 0;
      return;
    }
    this.#ring.dropTo(start);
    while (this.#pushesDone < this.#pushes.length && this.#pushes[this.#pushesDone]! <= start) {
      this.#pushesDone += 1;
    }
    if (this.#pushesDone > 64 && this.#pushesDone * 2 > this.#pushes.length) {
      this.#pushes = this.#pushes.slice(this.#pushesDone);
      this.#pushesDone = 0;
    }
  }

  /** Throws everything away. */
  clear(): void {
    this.#ring.dropTo(this.#end);
    this.#ring.clear();
    this.#pushes = [];
    this.#pushesDone = 0;
  }
}
