/**
 * The multicast groups that a socket has joined (RFC 1112 §7.1, RFC 3493 §5.2), each at one
 * interface, by the rules and errors of Linux (ip_mc_join_group(), ipv6_sock_mc_join()).
 */
import {
  IPV4_ANY,
  type IpAddress,
  type Ipv4Address,
  isIpv6,
  isMulticast,
} from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import type { Port } from '../ip/routing.ts';
import type { InterfaceChoice } from '../sockets/multicast-options.ts';
import type { CommonProfile } from '../profile.ts';
import type { Instant } from '../time.ts';

/** What memberships need of their host. */
export interface MembershipHost {
  readonly profile: CommonProfile;
  ipFor(address: IpAddress): IpLayer;
  /** The interface with that number, loopback's being 1; or with that address. */
  portNumbered(index: number): Port | undefined;
  portWithAddress(address: IpAddress): Port | undefined;
  /** The number of the interface of that name (if_nametoindex(3)), 0 for none. */
  numberOf(interfaceName: string): number;
  joinGroup(port: Port, group: IpAddress, now: Instant): void;
  leaveGroup(port: Port, group: IpAddress, now: Instant): void;
}

interface Membership {
  readonly group: IpAddress;
  readonly port: Port;
  /** The address that the interface was named by, if it was. */
  readonly address: Ipv4Address;
}

export class Memberships {
  readonly #host: MembershipHost;
  #joined: Membership[] = [];

  constructor(host: MembershipHost) {
    this.#host = host;
  }

  /** @throws SocketError EINVAL, ENODEV, EADDRINUSE, ENOBUFS */
  join(group: IpAddress, choice: InterfaceChoice, now: Instant): void {
    const call = callOf(group, 'join');
    if (!isMulticast(group)) throw new SocketError('EINVAL', call);
    if (isIpv6(group) && this.#find(group, choice) !== undefined)
      throw new SocketError('EADDRINUSE', call);
    const port = this.#portFor(group, choice);
    if (port === undefined) throw new SocketError('ENODEV', call);
    const isMember = this.#joined.some((each) => each.group === group && each.port === port);
    if (isMember) throw new SocketError('EADDRINUSE', call);
    if (isIpv6(group) && port.interface.ipv6 === undefined) throw new SocketError('EINVAL', call);
    const ofIpv4 = this.#joined.filter((each) => !isIpv6(each.group)).length;
    if (!isIpv6(group) && ofIpv4 >= this.#host.profile.sockets.membershipsMost)
      throw new SocketError('ENOBUFS', call);
    this.#host.joinGroup(port, group, now);
    this.#joined.push({ group, port, address: choice.address });
  }

  /** @throws SocketError EINVAL, ENODEV, EADDRNOTAVAIL */
  leave(group: IpAddress, choice: InterfaceChoice, now: Instant): void {
    const call = callOf(group, 'leave');
    if (isIpv6(group) && !isMulticast(group)) throw new SocketError('EINVAL', call);
    const isByRoute = !isIpv6(group) && choice.index === 0 && choice.address === IPV4_ANY;
    if (isByRoute && this.#portFor(group, choice) === undefined)
      throw new SocketError('ENODEV', call);
    const membership = this.#find(group, choice);
    if (membership === undefined) throw new SocketError('EADDRNOTAVAIL', call);
    this.#joined = this.#joined.filter((each) => each !== membership);
    this.#host.leaveGroup(membership.port, group, now);
  }

  /** The socket is closed. */
  leaveAll(now: Instant): void {
    for (const { port, group } of this.#joined) this.#host.leaveGroup(port, group, now);
    this.#joined = [];
  }

  /** Whether the socket has asked for a group's packets that come by an interface. */
  includes(group: IpAddress, from: NetworkInterface): boolean {
    return this.#joined.some(
      (each) => each.group === group && (isIpv6(group) || each.port.interface === from),
    );
  }

  /** The membership that a program means (Linux ip_mc_leave_group(), ipv6_sock_mc_drop()). */
  #find(group: IpAddress, choice: InterfaceChoice): Membership | undefined {
    const port = this.#portGiven(choice) ?? this.#portOfIpv4(group, choice);
    const isNamed = choice.index !== 0;
    return this.#joined.find((each) => {
      if (each.group !== group) return false;
      if (port !== undefined || isNamed) return each.port === port;
      return choice.address === IPV4_ANY || each.address === choice.address;
    });
  }

  #portFor(group: IpAddress, choice: InterfaceChoice): Port | undefined {
    if (choice.index !== 0) return this.#portGiven(choice);
    if (choice.address !== IPV4_ANY) return this.#host.portWithAddress(choice.address);
    return this.#host.ipFor(group).portForGroup(group);
  }

  #portGiven({ index }: InterfaceChoice): Port | undefined {
    return index === 0 ? undefined : this.#host.portNumbered(index);
  }

  /** An index of 0 means any interface to IPv6, and to IPv4 the one that would be joined. */
  #portOfIpv4(group: IpAddress, choice: InterfaceChoice): Port | undefined {
    return isIpv6(group) ? undefined : this.#portFor(group, choice);
  }
}

/** The call, as errors name it. */
function callOf(group: IpAddress, what: 'join' | 'leave'): string {
  if (isIpv6(group)) return `setsockopt IPV6_${what === 'join' ? 'JOIN' : 'LEAVE'}_GROUP`;
  return `setsockopt IP_${what === 'join' ? 'ADD' : 'DROP'}_MEMBERSHIP`;
}
