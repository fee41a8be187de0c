/**
 * The way that a socket's datagrams go: what its options say of interfaces and of packets to many
 * comes before the routes (Linux udp_sendmsg(), udpv6_sendmsg()).
 */
import {
  IPV4_ANY,
  IPV4_BROADCAST,
  type IpAddress,
  isAnyAddress,
  isIpv6,
  isMulticast,
} from '../../wire/index.ts';
import type { Counters } from '../counters.ts';
import { SocketError } from '../errno.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import { noWay } from '../ip/no-way.ts';
import { type Port, REFUSAL_ERRORS, type Route, routeOnLink } from '../ip/routing.ts';
import type { UdpSocket } from './udp-socket.ts';

/** What the ways of datagrams need of their host. */
export interface WayHost {
  readonly counters: Counters;
  ipFor(address: IpAddress): IpLayer;
  portWithAddress(address: IpAddress): Port | undefined;
}

/**
 * The way of a socket's datagrams to `address`, by its device or by a link named beside it. On the
 * device that it is bound to, a socket of IPv4 reaches what no route leads to.
 *
 * @throws SocketError ENETUNREACH …, EACCES
 */
export function wayOf(
  host: WayHost,
  socket: UdpSocket,
  address: IpAddress,
  call: string,
  link: Port | undefined = socket.device,
): Route {
  const ip = host.ipFor(address);
  if (ip.isBroadcastOrMulticast(address)) return wayToMany(host, ip, socket, address, call, link);
  const isVersion6 = isIpv6(address);
  const route = isVersion6 ? ip.routes.lookUpBy(link, address) : ip.routes.lookUp(address);
  if (!isVersion6 && link !== undefined && route?.port !== link) {
    return routeOnLink(link, address, link.interface.ipv4Addresses[0]?.address ?? IPV4_ANY);
  }
  if (route !== undefined) return route;
  throw noWay(ip, host.counters, address, call);
}

function wayToMany(
  host: WayHost,
  ip: IpLayer,
  socket: UdpSocket,
  address: IpAddress,
  call: string,
  link: Port | undefined,
): Route {
  const isGroup = isMulticast(address);
  const leavesBy = isGroup ? socket.multicast.leavesBy(address) : undefined;
  const isBound = !isAnyAddress(socket.sourceAddress);
  const source = isBound ? socket.sourceAddress : (leavesBy?.choice.address ?? IPV4_ANY);
  const way = ip.routeToMany(address, {
    port: link ?? leavesBy?.port ?? portOfSource(host, source, address),
    source,
    loops: socket.multicast.loops,
  });
  if (typeof way === 'string') throw new SocketError(REFUSAL_ERRORS[way], call);
  if (!isGroup && !socket.mayBroadcast) throw new SocketError('EACCES', call);
  return way;
}

/** Of IPv4, what goes to a group or to all networks leaves by where its source address is. */
function portOfSource(host: WayHost, source: IpAddress, address: IpAddress): Port | undefined {
  if (isIpv6(address) || isAnyAddress(source)) return undefined;
  const isAnywhere = isMulticast(address) || address === IPV4_BROADCAST;
  return isAnywhere ? host.portWithAddress(source) : undefined;
}
