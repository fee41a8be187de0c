/**
 * What the dissectors of transports need of the IP header before them, of either version: the two
 * addresses, the protocol, and the pseudo-header of checksums.
 */
import {
  foldSum,
  IPV4_HEADER_LENGTH,
  onesSum,
  pseudoSum,
  RoutingType,
  u16,
  u32,
} from '../wire/index.ts';
import type { PacketText } from './packet-text.ts';

/** 4 or 6, as the header at `ipAt` says. */
export function ipVersion(t: PacketText, ipAt: number): number {
  return t.bytes[ipAt]! >>> 4;
}

/** `source > destination`. */
export function addressPair(t: PacketText, ipAt: number): string {
  return ipVersion(t, ipAt) === 6
    ? `${t.ipv6(ipAt + 8)} > ${t.ipv6(ipAt + 24)}`
    : `${t.ipv4(ipAt + 12)} > ${t.ipv4(ipAt + 16)}`;
}

/** Whether the IP header itself announces the protocol, and no extension header does. */
export function isBehindHeader(t: PacketText, ipAt: number, protocol: number): boolean {
  return t.u8(ipAt + (ipVersion(t, ipAt) === 6 ? 6 : 9)) === protocol;
}

/**
 * `source.port > destination.port`; only the ports where an extension header stands between, as it
 * is then the extension that shows the addresses.
 */
export function endpointPair(
  t: PacketText,
  ipAt: number,
  protocol: number,
  source: string,
  destination: string,
): string {
  if (!isBehindHeader(t, ipAt, protocol)) return `${source} > ${destination}`;
  return ipVersion(t, ipAt) === 6
    ? `${t.ipv6(ipAt + 8)}.${source} > ${t.ipv6(ipAt + 24)}.${destination}`
    : `${t.ipv4(ipAt + 12)}.${source} > ${t.ipv4(ipAt + 16)}.${destination}`;
}

/** An address that compares with others of its version: a number, or 16 hexadecimal octets. */
export function addressKey(t: PacketText, at: number, version: number): number | string {
  if (version !== 6) return u32(t.bytes, at);
  let key = '';
  for (let i = 0; i < 16; i += 2) key += String.fromCharCode(u16(t.bytes, at + i));
  return key;
}

/** The folded sum of the pseudo-header of `length` octets of a transport. */
export function pseudoHeaderSum(
  t: PacketText,
  ipAt: number,
  protocol: number,
  length: number,
): number {
  if (ipVersion(t, ipAt) === 6) {
    const addresses = onesSum(t.bytes, ipAt + 8, ipAt + 24) + finalDestinationSum(t, ipAt);
    return foldSum(addresses + protocol + foldSum(length));
  }
  const source = t.u32(ipAt + 12);
  return pseudoSum(source, finalDestination(t, ipAt), protocol, length & 0xffff);
}

const STRICT_ROUTE = 137;
const LOOSE_ROUTE = 131;

/** The destination, or the last address of a source route (RFC 791 §3.1). */
function finalDestination(t: PacketText, ipAt: number): number {
  const destination = t.u32(ipAt + 16);
  let at = ipAt + IPV4_HEADER_LENGTH;
  const end = ipAt + (t.u8(ipAt) & 15) * 4;
  while (at < end) {
    const kind = t.u8(at);
    if (kind === 0) return destination;
    const length = kind === 1 ? 1 : t.u8(at + 1);
    if ((kind !== 1 && length < 2) || at + length > end || !t.has(at, length)) return destination;
    if ((kind === STRICT_ROUTE || kind === LOOSE_ROUTE) && length >= 7) {
      return t.u32(at + length - 4);
    }
    at += length;
  }
  return destination;
}

/** Extension headers that have their length in units of eight octets, the first not counted. */
const SIZED_EXTENSIONS: ReadonlySet<number> = new Set([0, 60, 62, 135]);
const FRAGMENT = 44;
const ROUTING = 43;

/**
 * The sum of the destination's octets, or of the last address of a route: what a routing header
 * lists last (types 0 and 2) or first (type 4), whether or not the packet has been there.
 */
function finalDestinationSum(t: PacketText, ipAt: number): number {
  let next = t.u8(ipAt + 6);
  let at = ipAt;
  let advance = 40;
  let finalAt = ipAt + 24;
  while (at < t.end) {
    at += advance;
    if (next === FRAGMENT) advance = 8;
    else if (SIZED_EXTENSIONS.has(next)) advance = (t.u8(at + 1) + 1) * 8;
    else {
      if (next === ROUTING && t.has(at, 4)) finalAt = lastOfRoute(t, at) ?? finalAt;
      break;
    }
    next = t.u8(at);
  }
  t.need(finalAt, 16);
  return onesSum(t.bytes, finalAt, finalAt + 16);
}

/** Where the last address of a routing header is. */
function lastOfRoute(t: PacketText, at: number): number | undefined {
  const units = t.u8(at + 1);
  if (units % 2 === 1) return undefined;
  const type = t.u8(at + 2);
  if (type === RoutingType.segment) return t.has(at + 8, 16) ? at + 8 : undefined;
  if (type !== RoutingType.source && type !== RoutingType.mobile) return undefined;
  const captured = Math.min(units / 2, Math.floor(t.remaining(at + 8) / 16));
  return captured === 0 ? undefined : at + 8 + 16 * (captured - 1);
}
