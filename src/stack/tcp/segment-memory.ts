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
  const packets = packetsOf(buffers, payload, segment);
  if (packets === 1) return buffers.memoryOf(headers, payload);
  return packets * buffers.memoryOf(headers, segment) - (packets - 1) * buffers.savedByJoining;
}

/** In how many packets a device keeps `payload` octets that came as segments of `segment`. */
function packetsOf(buffers: PacketBuffers, payload: number, segment: number): number {
  return payload <= segment || buffers.keepsLongFrames ? 1 : Math.ceil(payload / segment);
}

/** Packets that were hung together to one: its octets, and what it takes. */
interface Train {
  octets: number;
  apart: number;
  joined: number;
}

/**
 * Packets that wait together, and what they take. Of those that were hung together in the order of
 * the stream each is known, and goes with its last octet. Else it is not kept which of them are
 * empty: with a part of the octets goes that part of the memory, and with the last all of it.
 */
export class WaitingPackets {
  /** How many there are, without those that were joined to others. */
  count = 0;
  #joined = 0;
  /** What they would take without being joined. */
  #apart = 0;
  readonly #buffers: PacketBuffers;
  /** Of IP and TCP, before the payload of each. */
  readonly #headers: number;
  /** Octets that still fit into the last packet. */
  #room = 0;
  /** Packets that can still be joined to it. */
  #places = 0;
  readonly #trains: Train[] | undefined;

  /** @param isOrdered whether they wait in the order of the stream */
  constructor(buffers: PacketBuffers, headers: number, isOrdered = false) {
    this.#buffers = buffers;
    this.#headers = headers;
    this.#trains = isOrdered && buffers.joinedMost > 1 ? [] : undefined;
  }

  get memory(): number {
    return this.#apart - this.#joined * this.#buffers.savedByJoining;
  }

  /** What the last packet took less than it would have alone, where any was joined. */
  get savedAtLeast(): number {
    return this.#joined === 0 ? 0 : this.#buffers.savedByJoining;
  }

  /**
   * A packet comes right behind the last one, and says whether it joins that (tcp_try_coalesce()).
   * It may lie in more fragments of pages than a packet has as a rule.
   */
  append(payload: number, segment: number, moreFragments = 0): boolean {
    if (payload <= this.#room) {
      this.#room -= payload;
      this.#lengthen(payload, 0, 0);
      return true;
    }
    const packets = packetsOf(this.#buffers, payload, segment);
    if (this.#places >= packets + moreFragments) {
      const apart = packets * this.#memoryOf(packets === 1 ? payload : segment);
      this.#apart += apart;
      this.#joined += packets;
      this.#places -= packets + moreFragments;
      this.#room = 0;
      this.#lengthen(payload, apart, packets);
      return true;
    }
    this.add(payload, segment, moreFragments);
    this.#room = this.#buffers.roomBehind(this.#headers, payload);
    return false;
  }

  /** A packet joins them, anywhere. */
  add(payload: number, segment: number, moreFragments = 0): void {
    const packets = packetsOf(this.#buffers, payload, segment);
    const { joinedMost } = this.#buffers;
    const apart = packets * this.#memoryOf(packets === 1 ? payload : segment);
    const joined = joinedMost > 1 ? packets - 1 : 0;
    this.#apart += apart;
    this.#joined += joined;
    this.count += packets - joined;
    this.#trains?.push({ octets: payload, apart, joined });
    this.#room = 0;
    this.#places = Math.max(0, joinedMost - packets - moreFragments);
  }

  #memoryOf(payload: number): number {
    return this.#buffers.memoryOf(this.#headers, payload);
  }

  /** The last one has become longer. */
  #lengthen(octets: number, apart: number, joined: number): void {
    const last = this.#trains?.at(-1);
    if (last === undefined) return;
    last.octets += octets;
    last.apart += apart;
    last.joined += joined;
  }

