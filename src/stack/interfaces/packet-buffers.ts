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
/** NET_SKB_PAD */
const PAD = 64;
/** The same, and an Ethernet header. */
const BEFORE_PACKET = PAD + 14;
const PAGE = 4096;
/** The most that a page has room for, beside what is shared (Linux SKB_MAX_ORDER(0, 0)). */
export const PAGE_OCTETS: number = PAGE - SHARED_INFO;
/** Short packets have blocks from a cache of their own (SKB_SMALL_HEAD_CACHE_SIZE, since 6.3). */
export const SMALL_BLOCK = 576;
/** What a packet in pages has beside them: its headers in a block. */
const HEADER_BLOCK = 512;
/** SMP_CACHE_BYTES, of which what a packet takes is a multiple. */
const CACHE_LINE = 64;

function aligned(length: number): number {
  return (length + CACHE_LINE - 1) & -CACHE_LINE;
}

/**
 * The block that is taken for so many octets (Linux kmalloc_reserve()), `small` at least: the next
 * power of two, by its number of digits, for this is done for every segment.
 */
export function blockFor(octets: number, small: number): number {
  const needed = aligned(octets) + SHARED_INFO;
  return needed <= small ? small : 1 << (32 - Math.clz32(needed - 1));
}

/** How many octets more have room in it (Linux skb_tailroom()). */
export function roomInBlock(octets: number, small: number): number {
  return blockFor(octets, small) - SHARED_INFO - octets;
}

/** Each is copied into a block of its own, or else into pages; `small` is the least block. */
function makeCopied(small: number): PacketBuffers {
  return {
    memoryOf(headers, payload) {
      const needed = BEFORE_PACKET + headers + payload;
      if (needed <= PAGE_OCTETS) return RECORD + blockFor(needed, small);
      return RECORD + HEADER_BLOCK + Math.ceil((headers + payload) / PAGE) * PAGE;
    },
    roomBehind(headers, payload) {
      const needed = BEFORE_PACKET + headers + payload;
      return needed > PAGE_OCTETS ? 0 : roomInBlock(needed, small);
    },
    joinedMost: 1,
    keepsLongFrames: false,
    pageLength: 0,
    savedByJoining: 0,
    apart: 0,
  };
}

export const COPIED_PACKETS: PacketBuffers = makeCopied(SMALL_BLOCK);

/** The same of a host whose least block is `small`. */
export function copiedPackets(small: number): PacketBuffers {
  return small === SMALL_BLOCK ? COPIED_PACKETS : makeCopied(small);
}

/** What of a long packet is in a block, with nothing more in it (Linux tun_get_user()). */
const TUN_LINEAR = PAGE_OCTETS - PAD;

/**
 * Each is copied into a block, and of a long one the rest into pages: a TUN device, which has no
 * link layer and merges what its user calls one (Linux tun_alloc_skb()).
 */
export function tunPackets(small: number): PacketBuffers {
  return {
    memoryOf(headers, payload) {
      const length = headers + payload;
      if (PAD + length < PAGE) return RECORD + blockFor(PAD + length, small);
      return RECORD + PAGE + Math.ceil((length - TUN_LINEAR) / PAGE) * PAGE;
    },
    roomBehind(headers, payload) {
      const needed = PAD + headers + payload;
      return needed < PAGE ? roomInBlock(needed, small) : 0;
    },
    joinedMost: 1,
    keepsLongFrames: true,
    pageLength: 0,
    savedByJoining: 0,
    apart: 0,
  };
}

export const TUN_PACKETS: PacketBuffers = tunPackets(SMALL_BLOCK);

/** Each is in a piece of a page, just as long as it needs: a TAP device (Linux tun_build_skb()). */
export const PAGE_FRAGMENTS: PacketBuffers = {
  memoryOf: (headers, payload) => RECORD + aligned(BEFORE_PACKET + headers + payload) + SHARED_INFO,
  roomBehind(headers, payload) {
    const needed = BEFORE_PACKET + headers + payload;
    return aligned(needed) - needed;
  },
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
