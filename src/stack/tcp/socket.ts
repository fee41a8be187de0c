/**
 * A TCP socket as programs know it, non-blocking: a call that would have to wait says so, and
 * `onReady` is called when asking again may help. Errors are thrown with their errno codes. What a
 * call may do in which state follows Linux (af_inet.c, tcp.c); message flags and control messages
 * are the business of `socket-file.ts`.
 */
import { EMPTY, IPV4_ANY, type Ipv4Address } from '../../wire/index.ts';
import type { PortHolder } from '../bound-ports.ts';
import { type Errno, SocketError } from '../errno.ts';
import { icmpEntry } from '../error-queue.ts';
import type { IcmpErrorReport } from '../icmp.ts';
import { POLL } from '../posix/constants.ts';
import type { SocketAddress, UserMemory } from '../posix/system-call.ts';
import type { Instant } from '../time.ts';
import { openOptions } from './connection-options.ts';
import { defersSyn } from './fast-open-client.ts';
import { isHalfOpen } from './half-open.ts';
import { Listener } from './listener.ts';
import { SendMarks } from './send-marks.ts';
import { sendRoom } from './send-memory.ts';
import { send } from './send.ts';
import { startListening, stopListening, tuneFastOpen } from './socket-listen.ts';
import { getIntOption, setIntOption, type SocketOption } from './socket-options.ts';
import { READABLE, tellWaiting } from './socket-poll.ts';
import { SocketBase } from './socket-base.ts';
import type { TcpSocketTable } from './socket-table.ts';
import type { TcpState } from './states.ts';
import type { Tcb, TcpUser } from './tcb.ts';
import {
  abort,
  closeFully,
  isAtEnd,
  openActively,
  openFast,
  prepareToOpen,
  receive,
  receiveInto,
  shutdownSending,
} from './user.ts';

/** Which sides of a connection `shutdown` ends. */
export type ShutdownHow = 'read' | 'write' | 'both';

/** How far a socket is on its way to a peer (Linux SS_UNCONNECTED, SS_CONNECTING, SS_CONNECTED). */
type Stage = 'unconnected' | 'connecting' | 'connected';

export class TcpSocket extends SocketBase implements TcpUser, PortHolder {
  localAddress: Ipv4Address = IPV4_ANY;
  localPort = 0;
  readonly #table: TcpSocketTable;
  #tcb: Tcb | undefined = undefined;
  #listener: Listener | undefined = undefined;
  #stage: Stage = 'unconnected';
  /** sk_err, where no connection keeps it. */
  #error: Errno | undefined = undefined;
  #readShut = false;
  #writeShut = false;
  #hasReadEnd = false;
  #closed = false;
  /** Whether it holds its port; an accepted socket shares its listener's. */
  #holdsPort = false;
  /** Whether the program chose address and port, which then outlive a connection. */
  #isBound = false;

  constructor(table: TcpSocketTable) {
    super();
    this.#table = table;
  }

