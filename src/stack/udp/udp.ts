/**
 * UDP of a host (RFC 768, RFC 1122 §4.1): who has which port, datagrams out and in, and ICMP errors
 * about them. What a program sees of it is `udp-socket.ts`.
 */
import {
  DecodeError,
  decodeUdp,
  EMPTY,
  IPV6_ANY,
  isAnyAddress,
  type IpAddress,
  IpProtocol,
  IPV4_ANY,
  isIpv6,
  UDP_HEADER_LENGTH,
  isUdpChecksumOk,
  pseudoSum,
  writeUdp,
} from '../../wire/index.ts';
import { BoundPorts, isAnyIpv4 } from '../bound-ports.ts';
import { type Cause, cause } from '../cause.ts';
import type { Choices } from '../choices.ts';
import type { Counters } from '../counters.ts';
import { SocketError } from '../errno.ts';
import type { IcmpErrorReport, QuotedPacket } from '../icmp/icmpv4.ts';
import type { NetworkInterface } from '../interface.ts';
import type { IpLayer, IpPacket } from '../ip/ip-layer.ts';
import { findEphemeralPort } from '../ports.ts';
import { longestWhole, mayBeCut, staysWhole } from '../ip/mtu-discovery.ts';
import { PATH_MTU_DISCOVERY } from '../posix/constants.ts';
import type { HostProfile } from '../profile.ts';
import { type Port, REFUSAL_ERRORS, type Route, routeOnLink } from '../ip/routing.ts';
import type { Instant } from '../time.ts';
import type { UdpSocket } from './udp-socket.ts';

const { IP_PMTUDISC_DONT } = PATH_MTU_DISCOVERY;

const SEND = cause('udp-send', 'the application sends a datagram', 'RFC 1122 §4.1.4');

const MALFORMED = cause('udp-malformed', 'not a well-formed UDP datagram', 'RFC 768');
const BAD_CHECKSUM = cause('udp-checksum', 'the UDP checksum is wrong', 'RFC 1122 §4.1.3.4');
const NO_SOCKET = cause('udp-no-socket', 'no socket has this port', 'RFC 1122 §4.1.3.1');
const QUEUE_FULL = cause('udp-queue-full', 'the receive buffer is full', 'RFC 768');

/** Whether a socket takes what comes to any of the host's addresses, this one among them. */
function isAnyFor(socket: UdpSocket, address: IpAddress): boolean {
  return isIpv6(address) ? socket.localAddress === IPV6_ANY : isAnyIpv4(socket);
}

export interface UdpEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  portUnreachable(packet: IpPacket, now: Instant): void;
}

/** What the host around UDP provides. */
export interface UdpHost {
  readonly profile: HostProfile;
  readonly choices: Choices;
  readonly counters: Counters;
  ipFor(address: IpAddress): IpLayer;
  portNamed(name: string): Port | undefined;
}

export class Udp {
  readonly #host: UdpHost;
  readonly #profile: HostProfile;
  readonly #choices: Choices;
  readonly #events: UdpEvents;
  readonly #ports = new BoundPorts<UdpSocket>();
  /** The identification that datagrams of unconnected sockets count up from. */
  #nextId: number | undefined = undefined;

  constructor(host: UdpHost, events: UdpEvents) {
    this.#host = host;
    this.#profile = host.profile;
    this.#choices = host.choices;
    this.#events = events;
  }

  get profile(): HostProfile {
    return this.#profile;
  }

  /** The bound sockets, by port in the order bound. */
  sockets(): IterableIterator<UdpSocket> {
    return this.#ports.all();
  }

  /** The way that a socket's datagrams go. @throws SocketError ENETUNREACH …, EACCES */
  routeTo({ device, mayBroadcast }: UdpSocket, address: IpAddress, call: string): Route {
    const ip = this.#host.ipFor(address);
    const { routes } = ip;
    const route = routes.lookUp(address);
    // On the device that it is bound to, a socket of IPv4 reaches what no route leads to.
    const port = isIpv6(address) ? route?.port : (device ?? route?.port);
    if (port === undefined) throw new SocketError(REFUSAL_ERRORS[routes.refusal(address)], call);
    const isBroadcast = ip.isBroadcast(address);
    if (isBroadcast && !mayBroadcast) throw new SocketError('EACCES', call);
    if (route?.port === port && !isBroadcast) return route;
    const source = route?.port === port ? route.source : port.interface.ipv4Addresses[0]?.address;
    return routeOnLink(port, address, source ?? IPV4_ANY, isBroadcast);
  }

  /** The interface of that name. @throws SocketError ENODEV */
  deviceNamed(name: string): Port {
    const port = this.#host.portNamed(name);
    if (port === undefined) throw new SocketError('ENODEV', 'setsockopt SO_BINDTODEVICE');
    return port;
  }

  firstIdentification(socket: UdpSocket): number {
    return this.#choices.ipIdentification(socket);
  }

