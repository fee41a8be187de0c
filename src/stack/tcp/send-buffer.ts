/**
 * What the application has written and the peer has not acknowledged: the bytes from SND.UNA on
 * (RFC 9293 §3.10.2). With them go two kinds of marks: where a segment carries PSH, because a write
 * ended there (MUST-61), and where a record ended (MSG_EOR), which no segment may reach beyond.
 */
import { Positions } from './positions.ts';
import { ByteRing } from './ring.ts';

export class SendBuffer {
  readonly #ring = new ByteRing();
  #end = 0;
  /** Where the last mark for PSH is, acknowledged or not. */
  #pushedTo = 0;
  readonly #pushes = new Positions();
  /** Few programs mark records. */
  #recordEnds: Positions | undefined = undefined;

  /** Octets that wait for acknowledgment or for being sent. */
  get length(): number {
    return this.#end - this.#ring.start;
  }

  /** Takes `bytes[from, to)` in. */
  append(bytes: Uint8Array, from: number, to: number): void {
    if (to > from) this.#ring.write(this.#end, bytes, from, to);
    this.#end += to - from;
  }

  /** The segment that ends `back` octets before the end will carry PSH. */
  push(back = 0): void {
    const position = this.#end - back;
    if (position <= this.#ring.start || position <= this.#pushedTo) return;
    this.#pushes.add(position);
    this.#pushedTo = position;
  }

  /** What comes next will not share a segment with what is here. */
  endRecord(): void {
    if (this.length === 0) return;
    this.#recordEnds ??= new Positions();
    this.#recordEnds.add(this.#end);
  }

  /** How many octets from `offset` behind SND.UNA on may be in one segment. */
  untilRecordEnd(offset: number): number {
    if (this.#recordEnds === undefined) return Number.POSITIVE_INFINITY;
    const position = this.#ring.start + offset;
    return this.#recordEnds.after(position) - position;
  }

  /** Copies `length` octets from `offset` octets behind SND.UNA on. */
  copyTo(offset: number, length: number, target: Uint8Array, at: number): void {
    this.#ring.read(this.#ring.start + offset, target, at, length);
  }

  /** Whether a segment that ends `offset` octets behind SND.UNA carries PSH. */
  isPushedAt(offset: number): boolean {
    return this.#pushes.has(this.#ring.start + offset);
  }

  /** Forgets `length` octets: they are acknowledged. */
  acknowledge(length: number): void {
    const start = this.#ring.start + length;
    if (start === this.#end) {
      this.#ring.empty(start);
      this.#pushes.clear();
      this.#recordEnds = undefined;
      return;
    }
    this.#ring.dropTo(start);
    this.#pushes.dropTo(start);
    this.#recordEnds?.dropTo(start);
  }

  /** Throws everything away. */
  clear(): void {
    this.#ring.dropTo(this.#end);
    this.#ring.clear();
    this.#pushes.clear();
    this.#recordEnds = undefined;
  }
}
