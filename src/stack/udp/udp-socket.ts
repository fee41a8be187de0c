/**
 * A UDP socket as programs know it, non-blocking: datagrams that wait to be read, the peer that
 * `connect` fixes, and errors that ICMP told of. Ports and packets are the business of `udp.ts`.
 */
import { type IpAddress, isAnyAddress, isIpv6, isMulticast } from '../../wire/index.ts';
import { assert } from '../assert.ts';
import type { PortHolder } from '../sockets/bound-ports.ts';
import { type Errno, SocketError } from '../errno.ts';
import { ErrorQueue, icmpEntry } from '../sockets/error-queue.ts';
import type { IcmpErrorReport } from '../icmp/icmpv4.ts';
import { BY_HOST } from '../ip/identification.ts';
import { mtuOf } from '../ip/path-mtu.ts';
import { PATH_MTU_DISCOVERY, POLL } from '../posix/constants.ts';
import type { CommonProfile } from '../profile.ts';
import {
  addressShown,
  addressToBind,
  addressToReach,
  anyAddressOf,
  type SocketFamily,
} from '../sockets/socket-family.ts';
import type { Port } from '../ip/routing.ts';
import { linkToBind, linkToReach, needsLink } from '../sockets/link-scope.ts';
import type { Instant } from '../time.ts';
import {
  type MulticastSettings,
  type SocketMulticast,
  USUAL_MULTICAST,
} from './socket-multicast.ts';
import type { Udp } from './udp.ts';
import { WaitQueue } from '../sockets/wait-queue.ts';

const { IP_PMTUDISC_DONT, IP_PMTUDISC_WANT } = PATH_MTU_DISCOVERY;

/** IPv4 and UDP. */
const HEADERS = 28;

/** A datagram with whom it came from. */
export interface ReceivedDatagram {
  readonly payload: Uint8Array;
  readonly address: IpAddress;
  readonly port: number;
  /** The interface that it came by, where the address is valid on that link only. */
  readonly link?: string | undefined;
  /** Type of service or traffic class, and time to live or hop limit, of the packet it came in. */
  readonly tos: number;
  readonly ttl: number;
}

/** What a socket asks of the IP header of its packets; a host's own ttl where none is said. */
export interface PacketSettings {
  readonly tos: number;
  readonly ttl: number | undefined;
  /** IP_MTU_DISCOVER: who cuts what is too long for the way (ip(7)). */
  readonly mtuDiscovery: number;
  /** IP_RECVERR: ICMP errors go to the error queue, and an unconnected socket hears of them too. */
  readonly wantsErrors: boolean;
  readonly multicast: MulticastSettings;
}

const USUAL: PacketSettings = {
  tos: 0,
  ttl: undefined,
  mtuDiscovery: IP_PMTUDISC_WANT,
  wantsErrors: false,
  multicast: USUAL_MULTICAST,
};

/** Where datagrams take no part in path MTU discovery. */
const UNKEPT: PacketSettings = { ...USUAL, mtuDiscovery: IP_PMTUDISC_DONT };

export class UdpSocket implements PortHolder {
  family: SocketFamily;
  /** IPV6_V6ONLY. */
  isV6Only: boolean;
  /** As packets carry it: one of IPv4 even where the program reads it mapped. */
  localAddress: IpAddress;
  /** What its packets carry as their source (inet_saddr), or any: the way's is taken. */
  sourceAddress: IpAddress;
  localPort = 0;
  remoteAddress: IpAddress;
  remotePort = 0;
  reuseAddress = false;
  /** SO_REUSEPORT: datagrams are spread over all sockets of the port that have it. */
  reusePort = false;
  /** SO_BROADCAST. */
  mayBroadcast = false;
  /** Whether datagrams over IPv4 carry a checksum (SO_NO_CHECK); over IPv6 all do. */
  sendsChecksums = true;
  /** SO_BINDTODEVICE: the only interface that it sends by and receives from. */
  device: Port | undefined = undefined;
  /** How much memory datagrams may wait in (SO_RCVBUF). */
  receiveSpace: number;
  /** What was asked for by options of SOL_IP, and of SOL_IPV6. */
  ipv4: PacketSettings = USUAL;
  ipv6: PacketSettings = USUAL;
  readonly multicast: SocketMulticast;
  /** Called when a call that would have blocked may now succeed. */
  onReady: (() => void) | undefined = undefined;
  /** Those who wait for events, by kind. */
  readonly waiting: WaitQueue = new WaitQueue();
  readonly errors: ErrorQueue = new ErrorQueue();
  readonly #udp: Udp;
  readonly #received: ReceivedDatagram[] = [];
  #receivedMemory = 0;
  #error: Errno | undefined = undefined;
  /** The identification of its next packet while it is connected, or `BY_HOST`. */
  #nextId: number = BY_HOST;

  constructor(udp: Udp, family: SocketFamily) {
    this.#udp = udp;
    this.family = family;
    this.multicast = udp.multicastOf(this);
    this.localAddress = anyAddressOf(family);
    this.sourceAddress = anyAddressOf(family);
    this.remoteAddress = anyAddressOf(family);
    this.isV6Only = family === 'AF_INET6' && udp.profile.sockets.isV6Only;
    this.receiveSpace = udp.profile.sockets.receiveBuffer; // rmem_default
    if (!udp.profile.pathMtu.ofDatagrams) this.ipv4 = UNKEPT;
  }

