/** A UDP socket for scenario code: the calls that network programmers know. */
import { type Duration, NEVER, SocketError, type UdpSocket } from '../stack/index.ts';
import { fromUtf8, printIp, utf8 } from '../wire/index.ts';
import { checkPort, parseAddress, type SocketAddress } from './socket-address.ts';
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

  constructor(owner: SocketOwner, stackSocket: UdpSocket) {
    this.#owner = owner;
    this.stackSocket = stackSocket;
    stackSocket.onReady = (): void => this.#wakeAll();
    owner.hold(this);
  }

  /** The local end (getsockname). */
  get local(): SocketAddress {
    const { localAddress, localPort } = this.stackSocket;
    return { address: printIp(localAddress), port: localPort };
  }

  /** The peer (getpeername); nothing unless {@link connect} fixed one. */
  get remote(): SocketAddress | undefined {
    const { remoteAddress, remotePort } = this.stackSocket;
    return remotePort === 0 ? undefined : { address: printIp(remoteAddress), port: remotePort };
  }

  /** Takes a local port, and an address of the host's or any. @throws SocketError EADDRINUSE … */
  bind(port: number, address = '0.0.0.0'): void {
    this.#mustBeOpen('bind');
    this.stackSocket.bind(parseAddress(address), checkPort(port));
  }

  /** Fixes the peer, so that errors about it are reported. */
  connect(to: SocketAddress): void {
    this.#mustBeOpen('connect');
    this.stackSocket.connect(parseAddress(to.address), checkPort(to.port));
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
    const address = to === undefined ? remoteAddress : parseAddress(to.address);
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
        return { payload, text: fromUtf8(payload), from: { address: printIp(address), port } };
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