  get table(): TcpSocketTable {
    return this.#table;
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
    return this.options.get('SO_REUSEADDR') !== 0;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get state(): TcpState {
    if (this.#listener !== undefined) return 'LISTEN';
    return this.#tcb?.state ?? 'CLOSED';
  }

  /** Whether nothing more can be read than has come: shut here, by the peer, or at the end. */
  get isReadShut(): boolean {
    const tcb = this.#tcb;
    return this.#readShut || (tcb !== undefined && (tcb.finReceived || tcb.state === 'CLOSED'));
  }

  get isWriteShut(): boolean {
    const tcb = this.#tcb;
    return this.#writeShut || (tcb !== undefined && (tcb.finQueued || tcb.state === 'CLOSED'));
  }

  /** Sets an option that holds a number. @throws SocketError */
  setOption(option: SocketOption, value: number, now: Instant): void {
    this.mustBeOpen(`setsockopt ${option}`);
    setIntOption(this, option, value, now);
  }

  getOption(option: SocketOption): number {
    this.mustBeOpen(`getsockopt ${option}`);
    return getIntOption(this, option);
  }

  /** Takes a local address and port; port 0 takes an ephemeral one. */
  bind(address: Ipv4Address, port: number): void {
    this.mustBeOpen('bind');
    if (this.localPort !== 0 || this.#tcb !== undefined) throw new SocketError('EINVAL', 'bind');
    this.#take(address, this.#table.portToBind(this, address, port));
    this.#isBound = true;
  }

  #take(address: Ipv4Address, port: number): void {
    this.localAddress = address;
    this.localPort = port;
    this.#holdsPort = true;
    this.#table.ports.take(this);
  }

  #releasePort(): void {
    if (this.#holdsPort) this.#table.ports.release(this);
    this.#holdsPort = false;
  }

  /**
   * Passive OPEN; `backlog` + 1 connections may wait for `accept`, and a negative one asks for as
   * many as the host allows. Again it changes the backlog.
   */
  listen(backlog: number, now: Instant): void {
    this.mustBeOpen('listen');
    const most = this.#table.tcp.host.sockets.backlogMaximum;
    const limit = backlog < 0 ? most : Math.min(backlog, most);
    if (this.#listener !== undefined) {
      this.#listener.backlog = limit;
      return;
    }
    if (this.#stage !== 'unconnected') throw new SocketError('EINVAL', 'listen');
    if (this.localPort === 0) this.bind(IPV4_ANY, 0);
    const { tcp } = this.#table;
    const { localAddress, localPort } = this;
    const isTaken = this.#table.ports
      .on(localPort)
      .some((other) => other.isListening && other.localAddress === localAddress);
    if (isTaken) throw new SocketError('EADDRINUSE', 'listen');
    const listener = new Listener(localAddress, localPort, limit, () =>
      openOptions(this.settings, tcp.host),
    );
    listener.onReady = (): void => {
      this.onReady?.();
      this.wake(READABLE);
    };
    this.#listener = listener;
    tuneFastOpen(this, listener);
    startListening(tcp, listener, now);
  }

  /** The next connection that waits, or nothing. */
  accept(): TcpSocket | undefined {
    this.mustBeOpen('accept');
    if (this.#listener === undefined) throw new SocketError('EINVAL', 'accept');
    const tcb = this.#listener.shift();
    if (tcb === undefined) return undefined;
    const socket = new TcpSocket(this.#table);
    socket.takeSettings(this);
    socket.#stage = 'connected';
    socket.#own(tcb);
    socket.localPort = tcb.localPort;
    return socket;
  }

  /**
   * Active OPEN: sends the SYN, unless it is to carry what is written first (TCP_FASTOPEN_CONNECT).
   * Ask {@link connected} how it went.
   */
  connect(address: Ipv4Address, port: number, now: Instant): void {
    const tcb = this.#beginConnecting(address, port);
    if (tcb === undefined) return;
    const options = openOptions(this.settings, tcb.services.host);
    if (this.options.get('TCP_FASTOPEN_CONNECT') === 0) {
      openActively(tcb, options, now);
      return;
    }
    prepareToOpen(tcb, options, now);
    if (!defersSyn(tcb, options.fastOpenWithoutCookie, now)) openFast(tcb, [], options, now);
  }

  /** Active OPEN by a SYN with data (MSG_FASTOPEN): returns how many octets of `memory` it took. */
  connectFast(
    { address, port }: SocketAddress,
    memory: readonly UserMemory[],
    now: Instant,
  ): number {
    const tcb = this.#beginConnecting(address, port);
    if (tcb === undefined) return 0;
    const options = openOptions(this.settings, tcb.services.host);
    prepareToOpen(tcb, options, now);
    return openFast(tcb, memory, options, now);
  }

  /** Whether `connect` has left the SYN to the first write. */
  get isDeferred(): boolean {
    return this.#tcb?.fastOpen?.isDeferred === true && this.#tcb.state === 'SYN-SENT';
  }

  /** Sends the SYN that `connect` has left: returns how many octets of `memory` it took. */
  sendDeferredSyn(memory: readonly UserMemory[], now: Instant): number {
    const tcb = this.mustHaveConnection('send');
    return openFast(tcb, memory, openOptions(this.settings, tcb.services.host), now);
  }

  /** The connection to be, in CLOSED; nothing where the call only tells how an earlier ended. */
  #beginConnecting(address: Ipv4Address, port: number): Tcb | undefined {
    this.mustBeOpen('connect');
    if (this.#stage === 'connecting') {
      if (this.isOpening) throw new SocketError('EALREADY', 'connect');
      this.connected(); // its end was not told of yet: this call tells of it
      return undefined;
    }
    if (this.#stage === 'connected' || this.#listener !== undefined) {
      throw new SocketError('EISCONN', 'connect');
    }
    const { tcp } = this.#table;
    const route = tcp.ip.routes.lookUp(address);
    // MUST-46
    if (route === undefined || tcp.ip.isBroadcastOrMulticast(address)) {
      throw new SocketError('ENETUNREACH', 'connect');
    }
    const numbers = this.#table.numbersToConnect(this, address, port, route);
    if (this.localPort === 0) this.#take(numbers.localAddress, numbers.localPort);
    this.localAddress = numbers.localAddress;
    this.#error = undefined;
    this.#readShut = false;
    this.#writeShut = false;
    this.#hasReadEnd = false;
    this.#stage = 'connecting';
    const tcb = tcp.makeConnection(numbers, route, 'CLOSED');
    this.#own(tcb);
    return tcb;
  }

  #own(tcb: Tcb): void {
    this.#tcb = tcb;
    tcb.user = this;
    tcb.news = 0; // who opens the socket looks for itself
    this.localAddress = tcb.localAddress;
  }

  /** Whether the handshake that `connect` began goes on. */
  get isOpening(): boolean {
    const { state } = this;
    if (state === 'SYN-SENT') return true;
    return state === 'SYN-RECEIVED' && !(this.#tcb !== undefined && isHalfOpen(this.#tcb));
  }

  /** Whether `connect` has begun a handshake of whose end nobody was told yet. */
  get isConnecting(): boolean {
    return this.#stage === 'connecting';
  }

  /**
   * Whether `connect` has succeeded; false while it goes on.
   *
   * @throws SocketError when it failed; the socket may then try again
   */
  connected(): boolean {
    this.mustBeOpen('connect');
    if (this.#tcb === undefined) this.throwError('connect'); // another call has dissolved it
    const tcb = this.mustHaveConnection('connect');
    if (this.#stage === 'connected') {
      this.throwError('connect');
      if (tcb.state === 'CLOSED') throw new SocketError('ECONNABORTED', 'connect');
      return true;
    }
    if (this.isOpening) return false;
    if (tcb.state !== 'CLOSED') {
      this.#stage = 'connected';
      return true;
    }
    const error = this.takeError() ?? 'ECONNABORTED';
    this.#letGo();
    throw new SocketError(error, 'connect');
  }

  /** Dissolves the connection, or stops listening: `connect` to AF_UNSPEC. */
  disconnect(now: Instant): void {
    this.mustBeOpen('connect');
    const tcb = this.#tcb;
    if (this.#listener !== undefined) this.#stopListening(now);
    if (tcb !== undefined && tcb.state !== 'CLOSED') {
      tcb.user = undefined;
      // Linux tcp_disconnect(): whoever waits in another call learns of it.
      if (tcb.state !== 'TIME-WAIT') this.#error = 'ECONNRESET';
      abort(tcb, now);
    }
    this.#letGo();
    this.#writeShut = false;
    this.#readShut = false;
    this.onReady?.();
    this.wake(0);
  }

  /** The socket is as new, but for what the program bound and set. */
  #letGo(): void {
    if (this.#tcb !== undefined) this.#tcb.user = undefined;
    this.#tcb = undefined;
    this.#stage = 'unconnected';
    if (this.#isBound) return;
    this.#releasePort();
    this.localAddress = IPV4_ANY;
    this.localPort = 0;
  }

  /** Octets that `send` would take now. */
  get room(): number {
    return this.#tcb === undefined || this.isOpening ? 0 : sendRoom(this.#tcb);
  }

  /** Whether `send` would not wait: there is room, or something to say against it. */
  get isWritable(): boolean {
    return this.#tcb === undefined || this.isWriteShut || this.room > 0;
  }

  /** Whether `recv` would not wait: octets, end of stream or an error are there. */
  get isReadable(): boolean {
    const tcb = this.#tcb;
    if (this.#listener !== undefined) return this.#listener.waiting > 0;
    if (tcb === undefined) return true;
    return tcb.receiveBuffer.available > 0 || isAtEnd(tcb) || this.#readShut;
  }

  /** Sends `bytes` from `from` on; returns how many were taken, 0 when there is no room. */
  send(bytes: Uint8Array, now: Instant, from = 0): number {
    this.mustBeOpen('send');
    this.throwError('send');
    const tcb = this.#tcb;
    if (tcb === undefined || this.isWriteShut) throw new SocketError('EPIPE', 'send');
    if (this.isOpening) return 0;
    const taken = send(tcb, bytes, from, now);
    if (from + taken < bytes.length) tcb.writerWaits = true;
    return taken;
  }

  /** Up to `limit` octets; an empty array at the end of the stream; nothing when it would wait. */
  recv(limit: number, now: Instant): Uint8Array | undefined {
    const tcb = this.mustHaveConnection('recv');
    if (tcb.receiveBuffer.available > 0) return receive(tcb, limit, now);
    return this.#isAtEnd(tcb) ? EMPTY : undefined;
  }

  /**
   * As {@link recv}, into the caller's memory: how many octets, 0 at the end, −1 when it would
   * wait.
   */
  recvInto(target: Uint8Array, now: Instant): number {
    const tcb = this.mustHaveConnection('recv');
    if (tcb.receiveBuffer.available > 0) return receiveInto(tcb, target, now);
    return this.#isAtEnd(tcb) ? 0 : -1;
  }

  #isAtEnd(tcb: Tcb): boolean {
    if (tcb.error !== undefined && tcb.error !== 'EPIPE') this.throwError('recv');
    if (!isAtEnd(tcb) && !this.#readShut) return false;
    this.#hasReadEnd = true;
    return true;
  }

  /** Whether the application was told of the end of the stream, for observers. */
  get hasReadEnd(): boolean {
    return this.#hasReadEnd;
  }

  /** Ends one side or both, keeping the socket (half-close, RFC 9293 §3.6). */
  shutdown(how: ShutdownHow, now: Instant): void {
    this.mustBeOpen('shutdown');
    const { state } = this;
    if (state === 'LISTEN') {
      if (how !== 'write') this.disconnect(now);
      return;
    }
    if (state === 'SYN-SENT') {
      this.disconnect(now); // RFC 9293 §3.10.4: nothing is open yet that could be half-closed
      return;
    }
    const tcb = this.#tcb;
    if (tcb === undefined || state === 'CLOSED') throw new SocketError('ENOTCONN', 'shutdown');
    if (how !== 'write') {
      this.#readShut = true;
      tcb.readShut = true;
    }
    if (how !== 'read') {
      this.#writeShut = true;
      shutdownSending(tcb, now);
    }
    this.onReady?.();
    this.wake(0);
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
    this.#releasePort();
    if (this.#listener !== undefined) this.#stopListening(now);
    const tcb = this.#tcb;
    if (tcb === undefined) return;
    if (this.linger.on && this.linger.time === 0) abort(tcb, now);
    else closeFully(tcb, now);
  }

  #stopListening(now: Instant): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener !== undefined) stopListening(this.#table.tcp, listener, now);
  }

  changed(now: Instant): void {
    this.onReady?.();
    tellWaiting(this, now);
  }

  /** IP_RECVERR: ICMP errors are queued, and what is soft otherwise is told at once. */
  reported(report: IcmpErrorReport): void {
    const tcb = this.#tcb;
    if (tcb === undefined || this.options.get('IP_RECVERR') === 0) return;
    const { errno, type, code, destination, destinationPort: port } = report;
    this.errors.add(icmpEntry({ errno, type, code, destination: { address: destination, port } }));
    if (!this.isOpening) tcb.error ??= errno;
    this.wake(POLL.POLLERR);
  }

  /** sk_err: what the next call will fail with. */
  get pendingError(): Errno | undefined {
    return this.#tcb?.error ?? this.#error;
  }

  /** SO_ERROR: why the connection failed, once; else what was heard of on the way. */
  takeError(): Errno | undefined {
    const error = this.pendingError;
    this.#error = undefined;
    if (this.#tcb !== undefined) this.#tcb.error = undefined;
    return error;
  }

  /** An error heard of that did not end the connection, once: SO_ERROR tells of it at last. */
  takeSoftError(): Errno | undefined {
    const error = this.#tcb?.softError;
    if (this.#tcb !== undefined) this.#tcb.softError = undefined;
    return error;
  }

  /** What is wanted to be known of octets sent, and which entries of the error queue it makes. */
  marks(tcb: Tcb): SendMarks {
    tcb.sendMarks ??= new SendMarks(tcb.snd.una, this.errors, () => this.wake(POLL.POLLERR));
    return tcb.sendMarks;
  }

  /** @throws SocketError the pending error, which is then told */
  throwError(call: string): void {
    const error = this.takeError();
    if (error !== undefined) throw new SocketError(error, call);
  }

  /** @throws SocketError EBADF */
  mustBeOpen(call: string): void {
    if (this.#closed) throw new SocketError('EBADF', call);
  }

  /** @throws SocketError ENOTCONN */
  mustHaveConnection(call: string): Tcb {
    this.mustBeOpen(call);
    if (this.#tcb === undefined) throw new SocketError('ENOTCONN', call);
    return this.#tcb;
  }
}
