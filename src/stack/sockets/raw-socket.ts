/**
 * Raw sockets (raw(7)): programs that write what is behind the IP header themselves, and see all
 * that comes of a protocol, whoever else it is for. `ping` and `traceroute` are such programs.
 */
import {
  complementSum,
  foldSum,
  type IpAddress,
  IPV4_ANY,
  IPV6_ANY,
  IpProtocol,
  isIpv6,
  isMulticast,
  onesSum,
  pseudoSum,
  put16,
} from '../../wire/index.ts';
import { cause } from '../cause.ts';
import { SocketError } from '../errno.ts';
import type { Counters } from '../counters.ts';
import { countOut as countIcmpv4 } from '../icmp/icmpv4-counts.ts';
import { countOut as countIcmpv6 } from '../icmp/icmpv6-counts.ts';
import type { IcmpErrorReport } from '../icmp/icmpv4.ts';
import type { IpLayer, IpPacket } from '../ip/ip-layer.ts';
import { longestWhole, mayBeCut, staysWhole } from '../ip/mtu-discovery.ts';
import { PATH_MTU_DISCOVERY } from '../posix/constants.ts';
import type { CommonProfile } from '../profile.ts';
import { type Port, REFUSAL_ERRORS, type Route, routeOnLink } from '../ip/routing.ts';
import type { Instant } from '../time.ts';

const SEND = cause('raw-send', 'a program sends what it wrote itself', 'Linux raw(7)');

/** What a raw socket was given. */
export interface RawPacket {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  /** What was behind the IP header. */
  readonly payload: Uint8Array;
  readonly at: Instant;
}

/** Packets that may wait; the kernel bounds them by the receive buffer. */
const WAITING_MOST = 256;

/** What the host around raw sockets provides. */
export interface RawHost {
  readonly profile: CommonProfile;
  readonly counters: Counters;
  ipFor(address: IpAddress): IpLayer;
  portNamed(name: string): Port | undefined;
}

export class RawSocket {
  /** IP_TTL, IP_TOS, IP_MTU_DISCOVER. */
  ttl: number | undefined = undefined;
  tos = 0;
  /** IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS. */
  multicastTtl = 1;
  /** SO_BROADCAST. */
  mayBroadcast = false;
  mtuDiscovery: number = PATH_MTU_DISCOVERY.IP_PMTUDISC_WANT;
  /** The address that it is bound to, and SO_BINDTODEVICE: what it sends leaves by them. */
  source: IpAddress | undefined = undefined;
  device: Port | undefined = undefined;
  /** Called when a packet has come. */
  onReady: (() => void) | undefined = undefined;
  readonly protocols: readonly number[];
  readonly #sockets: RawSockets;
  readonly #host: RawHost;
  readonly #received: RawPacket[] = [];

  /** @param protocols whose packets it sees. */
  constructor(sockets: RawSockets, host: RawHost, protocols: readonly number[]) {
    this.#sockets = sockets;
    this.#host = host;
    this.protocols = protocols;
  }

  /** Has what it sends carry that address. @throws SocketError EADDRNOTAVAIL */
  bind(address: IpAddress): void {
    const isOurs = this.#host.ipFor(address).isLocal(address);
    if (!isOurs) throw new SocketError('EADDRNOTAVAIL', 'bind');
    this.source = address;
  }

  /** SO_BINDTODEVICE. @throws SocketError ENODEV */
  bindToDevice(name: string): void {
    this.device = this.#host.portNamed(name);
    if (this.device === undefined) throw new SocketError('ENODEV', 'setsockopt SO_BINDTODEVICE');
  }

  /**
   * Sends a packet of that protocol; the checksum of ICMPv6 is made here (RFC 3542 §3.1).
   *
   * @throws SocketError EMSGSIZE, ENETUNREACH …
   */
  send(protocol: number, payload: Uint8Array, destination: IpAddress, now: Instant): void {
    const route = this.#routeTo(destination);
    const ip = this.#host.ipFor(destination);
    const length = ip.headerLength + payload.length;
    const mtu = longestWhole(this.mtuDiscovery, route, now);
    const isCut = length > mtu;
    if (length > ip.longestPacket || (isCut && !mayBeCut(this.mtuDiscovery))) {
      throw new SocketError('EMSGSIZE', 'send');
    }
    const frame = ip.carve(payload.length);
    frame.set(payload, ip.transportAt);
    const source = this.source ?? route.source;
    if (protocol === IpProtocol.icmpv6) {
      const pseudo = pseudoSum(source, destination, protocol, payload.length);
      const at = ip.transportAt;
      put16(frame, at + 2, 0);
      put16(frame, at + 2, complementSum(foldSum(pseudo + onesSum(frame, at))));
    }
    const header = {
      protocol,
      source,
      destination,
      id: ip.nextIdentification(source, destination, protocol, !mayBeCut(this.mtuDiscovery)),
      ttl: isMulticast(destination) ? this.multicastTtl : (this.ttl ?? ip.ttlFor(route)),
      tos: this.tos,
      dontFragment: !isCut && staysWhole(this.mtuDiscovery, route, now),
    };
    if (payload.length > 0) this.#count(protocol, payload[0]!);
    if (isCut) ip.sendFragments(frame, route, header, mtu, SEND, now);
    else ip.send(frame, route, header, SEND, now);
  }

