/**
 * The extension headers of IPv6 (RFC 8200 §4): a chain, each naming what follows it.
 *
 *     IPv6 | hop-by-hop options | destination options | routing | fragment | authentication | …
 *
 * All begin with the next header's number. Options and routing headers have a length in units of
 * eight octets, the first eight not counted; the fragment header has eight octets; authentication
 * (RFC 4302) counts units of four, the first two not counted. A chain is as long as its octets
 * allow, and is read once.
 */
import { put16, put32, u16, u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import { type Ipv6Address, putIpv6, readIpv6 } from './ipv6-address.ts';
import { ipv6Padding } from './ipv6-options.ts';

/** Numbers of next headers that are extensions, and of none (IANA, protocol numbers). */
export const NextHeader = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  authentication: 51,
  none: 59,
  destinationOptions: 60,
} as const;

/** Types of routing headers. */
export const RoutingType = {
  /** Deprecated: it let anyone bounce packets between two hosts (RFC 5095). */
  source: 0,
  /** The home address of a mobile node (RFC 6275). */
  mobile: 2,
  /** RPL source routes, their addresses compressed (RFC 6554). */
  rpl: 3,
  /** Segment routing (RFC 8754). */
  segment: 4,
} as const;

interface Extension {
  /** The number of what follows; left out, it is what does follow. */
  readonly nextHeader?: number | undefined;
}

/** Options for every node on the way, or for the destination. */
export interface OptionsExtension extends Extension {
  readonly kind: 'hop-by-hop' | 'destination-options';
  /** Raw options, see `listIpv6Options`; padded to a whole header when encoded. */
  readonly options: Uint8Array;
}

/** Nodes to visit. */
export interface RoutingExtension extends Extension {
  readonly kind: 'routing';
  /** See {@link RoutingType}. */
  readonly type: number;
  readonly segmentsLeft: number;
  /** What follows the first four octets: 4 octets, or 8 more each. */
  readonly data: Uint8Array;
}

/** A piece of a packet (RFC 8200 §4.5). */
export interface FragmentExtension extends Extension {
  readonly kind: 'fragment';
  /** In octets, a multiple of 8, from the end of the headers that every fragment repeats. */
  readonly fragmentOffset: number;
  readonly moreFragments: boolean;
  /** 32 bits. */
  readonly id: number;
  /** Ten bits, zero in a proper header: the second octet, then two bits beside the flag. */
  readonly reserved?: number | undefined;
}

/** IPsec's authentication, which is not looked into. */
export interface AuthenticationExtension extends Extension {
  readonly kind: 'authentication';
  /** What follows the first two octets: reserved, index, sequence number, check value. */
  readonly data: Uint8Array;
}

export type Ipv6Extension =
  OptionsExtension | RoutingExtension | FragmentExtension | AuthenticationExtension;

/** The extension headers of a packet, as far as they go, and what they lead to. */
export interface Ipv6Chain {
  readonly extensions: readonly Ipv6Extension[];
  /** The number of what follows the last, where the number stands, and where what it names. */
  readonly protocol: number;
  readonly protocolAt: number;
  readonly payloadAt: number;
  /** Why a header could not be read; the chain then ends before it. */
  readonly error: DecodeError | undefined;
}

const NO_EXTENSIONS: readonly Ipv6Extension[] = [];

/** Whether the number is one of the extension headers that are read here. */
export function isExtensionHeader(protocol: number): boolean {
  return (
    protocol === NextHeader.hopByHop ||
    protocol === NextHeader.routing ||
    protocol === NextHeader.fragment ||
    protocol === NextHeader.authentication ||
    protocol === NextHeader.destinationOptions
  );
}

/**
 * The chain in `b[start, end)` that begins with a header of the number at `b[protocolAt]`.
 *
 * It ends at a fragment: what follows its header belongs to the whole packet. A fragment that is
 * the whole packet (RFC 6946) does not end it.
 */
export function decodeIpv6Extensions(
  b: Uint8Array,
  protocolAt: number,
  start: number,
  end: number,
): Ipv6Chain {
  const extensions: Ipv6Extension[] = [];
  let numberAt = protocolAt;
  let at = start;
  let error: DecodeError | undefined;
  for (;;) {
    const number = b[numberAt]!;
    if (!isExtensionHeader(number)) break;
    if (number === NextHeader.hopByHop && at !== start) {
      error = new DecodeError('ipv6-extension', 'bad-value', numberAt, 'hop-by-hop not first');
      break;
    }
    const extension = decodeExtension(b, number, at, end);
    if (extension instanceof DecodeError) {
      error = extension;
      break;
    }
    extensions.push(extension);
    numberAt = at;
    at += ipv6ExtensionLength(extension);
    if (isFragmentHeader(extension)) break;
  }
  const protocol = b[numberAt]!;
  return {
    extensions: extensions.length === 0 ? NO_EXTENSIONS : extensions,
    protocol,
    protocolAt: numberAt,
    payloadAt: at,
    error,
  };
}

function decodeExtension(
  b: Uint8Array,
  number: number,
  at: number,
  end: number,
): Ipv6Extension | DecodeError {
  if (end - at < 8) return new DecodeError('ipv6-extension', 'truncated', end);
  const nextHeader = b[at]!;
  if (number === NextHeader.fragment) return readFragment(b, at);
  const isAuthentication = number === NextHeader.authentication;
  const length = isAuthentication ? 4 * (b[at + 1]! + 2) : 8 * (b[at + 1]! + 1);
  if (end - at < length) return new DecodeError('ipv6-extension', 'truncated', end);
  if (isAuthentication) {
    return { kind: 'authentication', nextHeader, data: b.subarray(at + 2, at + length) };
  }
  if (number === NextHeader.routing) {
    const data = b.subarray(at + 4, at + length);
    return { kind: 'routing', nextHeader, type: b[at + 2]!, segmentsLeft: b[at + 3]!, data };
  }
  const kind = number === NextHeader.hopByHop ? 'hop-by-hop' : 'destination-options';
  return { kind, nextHeader, options: b.subarray(at + 2, at + length) };
}