  /** How long the first one is; where that is not kept, the average of `octets`. */
  firstOf(octets: number): number {
    return this.#trains?.[0]?.octets ?? Math.ceil(octets / Math.max(this.count, 1));
  }

  /** Of `octets`, `taken` are gone. */
  take(taken: number, octets: number): void {
    if (taken >= octets) this.clear();
    else if (this.#trains !== undefined) this.#takeInOrder(this.#trains, taken);
    else {
      const part = taken / octets;
      this.#apart -= Math.floor(this.#apart * part);
      this.#joined -= Math.ceil(this.#joined * part);
      this.count -= Math.floor(this.count * part);
      this.#room = 0;
    }
  }

  #takeInOrder(trains: Train[], taken: number): void {
    let left = taken;
    for (let first = trains[0]!; first.octets <= left; first = trains[0]!) {
      left -= first.octets;
      this.#apart -= first.apart;
      this.#joined -= first.joined;
      this.count -= 1;
      trains.shift();
    }
    trains[0]!.octets -= left;
  }

  /**
   * Of their `octets` in so many `pieces`, the first `taken` in `takenPieces` wait behind the
   * others from now on; joined to their last one, where there are places (Linux tcp_ofo_queue()).
   * Says whether they were joined.
   */
  move(
    taken: number,
    octets: number,
    takenPieces: number,
    pieces: number,
    others: WaitingPackets,
  ): boolean {
    const isAll = taken >= octets;
    const part = (whole: number): number => Math.round((whole * taken) / octets);
    const apart = part(this.#apart);
    const arrived = part(this.count + this.#joined);
    // As a rule the packets of a piece are one.
    const count = Math.min(this.count === pieces ? takenPieces : part(this.count), arrived);
    const joined = Math.min(arrived - count, this.#joined);
    const isJoined = count === 1 && joined < others.#places;
    others.#apart += apart;
    others.#joined += isJoined ? joined + 1 : joined;
    if (isJoined) {
      others.#places -= joined + 1;
      others.#lengthen(taken, apart, joined + 1);
    } else {
      const { joinedMost } = this.#buffers;
      others.count += count;
      others.#addTrains(count, taken, apart, joined);
      others.#places = isAll ? this.#places : Math.max(0, joinedMost * count - arrived);
    }
    if (arrived > 0) others.#room = 0;
    this.#apart -= apart;
    this.#joined -= joined;
    this.count -= count;
    this.#room = 0;
    if (isAll) this.clear();
    return isJoined;
  }

  /**
   * Copies `octets` in so many pieces into packets of a page each, if that saves memory (Linux
   * tcp_collapse()); says how many packets are gone.
   */
  collapse(octets: number, pieces: number): number {
    const pages = Math.floor(octets / COLLAPSED);
    const rest = octets - pages * COLLAPSED;
    const ofRest = rest === 0 ? 0 : RECORD + blockFor(rest + PAGE - COLLAPSED);
    const memory = Math.max(pieces * this.#memoryOf(1), pages * (RECORD + PAGE) + ofRest);
    if (memory >= this.memory) return 0;
    const count = Math.max(rest === 0 ? pages : pages + 1, pieces);
    const gone = Math.max(0, this.count - count);
    this.clear();
    this.#apart = memory;
    this.count = count;
    this.#addTrains(count, octets, memory, 0);
    return gone;
  }

  /** So many more, of which only is known what they are together. */
  #addTrains(count: number, octets: number, apart: number, joined: number): void {
    const part = (whole: number, i: number): number =>
      Math.floor((whole * (i + 1)) / count) - Math.floor((whole * i) / count);
    for (let i = 0; i < count; i++) {
      this.#trains?.push({
        octets: part(octets, i),
        apart: part(apart, i),
        joined: part(joined, i),
      });
    }
  }

  clear(): void {
    this.count = 0;
    this.#joined = 0;
    this.#apart = 0;
    this.#room = 0;
    this.#places = 0;
    if (this.#trains !== undefined) this.#trains.length = 0;
  }
}
