/**
 * UDP of a host (RFC 768, RFC 1122 §4.1): who has which port, datagrams out and in, and ICMP errors
 * about them. What a program sees of it is `udp-socket.ts`.
 */
import {
  DecodeError,
  decodeUdp,
  EMPTY,
  isAnyAddress,
  type IpAddress,
  IpProtocol,
  isIpv6,
  isMulticast,
  pseudoSum,
  UDP_HEADER_LENGTH,
  isUdpChecksumOk,
  wordOfIp,
  writeUdp,
} from '../../wire/index.ts';
import { BoundPorts } from '../sockets/bound-ports.ts';
import { type Cause, cause } from '../cause.ts';
import type { Choices } from '../choices.ts';
import type { Counters } from '../counters.ts';
import { SocketError } from '../errno.ts';
import { type HashKey, halfSipHash } from '../halfsiphash.ts';
import type { IcmpErrorReport, QuotedPacket } from '../icmp/icmpv4.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { IpPacket } from '../ip/ip-layer.ts';
import { BY_HOST } from '../ip/identification.ts';
import { longestWhole, mayBeCut, staysWhole } from '../ip/mtu-discovery.ts';
import type { Port, Route } from '../ip/routing.ts';
import { findEphemeralPort } from '../sockets/ports.ts';
import { PATH_MTU_DISCOVERY } from '../posix/constants.ts';
import { copiedPackets, type PacketBuffers } from '../interfaces/packet-buffers.ts';
import type { CommonProfile } from '../profile.ts';
import { anyAddressOf } from '../sockets/socket-family.ts';
import { needsLink } from '../sockets/link-scope.ts';
import type { Instant } from '../time.ts';
import type { MembershipHost } from './memberships.ts';
import { SocketMulticast } from './socket-multicast.ts';
import { allThatFit, bestFit, type DatagramEnds } from './udp-lookup.ts';
import type { UdpSocket } from './udp-socket.ts';
import { wayOf } from './udp-way.ts';

const { IP_PMTUDISC_DONT } = PATH_MTU_DISCOVERY;

const SEND = cause('udp-send', 'the application sends a datagram', 'RFC 1122 §4.1.4');

const MALFORMED = cause('udp-malformed', 'not a well-formed UDP datagram', 'RFC 768');
const BAD_CHECKSUM = cause('udp-checksum', 'the UDP checksum is wrong', 'RFC 1122 §4.1.3.4');
const NO_SOCKET = cause('udp-no-socket', 'no socket has this port', 'RFC 1122 §4.1.3.1');
const IGNORED = cause(
  'udp-ignored',
  'to many hosts, and no socket here takes it',
  'RFC 1122 §3.2.2',
);
const QUEUE_FULL = cause('udp-queue-full', 'the receive buffer is full', 'RFC 768');

/** What is counted of datagrams, for each family (RFC 4113). */
type UdpCount =
  | 'InDatagrams'
  | 'OutDatagrams'
  | 'NoPorts'
  | 'InErrors'
  | 'InCsumErrors'
  | 'RcvbufErrors'
  | 'IgnoredMulti';

export interface UdpEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  portUnreachable(packet: IpPacket, now: Instant): void;
}

/** What the host around UDP provides. */
export interface UdpHost extends MembershipHost {
  readonly choices: Choices;
  readonly counters: Counters;
  portNamed(name: string): Port | undefined;
}

/**
 * Who may hold a port together: all of them by SO_REUSEADDR, or all by SO_REUSEPORT, or on devices
 * of their own (Linux udp_lib_lport_inuse()).
 */
function mayShare(one: UdpSocket, other: UdpSocket): boolean {
  const haveOwnDevices = one.device !== undefined && other.device !== undefined;
  return (
    (one.reuseAddress && other.reuseAddress) ||
    (one.reusePort && other.reusePort) ||
    (haveOwnDevices && one.device !== other.device)
  );
}

export class Udp {
  readonly #host: UdpHost;
  readonly #profile: CommonProfile;
  readonly #choices: Choices;
  readonly #events: UdpEvents;
  /** In what memory datagrams wait to be read. */
  readonly packetBuffers: PacketBuffers;
  readonly #ports = new BoundPorts(mayShare);
  /** Made when sockets first share a port. */
  #hashKey: HashKey | undefined = undefined;

  constructor(host: UdpHost, events: UdpEvents) {
    this.#host = host;
    this.#profile = host.profile;
    this.#choices = host.choices;
    this.#events = events;
    this.packetBuffers = copiedPackets(host.profile.socketMemory.smallBlock);
  }

  get profile(): CommonProfile {
    return this.#profile;
  }

