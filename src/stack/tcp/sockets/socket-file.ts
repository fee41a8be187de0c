/**
 * A TCP socket as an open file of a process: sending and receiving with message flags and control
 * messages (send(2), recv(2), tcp(7)). What a connection can do is the business of `socket.ts`;
 * how a message goes out is that of `socket-send.ts`.
 */
import { EMPTY } from '../../../wire/index.ts';
import { type Errno, SocketError } from '../../errno.ts';
import { receiveFromErrorQueue } from '../../sockets/error-message.ts';
import { MSG } from '../../posix/constants.ts';
import type {
  ConnectProgress,
  OptionAnswer,
  Outgoing,
  Received,
  SocketFile,
  Wake,
} from '../../posix/file.ts';
import type { ControlMessage, OptionValue, SocketAddress } from '../../posix/system-call.ts';
import { addressShown } from '../../sockets/socket-family.ts';
import type { Duration, Instant } from '../../time.ts';
import { getStreamOption } from './get-option.ts';
import { setStreamOption } from './set-option.ts';
import { lowWaterMark, pollMask } from './socket-poll.ts';
import { sendMessage } from './socket-send.ts';
import type { ShutdownHow, TcpSocket } from './socket.ts';
import type { Tcb } from '../tcb.ts';
import { unsentLength } from '../send/send-memory.ts';

export class TcpSocketFile implements SocketFile {
  readonly kind = 'socket';
  readonly type = 'stream';
  readonly socket: TcpSocket;

  constructor(socket: TcpSocket) {
    this.socket = socket;
  }

  get pendingError(): Errno | undefined {
    return this.socket.pendingError;
  }

  get receiveTimeout(): Duration {
    return this.socket.settings.receiveTimeout;
  }

  get sendTimeout(): Duration {
    return this.socket.settings.sendTimeout;
  }

  get lingerTime(): Duration {
    const { on, time } = this.socket.linger;
    return on ? time : 0;
  }

  get isDelivered(): boolean {
    return this.socket.isDelivered;
  }

  get peerName(): SocketAddress | undefined {
    const { tcb } = this.socket;
    if (tcb === undefined || tcb.state === 'CLOSED' || this.socket.isOpening) return undefined;
    const { family } = this.socket;
    return { address: addressShown(family, tcb.remoteAddress), port: tcb.remotePort };
  }

  poll(): number {
    return pollMask(this.socket);
  }

  onWake(wake: Wake): () => void {
    return this.socket.waiting.add(wake);
  }

  bind({ address, port }: SocketAddress): void {
    this.socket.bind(address, port);
  }

  connect(address: SocketAddress | 'unspecified', now: Instant): ConnectProgress {
    const { socket } = this;
    if (address === 'unspecified') {
      socket.disconnect(now);
      return 'connected';
    }
    const isBeginning = !socket.isConnecting;
    if (isBeginning) socket.connect(address.address, address.port, now);
    if (socket.isDeferred) {
      if (isBeginning) return 'connected'; // as far as the program can tell
      throw new SocketError('EISCONN', 'connect');
    }
    if (!socket.isOpening && socket.connected()) return 'connected';
    return isBeginning ? 'begun' : 'under-way';
  }

  listen(backlog: number, now: Instant): void {
    this.socket.listen(backlog, now);
  }

  accept(): TcpSocketFile | undefined {
    const accepted = this.socket.accept();
    return accepted && new TcpSocketFile(accepted);
  }

  shutdown(how: ShutdownHow, now: Instant): void {
    this.socket.shutdown(how, now);
  }

  getOption(level: string, option: string, length: number, now: Instant): OptionAnswer {
    this.socket.mustBeOpen(`getsockopt ${option}`);
    return getStreamOption(this.socket, level, option, length, now);
  }

  setOption(level: string, option: string, value: OptionValue, length: number, now: Instant): void {
    this.socket.mustBeOpen(`setsockopt ${option}`);
    setStreamOption(this.socket, level, option, value, length, now);
  }

  send(outgoing: Outgoing, now: Instant): number | undefined {
    return sendMessage(this.socket, outgoing, now);
  }

