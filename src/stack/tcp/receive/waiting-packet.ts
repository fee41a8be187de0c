/**
 * A received packet that waits, as far as its memory goes (Linux sk_buff, truesize): what it takes,
 * and whether what follows it in the stream can become one with it.
 */
import type { PacketBuffers } from '../../interfaces/packet-buffers.ts';

/** Another one did not become one with it. */
export const APART = -1;

export class WaitingPacket {
  /** Octets of payload, those that are there twice included. */
  length = 0;
  memory = 0;
  /** Octets more that fit behind its own. */
  room = 0;
  /** The pieces of pages that it is in. */
  pieces = 1;
  /** It lies in a block of its own, which no other packet can take over. */
  isInBlock = false;
  /** How many packets its device had received with it. */
  arrival = 0;

  /** Becomes the same as another. */
  become(other: WaitingPacket): void {
    this.length = other.length;
    this.memory = other.memory;
    this.room = other.room;
    this.pieces = other.pieces;
    this.isInBlock = other.isInBlock;
    this.arrival = other.arrival;
  }

  /**
   * Takes in the packet that follows it, if it can: copied to where there is room, or hung to it
   * where it lies (Linux skb_try_coalesce()). By how much more memory, or {@link APART}.
   */
  join(next: WaitingPacket, { joinedMost, savedByJoining }: PacketBuffers): number {
    if (next.length <= this.room) {
      this.room -= next.length;
      this.length += next.length;
      return 0;
    }
    if (next.isInBlock || this.pieces + next.pieces > joinedMost) return APART;
    const more = next.memory - savedByJoining;
    this.room = 0;
    this.length += next.length;
    this.memory += more;
    this.pieces += next.pieces;
    return more;
  }
}

/**
 * One that arrives. The next is like the last, as a rule: then what a device makes of it is known.
 */
export class ArrivingPacket extends WaitingPacket {
  #buffers: PacketBuffers | undefined = undefined;
  #headers = 0;
  #segment = 0;
  #packets = 0;

  /** Becomes what a device has made of `payload` octets that came as segments of `segment`. */
  receive(buffers: PacketBuffers, headers: number, payload: number, segment: number): void {
    const isLikeLast =
      payload === this.length &&
      headers === this.#headers &&
      segment === this.#segment &&
      buffers === this.#buffers;
    if (!isLikeLast) this.#measure(buffers, headers, payload, segment);
    this.pieces = this.#packets;
  }

  #measure(buffers: PacketBuffers, headers: number, payload: number, segment: number): void {
    this.#buffers = buffers;
    this.#headers = headers;
    this.#segment = segment;
    this.#packets = packetsOf(buffers, payload, segment);
    this.length = payload;
    this.memory = mergedMemory(buffers, headers, payload, segment);
    this.room = this.#packets === 1 ? buffers.roomBehind(headers, payload) : 0;
  }
}

/** One, and its place in the stream. */
export class PlacedPacket extends WaitingPacket {
  start: number;
  /** A FIN counts as an octet. */
  end: number;
  hasFin = false;

  constructor(start: number, end: number) {
    super();
    this.start = start;
    this.end = end;
    this.length = end - start;
  }
}

/**
 * Octets for `payload` octets behind headers of so many, which a device may have merged from
 * segments of `segment`.
 */
function mergedMemory(
  buffers: PacketBuffers,
  headers: number,
  payload: number,
  segment: number,
): number {
  const packets = packetsOf(buffers, payload, segment);
  if (packets === 1) return buffers.memoryOf(headers, payload);
  return packets * buffers.memoryOf(headers, segment) - (packets - 1) * buffers.savedByJoining;
}

/** In how many packets a device keeps `payload` octets that came as segments of `segment`. */
function packetsOf(buffers: PacketBuffers, payload: number, segment: number): number {
  return payload <= segment || buffers.keepsLongFrames ? 1 : Math.ceil(payload / segment);
}
