/** A UDP socket for scenario code: the calls that network programmers know. */
import {
  addressShown,
  ANY_INTERFACE,
  anyAddressOf,
  type DatagramOption,
  DatagramOptions,
  type Duration,
  type InterfaceChoice,
  NEVER,
  SocketError,
  type SocketFamily,
  type UdpSocket,
} from '../../stack/index.ts';
import { fromUtf8, type IpAddress, IPV6_ANY, isIpv6, parseIpv4, utf8 } from '../../wire/index.ts';
import { checkPort, endOf, familyOf, parseAddress, type SocketAddress } from './socket-address.ts';
import type { SocketOwner } from './socket-owner.ts';

/** A datagram and its sender. */
export interface Datagram {
  readonly payload: Uint8Array;
  readonly text: string;
  readonly from: SocketAddress;
}

/** By which interface packets to groups leave: its name or, of IPv4, its address. */
export type InterfaceOption = 'IP_MULTICAST_IF' | 'IPV6_MULTICAST_IF';

/** A UDP socket, made by `process.socket('datagram')`. Calls fail with a `SocketError`. */
export class DatagramSocket {
  /** The stack's socket, for observers. */
  readonly stackSocket: UdpSocket;
  readonly #owner: SocketOwner;
  readonly #options: DatagramOptions;
  #waiters: (() => void)[] = [];
  #closed = false;
  #hasFamily: boolean;

  constructor(owner: SocketOwner, stackSocket: UdpSocket, family: SocketFamily | undefined) {
    this.#hasFamily = family !== undefined;
    this.#owner = owner;
    this.stackSocket = stackSocket;
    this.#options = new DatagramOptions(stackSocket);
    stackSocket.onReady = (): void => this.#wakeAll();
    owner.hold(this);
  }

  /** The local end (getsockname). */
  get local(): SocketAddress {
    const { family, localAddress, localPort, device } = this.stackSocket;
    return endOf(family, localAddress, localPort, device?.interface.name);
  }

  /** The peer (getpeername); nothing unless {@link connect} fixed one. */
  get remote(): SocketAddress | undefined {
    const { family, remoteAddress, remotePort, device } = this.stackSocket;
    if (remotePort === 0) return undefined;
    return endOf(family, remoteAddress, remotePort, device?.interface.name);
  }

  /** The address as this socket takes it, which becomes one of its family if it has none yet. */
  #fit(address: IpAddress): IpAddress {
    const { stackSocket } = this;
    if (!this.#hasFamily) stackSocket.become(familyOf(address));
    this.#hasFamily = true;
    return addressShown(stackSocket.family, address); // as getaddrinfo(3) has it, AI_V4MAPPED
  }