  receive(limit: number, flags: number, now: Instant): Received | undefined {
    const { socket } = this;
    if ((flags & MSG.MSG_ERRQUEUE) !== 0)
      return receiveFromErrorQueue(socket.errors, socket.family, limit);
    const { tcb } = socket;
    if ((flags & MSG.MSG_OOB) !== 0) return this.#receiveUrgent(limit, flags);
    if (tcb !== undefined && !this.#hasEnough(tcb, limit, flags)) return undefined;
    const isPeek = (flags & MSG.MSG_PEEK) !== 0 && tcb !== undefined;
    const peeked = isPeek ? tcb.receiveBuffer.peek(limit) : EMPTY;
    const bytes = peeked.length > 0 ? peeked : socket.recv(limit, now);
    if (bytes === undefined) return undefined;
    // MSG_TRUNC throws the octets away and tells how many they were (tcp(7)).
    const isDiscarded = (flags & MSG.MSG_TRUNC) !== 0;
    return {
      bytes: isDiscarded ? EMPTY : bytes,
      fullLength: isDiscarded ? bytes.length : undefined,
      flags: 0,
      control: this.#control(tcb),
      address: undefined,
    };
  }

  /** Whether a call that would wait for SO_RCVLOWAT has got so much, or all that will come. */
  #hasEnough(tcb: Tcb, limit: number, flags: number): boolean {
    const { available } = tcb.receiveBuffer;
    if (available === 0 || (flags & MSG.MSG_DONTWAIT) !== 0 || this.socket.isReadShut) return true;
    return available >= Math.min(limit, lowWaterMark(this.socket, tcb));
  }

  /** TCP_INQ: how many octets wait still; the peer's FIN counts as one, so that it is read. */
  #control(tcb: Tcb | undefined): ControlMessage[] {
    if (this.socket.options.get('TCP_INQ') === 0) return [];
    const value = tcb === undefined ? 0 : tcb.receiveBuffer.readable + (tcb.finReceived ? 1 : 0);
    return [{ level: 'SOL_TCP', type: 'TCP_CM_INQ', data: { kind: 'int', value } }];
  }

  /** MSG_OOB: the urgent octet out of its turn (Linux tcp_recv_urg()). */
  #receiveUrgent(limit: number, flags: number): Received {
    const none = { flags: 0, control: [], address: undefined };
    const { tcb, isListening } = this.socket;
    if (isListening) throw new SocketError('ENOTCONN', 'recv MSG_OOB');
    this.socket.mustBeOpen('recv MSG_OOB');
    const state = tcb?.receiveBuffer.urgentState ?? 'none';
    if (tcb?.receiveBuffer.urgentInline !== false || state === 'none' || state === 'taken') {
      throw new SocketError('EINVAL', 'recv MSG_OOB');
    }
    if (state === 'announced') {
      if (this.socket.isReadShut) return { ...none, bytes: EMPTY };
      throw new SocketError('EAGAIN', 'recv MSG_OOB'); // it never waits
    }
    const octet = tcb.receiveBuffer.urgentOctet((flags & MSG.MSG_PEEK) !== 0);
    if (limit === 0) return { ...none, bytes: EMPTY, flags: MSG.MSG_OOB | MSG.MSG_TRUNC };
    return { ...none, bytes: Uint8Array.of(octet), flags: MSG.MSG_OOB };
  }

  splice(limit: number, now: Instant): Uint8Array | undefined {
    const receiveBuffer = this.socket.tcb?.receiveBuffer;
    const beforeUrgent = receiveBuffer?.beforeUrgent ?? 0;
    if (beforeUrgent === 0 && (receiveBuffer?.readable ?? 0) > 0) return EMPTY; // the urgent octet
    return this.socket.recv(Math.min(limit, Math.max(1, beforeUrgent)), now);
  }

  ioctl(request: string): number {
    const { socket } = this;
    const { tcb } = socket;
    if (socket.isListening) throw new SocketError('EINVAL', `ioctl ${request}`);
    const isReady = tcb !== undefined && tcb.state !== 'SYN-SENT' && tcb.state !== 'SYN-RECEIVED';
    switch (request) {
      case 'FIONREAD':
      case 'SIOCINQ':
        return isReady ? tcb.receiveBuffer.beforeUrgent : 0;
      case 'SIOCOUTQ': {
        const isFinWaiting = isReady && tcb.finQueued && !socket.isDelivered;
        return isReady ? tcb.sendBuffer.length + (isFinWaiting ? 1 : 0) : 0;
      }
      case 'SIOCOUTQNSD':
        return isReady ? unsentLength(tcb) + (tcb.finQueued && !tcb.finSent ? 1 : 0) : 0;
      case 'SIOCATMARK':
        return isReady && tcb.receiveBuffer.isAtUrgent ? 1 : 0;
      default:
        throw new SocketError('ENOTTY', `ioctl ${request}`);
    }
  }

  close(now: Instant): void {
    this.socket.close(now);
  }
}
