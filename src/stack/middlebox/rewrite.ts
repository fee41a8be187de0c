/**
 * Changing addresses, ports and other numbers in packets that pass. All checksums that cover them
 * are carried on by the difference (RFC 1624, RFC 3022 §4.1), so that one that was wrong stays
 * wrong and the receiver finds it.
 */
import { IpProtocol, onesSum, put16, put32, u16, updateChecksum } from '../../wire/index.ts';
import { ipv4Of } from '../ip/ipv4.ts';
import { IDENTIFIER_AT } from './tuple.ts';
import type { Endpoint } from './tuple.ts';

export type Side = 'source' | 'destination';

/** Where the checksum of a transport's header is. */
const CHECKSUM_AT: Readonly<Record<number, number>> = {
  [IpProtocol.tcp]: 16,
  [IpProtocol.udp]: 6,
  [IpProtocol.icmp]: 2,
  [IpProtocol.icmpv6]: 2,
};

/** Carries the checksum at `at` on over a change of what it covers from one sum to another. */
export function carryOn(b: Uint8Array, at: number, before: number, after: number): void {
  put16(b, at, updateChecksum(u16(b, at), before, after));
}

/**
 * Gives the packet of IPv4 in `b[start, end)`, which may be quoted and cut short, another address
 * and port on one side. An address alone is given with the port -1.
 */
export function setEndpoint(
  b: Uint8Array,
  start: number,
  end: number,
  side: Side,
  { address, port }: Endpoint,
): void {
  const addressAt = start + (side === 'source' ? 12 : 16);
  const transportAt = start + 4 * (b[start]! & 15);
  const protocol = b[start + 9]!;
  const before = onesSum(b, addressAt, addressAt + 4);
  put32(b, addressAt, ipv4Of(address));
  const after = onesSum(b, addressAt, addressAt + 4);
  carryOn(b, start + 10, before, after);
  const isIcmp = protocol === IpProtocol.icmp; // no pseudo-header, and ports of another kind
  if (!isIcmp) carryTransportOn(b, transportAt, end, protocol, before, after);
  if (port === -1) return;
  const portAt = transportAt + (isIcmp ? IDENTIFIER_AT : side === 'source' ? 0 : 2);
  const old = u16(b, portAt);
  put16(b, portAt, port);
  carryTransportOn(b, transportAt, end, protocol, old, port);
}

/** The same for the checksum of TCP, UDP or ICMP, if there is one in what is quoted. */
export function carryTransportOn(
  b: Uint8Array,
  transportAt: number,
  end: number,
  protocol: number,
  before: number,
  after: number,
): void {
  const at = transportAt + (CHECKSUM_AT[protocol] ?? Number.POSITIVE_INFINITY);
  if (at + 2 > end) return;
  if (protocol !== IpProtocol.udp) carryOn(b, at, before, after);
  else if (u16(b, at) !== 0) {
    // No checksum stays none, and one that comes to zero is sent as ones (RFC 768).
    carryOn(b, at, before, after);
    if (u16(b, at) === 0) put16(b, at, 0xffff);
  }
}
