/**
 * The connecting side of a TCP socket (connect(2), Linux __inet_stream_connect()): `connect` begins
 * a handshake, {@link ConnectingSocket.connected} tells how it went, and `connect` to AF_UNSPEC
 * dissolves what there is. A SYN may also carry data, or wait for the first write (RFC 7413).
 */
import { firstHop, type IpAddress } from '../../../wire/index.ts';
import { SocketError } from '../../errno.ts';
import type { IcmpErrorReport } from '../../icmp/icmpv4.ts';
import type { SocketAddress, UserMemory } from '../../posix/system-call.ts';
import { noWay } from '../../ip/no-way.ts';
import { type Port, type Route } from '../../ip/routing.ts';
import { linkToReach } from '../../sockets/link-scope.ts';
import { addressToReach, anyAddressOf } from '../../sockets/socket-family.ts';
import type { Instant } from '../../time.ts';
import type { FourTuple } from '../../trace.ts';
import { succeed } from '../time-wait/reuse.ts';
import { connectionOptions } from './connection-options.ts';
import { defersSyn } from '../fast-open/client.ts';
import { SocketState } from './socket-state.ts';
import type { TcpUser } from '../services.ts';
import type { Tcb } from '../tcb.ts';
import type { Tcp } from '../tcp.ts';
import { abort, openActively, openFast, prepareToOpen } from '../user.ts';

export abstract class ConnectingSocket extends SocketState implements TcpUser {
  /** Whether the program chose address and port, which then outlive a connection. */
  protected isBound = false;

  abstract changed(now: Instant): void;
  abstract reported(report: IcmpErrorReport): boolean;

  protected abstract get tcp(): Tcp;

  /** The numbers of a connection to a peer. @throws SocketError EADDRNOTAVAIL */
  protected abstract numbersTo(
    address: IpAddress,
    port: number,
    route: Route,
    now: Instant,
  ): FourTuple;

  /** Takes a local address and port, of which it has none yet. */
  protected abstract takePort(address: IpAddress, port: number): void;

  protected abstract releasePort(): void;

  protected abstract endListening(now: Instant): void;

  /**
   * Active OPEN: sends the SYN, unless it is to carry what is written first (TCP_FASTOPEN_CONNECT).
   * Ask {@link connected} how it went.
   *
   * @param link the one that an address means which is valid on one only (sin6_scope_id)
   */
  connect(address: IpAddress, port: number, now: Instant, link?: Port): void {
    const tcb = this.#beginConnecting(address, port, now, link);
    if (tcb === undefined) return;
    if (this.options.get('TCP_FASTOPEN_CONNECT') === 0) {
      openActively(tcb, now);
      return;
    }
    prepareToOpen(tcb, now);
    if (!defersSyn(tcb, tcb.options.fastOpenWithoutCookie, now)) openFast(tcb, [], now);
  }

  /** Active OPEN by a SYN with data (MSG_FASTOPEN): returns how many octets of `memory` it took. */
  connectFast(
    { address, port }: SocketAddress,
    memory: readonly UserMemory[],
    now: Instant,
  ): number {
    const tcb = this.#beginConnecting(address, port, now);
    if (tcb === undefined) return 0;
    prepareToOpen(tcb, now);
    return openFast(tcb, memory, now);
  }

  /** Whether `connect` has left the SYN to the first write. */
  get isDeferred(): boolean {
    const tcb = this.connection;
    return tcb?.fastOpen?.isDeferred === true && tcb.state === 'SYN-SENT';
  }

  /** Sends the SYN that `connect` has left: returns how many octets of `memory` it took. */
  sendDeferredSyn(memory: readonly UserMemory[], now: Instant): number {
    return openFast(this.mustHaveConnection('send'), memory, now);
  }

  /** The connection to be, in CLOSED; nothing where the call only tells how an earlier ended. */
  #beginConnecting(to: IpAddress, port: number, now: Instant, link?: Port): Tcb | undefined {
    this.mustBeOpen('connect');
    if (this.stage === 'connecting') {
      if (this.isOpening) throw new SocketError('EALREADY', 'connect');
      this.connected(); // its end was not told of yet: this call tells of it
      return undefined;
    }
    if (this.stage === 'disconnecting') throw new SocketError('EINVAL', 'connect');
    if (this.stage === 'connected' || this.isListening) {
      throw new SocketError('EISCONN', 'connect');
    }
    const { tcp } = this;
    const address = addressToReach(this, to, 'connect');
    const ip = tcp.ipFor(address);
    const hop = firstHop(this.settings.sourceRoute, address);
    this.link = linkToReach(address, link, this.link);
    const route = ip.routes.lookUpBy(this.link, hop);
    if (route === undefined) throw noWay(ip, tcp.counters, hop, 'connect');
    // MUST-46
    if (ip.isBroadcastOrMulticast(address)) throw new SocketError('ENETUNREACH', 'connect');
    const numbers = this.numbersTo(address, port, route, now);
    if (this.localPort === 0) this.takePort(numbers.localAddress, numbers.localPort);
    this.localAddress = numbers.localAddress;
    this.error = undefined;
    this.endWasRead = false;
    this.stage = 'connecting';
    const options = connectionOptions(this.settings, tcp.host, address);
    const before = tcp.takeRecord(numbers, now);
    const tcb = tcp.makeConnection(numbers, route, options, 'CLOSED');
    tcb.link = this.link;
    if (before !== undefined) succeed(tcb, before);
    this.own(tcb);
    return tcb;
  }

  /** The connection is the socket's from now on. */
  protected own(tcb: Tcb): void {
    this.connection = tcb;
    this.link = tcb.link;
    tcb.user = this;
    tcb.readShut = this.readShut;
    tcb.news = 0; // who opens the socket looks for itself
    this.localAddress = tcb.localAddress;
  }

  /**
   * Whether `connect` has succeeded; false while it goes on.
   *
   * @throws SocketError when it failed; the socket may then try again
   */
  connected(): boolean {
    this.mustBeOpen('connect');
    if (this.connection === undefined) this.throwError('connect'); // another call has dissolved it
    const tcb = this.mustHaveConnection('connect');
    if (this.stage === 'connected') {
      this.throwError('connect');
      if (tcb.state === 'CLOSED') throw new SocketError('ECONNABORTED', 'connect');
      return true;
    }
    if (this.isOpening) return false;
    if (tcb.state !== 'CLOSED') {
      this.stage = 'connected';
      return true;
    }
    const error = this.takeError() ?? 'ECONNABORTED';
    this.#letGo();
    throw new SocketError(error, 'connect');
  }

  /** Dissolves the connection, or stops listening: `connect` to AF_UNSPEC. */
  disconnect(now: Instant): void {
    this.mustBeOpen('connect');
    const tcb = this.connection;
    this.endListening(now);
    if (tcb !== undefined && tcb.state !== 'CLOSED') {
      tcb.user = undefined;
      // Linux tcp_disconnect(): whoever waits in another call learns of it.
      if (tcb.state !== 'TIME-WAIT') this.error = 'ECONNRESET';
      abort(tcb, now);
    }
    this.#letGo();
    this.onReady?.();
    this.wake(0);
  }

  /** The socket is as new, but for what the program bound and set. */
  #letGo(): void {
    if (this.connection !== undefined) this.connection.user = undefined;
    this.connection = undefined;
    this.stage = 'unconnected';
    this.readShut = false;
    this.writeShut = false;
    if (this.isBound) return;
    this.releasePort();
    this.localAddress = anyAddressOf(this.family);
    this.localPort = 0;
  }
}
