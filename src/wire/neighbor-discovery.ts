/**
 * The messages of Neighbor Discovery (RFC 4861 §4): what hosts and routers of one link tell each
 * other. Validity beyond form, such as a hop limit of 255, is the receiver's to judge (§6.1, §7.1).
 */
import { concat, put32, u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import {
  ICMPV6_HEADER_LENGTH,
  type Icmpv6Fields,
  type Icmpv6Message,
  Icmpv6Type,
} from './icmpv6.ts';
import { type Ipv6Address, putIpv6, readIpv6 } from './ipv6-address.ts';
import {
  encodeNeighborOptions,
  listNeighborOptions,
  type NeighborOption,
} from './neighbor-options.ts';

/** The bits of a router advertisement's flags; the preference is between them. */
export const RouterFlag = { managed: 0x80, otherConfiguration: 0x40, homeAgent: 0x20 } as const;

/** The bits of a neighbor advertisement's flags. */
export const NeighborFlag = {
  router: 0x80000000,
  solicited: 0x40000000,
  override: 0x20000000,
} as const;

/** The hop limit of every message: none that came by a router can have it. */
export const DISCOVERY_HOP_LIMIT = 255;

interface Discovery {
  /** 0 in a valid message, and when left out. */
  readonly code?: number | undefined;
  readonly options: readonly NeighborOption[];
}

interface Reserved {
  /** 32 bits, 0 when left out. */
  readonly reserved?: number | undefined;
}

/** A host asks for routers. */
export interface RouterSolicitation extends Discovery, Reserved {
  readonly kind: 'router-solicitation';
}

/** A router tells of itself and of the link. */
export interface RouterAdvertisement extends Discovery {
  readonly kind: 'router-advertisement';
  /** For packets that hosts send; 0 leaves it to them. */
  readonly hopLimit: number;
  /** See {@link RouterFlag} and {@link routerPreference}. */
  readonly flags: number;
  /** As a default router, in seconds; 0 is none. */
  readonly lifetime: number;
  /** In milliseconds; 0 leaves it to the hosts. */
  readonly reachableTime: number;
  readonly retransmitTimer: number;
}

/** Who has the target, or does anyone (duplicate address detection, RFC 4862 §5.4). */
export interface NeighborSolicitation extends Discovery, Reserved {
  readonly kind: 'neighbor-solicitation';
  readonly target: Ipv6Address;
}

export interface NeighborAdvertisement extends Discovery {
  readonly kind: 'neighbor-advertisement';
  /** 32 bits, see {@link NeighborFlag}. */
  readonly flags: number;
  readonly target: Ipv6Address;
}

/** A router knows a better first hop, the target, for a destination. */
export interface Redirect extends Discovery, Reserved {
  readonly kind: 'redirect';
  readonly target: Ipv6Address;
  readonly destination: Ipv6Address;
}

export type DiscoveryMessage =
  | RouterSolicitation
  | RouterAdvertisement
  | NeighborSolicitation
  | NeighborAdvertisement
  | Redirect;

/** The preference among default routers (RFC 4191 §2.1); 2 is reserved and counts as medium. */
export function routerPreference(flags: number): 'low' | 'medium' | 'high' {
  const bits = (flags >>> 3) & 3;
  if (bits === 1) return 'high';
  return bits === 3 ? 'low' : 'medium';
}

/** The octets before the options, by type. */
const OPTIONS_AT: ReadonlyMap<number, number> = new Map<number, number>([
  [Icmpv6Type.routerSolicitation, 8],
  [Icmpv6Type.routerAdvertisement, 16],
  [Icmpv6Type.neighborSolicitation, 24],
  [Icmpv6Type.neighborAdvertisement, 24],
  [Icmpv6Type.redirect, 40],
]);

/** Whether messages of the type are of Neighbor Discovery. */
export function isDiscoveryType(type: number): boolean {
  return OPTIONS_AT.has(type);
}

/** What a message of a {@link isDiscoveryType} says. */
export function readDiscovery(message: Icmpv6Message): DiscoveryMessage | DecodeError {
  const { bytes: b, start, end, type, code, rest } = message;
  const optionsAt = start + (OPTIONS_AT.get(type) ?? ICMPV6_HEADER_LENGTH);
  if (optionsAt > end) return new DecodeError('neighbor-discovery', 'truncated', end);
  const options = listNeighborOptions(b, optionsAt, end);
  if (options instanceof DecodeError) return options;
  switch (type) {
    case Icmpv6Type.routerSolicitation:
      return { kind: 'router-solicitation', code, reserved: rest, options };
    case Icmpv6Type.routerAdvertisement:
      return {
        kind: 'router-advertisement',
        code,
        hopLimit: rest >>> 24,
        flags: (rest >>> 16) & 0xff,
        lifetime: rest & 0xffff,
        reachableTime: u32(b, start + 8),
        retransmitTimer: u32(b, start + 12),
        options,
      };
    case Icmpv6Type.neighborSolicitation: {
      const target = readIpv6(b, start + 8);
      return { kind: 'neighbor-solicitation', code, reserved: rest, target, options };
    }
    case Icmpv6Type.neighborAdvertisement: {
      const target = readIpv6(b, start + 8);
      return { kind: 'neighbor-advertisement', code, flags: rest, target, options };
    }
    case Icmpv6Type.redirect: {
      const target = readIpv6(b, start + 8);
      const destination = readIpv6(b, start + 24);
      return { kind: 'redirect', code, reserved: rest, target, destination, options };
    }
    default:
      return new DecodeError('neighbor-discovery', 'unsupported', start);
  }
}

/** The message as fields of ICMPv6. */
export function discoveryFields(message: DiscoveryMessage): Icmpv6Fields {
  const { code = 0 } = message;
  const options = encodeNeighborOptions(message.options);
  switch (message.kind) {
    case 'router-solicitation':
      return {
        type: Icmpv6Type.routerSolicitation,
        code,
        rest: message.reserved ?? 0,
        payload: options,
      };
    case 'router-advertisement': {
      const { hopLimit, flags, lifetime } = message;
      const timers = new Uint8Array(8);
      put32(timers, 0, message.reachableTime);
      put32(timers, 4, message.retransmitTimer);
      return {
        type: Icmpv6Type.routerAdvertisement,
        code,
        rest: ((hopLimit << 24) | (flags << 16) | lifetime) >>> 0,
        payload: concat(timers, options),
      };
    }
    case 'neighbor-solicitation':
      return {
        type: Icmpv6Type.neighborSolicitation,
        code,
        rest: message.reserved ?? 0,
        payload: concat(octetsOf(message.target), options),
      };
    case 'neighbor-advertisement':
      return {
        type: Icmpv6Type.neighborAdvertisement,
        code,
        rest: message.flags,
        payload: concat(octetsOf(message.target), options),
      };
    case 'redirect':
      return {
        type: Icmpv6Type.redirect,
        code,
        rest: message.reserved ?? 0,
        payload: concat(octetsOf(message.target), octetsOf(message.destination), options),
      };
  }
}

function octetsOf(address: Ipv6Address): Uint8Array {
  const b = new Uint8Array(16);
  putIpv6(b, 0, address);
  return b;
}