  /** A message of ICMP counts, whoever wrote it (Linux ip_push_pending_frames()). */
  #count(protocol: number, type: number): void {
    const { counters } = this.#host;
    if (protocol === IpProtocol.icmp) countIcmpv4(counters, type);
    else if (protocol === IpProtocol.icmpv6) countIcmpv6(counters, type);
  }

  /** The longest packet that it sends whole, as far as is known of the way: what EMSGSIZE means. */
  longestWhole(destination: IpAddress, now: Instant): number {
    return longestWhole(this.mtuDiscovery, this.#routeTo(destination), now);
  }

  /** The address that packets to `destination` carry. @throws SocketError ENETUNREACH … */
  sourceFor(destination: IpAddress): IpAddress {
    const { source } = this.#routeTo(destination);
    return this.source ?? source;
  }

  #routeTo(destination: IpAddress): Route {
    const ip = this.#host.ipFor(destination);
    if (this.source !== undefined && isIpv6(this.source) !== isIpv6(destination)) {
      throw new SocketError('EAFNOSUPPORT', 'connect');
    }
    if (ip.isBroadcastOrMulticast(destination)) return this.#wayToMany(ip, destination);
    const { routes } = ip;
    const route = routes.lookUp(destination);
    const { device } = this;
    if (device !== undefined && device !== route?.port) {
      // What no route leads to by the device is on its link, as of a UDP socket.
      const own = isIpv6(destination)
        ? device.interface.ipv6?.linkLocal
        : device.interface.ipv4Addresses[0]?.address;
      if (own !== undefined) return routeOnLink(device, destination, own);
    }
    if (route === undefined) {
      throw new SocketError(REFUSAL_ERRORS[routes.refusal(destination)], 'connect');
    }
    return route;
  }

  #wayToMany(ip: IpLayer, destination: IpAddress): Route {
    const sender = {
      port: this.device,
      source: this.source ?? (isIpv6(destination) ? IPV6_ANY : IPV4_ANY),
      loops: true,
    };
    const way = ip.routeToMany(destination, sender);
    if (typeof way === 'string') throw new SocketError(REFUSAL_ERRORS[way], 'connect');
    if (!isMulticast(destination) && !this.mayBroadcast) throw new SocketError('EACCES', 'connect');
    return way;
  }

  /** The next packet, or nothing when none waits. */
  receive(): RawPacket | undefined {
    return this.#received.shift();
  }

  close(): void {
    this.#sockets.close(this);
  }

  /** Takes a packet in, or loses it when too many wait. Called by the host. */
  deliver(packet: RawPacket): void {
    if (this.#received.length >= WAITING_MOST) return;
    this.#received.push(packet);
    this.onReady?.();
  }
}

/** The raw sockets of a host. */
export class RawSockets {
  readonly #host: RawHost;
  readonly #open: RawSocket[] = [];

  constructor(host: RawHost) {
    this.#host = host;
  }

  /** How many are open. */
  get count(): number {
    return this.#open.length;
  }

  /** Whether there is none, so that packets need not be shown to any. */
  get isEmpty(): boolean {
    return this.#open.length === 0;
  }

  open(protocols: readonly number[]): RawSocket {
    const socket = new RawSocket(this, this.#host, protocols);
    this.#open.push(socket);
    return socket;
  }

  close(socket: RawSocket): void {
    const place = this.#open.indexOf(socket);
    if (place >= 0) this.#open.splice(place, 1);
  }

  /** Whether a socket sees that protocol. */
  sees(protocol: number): boolean {
    return this.#open.some(({ protocols }) => protocols.includes(protocol));
  }

  /** Shows a packet for this host to all that see its protocol. */
  deliver(packet: IpPacket, now: Instant): void {
    const { protocol, source, destination, ttl, bytes, payloadAt, end } = packet;
    if (!this.sees(protocol)) return;
    const payload = bytes.slice(payloadAt, end);
    const seen = { protocol, source, destination, ttl, payload, at: now };
    for (const socket of this.#open) {
      if (socket.protocols.includes(protocol)) socket.deliver(seen);
    }
  }

  /** An ICMP error about a packet of theirs, or an echo: the path MTU is learned (raw_err()). */
  errorReported({ protocol, errno, destination, nextHopMtu }: IcmpErrorReport, now: Instant): void {
    const isIcmp = protocol === IpProtocol.icmp || protocol === IpProtocol.icmpv6;
    if (errno !== 'EMSGSIZE' || (!isIcmp && !this.sees(protocol))) return;
    const { routes } = this.#host.ipFor(destination);
    const route = routes.lookUp(destination);
    if (route === undefined) return;
    routes.learnMtu(destination, route, nextHopMtu, this.#host.profile.pathMtu, now);
  }
}
