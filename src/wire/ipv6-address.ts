/**
 * IPv6 addresses (RFC 4291), and their text (RFC 5952). An address is a 128-bit number, so that
 * `===` compares addresses and tables are keyed by them, as with IPv4's; `typeof` tells the two
 * families apart. A zone (`%eth0`, RFC 4007) is no part of an address, nor of any packet.
 *
 * Big integers are slow to make from octets and to take apart. Packets bring the same few addresses
 * again and again, so their words are remembered beside them in a small table, where an address has
 * one place, and every use verifies that it is there.
 */
import {
  type Ipv4Address,
  isLoopbackIpv4,
  type MacAddress,
  parseIpv4,
  printIpv4,
} from './address.ts';
import { put32, u32 } from './bytes.ts';

declare const brand: unique symbol;

/** An IPv6 address: ::1 is 1n. */
export type Ipv6Address = bigint & { readonly [brand]?: 'Ipv6Address' };

/** The places of the table. */
const PLACES = 256;
const addresses: Ipv6Address[] = Array.from({ length: PLACES }, () => 0n);
const words = new Uint32Array(4 * PLACES);

function placeOf(word3: number): number {
  return (word3 ^ (word3 >>> 8) ^ (word3 >>> 16)) & (PLACES - 1);
}

/** The address of four 32-bit words, the first on the wire first. */
export function ipv6OfWords(
  word0: number,
  word1: number,
  word2: number,
  word3: number,
): Ipv6Address {
  const place = placeOf(word3);
  const at = 4 * place;
  const isThere =
    words[at + 3] === word3 &&
    words[at] === word0 &&
    words[at + 1] === word1 &&
    words[at + 2] === word2;
  if (!isThere) {
    words[at] = word0;
    words[at + 1] = word1;
    words[at + 2] = word2;
    words[at + 3] = word3;
    addresses[place] =
      (BigInt(word0) << 96n) | (BigInt(word1) << 64n) | (BigInt(word2) << 32n) | BigInt(word3);
  }
  return addresses[place]!;
}

/** Where in {@link words} the address has its four. */
function wordsAt(address: Ipv6Address): number {
  const word3 = Number(BigInt.asUintN(32, address));
  const place = placeOf(word3);
  const at = 4 * place;
  if (addresses[place] !== address) {
    addresses[place] = address;
    words[at] = Number(address >> 96n);
    words[at + 1] = Number(BigInt.asUintN(32, address >> 64n));
    words[at + 2] = Number(BigInt.asUintN(32, address >> 32n));
    words[at + 3] = word3;
  }
  return at;
}

/** The address's four words, the first on the wire first. */
export function wordsOfIpv6(address: Ipv6Address): [number, number, number, number] {
  const at = wordsAt(address);
  return [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
}

/** One of the address's four words, 0 the first on the wire: an unsigned number. */
export function ipv6Word(address: Ipv6Address, index: 0 | 1 | 2 | 3): number {
  return words[wordsAt(address) + index]!;
}

/** The octets of an address. */
export const IPV6_ADDRESS_LENGTH = 16;

/** `::`, the unspecified address; to `bind`, any address. */
export const IPV6_ANY: Ipv6Address = 0n;
/** `::1`. */
export const IPV6_LOOPBACK: Ipv6Address = 1n;
/** `ff02::1`, every node of a link (RFC 4291 §2.7.1). */
export const IPV6_ALL_NODES: Ipv6Address = 0xff02_0000_0000_0000_0000_0000_0000_0001n;
/** `ff02::2`, every router of a link. */
export const IPV6_ALL_ROUTERS: Ipv6Address = 0xff02_0000_0000_0000_0000_0000_0000_0002n;
/** `ff01::2`, on one interface; `ff05::2`, of a site. */
export const IPV6_ALL_ROUTERS_HERE: Ipv6Address = 0xff01_0000_0000_0000_0000_0000_0000_0002n;
export const IPV6_ALL_ROUTERS_OF_SITE: Ipv6Address = 0xff05_0000_0000_0000_0000_0000_0000_0002n;
/** `ff02::16`, every router that takes reports of multicast listeners (RFC 3810 §5.2.14). */
export const IPV6_ALL_MLDV2_ROUTERS: Ipv6Address = 0xff02_0000_0000_0000_0000_0000_0000_0016n;

/** The address of 16 octets at `b[at]`. */
export function readIpv6(b: Uint8Array, at: number): Ipv6Address {
  return ipv6OfWords(u32(b, at), u32(b, at + 4), u32(b, at + 8), u32(b, at + 12));
}

/** Writes the 16 octets at `at`. */
export function putIpv6(b: Uint8Array, at: number, address: Ipv6Address): void {
  const from = wordsAt(address);
  put32(b, at, words[from]!);
  put32(b, at + 4, words[from + 1]!);
  put32(b, at + 8, words[from + 2]!);
  put32(b, at + 12, words[from + 3]!);
}

/** 32 bits for tables: hosts of one network differ in the last words, which are spread most. */
export function hashIpv6(address: Ipv6Address): number {
  const at = wordsAt(address);
  let hash = Math.imul(words[at]! ^ 0x9e3779b9, 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 15)) + words[at + 1]!, 0xc2b2ae35);
  hash = Math.imul((hash ^ (hash >>> 13)) + words[at + 2]!, 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 16)) + words[at + 3]!, 0xc2b2ae35);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The sum of the address's words, for checksums. */
