/**
 * The memory that received segments take while they wait to be read, as Linux counts it (truesize)
 * for a device whose driver copies each packet into a buffer of its own: the record of the packet
 * and a block of a power-of-two length, or pages.
 */

/** struct sk_buff */
const RECORD = 256;
/** Room before the packet, its Ethernet header, and struct skb_shared_info behind it. */
const AROUND_PACKET = 64 + 14 + 320;
/** IPv4 and TCP without options. */
const HEADERS = 40;
const LEAST_BLOCK = 512;
const PAGE = 4096;
/** What a packet in pages has beside them: its headers in a block. */
const HEADER_BLOCK = 512;
/** The payload of a page that packets were collapsed into (Linux SKB_MAX_ORDER(0, 0)). */
const COLLAPSED = PAGE - 320;

/** Octets for a segment of `payload` octets. */
export function segmentMemory(payload: number): number {
  return packetMemory(payload + HEADERS);
}

/** Octets for an IP packet of that length, of whichever protocol. */
export function packetMemory(length: number): number {
  const needed = length + AROUND_PACKET;
  if (needed > PAGE) return RECORD + HEADER_BLOCK + Math.ceil(length / PAGE) * PAGE;
  return RECORD + blockFor(needed);
}

/** The next power of two, by its number of digits: this is done for every segment. */
function blockFor(needed: number): number {
  return Math.max(LEAST_BLOCK, 1 << (32 - Math.clz32(needed - 1)));
}

/** The same for `payload` octets that a device has merged from segments of `segment`. */
export function mergedMemory(payload: number, segment: number): number {
  if (payload <= segment) return segmentMemory(payload);
  return Math.ceil(payload / segment) * segmentMemory(segment);
}

/** How much more fits into the block of a packet (Linux skb_tailroom()). */
function roomBehind(payload: number): number {
  const needed = payload + HEADERS + AROUND_PACKET;
  return needed > PAGE ? 0 : blockFor(needed) - needed;
}

/**
 * Packets that wait together, and what they take. Which of them a reader has emptied is not kept:
 * with a part of the octets goes that part of the memory, and with the last all of it.
 */
export class WaitingPackets {
  memory = 0;
  count = 0;
  /** Octets that still fit into the last packet. */
  #room = 0;

  /** A packet comes next; what fits behind the last one is copied there (Linux coalescing). */
  append(payload: number, segment: number): void {
    if (payload <= this.#room) {
      this.#room -= payload;
      return;
    }
    this.add(payload, segment);
    this.#room = roomBehind(payload);
  }

  /** A packet joins them, anywhere. */
  add(payload: number, segment: number): void {
    this.memory += mergedMemory(payload, segment);
    this.count += payload <= segment ? 1 : Math.ceil(payload / segment);
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

  /** Of their `octets`, `taken` wait among the others from now on. */
  move(taken: number, octets: number, others: WaitingPackets): void {
    const { memory, count } = this;
    this.take(taken, octets);
    others.memory += memory - this.memory;
    others.count += count - this.count;
  }

  /**
   * Copies `octets` in so many pieces into packets of a page each, if that saves memory (Linux
   * tcp_collapse()); says how many packets are gone.
   */
  collapse(octets: number, pieces: number): number {
    const pages = Math.floor(octets / COLLAPSED);
    const rest = octets - pages * COLLAPSED;
    const ofRest = rest === 0 ? 0 : RECORD + blockFor(rest + PAGE - COLLAPSED);
    const memory = Math.max(pieces * segmentMemory(1), pages * (RECORD + PAGE) + ofRest);
    if (memory >= this.memory) return 0;
    const count = Math.max(rest === 0 ? pages : pages + 1, pieces);
    const gone = Math.max(0, this.count - count);
    this.memory = memory;
    this.count = count;
    this.#room = 0;
    return gone;
  }

  clear(): void {
    this.memory = 0;
    this.count = 0;
    this.#room = 0;
  }
}
