/** Addresses of either family: what programs write down, sockets keep and tables are keyed by. */
import {
  IPV4_ANY,
  type Ipv4Address,
  type Ipv4Prefix,
  isInPrefix,
  isLoopbackIpv4,
  isMulticastIpv4,
  type MacAddress,
  maskIpv4,
  parseIpv4,
  parseIpv4Prefix,
  printIpv4,
} from './address.ts';
import { put32 } from './bytes.ts';
import {
  hashIpv6,
  IPV6_ADDRESS_LENGTH,
  IPV6_ANY,
  type Ipv6Address,
  type Ipv6Prefix,
  isInIpv6Prefix,
  ipv6Word,
  isLoopbackIpv6,
  isMulticastIpv6,
  parseIpv6,
  parseIpv6Prefix,
  printIpv6,
  putIpv6,
} from './ipv6-address.ts';

/** An address: a number is one of IPv4, a big integer one of IPv6. */
export type IpAddress = Ipv4Address | Ipv6Address;

/** A network of either family, as in 192.168.1.0/24 or 2001:db8::/32. */
export interface IpPrefix {
  readonly address: IpAddress;
  /** How many leading bits name the network, 0–32 or 0–128. */
  readonly length: number;
}

/** Whether the address is one of IPv6. */
export function isIpv6(address: IpAddress): address is Ipv6Address {
  return typeof address === 'bigint';
}

/** Whether it is `0.0.0.0` or `::`: to `bind`, any address. */
export function isAnyAddress(address: IpAddress): boolean {
  return address === IPV4_ANY || address === IPV6_ANY;
}

/** Whether the address stays inside its host: `127.0.0.0/8` or `::1`. */
export function isLoopback(address: IpAddress): boolean {
  return isIpv6(address) ? isLoopbackIpv6(address) : isLoopbackIpv4(address);
}

/** Whether the address means a group of hosts: `224.0.0.0/4` or `ff00::/8`. */
export function isMulticast(address: IpAddress): boolean {
  return isIpv6(address) ? isMulticastIpv6(address) : isMulticastIpv4(address);
}

/**
 * The hardware address that a multicast address is sent to on Ethernet: `01:00:5e` and its last 23
 * bits, 32 groups on each (RFC 1112 §6.4), or `33:33` and the last 32 (RFC 2464 §7).
 */
export function multicastMac(group: IpAddress): MacAddress {
  if (isIpv6(group)) return 0x3333_0000_0000 + ipv6Word(group, 3);
  return 0x0100_5e00_0000 + (group & 0x7f_ffff);
}

/**
 * The address that text spells; text with a colon is one of IPv6.
 *
 * @throws RangeError for text that is none.
 */
export function parseIp(text: string): IpAddress {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/**
 * The address and prefix length that text such as `192.168.1.109/24` or `2001:db8::7/64` spells.
 *
 * @throws RangeError for any other text.
 */
export function parseIpPrefix(text: string): IpPrefix {
  return text.includes(':') ? parseIpv6Prefix(text) : parseIpv4Prefix(text);
}

/** Whether a prefix is of IPv4. */
export function isIpv4Prefix(prefix: IpPrefix): prefix is Ipv4Prefix {
  return !isIpv6(prefix.address);
}

/** Whether a prefix is of IPv6. */
export function isIpv6Prefix(prefix: IpPrefix): prefix is Ipv6Prefix {
  return isIpv6(prefix.address);
}

/** Whether the address lies in the network, which may be of the other family. */
export function isInIpPrefix(address: IpAddress, { address: of, length }: IpPrefix): boolean {
  if (isIpv6(address)) return isIpv6(of) && isInIpv6Prefix(address, { address: of, length });
  return !isIpv6(of) && isInPrefix(address, { address: of, length });
}

/** The network that an address with its prefix length is in: the same without the host's bits. */
export function withoutHost({ address, length }: IpPrefix): IpPrefix {
  if (!isIpv6(address)) return { address: (address & maskIpv4(length)) >>> 0, length };
  const rest = BigInt(8 * IPV6_ADDRESS_LENGTH - length);
  return { address: (address >> rest) << rest, length };
}

/** Dotted decimal, or the text of RFC 5952. */
export function printIp(address: IpAddress): string {
  return isIpv6(address) ? printIpv6(address) : printIpv4(address);
}

/** A number of 32 bits for tables; of an IPv4 address it is the address. */
export function wordOfIp(address: IpAddress): number {
  return isIpv6(address) ? hashIpv6(address) : address;
}

/** The octets of the address: 4 or 16. */
export function encodeIp(address: IpAddress): Uint8Array {
  if (!isIpv6(address)) {
    const octets = new Uint8Array(4);
    put32(octets, 0, address);
    return octets;
  }
  const octets = new Uint8Array(IPV6_ADDRESS_LENGTH);
  putIpv6(octets, 0, address);
  return octets;
}
