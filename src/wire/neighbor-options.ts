/**
 * The options of Neighbor Discovery (RFC 4861 §4.6): a type, a length in units of eight octets, and
 * data. {@link listNeighborOptions} gives the exact list and encodes back to the same bytes.
 */
import type { MacAddress } from './address.ts';
import { concat, put16, put32, put48, sameBytes, u16, u32, u48 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import { encodeDomains, readDomains } from './domain-list.ts';
import { type Ipv6Address, putIpv6, readIpv6 } from './ipv6-address.ts';

/** Option types (IANA, ICMPv6 parameters). */
export const NeighborOptionType = {
  sourceLinkLayerAddress: 1,
  targetLinkLayerAddress: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
  routeInformation: 24, // RFC 4191
  recursiveDnsServers: 25, // RFC 8106
  dnsSearchList: 31, // RFC 8106
} as const;

/** The bits of a prefix information's flags. */
export const PrefixFlag = { onLink: 0x80, autonomous: 0x40, routerAddress: 0x20 } as const;

/** A lifetime, in seconds, that never ends. */
export const INFINITE_LIFETIME = 0xffffffff;

/** Reserved octets are zero when left out, and kept as they were decoded. */
interface Reserved {
  readonly reserved?: number | undefined;
}

/** Where a neighbor is on Ethernet. */
export interface LinkLayerAddressOption {
  readonly kind: 'source-link-layer-address' | 'target-link-layer-address';
  readonly mac: MacAddress;
}

/** A prefix that is on the link, or that addresses may be made of (RFC 4862). */
export interface PrefixInformation extends Reserved {
  readonly kind: 'prefix-information';
  readonly prefix: Ipv6Address;
  readonly prefixLength: number;
  /** See {@link PrefixFlag}. */
  readonly flags: number;
  /** In seconds; see {@link INFINITE_LIFETIME}. */
  readonly validLifetime: number;
  readonly preferredLifetime: number;
}

/** The beginning of the packet that a redirect answers, padded to whole units. */
export interface RedirectedHeader extends Reserved {
  readonly kind: 'redirected-header';
  readonly packet: Uint8Array;
}

export interface MtuOption extends Reserved {
  readonly kind: 'mtu';
  readonly mtu: number;
}

/** A network that the router leads to (RFC 4191 §2.3). */
export interface RouteInformation {
  readonly kind: 'route-information';
  readonly prefix: Ipv6Address;
  readonly prefixLength: number;
  /** The preference is in bits 3 and 4; see `routerPreference`. */
  readonly flags: number;
  readonly lifetime: number;
  /** How many octets of the prefix are sent: 0, 8 or 16; as few as will do when left out. */
  readonly octets?: number | undefined;
}

export interface RecursiveDnsServers extends Reserved {
  readonly kind: 'recursive-dns-servers';
  readonly lifetime: number;
  readonly servers: readonly Ipv6Address[];
}

export interface DnsSearchList extends Reserved {
  readonly kind: 'dns-search-list';
  readonly lifetime: number;
  /** Without a dot at the end. */
  readonly domains: readonly string[];
}

/** A type unknown here, or a known one that is malformed; `data` excludes type and length. */
export interface OtherNeighborOption {
  readonly kind: 'other';
  readonly type: number;
  readonly data: Uint8Array;
}

export type NeighborOption =
  | LinkLayerAddressOption
  | PrefixInformation
  | RedirectedHeader
  | MtuOption
  | RouteInformation
  | RecursiveDnsServers
  | DnsSearchList
  | OtherNeighborOption;

/** The options in `b[start, end)`; an option of no length makes all of them void (§4.6). */
export function listNeighborOptions(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): NeighborOption[] | DecodeError {
  const options: NeighborOption[] = [];
  let at = start;
  while (at < end) {
    if (at + 2 > end) return new DecodeError('neighbor-options', 'truncated', end);
    const length = 8 * b[at + 1]!;
    if (length === 0) return new DecodeError('neighbor-options', 'bad-length', at + 1);
    if (at + length > end) return new DecodeError('neighbor-options', 'truncated', end);
    options.push(
      readOption(b, at, length) ?? {
        kind: 'other',
        type: b[at]!,
        data: b.subarray(at + 2, at + length),
      },
    );
    at += length;
  }
  return options;
}

/** The option of `length` octets at `at`; undefined when the type is unknown or not so long. */
function readOption(b: Uint8Array, at: number, length: number): NeighborOption | undefined {
  switch (b[at]!) {
    case NeighborOptionType.sourceLinkLayerAddress:
      if (length !== 8) return undefined;
      return { kind: 'source-link-layer-address', mac: u48(b, at + 2) };
    case NeighborOptionType.targetLinkLayerAddress:
      if (length !== 8) return undefined;
      return { kind: 'target-link-layer-address', mac: u48(b, at + 2) };
    case NeighborOptionType.prefixInformation:
      return length === 32 ? readPrefix(b, at) : undefined;
    case NeighborOptionType.redirectedHeader:
      return {
        kind: 'redirected-header',
        reserved: u48(b, at + 2),
        packet: b.subarray(at + 8, at + length),
      };
    case NeighborOptionType.mtu:
      if (length !== 8) return undefined;
      return { kind: 'mtu', reserved: u16(b, at + 2), mtu: u32(b, at + 4) };
    case NeighborOptionType.routeInformation:
      return readRoute(b, at, length);
    case NeighborOptionType.recursiveDnsServers:
      return readServers(b, at, length);
    case NeighborOptionType.dnsSearchList:
      return readSearchList(b, at, length);
    default:
      return undefined;
  }
}

function readPrefix(b: Uint8Array, at: number): PrefixInformation {
  return {
    kind: 'prefix-information',
    prefixLength: b[at + 2]!,
    flags: b[at + 3]!,
    validLifetime: u32(b, at + 4),
    preferredLifetime: u32(b, at + 8),
    reserved: u32(b, at + 12),
    prefix: readIpv6(b, at + 16),
  };
}

function readRoute(b: Uint8Array, at: number, length: number): RouteInformation | undefined {
  const prefixLength = b[at + 2]!;
  const octets = length - 8;
  if (octets > 16 || octets < routeOctets(prefixLength)) return undefined;
  const prefix = new Uint8Array(16);
  prefix.set(b.subarray(at + 8, at + length));
  return {
    kind: 'route-information',
    prefixLength,
    flags: b[at + 3]!,
    lifetime: u32(b, at + 4),
    prefix: readIpv6(prefix, 0),
    octets,
  };
}

function routeOctets(prefixLength: number): number {
  if (prefixLength === 0) return 0;
  return prefixLength <= 64 ? 8 : 16;
}

function readServers(b: Uint8Array, at: number, length: number): RecursiveDnsServers | undefined {
  const count = (length - 8) / 16;
  if (count < 1 || !Number.isInteger(count)) return undefined;
  const servers = Array.from({ length: count }, (_, i) => readIpv6(b, at + 8 + 16 * i));
  const reserved = u16(b, at + 2);
  return { kind: 'recursive-dns-servers', reserved, lifetime: u32(b, at + 4), servers };
}

function readSearchList(b: Uint8Array, at: number, length: number): DnsSearchList | undefined {
  const domains = readDomains(b, at + 8, at + length);
  if (domains === undefined) return undefined;
  const reserved = u16(b, at + 2);
  const list: DnsSearchList = {
    kind: 'dns-search-list',
    reserved,
    lifetime: u32(b, at + 4),
    domains,
  };
  return sameBytes(encodeOption(list), b.subarray(at, at + length)) ? list : undefined;
}

/**
 * The options' bytes.
 *
 * @throws RangeError when one does not fill whole units, or more than 255 of them.
 */
export function encodeNeighborOptions(options: readonly NeighborOption[]): Uint8Array {
  return concat(...options.map(encodeOption));
}

/** An option of that many octets, with type and length. */
function blank(type: number, length: number): Uint8Array {
  if (length % 8 !== 0 || length > 8 * 255) {
    throw new RangeError(`neighbor-options: an option of ${length} octets`);
  }
  const b = new Uint8Array(length);
  b[0] = type;
  b[1] = length / 8;
  return b;
}

function encodeOption(option: NeighborOption): Uint8Array {
  switch (option.kind) {
    case 'source-link-layer-address':
    case 'target-link-layer-address': {
      const isSource = option.kind === 'source-link-layer-address';
      const { sourceLinkLayerAddress, targetLinkLayerAddress } = NeighborOptionType;
      const b = blank(isSource ? sourceLinkLayerAddress : targetLinkLayerAddress, 8);
      put48(b, 2, option.mac);
      return b;
    }
    case 'prefix-information': {
      const b = blank(NeighborOptionType.prefixInformation, 32);
      b[2] = option.prefixLength;
      b[3] = option.flags;
      put32(b, 4, option.validLifetime);
      put32(b, 8, option.preferredLifetime);
      put32(b, 12, option.reserved ?? 0);
      putIpv6(b, 16, option.prefix);
      return b;
    }
    case 'redirected-header': {
      const b = blank(NeighborOptionType.redirectedHeader, (8 + option.packet.length + 7) & ~7);
      put48(b, 2, option.reserved ?? 0);
      b.set(option.packet, 8);
      return b;
    }
    case 'mtu': {
      const b = blank(NeighborOptionType.mtu, 8);
      put16(b, 2, option.reserved ?? 0);
      put32(b, 4, option.mtu);
      return b;
    }
    case 'route-information':
      return encodeRoute(option);
    case 'recursive-dns-servers': {
      const b = blank(NeighborOptionType.recursiveDnsServers, 8 + 16 * option.servers.length);
      put16(b, 2, option.reserved ?? 0);
      put32(b, 4, option.lifetime);
      for (const [i, server] of option.servers.entries()) putIpv6(b, 8 + 16 * i, server);
      return b;
    }
    case 'dns-search-list': {
      const domains = encodeDomains(option.domains);
      const b = blank(NeighborOptionType.dnsSearchList, (8 + domains.length + 7) & ~7);
      put16(b, 2, option.reserved ?? 0);
      put32(b, 4, option.lifetime);
      b.set(domains, 8);
      return b;
    }
    case 'other': {
      const b = blank(option.type, 2 + option.data.length);
      b.set(option.data, 2);
      return b;
    }
  }
}

function encodeRoute(route: RouteInformation): Uint8Array {
  const octets = route.octets ?? routeOctets(route.prefixLength);
  const prefix = new Uint8Array(16);
  putIpv6(prefix, 0, route.prefix);
  const b = blank(NeighborOptionType.routeInformation, 8 + octets);
  b[2] = route.prefixLength;
  b[3] = route.flags;
  put32(b, 4, route.lifetime);
  b.set(prefix.subarray(0, octets), 8);
  return b;
}
