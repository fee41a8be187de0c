/**
 * What one socket does with multicast groups: which it has joined, by which interface its own
 * packets to groups leave, and which of those that arrive it hears (ip(7), ipv6(7)).
 */
import { IPV4_ANY, type IpAddress, isIpv6 } from '../../wire/index.ts';
import { SocketError } from '../errno.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { Port } from '../ip/routing.ts';
import { ANY_INTERFACE, type InterfaceChoice } from '../sockets/multicast-options.ts';
import { mustHaveLevel } from '../sockets/socket-family.ts';
import type { Instant } from '../time.ts';
import { type MembershipHost, Memberships } from './memberships.ts';
import type { UdpSocket } from './udp-socket.ts';

/** What a socket asks of packets to groups, for each family. */
export interface MulticastSettings {
  readonly ttl: number;
  /** Whether this host's own sockets get them. */
  readonly loops: boolean;
  /** Whether the socket hears groups that others on this host have joined (IP_MULTICAST_ALL). */
  readonly hearsAll: boolean;
}

/** RFC 1112 §6.1, RFC 3493 §5.2. */
export const USUAL_MULTICAST: MulticastSettings = { ttl: 1, loops: true, hearsAll: true };

/** The interface that packets to groups leave by, where a program says. */
export interface MulticastInterface {
  readonly port: Port;
  /** How it was named: by its number or, of IPv4, by an address, which its packets then carry. */
  readonly choice: InterfaceChoice;
}

export class SocketMulticast {
  readonly #socket: UdpSocket;
  readonly #host: MembershipHost;
  readonly #memberships: Memberships;
  #byIpv4: MulticastInterface | undefined = undefined;
  #byIpv6: MulticastInterface | undefined = undefined;

  constructor(socket: UdpSocket, host: MembershipHost) {
    this.#socket = socket;
    this.#host = host;
    this.#memberships = new Memberships(host);
  }

  /** An interface by its name, as options take it. @throws SocketError ENODEV */
  interfaceNamed(name: string): InterfaceChoice {
    const index = this.#host.numberOf(name);
    if (index === 0) throw new SocketError('ENODEV', `if_nametoindex ${name}`);
    return { index, address: IPV4_ANY };
  }

  /** IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP. @throws SocketError EINVAL, ENODEV, EADDRINUSE, ENOBUFS */
  join(group: IpAddress, by: InterfaceChoice, now: Instant): void {
    if (isIpv6(group)) mustHaveLevel(this.#socket.family, 'SOL_IPV6', 'setsockopt IPV6_JOIN_GROUP');
    this.#memberships.join(group, by, now);
  }

  /** IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP. @throws SocketError EINVAL, ENODEV, EADDRNOTAVAIL */
  leave(group: IpAddress, by: InterfaceChoice, now: Instant): void {
    this.#memberships.leave(group, by, now);
  }

  /** The socket is closed. */
  leaveAll(now: Instant): void {
    this.#memberships.leaveAll(now);
  }

  /**
   * IP_MULTICAST_IF: packets to groups leave by that interface; by any, the routes say.
   *
   * @throws SocketError EADDRNOTAVAIL, and EINVAL for another than the socket is bound to
   */
  leaveByIpv4({ index, address }: InterfaceChoice): void {
    if (index === 0 && address === IPV4_ANY) {
      this.#byIpv4 = undefined;
      return;
    }
    const host = this.#host;
    const call = 'setsockopt IP_MULTICAST_IF';
    const port = index === 0 ? host.portWithAddress(address) : host.portNumbered(index);
    if (port === undefined) throw new SocketError('EADDRNOTAVAIL', call);
    this.#mustBeDevice(port, call);
    this.#byIpv4 = { port, choice: { index, address } };
  }

  /** IPV6_MULTICAST_IF; 0 leaves it to the routes. @throws SocketError ENODEV, EINVAL */
  leaveByIpv6(index: number): void {
    const call = 'setsockopt IPV6_MULTICAST_IF';
    const port = index === 0 ? undefined : this.#host.portNumbered(index);
    if (index !== 0 && port === undefined) throw new SocketError('ENODEV', call);
    if (port !== undefined) this.#mustBeDevice(port, call);
    this.#byIpv6 = port && { port, choice: { index, address: IPV4_ANY } };
  }

  #mustBeDevice(port: Port, call: string): void {
    const { device } = this.#socket;
    if (device !== undefined && device !== port) throw new SocketError('EINVAL', call);
  }

  /** The interface for packets to that group, where a program has said. */
  leavesBy(group: IpAddress): MulticastInterface | undefined {
    return isIpv6(group) ? this.#byIpv6 : this.#byIpv4;
  }

  /** IP_MULTICAST_IF and IPV6_MULTICAST_IF, as they were given. */
  get choiceOfIpv4(): InterfaceChoice {
    return this.#byIpv4?.choice ?? ANY_INTERFACE;
  }

  get choiceOfIpv6(): InterfaceChoice {
    return this.#byIpv6?.choice ?? ANY_INTERFACE;
  }

  /** Whether the host hears the socket's packets to groups: by its family (Linux sk_mc_loop()). */
  get loops(): boolean {
    const { family, ipv4, ipv6 } = this.#socket;
    return (family === 'AF_INET6' ? ipv6 : ipv4).multicast.loops;
  }

  /** Whether a datagram to a group is for it, too (Linux ip_mc_sf_allow(), inet6_mc_check()). */
  hears(group: IpAddress, from: NetworkInterface): boolean {
    const { hearsAll } = this.#socket.settingsFor(group).multicast;
    return hearsAll || this.#memberships.includes(group, from);
  }
}
