/** UDP of a host (RFC 768, RFC 1122 §4.1): datagram sockets, non-blocking. */
import {
  DecodeError,
  decodeUdp,
  EMPTY,
  IPV4_ANY,
  isAnyAddress,
  type IpAddress,
  IpProtocol,
  UDP_HEADER_LENGTH,
  isUdpChecksumOk,
  pseudoSum,
  writeUdp,
} from '../wire/index.ts';
import { BoundPorts, type PortHolder } from './bound-ports.ts';
import { type Cause, cause } from './cause.ts';
import type { Choices } from './choices.ts';
import type { Counters } from './counters.ts';
import { type Errno, SocketError } from './errno.ts';
import { ErrorQueue, icmpEntry } from './error-queue.ts';
import type { IcmpErrorReport } from './icmp.ts';
import type { NetworkInterface } from './interface.ts';
import type { IpLayer, IpPacket } from './ip-layer.ts';
import { findEphemeralPort } from './ports.ts';
import { isMtuLocked, largestPacket, mtuOf } from './path-mtu.ts';
import { PATH_MTU_DISCOVERY, POLL } from './posix/constants.ts';
import type { HostProfile } from './profile.ts';
import { REFUSAL_ERRORS, type Route } from './routing.ts';
import type { Instant } from './time.ts';
import { WaitQueue } from './wait-queue.ts';

const { IP_PMTUDISC_DONT, IP_PMTUDISC_WANT, IP_PMTUDISC_DO, IP_PMTUDISC_PROBE, IP_PMTUDISC_OMIT } =
  PATH_MTU_DISCOVERY;

const SEND = cause('udp-send', 'the application sends a datagram', 'RFC 1122 §4.1.4');

const MALFORMED = cause('udp-malformed', 'not a well-formed UDP datagram', 'RFC 768');
const BAD_CHECKSUM = cause('udp-checksum', 'the UDP checksum is wrong', 'RFC 1122 §4.1.3.4');
const NO_SOCKET = cause('udp-no-socket', 'no socket has this port', 'RFC 1122 §4.1.3.1');
const QUEUE_FULL = cause('udp-queue-full', 'the receive buffer is full', 'RFC 768');

/** What a waiting datagram costs beside its octets, so that empty ones are bounded too. */
const DATAGRAM_OVERHEAD = 512;

/** A datagram with whom it came from. */
export interface ReceivedDatagram {
  readonly payload: Uint8Array;
  readonly address: IpAddress;
  readonly port: number;
}

export class UdpSocket implements PortHolder {
  localAddress: IpAddress = IPV4_ANY;
  localPort = 0;
  remoteAddress: IpAddress = IPV4_ANY;
  remotePort = 0;
  reuseAddress = false;
  readonly isListening: boolean = false;
  /** Octets of datagrams that may wait (SO_RCVBUF). */
  receiveSpace: number;
  /** Type of service and time to live of what is sent; the host's unless IP_TTL says otherwise. */
  tos = 0;
  ttl: number | undefined = undefined;
  /** IP_MTU_DISCOVER: who cuts what is too long for the way (ip(7)). */
  mtuDiscovery: number = IP_PMTUDISC_WANT;
  /** IP_RECVERR: ICMP errors go to the error queue, and an unconnected socket hears of them too. */
  wantsErrors = false;
  /** Called when a call that would have blocked may now succeed. */
  onReady: (() => void) | undefined = undefined;
  /** Those who wait for events, by kind. */
  readonly waiting: WaitQueue = new WaitQueue();
  readonly errors: ErrorQueue = new ErrorQueue();
  readonly #udp: Udp;
  readonly #received: ReceivedDatagram[] = [];
  #receivedCost = 0;
  #error: Errno | undefined = undefined;
  #nextId = 0;

  constructor(udp: Udp) {
    this.#udp = udp;
    this.receiveSpace = udp.profile.sockets.receiveBuffer; // rmem_default
  }

