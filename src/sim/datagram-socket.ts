/** A UDP socket for scenario code: the calls that network programmers know. */
import {
  addressShown,
  anyAddressOf,
  type Duration,
  NEVER,
  SocketError,
  type SocketFamily,
  type UdpSocket,
} from '../stack/index.ts';
import { fromUtf8, type IpAddress, utf8 } from '../wire/index.ts';
import { checkPort, endOf, familyOf, parseAddress, type SocketAddress } from './socket-address.ts';
import type { SocketOwner } from './socket-owner.ts';

/** A datagram and its sender. */
export interface Datagram {
  readonly payload: Uint8Array;
  readonly text: string;
  readonly from: SocketAddress;
}

export class DatagramSocket {
  /** The stack's socket, for observers. */
  readonly stackSocket: UdpSocket;
  readonly #owner: SocketOwner;
  #waiters: (() => void)[] = [];
  #closed = false;
  #hasFamily: boolean;

  constructor(owner: SocketOwner, stackSocket: UdpSocket, family: SocketFamily | undefined) {
    this.#hasFamily = family !== undefined;
    this.#owner = owner;
    this.stackSocket = stackSocket;
    stackSocket.onReady = (): void => this.#wakeAll();
    owner.hold(this);
  }

  /** The local end (getsockname). */
  get local(): SocketAddress {
    const { family, localAddress, localPort } = this.stackSocket;
    return endOf(family, localAddress, localPort);
  }

  /** The peer (getpeername); nothing unless {@link connect} fixed one. */
  get remote(): SocketAddress | undefined {
    const { family, remoteAddress, remotePort } = this.stackSocket;
    return remotePort === 0 ? undefined : endOf(family, remoteAddress, remotePort);
  }

  /** The address as this socket takes it, which becomes one of its family if it has none yet. */
  #fit(address: IpAddress): IpAddress {
    const { stackSocket } = this;
    if (!this.#hasFamily) stackSocket.become(familyOf(address));
    this.#hasFamily = true;
    return addressShown(stackSocket.family, address); // as getaddrinfo(3) has it, AI_V4MAPPED
  }

  /** Takes a local port, and an address of the host's or any. @throws SocketError EADDRINUSE … */
  bind(port: number, address = ''): void {
    this.#mustBeOpen('bind');
    const { stackSocket } = this;
    const any = anyAddressOf(stackSocket.family);
    stackSocket.bind(address === '' ? any : this.#fit(parseAddress(address)), checkPort(port));
    this.#hasFamily = true;
  }

  /**
   * Lets it send to broadcast addresses, or ties it to an interface (socket(7)).
   *
   * @throws SocketError ENODEV
   */
  setsockopt(option: 'SO_BROADCAST', value: number): void;
  setsockopt(option: 'SO_BINDTODEVICE', value: string): void;
  setsockopt(option: 'SO_BROADCAST' | 'SO_BINDTODEVICE', value: number | string): void {
    this.#mustBeOpen(`setsockopt ${option}`);
    if (option === 'SO_BROADCAST') this.stackSocket.mayBroadcast = value !== 0;
    else this.stackSocket.bindToDevice(String(value));
  }

  /** Fixes the peer, so that errors about it are reported. */
  connect(to: SocketAddress): void {
    this.#mustBeOpen('connect');
    this.stackSocket.connect(this.#fit(parseAddress(to.address)), checkPort(to.port));
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
    const address = to === undefined ? remoteAddress : this.#fit(parseAddress(to.address));
    const port = to === undefined ? remotePort : checkPort(to.port);
    this.stackSocket.send(bytes, address, port, this.#owner.now);
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
        const { payload, address, port } = datagram;
        const from = endOf(this.stackSocket.family, address, port);
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
    this.stackSocket.close();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const waiter of this.#waiters.splice(0)) this.#owner.wake(waiter);
  }

  #mustBeOpen(call: string): void {
    if (this.#closed) throw new SocketError('EBADF', call);
  }
}
