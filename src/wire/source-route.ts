/**
 * Source routes of IPv4 (RFC 791 §3.1): the sender names gateways that a packet is to go by. The
 * packet is addressed to the first of them; the option lists the others, and at last the
 * destination. Each gateway puts the next address into the header and its own into the list, so
 * that who receives the packet can read the way back from it.
 */
import { EMPTY, put32, u32 } from './bytes.ts';
import type { Ipv4Address } from './address.ts';
import type { IpAddress } from './ip-address.ts';

export interface SourceRoute {
  /** Whether a packet may go by no others between them. */
  readonly isStrict: boolean;
  /** One at least, from the sender on. */
  readonly gateways: readonly Ipv4Address[];
}

const LOOSE = 131;
const STRICT = 137;
const END_OF_LIST = 0;
const NO_OPERATION = 1;
/** Where addresses begin in the option, and what the pointer to the first of them is. */
const FIRST_AT = 3;
const FIRST_POINTER = 4;

interface RouteOption {
  readonly isStrict: boolean;
  /** Where the next address is, counted from 1; beyond the last one when the route is complete. */
  readonly pointer: number;
  readonly addresses: readonly Ipv4Address[];
}

/** The options of a header that lead a packet for `destination` by the route. */
export function encodeSourceRoute(route: SourceRoute, destination: Ipv4Address): Uint8Array {
  const listed = [...route.gateways.slice(1), destination];
  const option = new Uint8Array(FIRST_AT + 4 * listed.length);
  option[0] = route.isStrict ? STRICT : LOOSE;
  option[1] = option.length;
  option[2] = FIRST_POINTER;
  for (const [i, address] of listed.entries()) put32(option, FIRST_AT + 4 * i, address);
  return option;
}

/** Where a packet for the destination is sent first. */
export function firstHop(route: SourceRoute | undefined, destination: IpAddress): IpAddress {
  return route?.gateways[0] ?? destination;
}

/** The octets that a route adds to each header, a last one for padding. */
export function sourceRouteLength(route: SourceRoute | undefined): number {
  return route === undefined ? 0 : FIRST_AT + 4 * route.gateways.length + 1;
}

/** Whether a header's options have a source route, sound or not. */
export function hasSourceRoute(options: Uint8Array): boolean {
  return findRoute(options) !== undefined;
}

/** Whether a header's options demand that a packet goes by no other gateways. */
export function isStrictlyRouted(options: Uint8Array): boolean {
  return findRoute(options)?.[0] === STRICT;
}

/** The route that a program asks for, as the option that lists all its gateways (ip(7)). */
export function routeAsked(options: Uint8Array): SourceRoute | undefined {
  const option = readRoute(options);
  if (option === undefined || option.pointer !== FIRST_POINTER) return undefined;
  return { isStrict: option.isStrict, gateways: option.addresses };
}

/** The way back along a route that a packet has completed (RFC 1122 §3.2.1.8 (c)). */
export function routeBack(options: Uint8Array): SourceRoute | undefined {
  const option = readRoute(options);
  if (option === undefined || !isComplete(option)) return undefined;
  return { isStrict: option.isStrict, gateways: option.addresses.toReversed() };
}

/** Whom a packet is for in the end: checksums of transport protocols are made for that address. */
export function finalDestination(destination: Ipv4Address, options: Uint8Array): Ipv4Address {
  if (options.length === 0) return destination;
  const option = readRoute(options);
  if (option === undefined || isComplete(option)) return destination;
  return option.addresses.at(-1) ?? destination;
}

function isComplete({ pointer, addresses }: RouteOption): boolean {
  return pointer >= FIRST_POINTER + 4 * addresses.length;
}

/** A route of whole addresses, one at least. */
function readRoute(options: Uint8Array): RouteOption | undefined {
  const option = findRoute(options) ?? EMPTY;
  const count = (option.length - FIRST_AT) / 4;
  if (count < 1 || !Number.isInteger(count)) return undefined;
  const addresses = Array.from({ length: count }, (_, i) => u32(option, FIRST_AT + 4 * i));
  return { isStrict: option[0] === STRICT, pointer: option[2]!, addresses };
}

/** The octets of the first source route among options; nothing behind a length that cannot be. */
function findRoute(options: Uint8Array): Uint8Array | undefined {
  let at = 0;
  while (at < options.length) {
    const kind = options[at]!;
    if (kind === END_OF_LIST) return undefined;
    const length = kind === NO_OPERATION ? 1 : (options[at + 1] ?? 0);
    if (length === 0 || (kind !== NO_OPERATION && length < 2)) return undefined;
    if (at + length > options.length) return undefined;
    if (kind === LOOSE || kind === STRICT) return options.subarray(at, at + length);
    at += length;
  }
  return undefined;
}
