/**
 * The IPv4 header (RFC 791 §3.1).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-------+-------+---------------+-------------------------------+
 *    |Version|  IHL  |      TOS      |          Total Length         |
 *    +-------+-------+---------------+-----+-------------------------+
 *    |         Identification        |Flags|     Fragment Offset     |
 *    +---------------+---------------+-----+-------------------------+
 *    |      TTL      |    Protocol   |        Header Checksum        |
 *    +---------------+---------------+-------------------------------+
 *    |                        Source Address                         |
 *    +---------------------------------------------------------------+
 *    |                      Destination Address                      |
 *    +---------------------------------------------------------------+
 *    |                    Options (0–40 octets)                      |
 *    +---------------------------------------------------------------+
 */
import { EMPTY, put16, put32, u16, u32 } from './bytes.ts';
import type { Ipv4Address } from './address.ts';
import { complementSum, foldWord, onesSum, updateChecksum } from './checksum.ts';
import { DecodeError } from './decode-error.ts';

/** The octets of a header without options. */
export const IPV4_HEADER_LENGTH = 20;
/** The first octet of a header without options: version 4, five words. */
const WITHOUT_OPTIONS = 0x45;

/** Protocol numbers (IANA). */
export const IpProtocol = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** The bits of {@link Ipv4Fields.flags}. */
export const Ipv4Flag = { moreFragments: 1, dontFragment: 2, reserved: 4 } as const;

/** What an IPv4 packet is made of. A checksum or length left out is computed; one given is kept. */
export interface Ipv4Fields {
  /** The type-of-service octet: six bits of DSCP (RFC 2474), two of ECN (RFC 3168). */
  readonly tos: number;
  readonly id: number;
  /** Three bits, see {@link Ipv4Flag}. */
  readonly flags: number;
  /** In octets, a multiple of 8. */
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  /** Raw option octets; padded with zeros to a multiple of four when encoded. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
  readonly totalLength?: number | undefined;
  readonly checksum?: number | undefined;
}

/** A decoded packet: numbers read at once, options and payload views made when asked for. */
export class Ipv4Packet implements Ipv4Fields {
  readonly tos: number;
  readonly totalLength: number;
  readonly id: number;
  readonly flags: number;
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly checksum: number;
  readonly source: Ipv4Address;
  readonly destination: Ipv4Address;
  /** The bytes decoded from: header at `start`, payload from `payloadAt` to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly payloadAt: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number) {
    const fragment = u16(bytes, start + 6);
    this.tos = bytes[start + 1]!;
    this.totalLength = u16(bytes, start + 2);
    this.id = u16(bytes, start + 4);
    this.flags = fragment >>> 13;
    this.fragmentOffset = (fragment & 0x1fff) * 8;
    this.ttl = bytes[start + 8]!;
    this.protocol = bytes[start + 9]!;
    this.checksum = u16(bytes, start + 10);
    this.source = u32(bytes, start + 12);
    this.destination = u32(bytes, start + 16);
    this.bytes = bytes;
    this.start = start;
    this.payloadAt = start + (bytes[start]! & 15) * 4;
    this.end = start + this.totalLength;
  }

  get options(): Uint8Array {
    const at = this.start + IPV4_HEADER_LENGTH;
    return at === this.payloadAt ? EMPTY : this.bytes.subarray(at, this.payloadAt);
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadAt, this.end);
  }

  /** Whether this is a piece of a larger packet (RFC 791 §3.2). */
  get isFragment(): boolean {
    return this.fragmentOffset !== 0 || (this.flags & Ipv4Flag.moreFragments) !== 0;
  }

  /** Whether this is such a piece, and the one that begins with the transport's header. */
  get isFirstFragment(): boolean {
    return this.fragmentOffset === 0 && (this.flags & Ipv4Flag.moreFragments) !== 0;
  }

