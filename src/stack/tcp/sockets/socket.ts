/**
 * A TCP socket as programs know it, non-blocking: a call that would have to wait says so, and
 * `onReady` is called when asking again may help. Errors are thrown with their errno codes. What a
 * call may do in which state follows Linux (af_inet.c, tcp.c). What a socket keeps is in
 * `socket-state.ts`, how it opens a connection in `socket-connect.ts`; message flags and control
 * messages are the business of `socket-file.ts`.
 */
import { EMPTY, type IpAddress, isIpv6, isMulticastIpv6 } from '../../../wire/index.ts';
import type { PortHolder } from '../../sockets/bound-ports.ts';
import { SocketError } from '../../errno.ts';
import { icmpEntry } from '../../sockets/error-queue.ts';
import type { IcmpErrorReport } from '../../icmp/icmpv4.ts';
import { POLL } from '../../posix/constants.ts';
import type { Port, Route } from '../../ip/routing.ts';
import { linkToBind } from '../../sockets/link-scope.ts';
import { addressToBind, anyAddressOf, type SocketFamily } from '../../sockets/socket-family.ts';
import type { Instant } from '../../time.ts';
import type { FourTuple } from '../../trace.ts';
import { connectionOptions } from './connection-options.ts';
import { Listener } from '../listen/listener.ts';
import { countRead } from '../receive/receive-memory.ts';
import { sendRoom } from '../send/send-memory.ts';
import { send } from '../send/send.ts';
import { lockSocket, releaseSocket } from './socket-lock.ts';
import { ConnectingSocket } from './socket-connect.ts';
import { startListening, stopListening, tuneFastOpen } from './socket-listen.ts';
import { getIntOption } from './get-option.ts';
import { setIntOption } from './set-option.ts';
import { type SocketOption } from './socket-option-names.ts';
import { READABLE, tellWaiting } from './socket-poll.ts';
import type { TcpSocketTable } from './socket-table.ts';
import type { Tcb } from '../tcb.ts';
import type { Tcp } from '../tcp.ts';
import { abort, closeFully, isAtEnd, receive, receiveInto, shutdownSending } from '../user.ts';

/** Which sides of a connection `shutdown` ends. */
export type ShutdownHow = 'read' | 'write' | 'both';

export class TcpSocket extends ConnectingSocket implements PortHolder {
  readonly #table: TcpSocketTable;
  /** Whether it holds its port; an accepted socket shares its listener's. */
  #holdsPort = false;

  constructor(table: TcpSocketTable, family: SocketFamily) {
    super(family);
    this.#table = table;
    if (family === 'AF_INET6' && table.tcp.host.sockets.isV6Only) {
      this.ownSettings().values.set('IPV6_V6ONLY', 1);
    }
  }

  get table(): TcpSocketTable {
    return this.#table;
  }

  protected get tcp(): Tcp {
    return this.#table.tcp;
  }

  protected numbersTo(address: IpAddress, port: number, route: Route, now: Instant): FourTuple {
    return this.#table.numbersToConnect(this, address, port, route, now);
  }

  /** IP_FREEBIND and IPV6_FREEBIND: one bit on Linux. */
  get bindsFreely(): boolean {
    return this.options.get('IP_FREEBIND') !== 0 || this.options.get('IPV6_FREEBIND') !== 0;
  }

  get reuseAddress(): boolean {
    return this.options.get('SO_REUSEADDR') !== 0;
  }

