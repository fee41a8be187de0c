/**
 * Which of a host's IPv4 addresses packets leave with, where neither a program nor a route says:
 * one that reaches as far as they go (Linux inet_select_addr(); ip-address(8), scope).
 */
import { type IpAddress, type Ipv4Address, isInIpPrefix, isIpv6 } from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { type InterfaceAddress, SCOPES } from './interface-address.ts';

/**
 * The address for a route that leads out by `leavesBy`, to that gateway or to the link itself:
 * first of its own addresses, of these that which is in the gateway's network; then of another's.
 */
export function ipv4SourceFor(
  gateway: IpAddress | undefined,
  leavesBy: NetworkInterface,
  interfaces: readonly NetworkInterface[],
): Ipv4Address | undefined {
  const most = gateway === undefined ? SCOPES.link : SCOPES.global;
  const own = leavesBy.addresses.filter(
    (each) => reaches(each, most) && !leavesBy.isSecondary(each),
  );
  const near = gateway && own.find((each) => isInIpPrefix(gateway, each));
  const elsewhere = (): InterfaceAddress | undefined =>
    interfaces
      .flatMap(({ addresses }) => addresses)
      .find((each) => each.scope !== SCOPES.link && reaches(each, most));
  const address = (near ?? own[0] ?? elsewhere())?.address;
  return address === undefined || isIpv6(address) ? undefined : address;
}

function reaches({ address, scope }: InterfaceAddress, most: number): boolean {
  return !isIpv6(address) && Math.min(scope, SCOPES.host) <= most;
}
