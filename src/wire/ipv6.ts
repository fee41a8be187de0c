/**
 * The IPv6 header (RFC 8200 §3). What follows it, extension headers included, is its payload; see
 * `ipv6-extensions.ts`.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-------+---------------+---------------------------------------+
 *    |Version| Traffic Class |              Flow Label               |
 *    +-------+---------------+-------+---------------+---------------+
 *    |         Payload Length        |  Next Header  |   Hop Limit   |
 *    +-------------------------------+---------------+---------------+
 *    |                   Source Address (16 octets)                  |
 *    +---------------------------------------------------------------+
 *    |                 Destination Address (16 octets)               |
 *    +---------------------------------------------------------------+
 */
import { put16, put32, u16, u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import { type Ipv6Address, putIpv6, readIpv6 } from './ipv6-address.ts';

/** The octets of the header. */
export const IPV6_HEADER_LENGTH = 40;

/** Every link carries packets of this size (RFC 8200 §5). */
export const IPV6_MINIMUM_MTU = 1280;

/** What an IPv6 packet is made of. A length left out is computed; one given is kept. */
export interface Ipv6Fields {
  /** Six bits of DSCP (RFC 2474), two of ECN (RFC 3168). */
  readonly trafficClass: number;
  /** 20 bits (RFC 6437). */
  readonly flowLabel: number;
  /** What follows: an extension header or a protocol. */
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** Extension headers and what they carry. */
  readonly payload: Uint8Array;
  readonly payloadLength?: number | undefined;
}

/** A decoded packet: numbers and addresses read at once, the payload a view made when asked for. */
export class Ipv6Packet implements Ipv6Fields {
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly payloadLength: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** The bytes decoded from: header at `start`, payload from `payloadAt` to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly payloadAt: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number) {
    const first = u32(bytes, start);
    this.trafficClass = (first >>> 20) & 0xff;
    this.flowLabel = first & 0xfffff;
    this.payloadLength = u16(bytes, start + 4);
    this.nextHeader = bytes[start + 6]!;
    this.hopLimit = bytes[start + 7]!;
    this.source = readIpv6(bytes, start + 8);
    this.destination = readIpv6(bytes, start + 24);
    this.bytes = bytes;
    this.start = start;
    this.payloadAt = start + IPV6_HEADER_LENGTH;
    this.end = this.payloadAt + this.payloadLength;
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadAt, this.end);
  }
}

/** The packet at `b[start]`; the octets from its payload's length to `end` are not part of it. */
export function decodeIpv6(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): Ipv6Packet | DecodeError {
  const available = end - start;
  if (available < 1) return new DecodeError('ipv6', 'truncated', end);
  if (b[start]! >>> 4 !== 6) return new DecodeError('ipv6', 'bad-version', start);
  if (available < IPV6_HEADER_LENGTH) return new DecodeError('ipv6', 'truncated', end);
  if (available < IPV6_HEADER_LENGTH + u16(b, start + 4)) {
    return new DecodeError('ipv6', 'truncated', end);
  }
  return new Ipv6Packet(b, start);
}

/** Writes a header at `at`. */
export function writeIpv6Header(
  b: Uint8Array,
  at: number,
  trafficClass: number,
  flowLabel: number,
  payloadLength: number,
  nextHeader: number,
  hopLimit: number,
  source: Ipv6Address,
  destination: Ipv6Address,
): void {
  put32(b, at, 0x60000000 | (trafficClass << 20) | flowLabel);
  put16(b, at + 4, payloadLength);
  b[at + 6] = nextHeader;
  b[at + 7] = hopLimit;
  putIpv6(b, at + 8, source);
  putIpv6(b, at + 24, destination);
}

/** The packet's bytes. */
export function encodeIpv6(packet: Ipv6Fields): Uint8Array {
  const { payload } = packet;
  const b = new Uint8Array(IPV6_HEADER_LENGTH + payload.length);
  writeIpv6Header(
    b,
    0,
    packet.trafficClass,
    packet.flowLabel,
    packet.payloadLength ?? payload.length,
    packet.nextHeader,
    packet.hopLimit,
    packet.source,
    packet.destination,
  );
  b.set(payload, IPV6_HEADER_LENGTH);
  return b;
}
