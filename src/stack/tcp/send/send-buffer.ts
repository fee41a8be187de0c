/**
 * What the application has written and the peer has not acknowledged: the bytes from SND.UNA on
 * (RFC 9293 §3.10.2), in the packets in which they will be sent.
 */
import { QueuedPackets } from './queued-packets.ts';
import { ByteRing } from '../ring.ts';

export class SendBuffer {
  readonly #ring = new ByteRing();
  #end = 0;
  /** Made by the first SEND: many connections only receive. */
  #packets: QueuedPackets | undefined = undefined;

  /** Octets that wait for acknowledgment or for being sent. */
  get length(): number {
    return this.#end - this.#ring.start;
  }

  /** Packets that hold them. */
  get packets(): number {
    return this.#packets?.count ?? 0;
  }

  /** Whether the last packet may take more. */
  get isPacketOpen(): boolean {
    return this.#packets?.isOpen === true;
  }

  /** How many octets the last packet could still take, when it may be `most` octets long. */
  roomInPacket(most: number): number {
    const packets = this.#packets;
    if (packets?.isOpen !== true) return 0;
    return Math.max(0, packets.lastStart(this.#ring.start) + most - this.#end);
  }

  /** What is written next begins a packet. */
  openPacket(): void {
    this.#packets ??= new QueuedPackets();
    this.#packets.open(this.#end);
  }

  /** Takes `bytes[from, to)` into the last packet, or into a new one where that takes no more. */
  append(bytes: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    if (this.#packets?.isOpen !== true) this.openPacket();
    this.#ring.write(this.#end, bytes, from, to);
    this.#end += to - from;
    this.#packets?.extend(this.#end);
  }

  /** The end of what was written will carry PSH, or not any more because more joins it. */
  push(isEnd = true): void {
    this.#packets?.push(isEnd);
  }

  /** What comes next will not share a segment with what is here (MSG_EOR). */
  endRecord(): void {
    if (this.length > 0) this.#packets?.seal();
  }

  /** How many octets from `offset` behind SND.UNA on, all that was sent, the next packet has. */
  untilPacketEnd(offset: number): number {
    if (offset >= this.length) return 0;
    return (this.#packets?.nextEnd ?? this.#end) - this.#ring.start - offset;
  }

  /** The next packet takes up to `octets` from the one behind it. */
  fillNext(octets: number): void {
    this.#packets?.fillNext(octets);
  }

  /** Whether nothing was written behind the next packet to be sent. */
  get isNextLast(): boolean {
    return this.#packets?.isNextLast ?? true;
  }

  /**
   * All before `offset` behind SND.UNA is sent: the next packet, or a part of it. `withPush`: what
   * is sent ends with PSH, whatever the program did.
   */
  sentTo(offset: number, withPush: boolean): void {
    this.#packets?.sentTo(this.#ring.start + offset, withPush);
  }

  /** How many octets from `offset` behind SND.UNA on may be in one segment, `most` at most. */
  untilRecordEnd(offset: number, most: number): number {
    const position = this.#ring.start + offset;
    return (this.#packets?.sealedEnd(position, position + most) ?? position + most) - position;
  }

  /** Copies `length` octets from `offset` octets behind SND.UNA on. */
  copyTo(offset: number, length: number, target: Uint8Array, at: number): void {
    this.#ring.read(this.#ring.start + offset, target, at, length);
  }

  /** Whether a segment that ends `offset` octets behind SND.UNA carries PSH. */
  isPushedAt(offset: number): boolean {
    return this.#packets?.isPushedAt(this.#ring.start + offset) ?? false;
  }

  /** Forgets `length` octets: they are acknowledged. */
  acknowledge(length: number): void {
    const start = this.#ring.start + length;
    if (start === this.#end) {
      this.#ring.empty(start);
      this.#packets?.clear();
      return;
    }
    this.#ring.dropTo(start);
    this.#packets?.dropTo(start);
  }

  /** Throws everything away. */
  clear(): void {
    this.#ring.dropTo(this.#end);
    this.#ring.clear();
    this.#packets = undefined;
  }
}