  /** Whether this is such a piece, and the last one. */
  get isLastFragment(): boolean {
    return this.fragmentOffset !== 0 && (this.flags & Ipv4Flag.moreFragments) === 0;
  }
}

/** The packet at `b[start]`; the octets from its total length to `end` are not part of it. */
export function decodeIpv4(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): Ipv4Packet | DecodeError {
  const isUsual = end - start >= IPV4_HEADER_LENGTH && b[start] === WITHOUT_OPTIONS;
  const length = isUsual ? u16(b, start + 2) : 0;
  if (length >= IPV4_HEADER_LENGTH && length <= end - start) return new Ipv4Packet(b, start);
  return decodeUnusual(b, start, end);
}

/** With options, or wrong. */
function decodeUnusual(b: Uint8Array, start: number, end: number): Ipv4Packet | DecodeError {
  const available = end - start;
  if (available < 1) return new DecodeError('ipv4', 'truncated', end);
  if (b[start]! >>> 4 !== 4) return new DecodeError('ipv4', 'bad-version', start);
  const headerLength = (b[start]! & 15) * 4;
  if (headerLength < IPV4_HEADER_LENGTH) return new DecodeError('ipv4', 'bad-length', start);
  if (available < headerLength) return new DecodeError('ipv4', 'truncated', end);
  const totalLength = u16(b, start + 2);
  if (totalLength < headerLength) return new DecodeError('ipv4', 'bad-length', start + 2);
  if (available < totalLength) return new DecodeError('ipv4', 'truncated', end);
  return new Ipv4Packet(b, start);
}

/** Whether the header's checksum is right (RFC 1122 §3.2.1.2: a host discards the others). */
export function isIpv4ChecksumOk(packet: Ipv4Packet): boolean {
  const { bytes, start, payloadAt, source, destination } = packet;
  if (payloadAt - start > IPV4_HEADER_LENGTH) return onesSum(bytes, start, payloadAt) === 0xffff;
  const fragment = (packet.flags << 13) | (packet.fragmentOffset >>> 3);
  const sum = sumOfHeader(
    packet.tos,
    packet.totalLength,
    packet.id,
    fragment,
    packet.ttl,
    packet.protocol,
    source,
    destination,
  );
  return foldWord(sum + packet.checksum) === 0xffff;
}

/**
 * The sum of a header without options and checksum, by its fields: they are at hand where it is
 * written and where it was read, and there are nine additions instead of twenty octets to fetch.
 */
function sumOfHeader(
  tos: number,
  totalLength: number,
  id: number,
  fragment: number,
  ttl: number,
  protocol: number,
  source: Ipv4Address,
  destination: Ipv4Address,
): number {
  return (
    (WITHOUT_OPTIONS << 8) +
    tos +
    totalLength +
    id +
    fragment +
    (ttl << 8) +
    protocol +
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff)
  );
}

/** The octets of the header with its padded options. */
export function ipv4HeaderLength(options: Uint8Array): number {
  return IPV4_HEADER_LENGTH + ((options.length + 3) & ~3);
}

/** Takes one from the time to live of the header at `at`, which is 1 or more (RFC 1141, 1624). */
export function decrementTtl(b: Uint8Array, at: number): void {
  const old = u16(b, at + 8);
  put16(b, at + 8, old - 0x100);
  put16(b, at + 10, updateChecksum(u16(b, at + 10), old, old - 0x100));
}

/**
 * Writes a header without options at `at` and computes its checksum. Numbers are no longer than
 * their fields.
 */
export function writeIpv4Header(
  b: Uint8Array,
  at: number,
  tos: number,
  totalLength: number,
  id: number,
  flags: number,
  ttl: number,
  protocol: number,
  source: Ipv4Address,
  destination: Ipv4Address,
): void {
  const fragment = flags << 13;
  const sum = sumOfHeader(tos, totalLength, id, fragment, ttl, protocol, source, destination);
  b[at] = WITHOUT_OPTIONS;
  b[at + 1] = tos;
  put16(b, at + 2, totalLength);
  put16(b, at + 4, id);
  put16(b, at + 6, fragment);
  b[at + 8] = ttl;
  b[at + 9] = protocol;
  put16(b, at + 10, complementSum(foldWord(sum)));
  put32(b, at + 12, source);
  put32(b, at + 16, destination);
}

/**
 * Writes the packet's header at `at`, before a payload of `payloadLength` octets; returns where
 * that payload begins.
 *
 * @throws RangeError when there are more than 40 octets of options.
 */
export function writeIpv4(
  b: Uint8Array,
  at: number,
  fields: Omit<Ipv4Fields, 'payload'>,
  payloadLength: number,
): number {
  const headerLength = ipv4HeaderLength(fields.options);
  if (headerLength > 60) throw new RangeError('ipv4: more than 40 octets of options');
  writeIpv4Header(
    b,
    at,
    fields.tos,
    fields.totalLength ?? headerLength + payloadLength,
    fields.id,
    fields.flags,
    fields.ttl,
    fields.protocol,
    fields.source,
    fields.destination,
  );
  b[at] = 0x40 | (headerLength >>> 2);
  put16(b, at + 6, (fields.flags << 13) | (fields.fragmentOffset >>> 3));
  b.set(fields.options, at + IPV4_HEADER_LENGTH);
  b.fill(0, at + IPV4_HEADER_LENGTH + fields.options.length, at + headerLength);
  put16(b, at + 10, 0);
  put16(b, at + 10, fields.checksum ?? complementSum(onesSum(b, at, at + headerLength)));
  return at + headerLength;
}

/** The packet's bytes. */
export function encodeIpv4(packet: Ipv4Fields): Uint8Array {
  const b = new Uint8Array(ipv4HeaderLength(packet.options) + packet.payload.length);
  const payloadAt = writeIpv4(b, 0, packet, packet.payload.length);
  b.set(packet.payload, payloadAt);
  return b;
}
