/**
 * A TCP socket as programs know it, non-blocking: a call that would have to wait says so, and
 * `onReady` is called when asking again may help. Errors are thrown with their errno codes.
 */
import { EMPTY, IPV4_ANY, type Ipv4Address } from '../../wire/index.ts';
import { BoundPorts, type PortHolder } from '../bound-ports.ts';
import { cause } from '../cause.ts';
import { type Errno, SocketError } from '../errno.ts';
import { findEphemeralPort } from '../ports.ts';
import type { Duration, Instant } from '../time.ts';
import { Listener } from './listener.ts';
import { effectiveSendMss, type OpenOptions } from './negotiate.ts';
import type { TcpState } from './states.ts';
import type { Tcb, TcpUser } from './tcb.ts';
import type { Tcp } from './tcp.ts';
import {
  abort,
  closeFully,
  isAtEnd,
  openActively,
  receive,
  receiveInto,
  send,
  sendRoom,
  shutdownSending,
} from './user.ts';

const LISTEN = cause('passive-open', 'passive open', 'RFC 9293 §3.10.1');
const STOP_LISTENING = cause('stop-listening', 'the application closed', 'RFC 9293 §3.10.4');

/** Options of a socket, by the names that programs use. Sizes are in octets; flags 0 or 1. */
export const SOCKET_OPTIONS = [
  'SO_REUSEADDR',
  'SO_RCVBUF',
  'SO_SNDBUF',
  'TCP_NODELAY',
  'TCP_MAXSEG',
] as const;

/** The most that an `int` holds, in which options are given. */
const INT_MAXIMUM = 0x7fff_ffff;
const MAXSEG_LEAST = 88; // Linux TCP_MIN_MSS
const MAXSEG_MOST = 32_767; // Linux MAX_TCP_WINDOW

export type SocketOption = (typeof SOCKET_OPTIONS)[number];

/** SO_LINGER: what `close` does with data that is not delivered yet. */
export interface Linger {
  /** Off: `close` returns at once and delivery goes on behind. */
  readonly on: boolean;
  /** On with zero: abort, by RST. On with more: `close` waits so long for delivery. */
  readonly time: Duration;
}

/** Which sides of a connection `shutdown` ends. */
export type ShutdownHow = 'read' | 'write' | 'both';

/** All sockets of a host, so that ports bound by any of them are seen. */
export class TcpSocketTable {
  readonly tcp: Tcp;
  readonly ports: BoundPorts<TcpSocket> = new BoundPorts();

  constructor(tcp: Tcp) {
    this.tcp = tcp;
  }

  /** A new, unbound socket. */
  open(): TcpSocket {
    return new TcpSocket(this);
  }

  /** Every bound socket, by port in the order bound. */
  sockets(): IterableIterator<TcpSocket> {
    return this.ports.all();
  }
}

export class TcpSocket implements TcpUser, PortHolder {
  localAddress: Ipv4Address = IPV4_ANY;
  localPort = 0;
  linger: Linger = NO_LINGER;
  /** Called when a call that would have waited may now get on. */
  onReady: (() => void) | undefined = undefined;
  readonly #table: TcpSocketTable;
  #options: Record<SocketOption, number> = NO_OPTIONS;
  #tcb: Tcb | undefined = undefined;
  #listener: Listener | undefined = undefined;
  /** Whether a connection was ever asked for: a socket connects once. */
  #connecting = false;
  #readShut = false;
  #writeShut = false;
  #hasReadEnd = false;
  #closed = false;
  /** Whether it bound its port; an accepted socket shares its listener's. */
  #holdsPort = false;

  constructor(table: TcpSocketTable) {
    this.#table = table;
  }

  /** The connection, for observers. */
  get tcb(): Tcb | undefined {
    return this.#tcb;
  }

