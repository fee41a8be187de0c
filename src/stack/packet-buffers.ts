/**
 * In what memory a device's driver puts the packets that arrive, and how much Linux counts for each
 * (skb truesize). How much payload a receive buffer holds depends on it, and so which windows a
 * host offers.
 */

/** What packets are like that came by a device. */
export interface PacketBuffers {
  /** Octets for so much payload behind headers of IP and TCP, or UDP, and for its record. */
  memoryOf(headers: number, payload: number): number;
  /** How many octets more fit behind such a packet (Linux skb_tailroom()). */
  roomBehind(headers: number, payload: number): number;
  /**
   * How many packets can be hung together without copying: their payload is in pages, and the
   * record of the first does for all (skb_try_coalesce(), MAX_SKB_FRAGS). 1 where none can.
   */
  readonly joinedMost: number;
  /** Whether a long frame is one packet; else it was merged from one for each segment. */
  readonly keepsLongFrames: boolean;
  /**
   * The length of the pages that the stream was written to; what reaches from one into the next
   * counts as two packets then. 0 where each packet is in a page of its own.
   */
  readonly pageLength: number;
  /** What each of them but the first takes less. */
  readonly savedByJoining: number;
  /**
   * What of a packet's memory is not where its payload is: no measure of how well a segment fills
   * its own (Linux truesize_adjust()).
   */
  readonly apart: number;
}

/** struct sk_buff */
export const RECORD = 256;
/** struct skb_shared_info */
const SHARED_INFO = 320;
/** NET_SKB_PAD, and an Ethernet header. */
const BEFORE_PACKET = 64 + 14;
const LEAST_BLOCK = 512;
const PAGE = 4096;
/** What a packet in pages has beside them: its headers in a block. */
const HEADER_BLOCK = 512;

/** The next power of two, by its number of digits: this is done for every segment. */
export function blockFor(needed: number): number {
  return Math.max(LEAST_BLOCK, 1 << (32 - Math.clz32(needed - 1)));
}

/** Each is copied into a block of its own, of a power-of-two length, or else into pages. */
export const COPIED_PACKETS: PacketBuffers = {
  memoryOf(headers, payload) {
    const length = headers + payload;
    const needed = BEFORE_PACKET + length + SHARED_INFO;
    if (needed > PAGE) return RECORD + HEADER_BLOCK + Math.ceil(length / PAGE) * PAGE;
    return RECORD + blockFor(needed);
  },
  roomBehind(headers, payload) {
    const needed = BEFORE_PACKET + headers + payload + SHARED_INFO;
    return needed > PAGE ? 0 : blockFor(needed) - needed;
  },
  joinedMost: 1,
  keepsLongFrames: false,
  pageLength: 0,
  savedByJoining: 0,
  apart: 0,
};

/** SMP_CACHE_BYTES, of which what is cut from a page is a multiple. */
const CACHE_LINE = 64;

function cut(length: number): number {
  return Math.ceil((BEFORE_PACKET + length) / CACHE_LINE) * CACHE_LINE;
}

/** Each is in a piece of a page, just as long as it needs: a TAP device (Linux tun_build_skb()). */
export const PAGE_FRAGMENTS: PacketBuffers = {
  memoryOf: (headers, payload) => RECORD + cut(headers + payload) + SHARED_INFO,
  roomBehind: (headers, payload) => cut(headers + payload) - (BEFORE_PACKET + headers + payload),
  joinedMost: 18,
  keepsLongFrames: false,
  pageLength: 0,
  savedByJoining: RECORD,
  apart: 0,
};

/** The block of headers that a sender makes (Linux MAX_TCP_HEADER), with what is around them. */
const SENT_HEADERS = 256 + SHARED_INFO;

/**
 * Each is as the sender has it, in the pages that its payload was written to, for it never leaves
 * the machine: loopback, and the two ends of a veth.
 */
export const SENT_PACKETS: PacketBuffers = {
  memoryOf: (_, payload) => RECORD + SENT_HEADERS + payload,
  roomBehind: () => 0,
  joinedMost: 17,
  keepsLongFrames: true,
  pageLength: 32_768, // SKB_FRAG_PAGE_ORDER
  savedByJoining: RECORD + SENT_HEADERS,
  apart: RECORD + SENT_HEADERS,
};
