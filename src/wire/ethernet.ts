/**
 * Ethernet II (RFC 894): destination, source, EtherType, payload. The frame check sequence is not
 * part of what captures hold.
 *
 *     0                 6                 12        14
 *     +-----------------+-----------------+---------+-------------
 *     |   destination   |     source      |  type   |  payload …
 *     +-----------------+-----------------+---------+-------------
 */
import { put16, put48, u16, u48 } from './bytes.ts';
import type { MacAddress } from './address.ts';
import { DecodeError } from './decode-error.ts';

/** The octets of an Ethernet II header. */
export const ETHERNET_HEADER_LENGTH = 14;

/** EtherType numbers (IANA, IEEE 802 numbers). */
export const EtherType = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd } as const;

/** What an Ethernet frame is made of. */
export interface EthernetFields {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** The EtherType; below 1,536 it is the length of an IEEE 802.3 frame instead. */
  readonly etherType: number;
  readonly payload: Uint8Array;
}

/** A decoded frame: numbers read at once, the payload a view made when asked for. */
export class EthernetFrame implements EthernetFields {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly etherType: number;
  /** The bytes decoded from, and where in them the payload begins and ends. */
  readonly bytes: Uint8Array;
  readonly payloadAt: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.destination = u48(bytes, start);
    this.source = u48(bytes, start + 6);
    this.etherType = u16(bytes, start + 12);
    this.bytes = bytes;
    this.payloadAt = start + ETHERNET_HEADER_LENGTH;
    this.end = end;
  }

  get payload(): Uint8Array {
    return this.bytes.subarray(this.payloadAt, this.end);
  }
}

/** The frame in `b[start, end)`. */
export function decodeEthernet(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): EthernetFrame | DecodeError {
  if (end - start < ETHERNET_HEADER_LENGTH) return new DecodeError('ethernet', 'truncated', end);
  return new EthernetFrame(b, start, end);
}

/** Writes the 14 octets of a header at `at`. */
export function writeEthernetHeader(
  b: Uint8Array,
  at: number,
  destination: MacAddress,
  source: MacAddress,
  etherType: number,
): void {
  put48(b, at, destination);
  put48(b, at + 6, source);
  put16(b, at + 12, etherType);
}

/** The frame's bytes. Nothing is padded: captures on the sending host show short frames too. */
export function encodeEthernet(frame: EthernetFields): Uint8Array {
  const b = new Uint8Array(ETHERNET_HEADER_LENGTH + frame.payload.length);
  writeEthernetHeader(b, 0, frame.destination, frame.source, frame.etherType);
  b.set(frame.payload, ETHERNET_HEADER_LENGTH);
  return b;
}
