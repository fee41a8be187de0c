/** The memory that received segments take while they wait to be read, as Linux counts it. */
import { blockFor, type PacketBuffers, RECORD } from '../packet-buffers.ts';

const PAGE = 4096;
/** The payload of a page that packets were collapsed into (Linux SKB_MAX_ORDER(0, 0)). */
const COLLAPSED = PAGE - 320;

/**
 * Octets for `payload` octets behind headers of so many, which a device may have merged from
 * segments of `segment`.
 */
export function mergedMemory(
  buffers: PacketBuffers,
  headers: number,
  payload: number,
  segment: number,
): number {
  if (payload <= segment) return buffers.memoryOf(headers, payload);
  return Math.ceil(payload / segment) * buffers.memoryOf(headers, segment);
}

/**
 * Packets that wait together, and what they take. Which of them a reader has emptied is not kept:
 * with a part of the octets goes that part of the memory, and with the last all of it.
 */
export class WaitingPackets {
  memory = 0;
  count = 0;
  readonly #buffers: PacketBuffers;
  /** Of IP and TCP, before the payload of each. */
  readonly #headers: number;
  /** Octets that still fit into the last packet. */
  #room = 0;
  /** Packets that can still be joined to it. */
  #places = 0;

  constructor(buffers: PacketBuffers, headers: number) {
    this.#buffers = buffers;
    this.#headers = headers;
  }

  /** A packet comes right behind the last one (Linux tcp_try_coalesce()). */
  append(payload: number, segment: number): void {
    if (payload <= this.#room) {
      this.#room -= payload;
    } else if (this.#places > 0) {
      this.memory += this.#memoryOf(payload, segment) - this.#buffers.savedByJoining;
      this.#places -= 1;
      this.#room = 0;
    } else {
      this.add(payload, segment);
      this.#room = this.#buffers.roomBehind(this.#headers, payload);
    }
  }

  /** A packet joins them, anywhere. */
  add(payload: number, segment: number): void {
    this.memory += this.#memoryOf(payload, segment);
    this.count += payload <= segment ? 1 : Math.ceil(payload / segment);
    this.#room = 0;
    this.#places = this.#buffers.joinedMost - 1;
  }

  #memoryOf(payload: number, segment: number): number {
    return mergedMemory(this.#buffers, this.#headers, payload, segment);
  }

  /** Of `octets`, `taken` are gone. */
  take(taken: number, octets: number): void {
    if (taken >= octets) this.clear();
    else {
      this.#room = 0;
      this.memory -= Math.floor((this.memory * taken) / octets);
      this.count -= Math.floor((this.count * taken) / octets);
    }
  }

  /** Of their `octets`, `taken` wait behind the others from now on. */
  move(taken: number, octets: number, others: WaitingPackets): void {
    const { memory, count } = this;
    const places = this.#places;
    const joined = this.#buffers.joinedMost - places;
    this.take(taken, octets);
    others.memory += memory - this.memory;
    const moved = count - this.count;
    if (moved > 0) others.#room = 0;
    if (moved === 1 && joined <= others.#places) {
      others.memory -= this.#buffers.savedByJoining;
      others.#places -= joined;
    } else if (moved > 0) {
      others.count += moved;
      others.#places = places;
    }
  }

  /**
   * Copies `octets` in so many pieces into packets of a page each, if that saves memory (Linux
   * tcp_collapse()); says how many packets are gone.
   */
  collapse(octets: number, pieces: number): number {
    const pages = Math.floor(octets / COLLAPSED);
    const rest = octets - pages * COLLAPSED;
    const ofRest = rest === 0 ? 0 : RECORD + blockFor(rest + PAGE - COLLAPSED);
    const memory = Math.max(pieces * this.#memoryOf(1, 1), pages * (RECORD + PAGE) + ofRest);
    if (memory >= this.memory) return 0;
    const count = Math.max(rest === 0 ? pages : pages + 1, pieces);
    const gone = Math.max(0, this.count - count);
    this.memory = memory;
    this.count = count;
    this.#room = 0;
    this.#places = 0;
    return gone;
  }

  clear(): void {
    this.memory = 0;
    this.count = 0;
    this.#room = 0;
    this.#places = 0;
  }
}