  /** Octets that wait to be received, as `netstat` shows them. */
  get receiveQueue(): number {
    return this.#received.reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** Takes a local address and port; port 0 takes an ephemeral one. @throws SocketError */
  bind(address: IpAddress, port: number): void {
    if (this.localPort !== 0) throw new SocketError('EINVAL', 'bind');
    this.#udp.bind(this, address, port);
  }

  get profile(): HostProfile {
    return this.#udp.profile;
  }

  /** The datagram that comes next. */
  get next(): ReceivedDatagram | undefined {
    return this.#received[0];
  }

  /** sk_err: what the next call fails with. */
  get pendingError(): Errno | undefined {
    return this.#error;
  }

  /** SO_ERROR: the pending error, once. */
  takeError(): Errno | undefined {
    const errno = this.#error;
    this.#error = undefined;
    return errno;
  }

  /** Forgets the peer: `connect` to AF_UNSPEC. */
  disconnect(): void {
    this.remoteAddress = IPV4_ANY;
    this.remotePort = 0;
  }

  /** Fixes the peer: only its datagrams are received, and ICMP errors about it are reported. */
  connect(address: IpAddress, port: number): void {
    const route = this.#udp.routeTo(address, 'connect');
    if (this.localPort === 0) this.#udp.bind(this, IPV4_ANY, 0);
    if (isAnyAddress(this.localAddress)) this.localAddress = route.source;
    this.remoteAddress = address;
    this.remotePort = port;
    this.#nextId = this.#udp.firstIdentification(this);
  }

  /**
   * Sends one datagram.
   *
   * @throws SocketError EACCES, EDESTADDRREQ, EMSGSIZE, ENETUNREACH, or a past error
   */
  send(payload: Uint8Array, address: IpAddress, port: number, now: Instant): void {
    this.#throwPastError('send');
    if (port === 0) throw new SocketError('EDESTADDRREQ', 'send');
    if (this.localPort === 0) this.#udp.bind(this, IPV4_ANY, 0);
    const id = this.remotePort === 0 ? undefined : this.#nextId;
    this.#nextId = (this.#nextId + 1) & 0xffff;
    this.#udp.send(this, payload, address, port, id, now);
  }

  /** The next datagram, or nothing when none waits. @throws SocketError a past error */
  receive(): ReceivedDatagram | undefined {
    this.#throwPastError('recv');
    const datagram = this.#received.shift();
    if (datagram !== undefined) this.#receivedCost -= datagram.payload.length + DATAGRAM_OVERHEAD;
    return datagram;
  }

  /** IP_MTU: the longest packet that the way to the peer carries. @throws SocketError ENOTCONN */
  pathMtu(now: Instant): number {
    if (this.remotePort === 0) throw new SocketError('ENOTCONN', 'getsockopt IP_MTU');
    return mtuOf(this.#udp.routeTo(this.remoteAddress, 'getsockopt IP_MTU'), now);
  }

  /** Gives the port back. */
  close(): void {
    this.#udp.close(this);
  }

  /** Takes a datagram in; false when there is no room. Called by the protocol. */
  deliver(datagram: ReceivedDatagram): boolean {
    const cost = datagram.payload.length + DATAGRAM_OVERHEAD;
    if (this.#receivedCost + cost > this.receiveSpace && this.#received.length > 0) return false;
    this.#receivedCost += cost;
    this.#received.push(datagram);
    this.onReady?.();
    this.waiting.wake(POLL.POLLIN | POLL.POLLRDNORM);
    return true;
  }

  /** Keeps an error for the next call (RFC 1122 §4.1.3.3). Called by the protocol. */
  fail(report: IcmpErrorReport): void {
    const { errno, type, code, destination, destinationPort } = report;
    if (this.wantsErrors) {
      const sentTo = { address: destination, port: destinationPort };
      this.errors.add(icmpEntry({ errno, type, code, destination: sentTo }));
    }
    this.#error = errno;
    this.onReady?.();
    this.waiting.wake(POLL.POLLERR);
  }

  #throwPastError(call: string): void {
    const errno = this.takeError();
    if (errno !== undefined) throw new SocketError(errno, call);
  }
}

/** The longest packet there is, of IPv4. */
const LARGEST = 65_535;

/**
 * The longest packet that is sent whole: what the way carries, as far as it is known, or what the
 * first link does where the program wants to find out for itself (Linux ip_sk_use_pmtu()).
 */
function mostFor({ mtuDiscovery }: UdpSocket, route: Route, now: Instant): number {
  return mtuDiscovery < IP_PMTUDISC_PROBE ? mtuOf(route, now) : largestPacket(route);
}

/** Whether a longer one goes in fragments; else it is EMSGSIZE (Linux ip_sk_ignore_df()). */
function mayBeCut({ mtuDiscovery }: UdpSocket): boolean {
  return mtuDiscovery < IP_PMTUDISC_DO || mtuDiscovery === IP_PMTUDISC_OMIT;
}

/** DF (ip(7), IP_MTU_DISCOVER). */
function mustNotFragment({ mtuDiscovery }: UdpSocket, route: Route, now: Instant): boolean {
  if (mtuDiscovery === IP_PMTUDISC_WANT) return !isMtuLocked(route, now);
  return mtuDiscovery === IP_PMTUDISC_DO || mtuDiscovery === IP_PMTUDISC_PROBE;
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

  routeTo(address: IpAddress, call: string): Route {
    const ip = this.#host.ipFor(address);
    const { routes } = ip;
    const route = routes.lookUp(address);
    if (route === undefined) throw new SocketError(REFUSAL_ERRORS[routes.refusal(address)], call);
    // No neighbour answers for a broadcast address; Linux sends there only with SO_BROADCAST.
    if (ip.isBroadcast(address)) throw new SocketError('EACCES', call);
    return route;
  }

  firstIdentification(socket: UdpSocket): number {
    return this.#choices.ipIdentification(socket);
  }

  bind(socket: UdpSocket, address: IpAddress, wanted: number): void {
    if (!isAnyAddress(address) && !this.#host.ipFor(address).isLocal(address)) {
      throw new SocketError('EADDRNOTAVAIL', 'bind');
    }
    const isFree = (port: number): boolean =>
      this.#ports.isFree(port, address, socket.reuseAddress);
    const range = this.#profile.ephemeralPorts;
    const port = wanted === 0 ? findEphemeralPort(this.#choices, range, 'even', isFree) : wanted;
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
    const route = this.routeTo(destination, 'send');
    const ip = this.#host.ipFor(destination);
    const { interface: leavesBy } = route.port;
    const length = UDP_HEADER_LENGTH + payload.length;
    const mtu = mostFor(socket, route, now);
    const isCut = ip.headerLength + length > mtu;
    if (ip.headerLength + length > LARGEST || (isCut && !mayBeCut(socket))) {
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
      ttl: socket.ttl ?? this.#profile.ttl,
      tos: socket.tos,
      dontFragment: !isCut && mustNotFragment(socket, route, now),
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
    const socket = this.#find(destination, destinationPort, source, sourcePort);
    if (socket === undefined) {
      this.#events.dropped(frame, NO_SOCKET, now);
      this.#events.portUnreachable(packet, now);
      return;
    }
    const payload = datagram.payload.length === 0 ? EMPTY : datagram.payload.slice();
    if (socket.deliver({ payload, address: source, port: sourcePort })) {
      this.#host.counters.UdpInDatagrams += 1;
    } else {
      this.#events.dropped(frame, QUEUE_FULL, now);
    }
  }

  /** An ICMP error has come back: it is for the connected socket that sent the datagram. */
  errorReported(report: IcmpErrorReport, now: Instant): void {
    const { source, sourcePort, destination, destinationPort } = report;
    const socket = this.#find(source, sourcePort, destination, destinationPort);
    if (socket === undefined) return;
    if (report.errno === 'EMSGSIZE') {
      this.#mtuReported(destination, report.nextHopMtu, now);
      if (socket.mtuDiscovery === IP_PMTUDISC_DONT) return;
    }
    if (socket.remotePort !== 0 || socket.wantsErrors) socket.fail(report);
  }

  /** A router says how long packets may be (RFC 1191 §4; Linux ipv4_sk_update_pmtu()). */
  #mtuReported(destination: IpAddress, mtu: number, now: Instant): void {
    const { routes } = this.#host.ipFor(destination);
    const route = routes.lookUp(destination);
    if (route !== undefined) routes.learnMtu(destination, route, mtu, this.#profile.pathMtu, now);
  }

  /** The socket that fits best: the connected one, then one bound to the address, then any. */
  #find(
    localAddress: IpAddress,
    localPort: number,
    remoteAddress: IpAddress,
    remotePort: number,
  ): UdpSocket | undefined {
    let best: UdpSocket | undefined;
    let bestScore = -1;
    for (const socket of this.#ports.on(localPort)) {
      let score = 0;
      if (!isAnyAddress(socket.localAddress)) {
        if (socket.localAddress !== localAddress) continue;
        score += 1;
      }
      if (socket.remotePort !== 0) {
        if (socket.remoteAddress !== remoteAddress || socket.remotePort !== remotePort) continue;
        score += 2;
      }
      if (score > bestScore) {
        best = socket;
        bestScore = score;
      }
    }
    return best;
  }
}
