/**
 * The way of packets to many (RFC 1112 §6.2, RFC 1122 §3.3.6): the program says by which interface,
 * else the routes do, but never by a gateway, since all whom they are for are on the link. They
 * come back to this host where it is one of those (Linux ip_mc_output(), ip6_finish_output2()).
 */
import {
  ETHERNET_HEADER_LENGTH,
  type IpAddress,
  IPV4_ANY,
  IPV4_BROADCAST,
  type Ipv4Address,
  type Ipv6Address,
  isAnyAddress,
  isLinkMulticastIpv4,
  isMulticast,
  isMulticastIpv4,
  MAC_BROADCAST,
  multicastMac,
} from '../../wire/index.ts';
import type { Counters } from '../counters.ts';
import type { ManySender } from './ip-layer.ts';
import type { Ipv6 } from './ipv6.ts';
import { type Port, type Refusal, type Route, routeOnLink, type RoutingTable } from './routing.ts';
import { sourceFor } from './source-address.ts';

/** To a broadcast address or a group of IPv4 (Linux ip_route_output_key_hash_rcu()). */
export function ipv4WayToMany(
  routes: RoutingTable,
  destination: Ipv4Address,
  { port: wanted, source: bound, loops }: ManySender,
): Route | Refusal {
  const route = routes.lookUp(destination);
  const port = wanted ?? route?.port;
  if (port === undefined) return routes.refusal(destination);
  const isOfLink = isLinkMulticastIpv4(destination) || destination === IPV4_BROADCAST;
  const isByRoute = route?.port === port && (wanted === undefined || !isOfLink);
  const usual = isByRoute ? route.source : (port.interface.ipv4Addresses[0]?.address ?? IPV4_ANY);
  const source = isAnyAddress(bound) ? usual : bound;
  const isGroup = isMulticastIpv4(destination);
  const listens = !isGroup || (loops && port.interface.ipv4Groups.has(destination));
  return routeOnLink(port, destination, source, {
    mac: isGroup ? multicastMac(destination) : MAC_BROADCAST,
    returns: listens && !port.interface.loopback, // by which all that is sent comes anyhow
  });
}

/** To a group of IPv6 (Linux udpv6_sendmsg(), ip6_dst_lookup_tail()). */
export function ipv6WayToGroup(
  ip: Ipv6,
  group: Ipv6Address,
  { port: wanted, source: bound, loops }: ManySender,
): Route | Refusal {
  const port = wanted ?? ip.portForGroup(group);
  const link = port?.interface.ipv6;
  if (port === undefined || link === undefined) return 'no-route';
  const interfaces = ip.links.map((each) => each.interface);
  const source = isAnyAddress(bound) ? sourceFor(group, port.interface, interfaces) : bound;
  if (source === undefined) return 'no-source';
  const returns = loops && link.groups.has(group) && !port.interface.loopback;
  return routeOnLink(port, group, source, { mac: multicastMac(group), returns });
}

/** What every IPv6 interface but loopback has a route to, `ff00::/8`: the first is taken. */
export function portForIpv6Groups(ip: Ipv6): Port | undefined {
  return ip.links.find((link) => !link.interface.loopback)?.port;
}

/** Counts a packet of IPv4 to many. */
export function countToMany(
  counters: Counters,
  way: 'In' | 'Out',
  destination: IpAddress,
  frame: Uint8Array,
): void {
  const kind = isMulticast(destination) ? 'Mcast' : 'Bcast';
  counters[`IpExt${way}${kind}Pkts`] += 1;
  counters[`IpExt${way}${kind}Octets`] += frame.length - ETHERNET_HEADER_LENGTH;
}