  /** The bound sockets, by port in the order bound. */
  sockets(): IterableIterator<UdpSocket> {
    return this.#ports.all();
  }

  /**
   * The way that a socket's datagrams go, by its device or by another link.
   *
   * @throws SocketError ENETUNREACH …, EACCES
   */
  routeTo(socket: UdpSocket, address: IpAddress, call: string, link?: Port): Route {
    return wayOf(this.#host, socket, address, call, link);
  }

  /** The interface of that name. @throws SocketError ENODEV */
  deviceNamed(name: string): Port {
    const port = this.#host.portNamed(name);
    if (port === undefined) throw new SocketError('ENODEV', 'setsockopt SO_BINDTODEVICE');
    return port;
  }

  /** The identification that a socket connected to that address counts up from. */
  firstIdentification(address: IpAddress): number {
    return this.#host.ipFor(address).firstIdentification();
  }

  /** A new socket's part in multicast. */
  multicastOf(socket: UdpSocket): SocketMulticast {
    return new SocketMulticast(socket, this.#host);
  }

  /** A socket may also be bound to an address of many: it hears only what is sent to that. */
  bind(socket: UdpSocket, address: IpAddress, wanted: number): void {
    const ip = this.#host.ipFor(address);
    const isToMany = ip.isBroadcastOrMulticast(address);
    const isOurs = isAnyAddress(address) || isToMany || ip.isLocal(address);
    if (!isOurs && !this.#profile.sockets.bindsFreely) {
      throw new SocketError('EADDRNOTAVAIL', 'bind');
    }
    const isFree = (port: number): boolean => this.#ports.isFree(port, address, socket);
    const port = wanted === 0 ? this.#ephemeralPort(isFree) : wanted;
    if (port === undefined || !isFree(port)) throw new SocketError('EADDRINUSE', 'bind');
    socket.localAddress = address;
    socket.sourceAddress = isToMany ? anyAddressOf(socket.family) : address;
    socket.localPort = port;
    this.#ports.take(socket);
  }

  #ephemeralPort(isFree: (port: number) => boolean): number | undefined {
    const { datagrams } = this.#profile.portChoice;
    return findEphemeralPort(this.#choices, this.#profile, datagrams, 'even', isFree);
  }

  /** Gives the socket's port back. */
  close(socket: UdpSocket): void {
    this.#ports.release(socket);
  }

  send(
    socket: UdpSocket,
    payload: Uint8Array,
    destination: IpAddress,
    destinationPort: number,
    route: Route,
    id: number,
    now: Instant,
  ): void {
    const ip = this.#host.ipFor(destination);
    const { interface: leavesBy } = route.port;
    const length = UDP_HEADER_LENGTH + payload.length;
    const settings = socket.settingsFor(destination);
    const { mtuDiscovery: discovery } = settings;
    const mtu = longestWhole(discovery, route, now);
    const isCut = ip.headerLength + length > mtu;
    if (ip.headerLength + length > ip.longestPacket || (isCut && !mayBeCut(discovery))) {
      throw new SocketError('EMSGSIZE', 'send');
    }
    socket.throwPastError('send'); // when memory is asked for (Linux sock_alloc_send_pskb())
    const source = isAnyAddress(socket.sourceAddress) ? route.source : socket.sourceAddress;
    const frame = ip.carve(length);
    const pseudo = pseudoSum(source, destination, IpProtocol.udp, length);
    // Over IPv6 there is no datagram without a checksum (RFC 8200 §8.1), and no device cuts.
    const isBare = !socket.sendsChecksums && !isIpv6(destination);
    const datagram = {
      sourcePort: socket.localPort,
      destinationPort,
      payload,
      checksum: isBare ? 0 : leavesBy.checksumOffload && !isCut ? pseudo : undefined,
    };
    writeUdp(frame, ip.transportAt, datagram, pseudo);
    this.#count(destination, 'OutDatagrams');
    const header = {
      protocol: IpProtocol.udp,
      source,
      destination,
      id:
        id === BY_HOST
          ? ip.nextIdentification(source, destination, IpProtocol.udp, !mayBeCut(discovery))
          : id,
      ttl: isMulticast(destination) ? settings.multicast.ttl : (settings.ttl ?? ip.ttlFor(route)),
      tos: settings.tos,
      dontFragment: !isCut && staysWhole(discovery, route, now),
    };
    if (isCut) ip.sendFragments(frame, route, header, mtu, SEND, now);
    else ip.send(frame, route, header, SEND, now);
  }

  receive(packet: IpPacket, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const datagram = decodeUdp(packet.bytes, packet.payloadAt, packet.end);
    const { source, destination } = packet;
    if (datagram instanceof DecodeError) {
      this.#drop(frame, destination, MALFORMED, ['InErrors'], now);
      return;
    }
    const pseudo = pseudoSum(source, destination, IpProtocol.udp, datagram.length);
    if (!from.trustsChecksums && !isUdpChecksumOk(datagram, pseudo)) {
      this.#drop(frame, destination, BAD_CHECKSUM, ['InErrors', 'InCsumErrors'], now);
      return;
    }
    const ends = {
      localAddress: destination,
      localPort: datagram.destinationPort,
      remoteAddress: source,
      remotePort: datagram.sourcePort,
    };
    const { payload } = datagram;
    if (this.#host.ipFor(destination).isBroadcastOrMulticast(destination)) {
      this.#deliverToAll(packet, payload, ends, from, frame, now);
      return;
    }
    const socket = this.#find(ends, from);
    if (socket === undefined) {
      this.#drop(frame, destination, NO_SOCKET, ['NoPorts'], now);
      this.#events.portUnreachable(packet, now);
    } else this.#deliver(socket, packet, payload, ends.remotePort, from, frame, now);
  }

  /** A datagram to many: each socket that it fits gets one, and nobody is told where none does. */
  #deliverToAll(
    packet: IpPacket,
    payload: Uint8Array,
    ends: DatagramEnds,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): void {
    const sockets = allThatFit(this.#ports.on(ends.localPort), ends, from);
    for (const socket of sockets) {
      this.#deliver(socket, packet, payload, ends.remotePort, from, frame, now);
    }
    if (sockets.length > 0) return;
    this.#drop(frame, packet.destination, IGNORED, ['IgnoredMulti'], now);
  }

  #deliver(
    socket: UdpSocket,
    { source: address, destination, tos, ttl }: IpPacket,
    octets: Uint8Array,
    port: number,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): void {
    const payload = octets.length === 0 ? EMPTY : octets.slice();
    const link = needsLink(address) ? from.name : undefined;
    if (socket.deliver({ payload, address, port, link, tos, ttl })) return;
    this.#drop(frame, destination, QUEUE_FULL, ['InErrors', 'RcvbufErrors'], now);
  }

  #drop(
    frame: Uint8Array,
    destination: IpAddress,
    why: Cause,
    counts: readonly UdpCount[],
    now: Instant,
  ): void {
    for (const name of counts) this.#count(destination, name);
    this.#events.dropped(frame, why, now);
  }