  /** Makes it a socket of that family, as `socket` would have; it has no address yet. */
  become(family: SocketFamily): void {
    assert(this.localPort === 0, 'a socket in use has its family');
    this.family = family;
    this.localAddress = anyAddressOf(family);
    this.sourceAddress = anyAddressOf(family);
    this.remoteAddress = anyAddressOf(family);
    this.isV6Only = family === 'AF_INET6' && this.profile.sockets.isV6Only;
  }

  /**
   * The memory of the datagrams that wait to be received, with all that is kept beside their octets
   * (Linux sk_rmem_alloc): what `netstat` shows, and SO_RCVBUF bounds.
   */
  get receiveQueue(): number {
    return this.#receivedMemory;
  }

  /**
   * Takes a local address and port; port 0 takes an ephemeral one.
   *
   * @param link the one that an address means which is valid on one only (sin6_scope_id)
   * @throws SocketError
   */
  bind(wanted: IpAddress, port: number, link?: Port): void {
    if (this.localPort !== 0) throw new SocketError('EINVAL', 'bind');
    const address = addressToBind(this, wanted);
    const device = linkToBind(address, link, this.device);
    this.#udp.bind(this, address, port);
    this.device = device;
  }

  /** SO_BINDTODEVICE. @throws SocketError ENODEV */
  bindToDevice(name: string): void {
    this.device = this.#udp.deviceNamed(name);
  }

  get profile(): CommonProfile {
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
    this.remoteAddress = anyAddressOf(this.family);
    this.remotePort = 0;
    this.#nextId = BY_HOST;
  }

  /** Fixes the peer: only its datagrams are received, and ICMP errors about it are reported. */
  connect(to: IpAddress, port: number, link?: Port): void {
    const address = this.#reach(to, 'connect');
    const device = linkToReach(address, link, this.device);
    const route = this.#udp.routeTo(this, address, 'connect', device);
    this.device = device;
    this.#bindToAny();
    if (isAnyAddress(this.localAddress)) this.localAddress = route.source;
    if (isAnyAddress(this.sourceAddress)) this.sourceAddress = route.source;
    this.remoteAddress = address;
    this.remotePort = port;
    this.#nextId = this.#udp.firstIdentification(address);
  }

  /**
   * The address that packets carry. An address of IPv4 may also come as it is to a socket of IPv6
   * (Linux udpv6_sendmsg()).
   */
  #reach(to: IpAddress, call: string): IpAddress {
    return addressToReach(this, addressShown(this.family, to), call);
  }

  #bindToAny(): void {
    if (this.localPort === 0) this.#udp.bind(this, anyAddressOf(this.family), 0);
  }

  /** What this socket asks of packets to that address. */
  settingsFor(address: IpAddress): PacketSettings {
    return isIpv6(address) ? this.ipv6 : this.ipv4;
  }

  /**
   * Sends one datagram.
   *
   * @param link the one that an address means which is valid on one only (sin6_scope_id)
   * @throws SocketError EACCES, EDESTADDRREQ, EMSGSIZE, ENETUNREACH, or a past error
   */
  send(payload: Uint8Array, to: IpAddress, port: number, now: Instant, link?: Port): void {
    if (port === 0) throw new SocketError('EDESTADDRREQ', 'send');
    const address = this.#reach(to, 'send');
    this.#bindToAny();
    const id = this.#nextId;
    if (id !== BY_HOST) this.#nextId = (id + 1) & 0xffff;
    const by = needsLink(address) || isMulticast(address) ? link : undefined;
    const route = this.#udp.routeTo(this, address, 'send', by);
    this.#udp.send(this, payload, address, port, route, id, now);
  }

  /** The next datagram, or nothing when none waits. @throws SocketError a past error */
  receive(): ReceivedDatagram | undefined {
    this.throwPastError('recv');
    const datagram = this.#received.shift();
    if (datagram === undefined) return undefined;
    this.#receivedMemory -= this.#udp.packetBuffers.memoryOf(HEADERS, datagram.payload.length);
    this.#udp.wasRead(datagram.address);
    return datagram;
  }

  /** IP_MTU: the longest packet that the way to the peer carries. @throws SocketError ENOTCONN */
  pathMtu(now: Instant): number {
    if (this.remotePort === 0) throw new SocketError('ENOTCONN', 'getsockopt IP_MTU');
    return mtuOf(this.#udp.routeTo(this, this.remoteAddress, 'getsockopt IP_MTU'), now);
  }

  /** Leaves its groups and gives the port back. */
  close(now: Instant): void {
    this.multicast.leaveAll(now);
    this.#udp.close(this);
  }

  /** Takes a datagram in; false when there is no room. Called by the protocol. */
  deliver(datagram: ReceivedDatagram): boolean {
    if (this.#receivedMemory > this.receiveSpace) return false; // the last may go beyond it
    this.#receivedMemory += this.#udp.packetBuffers.memoryOf(HEADERS, datagram.payload.length);
    this.#received.push(datagram);
    this.onReady?.();
    this.waiting.wake(POLL.POLLIN | POLL.POLLRDNORM);
    return true;
  }

  /** Keeps an error for the next call (RFC 1122 §4.1.3.3). Called by the protocol. */
  fail(report: IcmpErrorReport): void {
    const { errno, type, code, destination, destinationPort } = report;
    if (this.settingsFor(destination).wantsErrors) {
      const sentTo = { address: destination, port: destinationPort };
      this.errors.add(icmpEntry({ errno, type, code, destination: sentTo }));
    }
    this.#error = errno;
    this.onReady?.();
    this.waiting.wake(POLL.POLLERR);
  }

  /** @throws SocketError what a packet sent before has met */
  throwPastError(call: string): void {
    const errno = this.takeError();
    if (errno !== undefined) throw new SocketError(errno, call);
  }
}