  /** Takes a local port, and an address of the host's or any. @throws SocketError EACCES … */
  bind(port: number, address = ''): void {
    this.#mustBeOpen('bind');
    const { stackSocket } = this;
    const any = anyAddressOf(stackSocket.family);
    const { address: named, zone } = parseAddress(address);
    const wanted = address === '' ? any : this.#fit(named);
    this.#owner.mayBind(port);
    stackSocket.bind(wanted, checkPort(port), this.#owner.linkOf(zone));
    this.#hasFamily = true;
  }

  /**
   * Sets an option by its name (socket(7), ip(7), ipv6(7)): SO_BROADCAST lets it send to broadcast
   * addresses, SO_BINDTODEVICE ties it to an interface, IP_MULTICAST_TTL says how many routers its
   * packets to groups pass …
   *
   * @throws SocketError EINVAL, ENODEV
   */
  setsockopt(option: DatagramOption, value: number): void;
  setsockopt(option: 'SO_BINDTODEVICE' | InterfaceOption, value: string): void;
  setsockopt(
    option: DatagramOption | 'SO_BINDTODEVICE' | InterfaceOption,
    value: number | string,
  ): void {
    this.#mustBeOpen(`setsockopt ${option}`);
    if (option.startsWith('IPV6_')) this.#fit(IPV6_ANY);
    const { multicast } = this.stackSocket;
    if (option === 'SO_BINDTODEVICE') this.stackSocket.bindToDevice(String(value));
    else if (option === 'IP_MULTICAST_IF') multicast.leaveByIpv4(this.#choice(String(value)));
    else if (option === 'IPV6_MULTICAST_IF') {
      multicast.leaveByIpv6(this.#choice(String(value)).index);
    } else this.#options.setNumber(option, Number(value));
  }

  /**
   * Joins a multicast group (IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP): by the interface of that name or
   * IPv4 address, or where the routes lead.
   *
   * @throws SocketError EINVAL for an address that is no group's, ENODEV, EADDRINUSE, ENOBUFS
   */
  join(group: string, by = ''): void {
    this.#mustBeOpen('join');
    const { address } = parseAddress(group);
    if (isIpv6(address)) this.#fit(address);
    this.stackSocket.multicast.join(address, this.#choice(by), this.#owner.now);
  }

  /** Leaves a group again; closing leaves all. @throws SocketError EADDRNOTAVAIL … */
  leave(group: string, by = ''): void {
    this.#mustBeOpen('leave');
    this.stackSocket.multicast.leave(
      parseAddress(group).address,
      this.#choice(by),
      this.#owner.now,
    );
  }

  /** The interface that text names: by its address, or by its name. */
  #choice(by: string): InterfaceChoice {
    if (by === '') return ANY_INTERFACE;
    if (/^[\d.]+$/.test(by)) return { index: 0, address: parseIpv4(by) };
    return this.stackSocket.multicast.interfaceNamed(by);
  }

  /** Fixes the peer, so that errors about it are reported. */
  connect(to: SocketAddress): void {
    this.#mustBeOpen('connect');
    const { address, zone } = parseAddress(to.address);
    this.stackSocket.connect(this.#fit(address), checkPort(to.port), this.#owner.linkOf(zone));
  }

  /**
   * Sends one datagram to `to`, or to the peer.
   *
   * @throws SocketError EDESTADDRREQ, ECONNREFUSED …
   */
  send(data: Uint8Array | string, to?: SocketAddress): void {
    this.#mustBeOpen('send');
    const bytes = typeof data === 'string' ? utf8(data) : data;
    const { remoteAddress, remotePort } = this.stackSocket;
    const { now } = this.#owner;
    if (to === undefined) this.stackSocket.send(bytes, remoteAddress, remotePort, now);
    else {
      const { address, zone } = parseAddress(to.address);
      const link = this.#owner.linkOf(zone);
      this.stackSocket.send(bytes, this.#fit(address), checkPort(to.port), now, link);
    }
  }

  /**
   * The next datagram; with a timeout (SO_RCVTIMEO) only so long.
   *
   * @throws SocketError ECONNREFUSED …, EAGAIN when the time is over
   */
  async recv(timeout?: Duration): Promise<Datagram> {
    const over = timeout === undefined ? NEVER : this.#owner.now + timeout;
    if (timeout !== undefined) this.#owner.wakeAt(over, () => this.#wakeAll());
    for (;;) {
      this.#mustBeOpen('recv');
      const datagram = this.stackSocket.receive();
      if (datagram !== undefined) {
        const { payload, address, port, link } = datagram;
        const from = endOf(this.stackSocket.family, address, port, link);
        return { payload, text: fromUtf8(payload), from };
      }
      if (this.#owner.now >= over) throw new SocketError('EAGAIN', 'recv');
      await this.#owner.wait('recv', (resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  /** Gives the port back; whoever waits in {@link recv} is sent away with EBADF. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.forget(this);
    this.stackSocket.close(this.#owner.now);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const waiter of this.#waiters.splice(0)) this.#owner.wake(waiter);
  }

  #mustBeOpen(call: string): void {
    if (this.#closed) throw new SocketError('EBADF', call);
  }
}