  #count(address: IpAddress, name: UdpCount): void {
    if (isIpv6(address)) this.#host.counters[`Udp6${name}`] += 1;
    else this.#host.counters[`Udp${name}`] += 1;
  }

  /** A program has read a datagram of that sender: now it counts (Linux udp_recvmsg()). */
  wasRead(sender: IpAddress): void {
    this.#count(sender, 'InDatagrams');
  }

  /** An ICMP error has come back: it is for the connected socket that sent the datagram. */
  errorReported(report: IcmpErrorReport, now: Instant): void {
    const { destination } = report;
    const socket = this.#senderOf(report);
    if (socket === undefined) return;
    if (report.errno === 'EMSGSIZE') {
      this.#mtuReported(destination, report.nextHopMtu, now);
      if (socket.settingsFor(destination).mtuDiscovery === IP_PMTUDISC_DONT) return;
    }
    if (this.#isTold(socket, report)) socket.fail(report);
  }

  /** Whether there is a socket that may have sent a datagram that was quoted. */
  hasSent(quoted: QuotedPacket): boolean {
    return this.#senderOf(quoted) !== undefined;
  }

  #senderOf({
    source,
    sourcePort,
    destination,
    destinationPort,
  }: QuotedPacket): UdpSocket | undefined {
    const ends = {
      localAddress: source,
      localPort: sourcePort,
      remoteAddress: destination,
      remotePort: destinationPort,
    };
    return this.#find(ends, undefined);
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

  #find(ends: DatagramEnds, from: NetworkInterface | undefined): UdpSocket | undefined {
    return bestFit(this.#ports.on(ends.localPort), ends, from, (each) => this.#hashOf(each));
  }

  /** By a secret of the host, so that nobody chooses which of those that share a port he meets. */
  #hashOf({ localAddress, localPort, remoteAddress, remotePort }: DatagramEnds): number {
    this.#hashKey ??= { k0: this.#choices.chance(), k1: this.#choices.chance() };
    const ports = ((localPort << 16) | remotePort) >>> 0;
    return halfSipHash(this.#hashKey, wordOfIp(localAddress), wordOfIp(remoteAddress), ports);
  }
}
