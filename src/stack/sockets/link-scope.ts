/**
 * Addresses that are valid on one link only (RFC 4007, RFC 3493 §3.3): a program that names one
 * must say which link it means, `fe80::1%eth0` (sin6_scope_id), unless its socket is tied to one
 * already. From then on it is.
 */
import { type IpAddress, isIpv6, isLinkLocalIpv6 } from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import type { Port } from '../ip/routing.ts';

/** Whether the address needs a link beside it. */
export function needsLink(address: IpAddress): boolean {
  return isIpv6(address) && isLinkLocalIpv6(address);
}

/**
 * The link of a socket that is bound to an address (Linux __inet6_bind()).
 *
 * @param said what is named beside the address, which replaces what the socket is `tied` to
 * @throws SocketError EINVAL without a link, EADDRNOTAVAIL when the address is not its interface's
 */
export function linkToBind(
  address: IpAddress,
  said: Port | undefined,
  tied: Port | undefined,
): Port | undefined {
  if (!isIpv6(address) || !isLinkLocalIpv6(address)) return tied;
  const link = said ?? tied;
  if (link === undefined) throw new SocketError('EINVAL', 'bind');
  const own = link.interface.ipv6?.addressOf(address);
  if (own?.isUsable !== true) throw new SocketError('EADDRNOTAVAIL', 'bind');
  return link;
}

/**
 * The link of a socket that is connected to an address (Linux tcp_v6_connect(),
 * __ip6_datagram_connect()).
 *
 * @throws SocketError EINVAL without a link, or when the socket is tied to another
 */
export function linkToReach(
  address: IpAddress,
  said: Port | undefined,
  tied: Port | undefined,
): Port | undefined {
  if (!needsLink(address)) return tied;
  const isAnother = said !== undefined && tied !== undefined && said !== tied;
  const link = said ?? tied;
  if (link === undefined || isAnother) throw new SocketError('EINVAL', 'connect');
  return link;
}
