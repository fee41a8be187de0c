/**
 * A TCP socket for scenario code: the calls that network programmers know, `await` where a program
 * would wait. Errors are `SocketError`s with errno codes.
 */
import {
  addressShown,
  anyAddressOf,
  type Linger,
  type ShutdownHow,
  SocketError,
  type SocketFamily,
  type SocketOption,
  type TcpSocket,
  type TcpState,
  seconds,
} from '../../stack/index.ts';
import { concat, fromUtf8, type IpAddress, utf8 } from '../../wire/index.ts';
import {
  checkPort,
  endOf,
  familyOf,
  isHostName,
  parseAddress,
  type SocketAddress,
} from './socket-address.ts';
import type { SocketOwner } from './socket-owner.ts';

/** Somebody who waits for a socket to become ready. */
interface Waiter {
  readonly isReady: () => boolean;
  readonly resolve: () => void;
}

const RECEIVE_DEFAULT = 65_536;

/** A TCP socket, made by `process.socket('stream')`. Calls reject with a `SocketError`. */
export class StreamSocket {
  /** The stack's socket, for observers. */
  readonly stackSocket: TcpSocket;
  readonly #owner: SocketOwner;
  #waiters: Waiter[] = [];
  #isClosed = false;
  #hasFamily: boolean;

  constructor(owner: SocketOwner, stackSocket: TcpSocket, family?: SocketFamily) {
    this.#owner = owner;
    this.stackSocket = stackSocket;
    this.#hasFamily = family !== undefined || stackSocket.tcb !== undefined;
    stackSocket.onReady = (): void => this.#wakeReady();
    owner.hold(this);
  }

  /** The connection's state, for people. */
  get state(): TcpState {
    return this.stackSocket.state;
  }

  /** The local end (getsockname). */
  get local(): SocketAddress {
    const { family, localAddress, localPort, link } = this.stackSocket;
    return endOf(family, localAddress, localPort, link?.interface.name);
  }