function readFragment(b: Uint8Array, at: number): FragmentExtension {
  const flags = u16(b, at + 2);
  return {
    kind: 'fragment',
    nextHeader: b[at]!,
    fragmentOffset: flags & 0xfff8,
    moreFragments: (flags & 1) !== 0,
    id: u32(b, at + 4),
    reserved: (b[at + 1]! << 2) | ((flags >>> 1) & 3),
  };
}

/** Whether the header makes the packet a piece of another, rather than being all of it. */
function isFragmentHeader(extension: Ipv6Extension): boolean {
  if (extension.kind !== 'fragment') return false;
  return extension.moreFragments || extension.fragmentOffset !== 0;
}

/** The fragment header of a packet that is a piece of another; undefined for whole packets. */
export function fragmentOf(extensions: readonly Ipv6Extension[]): FragmentExtension | undefined {
  const last = extensions.at(-1);
  return last?.kind === 'fragment' && isFragmentHeader(last) ? last : undefined;
}

/** The number that announces the extension. */
export function ipv6ExtensionNumber(extension: Ipv6Extension): number {
  switch (extension.kind) {
    case 'hop-by-hop':
      return NextHeader.hopByHop;
    case 'destination-options':
      return NextHeader.destinationOptions;
    case 'routing':
      return NextHeader.routing;
    case 'fragment':
      return NextHeader.fragment;
    case 'authentication':
      return NextHeader.authentication;
  }
}

/** The octets of the extension. */
export function ipv6ExtensionLength(extension: Ipv6Extension): number {
  switch (extension.kind) {
    case 'hop-by-hop':
    case 'destination-options':
      return (2 + extension.options.length + 7) & ~7;
    case 'routing':
      return 4 + extension.data.length;
    case 'fragment':
      return 8;
    case 'authentication':
      return 2 + extension.data.length;
  }
}

/**
 * Writes the extension at `at`, before a header of the number `following`; returns its length.
 *
 * @throws RangeError when it has more octets than its length field can tell, or parts of a unit.
 */
export function writeIpv6Extension(
  b: Uint8Array,
  at: number,
  extension: Ipv6Extension,
  following: number,
): number {
  const length = ipv6ExtensionLength(extension);
  const unit = extension.kind === 'authentication' ? 4 : 8;
  if (length % unit !== 0 || length < 8 || length > 256 * unit) {
    throw new RangeError(`ipv6: a ${extension.kind} header of ${length} octets`);
  }
  b[at] = extension.nextHeader ?? following;
  b[at + 1] = extension.kind === 'authentication' ? length / 4 - 2 : length / 8 - 1;
  switch (extension.kind) {
    case 'hop-by-hop':
    case 'destination-options': {
      const paddingAt = at + 2 + extension.options.length;
      b.set(extension.options, at + 2);
      b.set(ipv6Padding(at + length - paddingAt), paddingAt);
      break;
    }
    case 'routing':
      b[at + 2] = extension.type;
      b[at + 3] = extension.segmentsLeft;
      b.set(extension.data, at + 4);
      break;
    case 'fragment': {
      const { fragmentOffset, moreFragments, id, reserved = 0 } = extension;
      b[at + 1] = reserved >>> 2;
      put16(b, at + 2, fragmentOffset | ((reserved & 3) << 1) | (moreFragments ? 1 : 0));
      put32(b, at + 4, id);
      break;
    }
    case 'authentication':
      b.set(extension.data, at + 2);
      break;
  }
  return length;
}

/**
 * Whom a packet is for in the end: checksums of transport protocols are made for that address
 * (RFC 8200 §8.1). On the way a routing header still lists it.
 */
export function finalIpv6Destination(
  destination: Ipv6Address,
  extensions: readonly Ipv6Extension[],
): Ipv6Address {
  for (const extension of extensions) {
    if (extension.kind !== 'routing' || extension.segmentsLeft === 0) continue;
    return lastOfRoute(extension, destination) ?? destination;
  }
  return destination;
}

/** Where the first address of a route lies in the extension's data. */
const ROUTE_AT = 4;

function lastOfRoute({ type, data }: RoutingExtension, to: Ipv6Address): Ipv6Address | undefined {
  const room = data.length - ROUTE_AT;
  switch (type) {
    case RoutingType.source:
    case RoutingType.mobile:
      return room >= 16 && room % 16 === 0 ? readIpv6(data, data.length - 16) : undefined;
    case RoutingType.segment: // listed from the last to the first
      return room >= 16 ? readIpv6(data, ROUTE_AT) : undefined;
    case RoutingType.rpl: {
      // The last address leaves out octets that it shares with the destination (RFC 6554 §3).
      const shared = data[0]! & 15;
      const end = data.length - (data[1]! >>> 4);
      if (end - (16 - shared) < ROUTE_AT) return undefined;
      const whole = new Uint8Array(16);
      putIpv6(whole, 0, to);
      whole.set(data.subarray(end - (16 - shared), end), shared);
      return readIpv6(whole, 0);
    }
    default:
      return undefined;
  }
}