export function sumOfIpv6(address: Ipv6Address): number {
  const at = wordsAt(address);
  return words[at]! + words[at + 1]! + words[at + 2]! + words[at + 3]!;
}

/**
 * The address that text spells, in any form of RFC 4291 §2.2: eight groups, `::` for a run of
 * zeros, the last two groups as an IPv4 address.
 *
 * @throws RangeError for any other text, one with a zone or a prefix length among them.
 */
export function parseIpv6(text: string): Ipv6Address {
  const groups = text.length <= 45 ? parseGroups(text) : undefined;
  if (groups === undefined) throw new RangeError(`not an IPv6 address: "${text}"`);
  const word = (i: number): number => groups[i]! * 0x10000 + groups[i + 1]!;
  return ipv6OfWords(word(0), word(2), word(4), word(6));
}

function parseGroups(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => parseHalf(half, i === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  // RFC 4291 §2.2: "::" stands for one group of zeros or more.
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** Groups with colons between; only the last may be an IPv4 address. */
function parseHalf(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (isLast && i === parts.length - 1 && part.includes('.')) {
      if (!/^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(part)) return undefined;
      const address = parseIpv4(part);
      groups.push(address >>> 16, address & 0xffff);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/**
 * The text of RFC 5952: lower case, no leading zeros, `::` for the longest run of two zero groups
 * or more and of equal runs the first. IPv4 in IPv6 (`::ffff:10.0.0.1`, `::10.0.0.1`) ends dotted,
 * as `inet_ntop` writes it.
 */
export function printIpv6(address: Ipv6Address): string {
  const at = wordsAt(address);
  const groups = [...words.subarray(at, at + 4)].flatMap((word) => [word >>> 16, word & 0xffff]);
  const { at: runAt, length: runLength } = longestZeroRun(groups);
  const isIpv4 = runAt === 0 && (runLength === 6 || (runLength === 5 && groups[5] === 0xffff));
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === runAt) {
      text += '::';
      i += runLength - 1;
      continue;
    }
    if (i !== 0 && i !== runAt + runLength) text += ':';
    if (i === 6 && isIpv4) return text + printIpv4(ipv6Word(address, 3));
    text += groups[i]!.toString(16);
  }
  return text;
}

/** The first of the longest runs of two zeros or more; at −1 when there is none. */
function longestZeroRun(groups: readonly number[]): { at: number; length: number } {
  let at = -1;
  let length = 1;
  let zeros = 0;
  for (const [i, group] of groups.entries()) {
    zeros = group === 0 ? zeros + 1 : 0;
    if (zeros > length) {
      at = i - zeros + 1;
      length = zeros;
    }
  }
  return { at, length };
}

/** Whether this is `::1`, or an IPv4 loopback address mapped. */
export function isLoopbackIpv6(address: Ipv6Address): boolean {
  if (isIpv4Mapped(address)) return isLoopbackIpv4(ipv6Word(address, 3));
  return address === IPV6_LOOPBACK;
}

/** Whether the address is of `ff00::/8` (RFC 4291 §2.7). */
export function isMulticastIpv6(address: Ipv6Address): boolean {
  return address >> 120n === 0xffn;
}

/** Whether the address is of `fe80::/10`, valid on one link only (RFC 4291 §2.5.6). */
export function isLinkLocalIpv6(address: Ipv6Address): boolean {
  return address >> 118n === 0xfe80n >> 6n;
}

/** Whether the address is of `fc00::/7`, private to a site (RFC 4193). */
export function isUniqueLocalIpv6(address: Ipv6Address): boolean {
  return address >> 121n === 0xfcn >> 1n;
}

/** How far a multicast address reaches: 1 interface, 2 link, 5 site, 14 global (RFC 7346). */
export function multicastScope(address: Ipv6Address): number {
  return (ipv6Word(address, 0) >>> 16) & 15;
}

/** Whether the address is of `::ffff:0:0/96`, an IPv4 address to sockets (RFC 4291 §2.5.5.2). */
export function isIpv4Mapped(address: Ipv6Address): boolean {
  return address >> 32n === 0xffffn;
}

/** `::ffff:` and the IPv4 address. */
export function mapIpv4(address: Ipv4Address): Ipv6Address {
  return ipv6OfWords(0, 0, 0xffff, address);
}

/** The IPv4 address that a mapped address stands for; undefined for any other. */
export function unmapIpv4(address: Ipv6Address): Ipv4Address | undefined {
  return isIpv4Mapped(address) ? ipv6Word(address, 3) : undefined;
}

/** `ff02::1:ff` and the last 24 bits: whom to ask for the address (RFC 4291 §2.7.1). */
export function solicitedNode(address: Ipv6Address): Ipv6Address {
  return ipv6OfWords(0xff020000, 0, 1, (0xff000000 | (ipv6Word(address, 3) & 0xffffff)) >>> 0);
}

/**
 * The first 64 bits of `network`, and the interface identifier that a hardware address gives:
 * `fffe` in its middle, and its universal/local bit turned over (modified EUI-64, RFC 4291
 * appendix A; RFC 2464 §4).
 */
export function withEui64(network: Ipv6Address, mac: MacAddress): Ipv6Address {
  const vendor = Math.floor(mac / 0x1000000) ^ 0x020000;
  const word2 = ((vendor << 8) | 0xff) >>> 0;
  const word3 = (0xfe000000 | (mac % 0x1000000)) >>> 0;
  return ipv6OfWords(ipv6Word(network, 0), ipv6Word(network, 1), word2, word3);
}

/** `fe80::` and the interface identifier of a hardware address (RFC 4862 §5.3). */
export function linkLocalOf(mac: MacAddress): Ipv6Address {
  return withEui64(ipv6OfWords(0xfe800000, 0, 0, 0), mac);
}

/** An IPv6 network, as in 2001:db8::/32. */
export interface Ipv6Prefix {
  readonly address: Ipv6Address;
  /** How many leading bits name the network, 0–128. */
  readonly length: number;
}

/**
 * The address and prefix length that text such as `2001:db8::7/64` spells; the rest stays.
 *
 * @throws RangeError for any other text.
 */
export function parseIpv6Prefix(text: string): Ipv6Prefix {
  const slash = text.indexOf('/');
  const bits = text.slice(slash + 1);
  if (slash < 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > 128) {
    throw new RangeError(`not an IPv6 address with a prefix length: "${text}"`);
  }
  return { address: parseIpv6(text.slice(0, slash)), length: Number(bits) };
}

/** The leading `length` bits of the address, and zeros. */
export function networkOf(address: Ipv6Address, length: number): Ipv6Address {
  const rest = BigInt(128 - length);
  return (address >> rest) << rest;
}

/** Whether the address lies in the network. */
export function isInIpv6Prefix(address: Ipv6Address, { address: of, length }: Ipv6Prefix): boolean {
  return (address ^ of) >> BigInt(128 - length) === 0n;
}

/** How many leading bits two addresses share (RFC 6724 §2.2, CommonPrefixLen without its limit). */
export function commonPrefixLength(a: Ipv6Address, b: Ipv6Address): number {
  const difference = a ^ b;
  for (let bits = 0; bits < 128; bits += 32) {
    const word = Number(BigInt.asUintN(32, difference >> BigInt(96 - bits)));
    if (word !== 0) return bits + Math.clz32(word);
  }
  return 128;
}