  /** The remote end (getpeername); nothing before there is one. */
  get remote(): SocketAddress | undefined {
    const { family, tcb } = this.stackSocket;
    return tcb && endOf(family, tcb.remoteAddress, tcb.remotePort, tcb.link?.interface.name);
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
    const { stackSocket } = this;
    const any = anyAddressOf(stackSocket.family);
    const { address: named, zone } = parseAddress(address);
    const wanted = address === '' ? any : this.#fit(named);
    this.#owner.mayBind(port);
    stackSocket.bind(wanted, checkPort(port), this.#owner.linkOf(zone));
    this.#hasFamily = true;
  }

  /** Waits for connections: `backlog` of them may wait to be accepted. */
  listen(backlog = 128): void {
    this.stackSocket.listen(backlog, this.#owner.now);
  }

  /** The next connection. @throws SocketError EINVAL when the socket does not listen */
  async accept(): Promise<StreamSocket> {
    for (;;) {
      const accepted = this.stackSocket.accept();
      if (accepted !== undefined) return new StreamSocket(this.#owner, accepted);
      await this.#untilOpen('accept', () => this.stackSocket.isReadable);
    }
  }

  /**
   * Opens a connection: to an address, or to a name where the host has a resolver.
   *
   * @throws SocketError ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH …; NameError
   */
  async connect(to: SocketAddress): Promise<void> {
    const { stackSocket } = this;
    const port = checkPort(to.port);
    const { address, zone } = isHostName(to.address)
      ? { address: (await this.#owner.resolve(to.address))[0]!, zone: undefined }
      : parseAddress(to.address);
    stackSocket.connect(this.#fit(address), port, this.#owner.now, this.#owner.linkOf(zone));
    await this.#untilOpen(
      'connect',
      () => stackSocket.state !== 'SYN-SENT' && stackSocket.state !== 'SYN-RECEIVED',
    );
    stackSocket.connected();
  }

  /**
   * Sends all of `data` (text as UTF-8), waiting for room in the send buffer as often as needed.
   * With MSG_MORE a last short segment waits for what the program is to send next.
   *
   * @throws SocketError EPIPE, ECONNRESET, ETIMEDOUT, ENOTCONN
   */
  async send(data: Uint8Array | string, flag?: 'MSG_MORE'): Promise<void> {
    const bytes = typeof data === 'string' ? utf8(data) : data;
    const more = flag === 'MSG_MORE';
    if (this.stackSocket.isLocked) await this.#untilFree('send');
    let sent = this.stackSocket.send(bytes, this.#owner.now, 0, more);
    if (this.#owner.callTime > 0) await this.#haveSocket('send');
    while (sent < bytes.length) {
      await this.#untilOpen(
        'send',
        () => this.stackSocket.isWritable && !this.stackSocket.isLocked,
      );
      sent += this.stackSocket.send(bytes, this.#owner.now, sent, more);
      if (this.#owner.callTime > 0) await this.#haveSocket('send');
    }
  }

  /**
   * Up to `limit` octets, as soon as there is one; an empty array when the peer has closed.
   *
   * @throws SocketError ECONNRESET, ETIMEDOUT, ENOTCONN; EINVAL for a limit that lets nothing in
   */
  async recv(limit: number = RECEIVE_DEFAULT): Promise<Uint8Array> {
    if (!Number.isInteger(limit) || limit < 1) throw new SocketError('EINVAL', 'recv');
    for (;;) {
      if (this.stackSocket.isLocked) await this.#untilFree('recv');
      const bytes = this.stackSocket.recv(limit, this.#owner.now);
      if (bytes !== undefined) {
        if (this.#owner.callTime > 0) await this.#haveSocket('recv');
        return bytes;
      }
      await this.#untilOpen('recv', () => this.stackSocket.isReadable);
    }
  }

  /** {@link recv} as UTF-8 text; empty when the peer has closed. */
  async recvText(limit: number = RECEIVE_DEFAULT): Promise<string> {
    return fromUtf8(await this.recv(limit));
  }

  /** Everything until the peer closes. */
  async recvAll(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = await this.recv();
      if (part.length === 0) return concat(...parts);
      parts.push(part);
    }
  }

  /** Ends one side: after `shutdown('write')` the peer reads the end of the stream. */
  shutdown(how: ShutdownHow): void {
    this.stackSocket.shutdown(how, this.#owner.now);
  }

  /** Waits until the connection is over: ended from both sides, or broken (POLLHUP). */
  async hungUp(): Promise<void> {
    await this.#until('poll', () => this.#isClosed || this.stackSocket.state === 'CLOSED');
  }

  /**
   * Gives the socket up. The FIN (or RST) goes out in the call; with SO_LINGER and a time the
   * promise waits until the peer has acknowledged everything or the time is over. Whoever waits in
   * another call is sent away with EBADF. Closing again does nothing.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#owner.forget(this);
    this.stackSocket.close(this.#owner.now);
    this.#wakeReady();
    const { linger } = this.stackSocket;
    if (linger.on && linger.time > 0) await this.#lingerFor(linger.time);
  }

  async #lingerFor(time: number): Promise<void> {
    if (this.stackSocket.isDelivered) return;
    const over = this.#owner.now + time;
    this.#owner.wakeAt(over, () => this.#wakeReady());
    await this.#until('close', () => this.stackSocket.isDelivered || this.#owner.now >= over);
  }

  /**
   * Sets an option: octets for sizes, 0 or 1 for switches, a {@link LingerOption} for SO_LINGER.
   */
  setsockopt(option: 'SO_LINGER', value: LingerOption): void;
  setsockopt(option: SocketOption, value: number): void;
  setsockopt(option: SocketOption | 'SO_LINGER', value: number | LingerOption): void {
    if (option === 'SO_LINGER') {
      if (this.#isClosed) throw new SocketError('EBADF', 'setsockopt SO_LINGER');
      this.stackSocket.linger = lingerOf(value as LingerOption);
    } else {
      this.stackSocket.setOption(option, value as number, this.#owner.now);
    }
  }

  /** An option's value. */
  getsockopt(option: SocketOption): number {
    return this.stackSocket.getOption(option);
  }

  /** The call has done its work and goes on for a while: what arrives meanwhile waits. */
  async #haveSocket(call: string): Promise<void> {
    const { stackSocket } = this;
    stackSocket.lock();
    const over = this.#owner.now + this.#owner.callTime;
    this.#owner.wakeAt(over, () => {
      stackSocket.release(over);
      this.#wakeReady();
    });
    await this.#until(call, () => this.#owner.now >= over);
  }

  /** Waits until another's call is over. @throws SocketError EBADF when the socket is closed */
  async #untilFree(call: string): Promise<void> {
    await this.#untilOpen(call, () => !this.stackSocket.isLocked);
  }

  /** Waits in a call until `isReady`. @throws SocketError EBADF when the socket is closed */
  async #untilOpen(call: string, isReady: () => boolean): Promise<void> {
    await this.#until(call, () => this.#isClosed || isReady());
    if (this.#isClosed) throw new SocketError('EBADF', call);
  }

  async #until(what: string, isReady: () => boolean): Promise<void> {
    while (!isReady()) {
      await this.#owner.wait(what, (resolve) => {
        this.#waiters.push({ isReady, resolve });
      });
    }
  }

  #wakeReady(): void {
    if (this.#waiters.length === 0) return;
    const still: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (waiter.isReady()) this.#owner.wake(waiter.resolve);
      else still.push(waiter);
    }
    this.#waiters = still;
  }
}

/** SO_LINGER as programs set it: `struct linger`. */
export interface LingerOption {
  readonly on: boolean;
  readonly seconds: number;
}

function lingerOf({ on, seconds: time }: LingerOption): Linger {
  if (!(time >= 0 && time < Number.POSITIVE_INFINITY)) {
    throw new SocketError('EINVAL', 'setsockopt SO_LINGER');
  }
  return { on, time: seconds(time) };
}
