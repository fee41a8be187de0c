/**
 * Options about multicast groups: those that hold an `int`, and the structures by which a program
 * names a group and an interface (ip(7), ipv6(7), RFC 3493 §5.2).
 */
import {
  encodeIp,
  IPV4_ANY,
  type IpAddress,
  type Ipv4Address,
  IPV6_ADDRESS_LENGTH,
  readIpv6,
  u32,
} from '../../wire/index.ts';
import { type Errno, SocketError } from '../errno.ts';
import { bytesAnswer, wordAt } from './option-structures.ts';
import { asFlag, asStrictFlag, type OptionRule, within } from './option-values.ts';
import type { OptionAnswer } from '../posix/file.ts';
import type { OptionValue } from '../posix/system-call.ts';

export type MulticastOption =
  | 'IP_MULTICAST_ALL'
  | 'IP_MULTICAST_LOOP'
  | 'IP_MULTICAST_TTL'
  | 'IPV6_MULTICAST_ALL'
  | 'IPV6_MULTICAST_HOPS'
  | 'IPV6_MULTICAST_LOOP';

/** Of sockets of datagrams. */
export const MULTICAST_OPTIONS: Readonly<Record<MulticastOption, OptionRule>> = {
  IP_MULTICAST_ALL: { level: 'SOL_IP', initial: 1, takes: asStrictFlag, effect: 'acts' },
  IP_MULTICAST_LOOP: { level: 'SOL_IP', initial: 1, takes: asFlag, effect: 'acts' },
  IP_MULTICAST_TTL: { level: 'SOL_IP', initial: 1, takes: hopsToGroups, effect: 'acts' },
  IPV6_MULTICAST_ALL: { level: 'SOL_IPV6', initial: 1, takes: asFlag, effect: 'acts' },
  IPV6_MULTICAST_HOPS: { level: 'SOL_IPV6', initial: 1, takes: hopsToGroups, effect: 'acts' },
  IPV6_MULTICAST_LOOP: { level: 'SOL_IPV6', initial: 1, takes: asStrictFlag, effect: 'acts' },
};

/** Of streams, which have no use for them: what can be set can be read back. */
export const STREAM_MULTICAST_OPTIONS: Readonly<Record<MulticastOption, OptionRule>> = {
  IP_MULTICAST_ALL: { ...MULTICAST_OPTIONS.IP_MULTICAST_ALL, effect: 'kept' },
  IP_MULTICAST_LOOP: { ...MULTICAST_OPTIONS.IP_MULTICAST_LOOP, effect: 'kept' },
  IP_MULTICAST_TTL: { ...MULTICAST_OPTIONS.IP_MULTICAST_TTL, takes: () => 'EINVAL' },
  IPV6_MULTICAST_ALL: { ...MULTICAST_OPTIONS.IPV6_MULTICAST_ALL, effect: 'kept' },
  IPV6_MULTICAST_HOPS: { ...MULTICAST_OPTIONS.IPV6_MULTICAST_HOPS, effect: 'read-only' },
  IPV6_MULTICAST_LOOP: { ...MULTICAST_OPTIONS.IPV6_MULTICAST_LOOP, effect: 'kept' },
};

/** What a stream says to the others (Linux do_ip_setsockopt(), do_ipv6_setsockopt()). */
export const STREAM_MULTICAST_REFUSALS: ReadonlyMap<string, Errno> = new Map([
  ['SOL_IP IP_ADD_MEMBERSHIP', 'EPROTO'],
  ['SOL_IP IP_DROP_MEMBERSHIP', 'EPROTO'],
  ['SOL_IP IP_MULTICAST_IF', 'EINVAL'],
  ['SOL_IPV6 IPV6_JOIN_GROUP', 'EPROTO'],
  ['SOL_IPV6 IPV6_LEAVE_GROUP', 'EPROTO'],
]);

/** −1 is the default, one hop; with 0 they stay on the host. */
function hopsToGroups(value: number): number | 'EINVAL' {
  return within(-1, 255)(value) === value ? (value === -1 ? 1 : value) : 'EINVAL';
}

/** The lengths of `struct in_addr`, `ip_mreq`, `ip_mreqn`, `ipv6_mreq`. */
const ADDRESS_LENGTH = 4;
const REQUEST_LENGTH = 8;
const NUMBERED_REQUEST_LENGTH = 12;
const IPV6_REQUEST_LENGTH = IPV6_ADDRESS_LENGTH + 4;

/**
 * The interface that a program means: by its number or, of IPv4, by one of its addresses; with
 * neither it is the one that the routes lead to.
 */
export interface InterfaceChoice {
  readonly index: number;
  readonly address: Ipv4Address;
}

/** No interface in particular. */
export const ANY_INTERFACE: InterfaceChoice = { index: 0, address: IPV4_ANY };

/** A group, and the interface where it is joined or left. */
export interface GroupRequest {
  readonly group: IpAddress;
  readonly by: InterfaceChoice;
}

/** `struct ip_mreq` or `ip_mreqn`: addresses as packets have them. @throws SocketError EINVAL */
export function ipv4GroupRequest(value: OptionValue, length: number, call: string): GroupRequest {
  const bytes = bytesOf(value, length, REQUEST_LENGTH, call);
  const index = bytes.length < NUMBERED_REQUEST_LENGTH ? 0 : wordAt(bytes, 8, call);
  return { group: u32(bytes, 0), by: { index, address: u32(bytes, 4) } };
}

/** `struct ipv6_mreq`. @throws SocketError EINVAL */
export function ipv6GroupRequest(value: OptionValue, length: number, call: string): GroupRequest {
  const bytes = bytesOf(value, length, IPV6_REQUEST_LENGTH, call);
  const index = wordAt(bytes, IPV6_ADDRESS_LENGTH, call);
  return { group: readIpv6(bytes, 0), by: { index, address: IPV4_ANY } };
}

/** IP_MULTICAST_IF: an address alone, or a structure that has one. @throws SocketError EINVAL */
export function ipv4InterfaceChoice(
  value: OptionValue,
  length: number,
  call: string,
): InterfaceChoice {
  const bytes = bytesOf(value, length, ADDRESS_LENGTH, call);
  if (bytes.length < REQUEST_LENGTH) return { index: 0, address: u32(bytes, 0) };
  return ipv4GroupRequest(bytes, bytes.length, call).by;
}

/** IP_MULTICAST_IF as getsockopt gives it. */
export function addressAnswer(address: IpAddress, length: number): OptionAnswer {
  return bytesAnswer(encodeIp(address), length);
}

function bytesOf(value: OptionValue, length: number, least: number, call: string): Uint8Array {
  if (!(value instanceof Uint8Array) || Math.min(length, value.length) < least) {
    throw new SocketError('EINVAL', call);
  }
  return value.subarray(0, length);
}