  get listener(): Listener | undefined {
    return this.#listener;
  }

  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  get reuseAddress(): boolean {
    return this.#options.SO_REUSEADDR !== 0;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get state(): TcpState {
    if (this.#listener !== undefined) return 'LISTEN';
    return this.#tcb?.state ?? 'CLOSED';
  }

  /**
   * Sets an option. A buffer of 0 octets is one of 1, and TCP_MAXSEG 0 takes the bound away.
   *
   * @throws SocketError EINVAL for what is no whole number of 0 to 2³¹ − 1, and for a TCP_MAXSEG
   * outside of 88–32,767, as on Linux.
   */
  setOption(option: SocketOption, value: number): void {
    this.#mustBeOpen(`setsockopt ${option}`);
    const isBuffer = option === 'SO_RCVBUF' || option === 'SO_SNDBUF';
    const taken = isBuffer ? Math.max(1, value) : value;
    const isNumber = Number.isInteger(value) && value >= 0 && value <= INT_MAXIMUM;
    const isSegment = value === 0 || (value >= MAXSEG_LEAST && value <= MAXSEG_MOST);
    if (!isNumber || (option === 'TCP_MAXSEG' && !isSegment)) {
      throw new SocketError('EINVAL', `setsockopt ${option}`);
    }
    this.#options = { ...this.#options, [option]: taken };
    const tcb = this.#tcb;
    if (tcb === undefined) return;
    if (option === 'TCP_NODELAY') tcb.noDelay = taken !== 0;
    if (option === 'SO_REUSEADDR') tcb.reuseAddress = taken !== 0;
    if (option === 'SO_SNDBUF') tcb.sendSpace = taken;
    if (option === 'SO_RCVBUF') tcb.rcv.space = taken;
  }

  getOption(option: SocketOption): number {
    this.#mustBeOpen(`getsockopt ${option}`);
    const tcb = this.#tcb;
    if (option === 'SO_RCVBUF' && tcb !== undefined) return tcb.rcv.space;
    if (option === 'SO_SNDBUF' && tcb !== undefined) return tcb.sendSpace;
    if (option === 'TCP_MAXSEG' && tcb !== undefined) return effectiveSendMss(tcb); // mss_cache
    return this.#options[option];
  }

  /** Takes a local address and port; port 0 takes an ephemeral one. */
  bind(address: Ipv4Address, port: number): void {
    this.#mustBeOpen('bind');
    const { tcp } = this.#table;
    if (this.localPort !== 0) throw new SocketError('EINVAL', 'bind');
    if (address !== IPV4_ANY && !tcp.ip.isLocal(address)) {
      throw new SocketError('EADDRNOTAVAIL', 'bind');
    }
    const isFree = (candidate: number): boolean => this.#isFree(address, candidate);
    const range = tcp.host.ephemeralPorts;
    const chosen = port === 0 ? findEphemeralPort(tcp.choices, range, 'odd', isFree) : port;
    if (chosen === undefined || !isFree(chosen)) throw new SocketError('EADDRINUSE', 'bind');
    this.#take(address, chosen);
  }

  /** A port may also be kept by a connection whose socket is gone, such as one in TIME-WAIT. */
  #isFree(address: Ipv4Address, port: number): boolean {
    const { ports, tcp } = this.#table;
    const reuse = this.reuseAddress;
    if (!ports.isFree(port, address, reuse)) return false;
    return tcp.connectionsOnPort(port) === 0 || (reuse && tcp.allowsReuse(port));
  }