  bind(socket: UdpSocket, address: IpAddress, wanted: number): void {
    const isOurs = isAnyAddress(address) || this.#host.ipFor(address).isLocal(address);
    if (!isOurs && !this.#profile.sockets.bindsFreely) {
      throw new SocketError('EADDRNOTAVAIL', 'bind');
    }
    const isFree = (port: number): boolean => this.#ports.isFree(port, address, socket);
    const port =
      wanted === 0 ? findEphemeralPort(this.#choices, this.#profile, 'even', isFree) : wanted;
    if (port === undefined || !isFree(port)) throw new SocketError('EADDRINUSE', 'bind');
    socket.localAddress = address;
    socket.localPort = port;
    this.#ports.take(socket);
  }

  close(socket: UdpSocket): void {
    this.#ports.release(socket);
  }

  send(
    socket: UdpSocket,
    payload: Uint8Array,
    destination: IpAddress,
    destinationPort: number,
    id: number | undefined,
    now: Instant,
  ): void {
    const route = this.routeTo(socket, destination, 'send');
    const ip = this.#host.ipFor(destination);
    const { interface: leavesBy } = route.port;
    const length = UDP_HEADER_LENGTH + payload.length;
    const settings = socket.settingsFor(destination);
    const mtu = longestWhole(settings.mtuDiscovery, route, now);
    const isCut = ip.headerLength + length > mtu;
    if (
      ip.headerLength + length > ip.longestPacket ||
      (isCut && !mayBeCut(settings.mtuDiscovery))
    ) {
      throw new SocketError('EMSGSIZE', 'send');
    }
    const source = isAnyAddress(socket.localAddress) ? route.source : socket.localAddress;
    const frame = ip.carve(length);
    const pseudo = pseudoSum(source, destination, IpProtocol.udp, length);
    const datagram = {
      sourcePort: socket.localPort,
      destinationPort,
      payload,
      checksum: leavesBy.checksumOffload && !isCut ? pseudo : undefined, // no device cuts
    };
    writeUdp(frame, ip.transportAt, datagram, pseudo);
    this.#host.counters.UdpOutDatagrams += 1;
    const header = {
      protocol: IpProtocol.udp,
      source,
      destination,
      id: id ?? this.#takeIdentification(socket),
      ttl: settings.ttl ?? ip.ttlFor(route),
      tos: settings.tos,
      dontFragment: !isCut && staysWhole(settings.mtuDiscovery, route, now),
    };
    if (isCut) ip.sendFragments(frame, route, header, mtu, SEND, now);
    else ip.send(frame, route, header, SEND, now);
  }

  #takeIdentification(socket: UdpSocket): number {
    const id = this.#nextId ?? this.#choices.ipIdentification(socket);
    this.#nextId = (id + 1) & 0xffff;
    return id;
  }

  receive(packet: IpPacket, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const datagram = decodeUdp(packet.bytes, packet.payloadAt, packet.end);
    if (datagram instanceof DecodeError) {
      this.#events.dropped(frame, MALFORMED, now);
      return;
    }
    const { source, destination } = packet;
    const pseudo = pseudoSum(source, destination, IpProtocol.udp, datagram.length);
    if (!from.trustsChecksums && !isUdpChecksumOk(datagram, pseudo)) {
      this.#events.dropped(frame, BAD_CHECKSUM, now);
      return;
    }
    const { sourcePort, destinationPort } = datagram;
    const socket = this.#find(destination, destinationPort, source, sourcePort, from);
    if (socket === undefined) {
      this.#events.dropped(frame, NO_SOCKET, now);
      this.#events.portUnreachable(packet, now);
      return;
    }
    const payload = datagram.payload.length === 0 ? EMPTY : datagram.payload.slice();
    const { tos, ttl } = packet;
    if (socket.deliver({ payload, address: source, port: sourcePort, tos, ttl })) {
      this.#host.counters.UdpInDatagrams += 1;
    } else {
      this.#events.dropped(frame, QUEUE_FULL, now);
    }
  }

  /** An ICMP error has come back: it is for the connected socket that sent the datagram. */
  errorReported(report: IcmpErrorReport, now: Instant): void {
    const { source, sourcePort, destination, destinationPort } = report;
    const socket = this.#find(source, sourcePort, destination, destinationPort, undefined);
    if (socket === undefined) return;
    if (report.errno === 'EMSGSIZE') {
      this.#mtuReported(destination, report.nextHopMtu, now);
      if (socket.settingsFor(destination).mtuDiscovery === IP_PMTUDISC_DONT) return;
    }
    if (this.#isTold(socket, report)) socket.fail(report);
  }

  /** Whether there is a socket that may have sent a datagram that was quoted. */
  hasSent({ source, sourcePort, destination, destinationPort }: QuotedPacket): boolean {
    return this.#find(source, sourcePort, destination, destinationPort, undefined) !== undefined;
  }

  #isTold(socket: UdpSocket, { destination, errno, hard }: IcmpErrorReport): boolean {
    if (socket.settingsFor(destination).wantsErrors) return true;
    const isHard = hard || errno === 'EMSGSIZE'; // so long as the socket does not fragment
    return socket.remotePort !== 0 && (isHard || this.#profile.sockets.tellsSoftErrors);
  }

  /** A router says how long packets may be (RFC 1191 §4; Linux ipv4_sk_update_pmtu()). */
  #mtuReported(destination: IpAddress, mtu: number, now: Instant): void {
    const { routes } = this.#host.ipFor(destination);
    const route = routes.lookUp(destination);
    if (route !== undefined) routes.learnMtu(destination, route, mtu, this.#profile.pathMtu, now);
  }

  /**
   * The socket that fits best: the connected one, then one bound to the address, then any; of two
   * that both fit IPv4, the one of that family (Linux compute_score()).
   */
  #find(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
    from: NetworkInterface | undefined,
  ): UdpSocket | undefined {
    let best: UdpSocket | undefined;
    let bestScore = -1;
    for (const socket of this.#ports.on(localPort)) {
      const { device } = socket;
      if (device !== undefined && from !== undefined && device.interface !== from) continue;
      let score = isIpv6(localAddress) === (socket.family === 'AF_INET6') ? 1 : 0;
      if (socket.localAddress === localAddress) score += 2;
      else if (!isAnyFor(socket, localAddress)) continue;
      if (socket.remotePort !== 0) {
        if (socket.remoteAddress !== remoteAddress || socket.remotePort !== remotePort) continue;
        score += 4;
      }
      if (score > bestScore) {
        best = socket;
        bestScore = score;
      }
    }
    return best;
  }
}