  get reusePort(): boolean {
    return this.options.get('SO_REUSEPORT') !== 0;
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

  /**
   * Takes a local address and port; port 0 takes an ephemeral one.
   *
   * @param link the one that an address means which is valid on one only (sin6_scope_id)
   */
  bind(wanted: IpAddress, port: number, link?: Port): void {
    this.mustBeOpen('bind');
    if (this.localPort !== 0 || this.connection !== undefined)
      throw new SocketError('EINVAL', 'bind');
    const address = addressToBind(this, wanted);
    if (isIpv6(address) && isMulticastIpv6(address)) throw new SocketError('EINVAL', 'bind');
    const tied = linkToBind(address, link, this.link);
    this.takePort(address, this.#table.portToBind(this, address, port));
    this.link = tied;
    this.isBound = true;
  }

  protected takePort(address: IpAddress, port: number): void {
    this.localAddress = address;
    this.localPort = port;
    this.#holdsPort = true;
    this.#table.ports.take(this);
  }

  protected releasePort(): void {
    if (this.#holdsPort) this.#table.ports.release(this);
    this.#holdsPort = false;
  }

  /**
   * Passive OPEN; `backlog` + 1 connections may wait for `accept`, and a negative one asks for as
   * many as the host allows. Again it changes the backlog.
   */
  listen(backlog: number, now: Instant): void {
    this.mustBeOpen('listen');
    const most = this.tcp.host.sockets.backlogMaximum;
    const limit = backlog < 0 ? most : Math.min(backlog, most);
    if (this.passive !== undefined) {
      this.passive.backlog = limit;
      return;
    }
    if (this.stage !== 'unconnected') throw new SocketError('EINVAL', 'listen');
    if (this.localPort === 0) this.bind(anyAddressOf(this.family), 0);
    const { localPort, tcp } = this;
    // What may be bound beside others need not be able to listen beside them.
    if (!this.#table.isFree(localPort, this.localAddress, this)) {
      throw new SocketError('EADDRINUSE', 'listen');
    }
    const listener = new Listener(this, limit, (peer) =>
      connectionOptions(this.settings, tcp.host, peer),
    );
    listener.onReady = (): void => {
      this.onReady?.();
      this.wake(READABLE);
    };
    this.passive = listener;
    tuneFastOpen(this, listener);
    startListening(tcp, listener, now);
  }

  /** The next connection that waits, or nothing. */
  accept(): TcpSocket | undefined {
    this.mustBeOpen('accept');
    if (this.passive === undefined) throw new SocketError('EINVAL', 'accept');
    const tcb = this.passive.shift();
    if (tcb === undefined) return undefined;
    const socket = new TcpSocket(this.#table, this.family);
    socket.takeSettings(this);
    if (this.tcp.profile.listen.reflectsTos) {
      socket.options.set(isIpv6(tcb.localAddress) ? 'IPV6_TCLASS' : 'IP_TOS', tcb.options.tos);
    }
    socket.stage = 'connected';
    socket.own(tcb);
    socket.localPort = tcb.localPort;
    return socket;
  }

  /** Octets that `send` would take now. */
  get room(): number {
    return this.connection === undefined || this.isOpening ? 0 : sendRoom(this.connection);
  }

  /** Whether `send` would not wait: there is room, or something to say against it. */
  get isWritable(): boolean {
    return this.connection === undefined || this.isWriteShut || this.room > 0;
  }

  /** Whether `recv` would not wait: octets, end of stream or an error are there. */
  get isReadable(): boolean {
    const tcb = this.connection;
    if (this.passive !== undefined) return this.passive.waiting > 0;
    if (tcb === undefined) return true;
    return tcb.receiveBuffer.available > 0 || isAtEnd(tcb) || this.readShut;
  }

  /** A call has the socket from now on, until {@link release}: what arrives waits meanwhile. */
  lock(): void {
    if (this.connection !== undefined) lockSocket(this.connection);
  }

  /** The call is over. */
  release(now: Instant): void {
    if (this.connection !== undefined) releaseSocket(this.connection, now);
  }

  get isLocked(): boolean {
    return this.connection?.backlog !== undefined;
  }

  /** Sends `bytes` from `from` on; returns how many were taken, 0 when there is no room. */
  send(bytes: Uint8Array, now: Instant, from = 0, more = false): number {
    this.mustBeOpen('send');
    this.throwError('send');
    const tcb = this.connection;
    if (tcb === undefined || this.isWriteShut) throw new SocketError('EPIPE', 'send');
    if (this.isOpening) return 0;
    const taken = send(tcb, bytes, from, more, now);
    if (from + taken < bytes.length) tcb.writerWaits = true;
    return taken;
  }

  /**
   * Up to `limit` octets; an empty array at the end of the stream; nothing when it would wait. As
   * with Node.js's buffers, others may lie in the same `ArrayBuffer`.
   */
  recv(limit: number, now: Instant): Uint8Array | undefined {
    const tcb = this.#connectionToRead();
    if (tcb === undefined) return EMPTY;
    if (tcb.receiveBuffer.available > 0) return receive(tcb, limit, now);
    return this.#isAtEnd(tcb) ? EMPTY : undefined;
  }

  /**
   * As {@link recv}, into the caller's memory: how many octets, 0 at the end, −1 when it would
   * wait.
   */
  recvInto(target: Uint8Array, now: Instant): number {
    const tcb = this.#connectionToRead();
    if (tcb === undefined) return 0;
    if (tcb.receiveBuffer.available > 0) return receiveInto(tcb, target, now);
    return this.#isAtEnd(tcb) ? 0 : -1;
  }

  /**
   * The connection; nothing where there is none, but the reading side was shut.
   *
   * @throws SocketError ENOTCONN, or how the connection ended that was there
   */
  #connectionToRead(): Tcb | undefined {
    if (this.connection !== undefined || this.isListening) return this.mustHaveConnection('recv');
    this.mustBeOpen('recv');
    this.throwError('recv');
    return this.readShut ? undefined : this.mustHaveConnection('recv');
  }

  #isAtEnd(tcb: Tcb): boolean {
    if (tcb.error !== undefined && tcb.error !== 'EPIPE') this.throwError('recv');
    if (!isAtEnd(tcb) && !this.readShut) return false;
    this.endWasRead = true;
    countRead(tcb, true);
    return true;
  }

  /**
   * Ends one side or both, keeping the socket (half-close, RFC 9293 §3.6). Which sides are shut is
   * kept even where no connection is there yet, though the call fails (Linux inet_shutdown()).
   */
  shutdown(how: ShutdownHow, now: Instant): void {
    this.mustBeOpen('shutdown');
    const { state, connection: tcb } = this;
    if (state === 'SYN-SENT' || (state === 'LISTEN' && how !== 'write')) {
      this.disconnect(now); // RFC 9293 §3.10.4: nothing is open yet that could be half-closed
      return;
    }
    if (this.stage === 'connecting') {
      this.stage = this.isOpening || state === 'CLOSED' ? 'disconnecting' : 'connected';
    }
    if (state !== 'LISTEN') {
      if (how !== 'write') this.readShut = true;
      if (how !== 'read') this.writeShut = true;
    }
    if (tcb !== undefined) {
      tcb.readShut = this.readShut;
      if (how !== 'read') shutdownSending(tcb, now);
    }
    this.onReady?.();
    this.wake(0);
    if (state === 'CLOSED') throw new SocketError('ENOTCONN', 'shutdown');
  }

  /** Gives the socket up; what was sent is still delivered, unless SO_LINGER says otherwise. */
  close(now: Instant): void {
    if (this.closed) return;
    this.closed = true;
    // A socket that was given up is told nothing, unless its close waits for delivery. What its
    // program kept for it may go, though the connection stays for a while.
    if (!this.linger.on) this.onReady = undefined;
    this.releasePort();
    this.endListening(now);
    const tcb = this.connection;
    if (tcb === undefined) return;
    releaseSocket(tcb, now);
    // Of both reasons for a RST, what was not read comes first (Linux __tcp_close()).
    const hasUnread = tcb.receiveBuffer.readable > 0;
    if (this.linger.on && this.linger.time === 0 && !hasUnread) abort(tcb, now);
    else closeFully(tcb, now);
  }

  protected endListening(now: Instant): void {
    const listener = this.passive;
    this.passive = undefined;
    if (listener !== undefined) stopListening(this.tcp, listener, now);
  }

  changed(now: Instant): void {
    this.onReady?.();
    tellWaiting(this, now);
  }

  /**
   * IP_RECVERR, IPV6_RECVERR: what is soft otherwise is told at once. Into the queue goes only what
   * befalls a connection that opens (Linux tcp_v4_err()).
   */
  reported(report: IcmpErrorReport): boolean {
    const tcb = this.connection;
    const option = isIpv6(report.destination) ? 'IPV6_RECVERR' : 'IP_RECVERR';
    if (tcb === undefined || this.options.get(option) === 0) return false;
    const { errno, type, code, destination, destinationPort: port } = report;
    if (!this.isOpening) {
      tcb.error ??= errno;
    } else {
      const to = { address: destination, port };
      this.errors.add(icmpEntry({ errno, type, code, destination: to }));
    }
    this.wake(POLL.POLLERR);
    return true;
  }
}
