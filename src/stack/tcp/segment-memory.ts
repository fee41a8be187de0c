/**
 * The memory that a received segment takes while it waits to be read, as Linux counts it (truesize)
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

/** Octets for a segment of `payload` octets. */
export function segmentMemory(payload: number): number {
  const needed = payload + HEADERS + AROUND_PACKET;
  if (needed > PAGE) return RECORD + HEADER_BLOCK + Math.ceil((payload + HEADERS) / PAGE) * PAGE;
  let block = LEAST_BLOCK;
  while (block < needed) block *= 2;
  return RECORD + block;
}

/** The same for `payload` octets that a device has merged from segments of `segment`. */
export function mergedMemory(payload: number, segment: number): number {
  if (payload <= segment) return segmentMemory(payload);
  return Math.ceil(payload / segment) * segmentMemory(segment);
}
