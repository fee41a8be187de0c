/**
 * The packets that wait to be read, in order (Linux sk_receive_queue), and the memory of each,
 * which is free when its last octet was read.
 */
import type { PacketBuffers } from '../../interfaces/packet-buffers.ts';
import { collapse } from './collapse.ts';
import { APART, PlacedPacket, WaitingPacket } from './waiting-packet.ts';

/** What is known of each: the octets that it brought, how many it has twice, and its memory. */
const FIELDS = 3;

export class ReceiveQueue {
  /** What they take together. */
  memory = 0;
  /** How many there are. */
  count = 0;
  /** The last one, to which the next may be joined. */
  readonly #last = new WaitingPacket();
  /** A ring of so many places, a power of two, of which `#first` is in use first. */
  #ring: number[] = [];
  #capacity = 0;
  #first = 0;
  /** Octets in them that were not read. */
  #octets = 0;
  /** Octets of the first one that were. */
  #read = 0;
  /** A FIN came when nothing waited: a packet without text, there until the end is read. */
  #isEnd = false;

  /**
   * A packet comes, whose last `octets` are new; says whether it became one with the last (Linux
   * tcp_queue_rcv()). What follows a packet that is still shared, or is there in part, stays apart.
   */
  append(
    packet: WaitingPacket,
    octets: number,
    buffers: PacketBuffers,
    sharedBehind: number,
  ): boolean {
    const mayJoin =
      octets === packet.length && this.count > 0 && this.#last.arrival <= sharedBehind;
    const more = mayJoin ? this.#last.join(packet, buffers) : APART;
    this.#octets += octets;
    if (more === APART) {
      this.#push(octets, packet);
      return false;
    }
    const at = this.#placeOf(this.count - 1);
    this.#ring[at]! += octets;
    this.#ring[at + 2]! += more;
    this.memory += more;
    return true;
  }

  /** A FIN comes without text; says whether it became one with the last. */
  appendEnd(packet: WaitingPacket, buffers: PacketBuffers, sharedBehind: number): boolean {
    const isJoined = this.append(packet, 0, buffers, sharedBehind);
    this.#isEnd = !isJoined;
    return isJoined;
  }

  #push(octets: number, packet: WaitingPacket): void {
    if (this.count === this.#capacity) this.#grow();
    const at = this.#placeOf(this.count);
    this.#ring[at] = octets;
    this.#ring[at + 1] = packet.length - octets;
    this.#ring[at + 2] = packet.memory;
    this.count += 1;
    this.memory += packet.memory;
    this.#last.become(packet);
  }

  #placeOf(index: number): number {
    return FIELDS * ((this.#first + index) & (this.#capacity - 1));
  }

  /** Makes room for one at first, as most programs read in time, and then twice as much. */
  #grow(): void {
    if (this.#capacity === 0) {
      this.#ring = [0, 0, 0];
      this.#capacity = 1;
      return;
    }
    const first = FIELDS * this.#first;
    const inOrder = [...this.#ring.slice(first), ...this.#ring.slice(0, first)];
    this.#ring = inOrder.concat(inOrder);
    this.#capacity *= 2;
    this.#first = 0;
  }

  /** How many octets of the first one are left. */
  get firstLength(): number {
    return this.count === 0 ? 0 : this.#ring[this.#placeOf(0)]! - this.#read;
  }

  /** All octets but the last `readable` were read. */
  readTo(readable: number): void {
    let left = this.#read + this.#octets - readable;
    this.#octets = readable;
    while (this.count > 0) {
      const octets = this.#ring[this.#placeOf(0)]!;
      if (octets > left || (this.#isEnd && this.count === 1)) break;
      left -= octets;
      this.#shift();
    }
    this.#read = left;
  }

  #shift(): void {
    this.memory -= this.#ring[this.#placeOf(0) + 2]!;
    this.#first = (this.#first + 1) & (this.#capacity - 1);
    this.count -= 1;
  }

  /** The end of the stream was read. */
  readEnd(): void {
    if (!this.#isEnd) return;
    this.#isEnd = false;
    this.readTo(this.#octets);
  }

  /** Copies them together, where it is worth it; says how many are gone. */
  collapse(ratio: number, smallBlock: number): number {
    const packets = this.#packets();
    const gone = collapse(packets, 0, ratio, smallBlock);
    if (gone > 0) this.#replace(packets);
    return gone;
  }

  /** The packets; the first octet that was not read is at position 0. */
  #packets(): PlacedPacket[] {
    const all: PlacedPacket[] = [];
    let end = -this.#read;
    for (let i = 0; i < this.count; i++) {
      const at = this.#placeOf(i);
      end += this.#ring[at]!;
      const packet = new PlacedPacket(end - this.#ring[at]! - this.#ring[at + 1]!, end);
      packet.length = end - packet.start;
      packet.memory = this.#ring[at + 2]!;
      all.push(packet);
    }
    all.at(-1)?.become(this.#last);
    return all;
  }

  /** Packets of the same octets take their place. The first of these is the next to be read. */
  #replace(packets: readonly PlacedPacket[]): void {
    this.count = 0;
    this.memory = 0;
    this.#read = 0;
    let end = 0;
    for (const packet of packets) {
      this.#push(packet.end - end, packet);
      ({ end } = packet);
    }
  }
}
