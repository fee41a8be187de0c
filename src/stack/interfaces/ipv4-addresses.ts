/**
 * How addresses of IPv4 come to an interface and go, and the routes that follow from them (Linux
 * fib_add_ifaddr(), inet_del_ifa()).
 */
import { type Ipv4Prefix, isIpv4Prefix, isIpv6 } from '../../wire/index.ts';
import { InterfaceAddress } from '../ip/interface-address.ts';
import type { Ipv4 } from '../ip/ipv4.ts';
import { type Port, unicastRoute } from '../ip/routing.ts';

/**
 * Those that reach the least far come first, as on Linux (__inet_insert_ifa()).
 *
 * @param loopback by which a host's packets to itself go
 */
export function addIpv4Address(
  ip: Ipv4,
  port: Port,
  loopback: Port,
  prefix: Ipv4Prefix,
  scope?: number,
): void {
  const { addresses } = port.interface;
  const added = new InterfaceAddress(prefix, 'preferred');
  if (scope !== undefined) added.scope = scope;
  const at = addresses.findIndex((each) => !isIpv6(each.address) && each.scope < added.scope);
  addresses.splice(at < 0 ? addresses.length : at, 0, added);
  ip.addAddress(prefix);
  addLocalRoutes(ip, port, loopback, prefix);
}

/** An address's own packets go by loopback; its network is on the link. */
export function addLocalRoutes(ip: Ipv4, port: Port, loopback: Port, prefix: Ipv4Prefix): void {
  const { address } = prefix;
  addNetworkRoute(ip, port, prefix);
  ip.routes.add(unicastRoute({ address, length: 32 }, undefined, loopback, address));
}

/** The first address of a network leads there. */
function addNetworkRoute({ routes }: Ipv4, port: Port, prefix: Ipv4Prefix): void {
  const { address } = prefix;
  const link = port.interface;
  const added = link.addresses.find((each) => each.address === address);
  if (!link.isUp || (added !== undefined && link.isSecondary(added))) return;
  routes.add(unicastRoute(prefix, undefined, port, address));
}

/**
 * Takes an address away and the routes whose packets would carry it. Addresses that came after it
 * in the same network go, too, or one of them takes its place (promote_secondaries). False when the
 * interface does not have it.
 */
export function removeIpv4Address(ip: Ipv4, port: Port, { address, length }: Ipv4Prefix): boolean {
  const link = port.interface;
  const { addresses } = link;
  const at = addresses.findIndex((each) => each.address === address && each.length === length);
  const gone = addresses[at];
  if (gone === undefined) return false;
  const isPrimary = !link.isSecondary(gone);
  addresses.splice(at, 1);
  ip.removeAddress({ address, length });
  const without = ip.routes.entries.filter(({ source }) => source === address);
  for (const entry of without) ip.routes.remove(entry);
  const next = isPrimary && addresses.find((each) => each.isSecondaryTo(gone));
  if (!next || !isIpv4Prefix(next)) return true;
  if (link.settings.promotesSecondaries) addNetworkRoute(ip, port, next);
  else removeIpv4Address(ip, port, next);
  return true;
}
