/**
 * Hardware and IPv4 addresses. Both are plain numbers, so that tables are keyed by integers: an
 * IPv4 address an unsigned 32-bit number, a hardware address a 48-bit one.
 */

declare const brand: unique symbol;

/** An IPv4 address: 127.0.0.1 is 0x7f000001. */
export type Ipv4Address = number & { readonly [brand]?: 'Ipv4Address' };

/** A 48-bit hardware address: 02:00:00:00:00:01 is 0x020000000001. */
export type MacAddress = number & { readonly [brand]?: 'MacAddress' };

/** 0.0.0.0, "this host on this network" (RFC 1122 §3.2.1.3); to `bind`, any address. */
export const IPV4_ANY: Ipv4Address = 0;
/** 255.255.255.255, limited broadcast. */
export const IPV4_BROADCAST: Ipv4Address = 0xffffffff;
/** 224.0.0.1, all hosts on the link (RFC 1112 §4). */
export const IPV4_ALL_HOSTS: Ipv4Address = 0xe0_00_00_01;
/** 127.0.0.1. */
export const IPV4_LOOPBACK: Ipv4Address = 0x7f000001;
/** ff:ff:ff:ff:ff:ff. */
export const MAC_BROADCAST: MacAddress = 0xffffffffffff;

/**
 * The address that dotted-decimal text spells.
 *
 * @throws RangeError when the text is not four decimal numbers of 0–255 with dots between.
 */
export function parseIpv4(text: string): Ipv4Address {
  const parts = text.split('.');
  let address = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) address = Number.NaN;
    address = address * 256 + Number(part);
  }
  if (parts.length !== 4 || Number.isNaN(address)) {
    throw new RangeError(`not an IPv4 address: "${text}"`);
  }
  return address;
}

/** Dotted decimal. */
export function printIpv4(address: Ipv4Address): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/**
 * The hardware address that six pairs of hexadecimal digits with colons between spell.
 *
 * @throws RangeError for any other text.
 */
export function parseMac(text: string): MacAddress {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) {
    throw new RangeError(`not a hardware address: "${text}"`);
  }
  return Number.parseInt(text.replaceAll(':', ''), 16);
}

/** Six pairs of lower-case hexadecimal digits with colons between. */
export function printMac(address: MacAddress): string {
  return address
    .toString(16)
    .padStart(12, '0')
    .replace(/(..)(?=.)/g, '$1:');
}

/** Whether the address is loopback's, 127.0.0.0/8 (RFC 1122 §3.2.1.3 (g)). */
export function isLoopbackIpv4(address: Ipv4Address): boolean {
  return address >>> 24 === 127;
}

/** Whether the address is multicast, 224.0.0.0/4 (RFC 1112 §4). */
export function isMulticastIpv4(address: Ipv4Address): boolean {
  return address >>> 28 === 14;
}

/** Whether it is of 224.0.0.0/24: routers do not pass such packets on (RFC 5771 §4). */
export function isLinkMulticastIpv4(address: Ipv4Address): boolean {
  return address >>> 8 === 0xe00000;
}

/** An IPv4 network, as in 192.168.1.0/24. */
export interface Ipv4Prefix {
  readonly address: Ipv4Address;
  /** How many leading bits name the network, 0–32. */
  readonly length: number;
}

/**
 * The address and prefix length that text such as `192.168.1.7/24` spells; the host part stays.
 *
 * @throws RangeError for any other text.
 */
export function parseIpv4Prefix(text: string): Ipv4Prefix {
  const slash = text.indexOf('/');
  const bits = text.slice(slash + 1);
  if (slash < 0 || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) {
    throw new RangeError(`not an IPv4 address with a prefix length: "${text}"`);
  }
  return { address: parseIpv4(text.slice(0, slash)), length: Number(bits) };
}

/** The network mask of a prefix length: 24 gives 255.255.255.0. */
export function maskIpv4(length: number): Ipv4Address {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** Whether the address lies in the network. */
export function isInPrefix(address: Ipv4Address, prefix: Ipv4Prefix): boolean {
  const mask = maskIpv4(prefix.length);
  return (address & mask) >>> 0 === (prefix.address & mask) >>> 0;
}

/** The network's directed broadcast address (all host bits one). */
export function broadcastOf(prefix: Ipv4Prefix): Ipv4Address {
  return (prefix.address | ~maskIpv4(prefix.length)) >>> 0;
}