  #take(address: Ipv4Address, port: number): void {
    this.localAddress = address;
    this.localPort = port;
    this.#holdsPort = true;
    this.#table.ports.take(this);
  }

  /** Passive OPEN; `backlog` + 1 connections may wait for `accept`. */
  listen(backlog: number, now: Instant): void {
    this.#mustBeOpen('listen');
    if (this.#connecting || this.#listener !== undefined) throw new SocketError('EINVAL', 'listen');
    if (this.localPort === 0) this.bind(IPV4_ANY, 0);
    const { tcp } = this.#table;
    const { localAddress, localPort } = this;
    const isTaken = this.#table.ports
      .on(localPort)
      .some((other) => other.isListening && other.localAddress === localAddress);
    if (isTaken) throw new SocketError('EADDRINUSE', 'listen');
    const listener = new Listener(this.localAddress, this.localPort, backlog, this.#openOptions());
    listener.onReady = (): void => this.onReady?.();
    this.#listener = listener;
    tcp.addListener(listener);
    tcp.trace?.stateEntered(
      { ...NO_PEER, localAddress: this.localAddress, localPort: this.localPort },
      'CLOSED',
      'LISTEN',
      LISTEN,
      now,
    );
  }

  /** The next connection that waits, or nothing. */
  accept(): TcpSocket | undefined {
    this.#mustBeOpen('accept');
    if (this.#listener === undefined) throw new SocketError('EINVAL', 'accept');
    const tcb = this.#listener.shift();
    if (tcb === undefined) return undefined;
    const socket = new TcpSocket(this.#table);
    socket.#options = this.#options;
    socket.linger = this.linger;
    socket.#connecting = true;
    socket.#own(tcb);
    socket.localPort = tcb.localPort;
    return socket;
  }

  /** Active OPEN: sends the SYN. Ask {@link connected} how it went. */
  connect(address: Ipv4Address, port: number, now: Instant): void {
    this.#mustBeOpen('connect');
    if (this.#listener !== undefined) throw new SocketError('EOPNOTSUPP', 'connect');
    if (this.#connecting) {
      throw new SocketError(this.state === 'SYN-SENT' ? 'EALREADY' : 'EISCONN', 'connect');
    }
    const { tcp } = this.#table;
    if (tcp.ip.isBroadcastOrMulticast(address)) {
      throw new SocketError('ENETUNREACH', 'connect'); // MUST-46
    }
    const route = tcp.ip.routes.lookUp(address);
    if (route === undefined) throw new SocketError('ENETUNREACH', 'connect');
    // MUST-44
    const localAddress = this.localAddress === IPV4_ANY ? route.source : this.localAddress;
    const tuple = {
      localAddress,
      localPort: this.localPort,
      remoteAddress: address,
      remotePort: port,
    };
    if (this.localPort === 0) {
      const isFree = (candidate: number): boolean =>
        this.#table.ports.on(candidate).length === 0 &&
        tcp.find({ ...tuple, localPort: candidate }) === undefined;
      const chosen = findEphemeralPort(tcp.choices, tcp.host.ephemeralPorts, 'even', isFree);
      if (chosen === undefined) throw new SocketError('EADDRNOTAVAIL', 'connect');
      tuple.localPort = chosen;
      this.#take(localAddress, chosen);
    } else {
      if (tcp.find(tuple) !== undefined) throw new SocketError('EADDRNOTAVAIL', 'connect');
      this.localAddress = localAddress;
    }
    this.#connecting = true;
    const tcb = tcp.makeConnection(tuple, route, 'CLOSED');
    this.#own(tcb);
    openActively(tcb, this.#openOptions(), now);
  }

  #own(tcb: Tcb): void {
    this.#tcb = tcb;
    tcb.user = this;
    this.localAddress = tcb.localAddress;
  }

  #openOptions(): OpenOptions {
    return {
      receiveSpace: this.#options.SO_RCVBUF,
      sendSpace: this.#options.SO_SNDBUF,
      maximumSegment: this.#options.TCP_MAXSEG,
      noDelay: this.#options.TCP_NODELAY !== 0,
      reuseAddress: this.reuseAddress,
    };
  }

  /** Whether `connect` has succeeded; false while it goes on. @throws SocketError when it failed */
  connected(): boolean {
    const tcb = this.#mustHaveConnection('connect');
    this.#throwError('connect');
    if (tcb.state === 'CLOSED') throw new SocketError('ECONNABORTED', 'connect');
    return !this.#isOpening;
  }

  /** Octets that `send` would take now. */
  get room(): number {
    return this.#tcb === undefined || this.#isOpening ? 0 : sendRoom(this.#tcb);
  }

  /** Whether `send` would not wait: there is room, or something to say against it. */
  get isWritable(): boolean {
    const tcb = this.#tcb;
    if (tcb === undefined) return false;
    if (this.#writeShut || tcb.finQueued || tcb.state === 'CLOSED') return true;
    return this.room > 0;
  }

  get #isOpening(): boolean {
    return this.state === 'SYN-SENT' || this.state === 'SYN-RECEIVED';
  }

  /** Whether `recv` would not wait: octets, end of stream or an error are there. */
  get isReadable(): boolean {
    const tcb = this.#tcb;
    if (this.#listener !== undefined) return this.#listener.waiting > 0;
    if (tcb === undefined) return false;
    return tcb.receiveBuffer.readable > 0 || isAtEnd(tcb) || this.#readShut;
  }

  /** Sends `bytes` from `from` on; returns how many were taken, 0 when there is no room. */
  send(bytes: Uint8Array, now: Instant, from = 0): number {
    const tcb = this.#mustHaveConnection('send');
    this.#throwError('send');
    if (this.#writeShut || tcb.finQueued || tcb.state === 'CLOSED') {
      throw new SocketError('EPIPE', 'send');
    }
    if (this.#isOpening) return 0;
    return send(tcb, bytes, from, now);
  }

  /** Up to `limit` octets; an empty array at the end of the stream; nothing when it would wait. */
  recv(limit: number, now: Instant): Uint8Array | undefined {
    const tcb = this.#mustHaveConnection('recv');
    if (tcb.receiveBuffer.readable > 0) return receive(tcb, limit, now);
    if (tcb.error !== undefined && tcb.error !== 'EPIPE') this.#throwError('recv');
    if (!isAtEnd(tcb) && !this.#readShut) return undefined;
    this.#hasReadEnd = true;
    return EMPTY;
  }

  /**
   * As {@link recv}, into the caller's memory: how many octets, 0 at the end, −1 when it would
   * wait.
   */
  recvInto(target: Uint8Array, now: Instant): number {
    const tcb = this.#mustHaveConnection('recv');
    if (tcb.receiveBuffer.readable > 0) return receiveInto(tcb, target, now);
    if (tcb.error !== undefined && tcb.error !== 'EPIPE') this.#throwError('recv');
    if (!isAtEnd(tcb) && !this.#readShut) return -1;
    this.#hasReadEnd = true;
    return 0;
  }

  /** Whether the application was told of the end of the stream, for observers. */
  get hasReadEnd(): boolean {
    return this.#hasReadEnd;
  }

  /** Ends one side or both, keeping the socket (half-close, RFC 9293 §3.6). */
  shutdown(how: ShutdownHow, now: Instant): void {
    const tcb = this.#mustHaveConnection('shutdown');
    if (tcb.state === 'CLOSED') throw new SocketError('ENOTCONN', 'shutdown');
    if (tcb.state === 'SYN-SENT') {
      abort(tcb, now); // RFC 9293 §3.10.4: nothing is open yet that could be half-closed
      return;
    }
    if (how !== 'write') this.#readShut = true;
    if (how !== 'read') {
      this.#writeShut = true;
      shutdownSending(tcb, now);
    }
    this.onReady?.();
  }

  /** Whether everything sent has been acknowledged, our FIN included. */
  get isDelivered(): boolean {
    const tcb = this.#tcb;
    if (tcb === undefined || tcb.state === 'CLOSED') return true;
    return tcb.sendBuffer.length === 0 && tcb.finSent && tcb.snd.una === tcb.snd.nxt;
  }

  /** Gives the socket up; what was sent is still delivered, unless SO_LINGER says otherwise. */
  close(now: Instant): void {
    if (this.#closed) return;
    this.#closed = true;
    // A socket that was given up is told nothing, unless its close waits for delivery. What its
    // program kept for it may go, though the connection stays for a while.
    if (!this.linger.on) this.onReady = undefined;
    if (this.#holdsPort) this.#table.ports.release(this);
    if (this.#listener !== undefined) this.#stopListening(this.#listener, now);
    const tcb = this.#tcb;
    if (tcb === undefined) return;
    if (this.linger.on && this.linger.time === 0) abort(tcb, now);
    else closeFully(tcb, now);
  }

  #stopListening(listener: Listener, now: Instant): void {
    const { tcp } = this.#table;
    tcp.removeListener(listener);
    for (const tcb of listener.opening) abort(tcb, now);
    for (let tcb = listener.shift(); tcb !== undefined; tcb = listener.shift()) abort(tcb, now);
    tcp.trace?.stateEntered(
      { ...NO_PEER, localAddress: this.localAddress, localPort: this.localPort },
      'LISTEN',
      'CLOSED',
      STOP_LISTENING,
      now,
    );
  }

  changed(): void {
    this.onReady?.();
  }

  /** SO_ERROR: why the connection failed, once. */
  takeError(): Errno | undefined {
    const error = this.#tcb?.error;
    if (this.#tcb !== undefined) this.#tcb.error = undefined;
    return error;
  }

  #throwError(call: string): void {
    const error = this.takeError();
    if (error !== undefined) throw new SocketError(error, call);
  }

  #mustBeOpen(call: string): void {
    if (this.#closed) throw new SocketError('EBADF', call);
  }

  #mustHaveConnection(call: string): Tcb {
    this.#mustBeOpen(call);
    if (this.#tcb === undefined) throw new SocketError('ENOTCONN', call);
    return this.#tcb;
  }
}

const NO_OPTIONS: Record<SocketOption, number> = {
  SO_REUSEADDR: 0,
  SO_RCVBUF: 0,
  SO_SNDBUF: 0,
  TCP_NODELAY: 0,
  TCP_MAXSEG: 0,
};

const NO_LINGER: Linger = { on: false, time: 0 };

const NO_PEER = { remoteAddress: IPV4_ANY, remotePort: 0 };
