/**
 * How a TCP socket stands: its name, its connection or listener, how far it is on its way to a
 * peer, which sides are shut, and what went wrong (Linux struct socket's state, sk_shutdown,
 * sk_err). An error is told once, by the next call or by SO_ERROR.
 */
import type { IpAddress } from '../../../wire/index.ts';
import { assert } from '../../assert.ts';
import { type Errno, SocketError } from '../../errno.ts';
import { POLL } from '../../posix/constants.ts';
import type { Port } from '../../ip/routing.ts';
import { anyAddressOf, type SocketFamily } from '../../sockets/socket-family.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import type { Listener } from '../listen/listener.ts';
import { SendMarks } from './send-marks.ts';
import { SocketBase } from './socket-base.ts';
import type { TcpState } from '../states.ts';
import type { Tcb } from '../tcb.ts';

/**
 * How far a socket is on its way to a peer (Linux SS_UNCONNECTED, SS_CONNECTING, SS_CONNECTED). One
 * that was shut before it got there is `'disconnecting'` until it is disconnected.
 */
type Stage = 'unconnected' | 'connecting' | 'connected' | 'disconnecting';

export class SocketState extends SocketBase {
  family: SocketFamily;
  /** As packets carry it: one of IPv4 even where the program reads it mapped. */
  localAddress: IpAddress;
  localPort = 0;
  protected connection: Tcb | undefined = undefined;
  /** The only link that it goes by, since an address of that was named (sk_bound_dev_if). */
  link: Port | undefined = undefined;
  protected passive: Listener | undefined = undefined;
  protected stage: Stage = 'unconnected';
  /** sk_err, where no connection keeps it. */
  protected error: Errno | undefined = undefined;
  /** sk_shutdown: stays when the socket connects, until it is disconnected. */
  protected readShut = false;
  protected writeShut = false;
  protected endWasRead = false;
  protected closed = false;

  constructor(family: SocketFamily) {
    super();
    this.family = family;
    this.localAddress = anyAddressOf(family);
  }

  /** Makes it a socket of that family, as `socket` would have; it has no address yet. */
  become(family: SocketFamily): void {
    assert(this.localPort === 0 && this.connection === undefined, 'a socket in use has its family');
    this.family = family;
    this.localAddress = anyAddressOf(family);
  }

  /** IPV6_V6ONLY. */
  get isV6Only(): boolean {
    return this.options.get('IPV6_V6ONLY') !== 0;
  }

  /** The connection, for observers. */
  get tcb(): Tcb | undefined {
    return this.connection;
  }

  get listener(): Listener | undefined {
    return this.passive;
  }

  get isListening(): boolean {
    return this.passive !== undefined;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get state(): TcpState {
    if (this.passive !== undefined) return 'LISTEN';
    return this.connection?.state ?? 'CLOSED';
  }

  /** Whether nothing more can be read than has come: shut here, by the peer, or at the end. */
  get isReadShut(): boolean {
    const tcb = this.connection;
    return this.readShut || (tcb !== undefined && (tcb.finReceived || tcb.state === 'CLOSED'));
  }

  get isWriteShut(): boolean {
    const tcb = this.connection;
    return this.writeShut || (tcb !== undefined && (tcb.finQueued || tcb.state === 'CLOSED'));
  }

  /** Whether the application was told of the end of the stream, for observers. */
  get hasReadEnd(): boolean {
    return this.endWasRead;
  }

  /** Whether the handshake that `connect` began goes on. */
  get isOpening(): boolean {
    const { state } = this;
    if (state === 'SYN-SENT') return true;
    return state === 'SYN-RECEIVED' && !(this.connection && isHalfOpen(this.connection));
  }

  /** Whether `connect` has begun a handshake of whose end nobody was told yet. */
  get isConnecting(): boolean {
    return this.stage === 'connecting';
  }

  /** Whether everything sent has been acknowledged, our FIN included. */
  get isDelivered(): boolean {
    const tcb = this.connection;
    if (tcb === undefined || tcb.state === 'CLOSED') return true;
    return tcb.sendBuffer.length === 0 && tcb.finSent && tcb.snd.una === tcb.snd.nxt;
  }

  /** sk_err: what the next call will fail with. */
  get pendingError(): Errno | undefined {
    return this.connection?.error ?? this.error;
  }

  /** SO_ERROR: why the connection failed, once; else what was heard of on the way. */
  takeError(): Errno | undefined {
    const error = this.pendingError;
    this.error = undefined;
    if (this.connection !== undefined) this.connection.error = undefined;
    return error;
  }

  /** An error heard of that did not end the connection, once: SO_ERROR tells of it at last. */
  takeSoftError(): Errno | undefined {
    const error = this.connection?.softError;
    if (this.connection !== undefined) this.connection.softError = undefined;
    return error;
  }

  /** @throws SocketError the pending error, which is then told */
  throwError(call: string): void {
    const error = this.takeError();
    if (error !== undefined) throw new SocketError(error, call);
  }

  /** @throws SocketError EBADF */
  mustBeOpen(call: string): void {
    if (this.closed) throw new SocketError('EBADF', call);
  }

  /** @throws SocketError ENOTCONN */
  mustHaveConnection(call: string): Tcb {
    this.mustBeOpen(call);
    if (this.connection === undefined) throw new SocketError('ENOTCONN', call);
    return this.connection;
  }

  /** What is wanted to be known of octets sent, and which entries of the error queue it makes. */
  marks(tcb: Tcb): SendMarks {
    tcb.sendMarks ??= new SendMarks(tcb.snd.una, this.errors, () => this.wake(POLL.POLLERR));
    return tcb.sendMarks;
  }
}
