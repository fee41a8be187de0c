/**
 * What a device does for its host to the frames that this sends (Linux "offload"): it makes the
 * checksum of TCP and UDP, of which the host has put the pseudo-header's sum into the field, and it
 * cuts a long frame of TCP, up to 64 kB behind one header, into the segments that a link carries
 * (TSO). What is known of a frame beside its octets is kept here, as Linux keeps it beside the
 * packet (skb_shared_info.gso_size, ip_summed).
 *
 * The two ends of a veth, which are two devices of one machine, do neither: the receiver is handed
 * what the sender had.
 */
import {
  complementSum,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  foldSum,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  IpProtocol,
  onesSum,
  put16,
  put32,
  TcpFlag,
  u16,
  u32,
  writeTcpChecksum,
} from '../../wire/index.ts';

/** No longer ones are handed to a device (Linux GSO_LEGACY_MAX_SIZE). */
export const LONGEST_FRAME = 65_535;

/** What each segment of a long frame carries, but the last: octets of payload. */
const segmentLengths = new WeakMap<Uint8Array, number>();
/** Those whose checksum is not made yet. */
const unfinished = new WeakSet<Uint8Array>();

/** A long frame: a device is to cut it into segments of so many octets. */
export function beLong(frame: Uint8Array, segmentLength: number): void {
  segmentLengths.set(frame, segmentLength);
}

/** How many octets each of its segments carries; nothing for a frame that is not to be cut. */
export function segmentLengthOf(frame: Uint8Array): number | undefined {
  return segmentLengths.get(frame);
}

/** The frame is handed to the other end as it is, its checksum half-made. */
export function beUnfinished(frame: Uint8Array): void {
  unfinished.add(frame);
}

export function isUnfinished(frame: Uint8Array): boolean {
  return unfinished.has(frame);
}

/**
 * A copy of the frame whose TCP or UDP checksum is the right one. Some have it already: a host's
 * answers without a connection (`tcp/send/reply-checksum.ts`).
 */
export function completeChecksum(frame: Uint8Array, etherType: number): Uint8Array {
  const { protocol, transportAt, isPiece } = headersOf(frame, etherType);
  const isTcp = protocol === IpProtocol.tcp;
  if (isPiece || (!isTcp && protocol !== IpProtocol.udp)) return frame;
  const fieldAt = transportAt + (isTcp ? 16 : 6);
  if (!isTcp && u16(frame, fieldAt) === 0) return frame;
  const sum = onesSum(frame, transportAt);
  if (foldSum(sum + pseudoSumOf(frame, transportAt, protocol)) === 0xffff) return frame;
  const copy = frame.slice();
  // The field holds the pseudo-header's sum, so the sum over all is already the complete one.
  put16(copy, fieldAt, complementSum(sum) || 0xffff);
  const segmentLength = segmentLengths.get(frame);
  if (segmentLength !== undefined) beLong(copy, segmentLength);
  return copy;
}

interface FrameHeaders {
  readonly protocol: number;
  readonly transportAt: number;
  /** Whether it is a fragment. */
  readonly isPiece: boolean;
}

/** Where a host's own frame has what: those are well-formed. */
function headersOf(frame: Uint8Array, etherType: number): FrameHeaders {
  const at = ETHERNET_HEADER_LENGTH;
  if (etherType === EtherType.ipv6) {
    return { protocol: frame[at + 6]!, transportAt: at + IPV6_HEADER_LENGTH, isPiece: false };
  }
  return {
    protocol: frame[at + 9]!,
    transportAt: at + 4 * (frame[at]! & 15),
    isPiece: (u16(frame, at + 6) & 0x3fff) !== 0,
  };
}

/** What only the first segment may tell, and what only the last. */
const OF_FIRST = TcpFlag.cwr;
const OF_LAST = TcpFlag.fin | TcpFlag.psh;

/**
 * Cuts a long frame (Linux tcp_gso_segment()). Each segment has its headers, with the sequence
 * number, length and checksums of its own; identifications count up; CWR is on the first, FIN and
 * PSH are on the last.
 */
export function segmentsOf(frame: Uint8Array, segmentLength: number): Uint8Array[] {
  const { transportAt } = headersOf(frame, u16(frame, ETHERNET_HEADER_LENGTH - 2));
  const payloadAt = transportAt + 4 * (frame[transportAt + 12]! >>> 4);
  const segments: Uint8Array[] = [];
  for (let at = payloadAt; at < frame.length; at += segmentLength) {
    const end = Math.min(at + segmentLength, frame.length);
    const segment = new Uint8Array(payloadAt + end - at);
    segment.set(frame.subarray(0, payloadAt));
    segment.set(frame.subarray(at, end), payloadAt);
    put32(segment, transportAt + 4, u32(frame, transportAt + 4) + at - payloadAt);
    if (at > payloadAt) segment[transportAt + 13]! &= ~OF_FIRST;
    if (end < frame.length) segment[transportAt + 13]! &= ~OF_LAST;
    writeLengths(segment, transportAt, segments.length);
    segments.push(segment);
  }
  return segments;
}

/** Lengths and checksums of the segment with that index, and its identification. */
function writeLengths(segment: Uint8Array, transportAt: number, index: number): void {
  const at = ETHERNET_HEADER_LENGTH;
  const isIpv4 = segment[at]! >>> 4 === 4;
  if (isIpv4) {
    put16(segment, at + 2, segment.length - at);
    put16(segment, at + 4, u16(segment, at + 4) + index);
    put16(segment, at + 10, 0);
    put16(segment, at + 10, complementSum(onesSum(segment, at, transportAt)));
  } else {
    put16(segment, at + 4, segment.length - transportAt);
  }
  put16(segment, transportAt + 16, 0);
  const pseudo = pseudoSumOf(segment, transportAt, IpProtocol.tcp);
  writeTcpChecksum(segment, transportAt, segment.length, pseudo);
}

const IPV4_ADDRESSES_AT = 12;
const IPV6_ADDRESSES_AT = 8;

/** The sum of the pseudo-header (`pseudoSum()`), by the addresses in the frame. */
function pseudoSumOf(frame: Uint8Array, transportAt: number, protocol: number): number {
  const at = ETHERNET_HEADER_LENGTH;
  const addresses =
    frame[at]! >>> 4 === 4
      ? onesSum(frame, at + IPV4_ADDRESSES_AT, at + IPV4_HEADER_LENGTH)
      : onesSum(frame, at + IPV6_ADDRESSES_AT, at + IPV6_HEADER_LENGTH);
  return foldSum(addresses + protocol + frame.length - transportAt);
}
