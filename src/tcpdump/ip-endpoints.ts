/**
 * What the dissectors of transports need of the IP header before them, of either version: the two
 * addresses, the protocol, and the pseudo-header of checksums.
 */
import { foldSum, IPV4_HEADER_LENGTH, onesSum, pseudoSum, u16, u32 } from '../wire/index.ts';
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
  const isSix = ipVersion(t, ipAt) === 6;
  if (t.u8(ipAt + (isSix ? 6 : 9)) !== protocol) return `${source} > ${destination}`;
  return isSix
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
    return foldSum(onesSum(t.bytes, ipAt + 8, ipAt + 40) + protocol + foldSum(length));
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
