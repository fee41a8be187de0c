/**
 * Families of sockets (RFC 3493 §3.7, ipv6(7)). A socket of AF_INET6 speaks IPv4 too, unless
 * IPV6_V6ONLY forbids it: its program reads and writes an IPv4 address as `::ffff:192.0.2.1`. The
 * stack knows addresses only as packets carry them; here one becomes the other.
 */
import {
  IPV4_ANY,
  IPV4_LOOPBACK,
  IPV6_ANY,
  IPV6_LOOPBACK,
  type IpAddress,
  isAnyAddress,
  type Ipv6Address,
  isIpv6,
  mapIpv4,
  unmapIpv4,
} from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import type { OptionLevel } from './option-values.ts';

/** What `socket` is asked for, IPv4 or IPv6. */
export type SocketFamily = 'AF_INET' | 'AF_INET6';

/** A socket, as far as families go. */
export interface FamilyMember {
  readonly family: SocketFamily;
  /** IPV6_V6ONLY: a socket of AF_INET6 that does not speak IPv4. */
  readonly isV6Only: boolean;
}

/** The address of a socket that has none. */
export function anyAddressOf(family: SocketFamily): IpAddress {
  return family === 'AF_INET6' ? IPV6_ANY : IPV4_ANY;
}

/** An address as the program of such a socket reads it. */
export function addressShown(family: SocketFamily, address: IpAddress): IpAddress {
  return family === 'AF_INET6' && !isIpv6(address) ? mapIpv4(address) : address;
}

/**
 * The address to bind, as packets will carry it (Linux inet_bind(), inet6_bind()).
 *
 * @throws SocketError EAFNOSUPPORT, or EINVAL where the structure of an IPv4 address is too short,
 *   or the socket does not speak IPv4
 */
export function addressToBind(socket: FamilyMember, address: IpAddress): IpAddress {
  const ipv6 = mustBeOfFamily(socket, address, 'bind');
  if (ipv6 === undefined) return address;
  const ipv4 = unmapIpv4(ipv6);
  if (ipv4 !== undefined && socket.isV6Only) throw new SocketError('EINVAL', 'bind');
  return ipv4 ?? ipv6;
}

/**
 * The address to send to, as packets will carry it (Linux tcp_v6_connect(), udpv6_sendmsg()). No
 * socket has two families at once: one with an address of IPv4 does not reach IPv6, nor the other
 * way round.
 *
 * @throws SocketError EAFNOSUPPORT, EINVAL, ENETUNREACH
 */
export function addressToReach(
  socket: FamilyMember & { readonly localAddress: IpAddress },
  address: IpAddress,
  call: string,
): IpAddress {
  const { localAddress } = socket;
  const ipv6 = mustBeOfFamily(socket, address, call);
  if (ipv6 === undefined) return isAnyAddress(address) ? thisHost(address, localAddress) : address;
  const ipv4 = unmapIpv4(ipv6);
  if (ipv4 !== undefined && socket.isV6Only) throw new SocketError('ENETUNREACH', call);
  const asked = ipv4 ?? ipv6;
  const wanted = isAnyAddress(asked) ? thisHost(asked, localAddress) : asked;
  const isBound = localAddress !== IPV6_ANY;
  if (isBound && isIpv6(wanted) !== isIpv6(localAddress)) {
    throw new SocketError('EAFNOSUPPORT', call);
  }
  return wanted;
}

/**
 * What any address means to those who send: this host (RFC 3493 §3.8). In IPv4 that is the address
 * that the socket is bound to, if any (Linux ip_route_output_key_hash_rcu()).
 */
function thisHost(any: IpAddress, localAddress: IpAddress): IpAddress {
  const isBoundToIpv4 = !isIpv6(localAddress) && localAddress !== IPV4_ANY;
  if (isIpv6(any)) return isBoundToIpv4 ? IPV4_LOOPBACK : IPV6_LOOPBACK;
  return isBoundToIpv4 ? localAddress : IPV4_LOOPBACK;
}

/** The address, if it is one of IPv6. @throws SocketError when the socket is of the other family */
function mustBeOfFamily(
  { family }: FamilyMember,
  address: IpAddress,
  call: string,
): Ipv6Address | undefined {
  if (family === 'AF_INET6') {
    if (!isIpv6(address)) throw new SocketError('EINVAL', call);
    return address;
  }
  if (isIpv6(address)) throw new SocketError('EAFNOSUPPORT', call);
  return undefined;
}

/** @throws SocketError ENOPROTOOPT where only sockets of the other family have such options */
export function mustHaveLevel(
  family: SocketFamily,
  level: OptionLevel | undefined,
  call: string,
): void {
  if (level === 'SOL_IPV6' && family === 'AF_INET') throw new SocketError('ENOPROTOOPT', call);
}
