/** Addresses of either family: what programs write down, sockets keep and tables are keyed by. */
import { IPV4_ANY, type Ipv4Address, parseIpv4, printIpv4 } from './address.ts';
import { put32 } from './bytes.ts';
import {
  hashIpv6,
  IPV6_ADDRESS_LENGTH,
  IPV6_ANY,
  type Ipv6Address,
  parseIpv6,
  printIpv6,
  putIpv6,
} from './ipv6-address.ts';

/** An address: a number is one of IPv4, a big integer one of IPv6. */
export type IpAddress = Ipv4Address | Ipv6Address;

/** Whether the address is one of IPv6. */
export function isIpv6(address: IpAddress): address is Ipv6Address {
  return typeof address === 'bigint';
}

/** Whether it is `0.0.0.0` or `::`: to `bind`, any address. */
export function isAnyAddress(address: IpAddress): boolean {
  return address === IPV4_ANY || address === IPV6_ANY;
}

/**
 * The address that text spells; text with a colon is one of IPv6.
 *
 * @throws RangeError for text that is none.
 */
export function parseIp(text: string): IpAddress {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
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
