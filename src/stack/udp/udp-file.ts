/**
 * A UDP socket as an open file of a process (udp(7), ip(7)): one message, one datagram. What is
 * longer than the reader's buffer is cut, and MSG_TRUNC says so.
 */
import { concat, isIpv6 } from '../../wire/index.ts';
import { type Errno, SocketError } from '../errno.ts';
import { receiveFromErrorQueue } from '../sockets/error-message.ts';
import { MSG, POLL } from '../posix/constants.ts';
import type {
  ConnectProgress,
  OptionAnswer,
  Outgoing,
  Received,
  SocketFile,
  Wake,
} from '../posix/file.ts';
import type {
  ControlMessage,
  OptionValue,
  SocketAddress,
  UserMemory,
} from '../posix/system-call.ts';
import { addressShown } from '../sockets/socket-family.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';
import { DATAGRAM_OPTIONS, type DatagramOption, DatagramOptions } from './udp-options.ts';
import type { ReceivedDatagram, UdpSocket } from './udp-socket.ts';

const READABLE = POLL.POLLIN | POLL.POLLRDNORM;
const WRITABLE = POLL.POLLOUT | POLL.POLLWRNORM | POLL.POLLWRBAND;

export class UdpSocketFile implements SocketFile {
  readonly kind = 'socket';
  readonly type = 'datagram';
  readonly receiveTimeout: Duration = NEVER;
  readonly sendTimeout: Duration = NEVER;
  readonly lingerTime: Duration = 0;
  readonly isDelivered: boolean = true;
  readonly socket: UdpSocket;
  readonly #options: DatagramOptions;
  #isReadShut = false;
  #isWriteShut = false;

  constructor(socket: UdpSocket) {
    this.socket = socket;
    this.#options = new DatagramOptions(socket);
  }

  get pendingError(): Errno | undefined {
    return this.socket.pendingError;
  }

  get peerName(): SocketAddress | undefined {
    const { family, remoteAddress, remotePort: port } = this.socket;
    return port === 0 ? undefined : { address: addressShown(family, remoteAddress), port };
  }

  /** datagram_poll(): there is always room to send. */
  poll(): number {
    const { socket } = this;
    let mask = WRITABLE;
    if (socket.pendingError !== undefined || !socket.errors.isEmpty) mask |= POLL.POLLERR;
    if (this.#isReadShut) mask |= READABLE | POLL.POLLRDHUP;
    if (this.#isReadShut && this.#isWriteShut) mask |= POLL.POLLHUP;
    if (socket.next !== undefined) mask |= READABLE;
    return mask;
  }

  onWake(wake: Wake): () => void {
    return this.socket.waiting.add(wake);
  }

  bind({ address, port }: SocketAddress): void {
    this.socket.bind(address, port);
  }

  connect(address: SocketAddress | 'unspecified'): ConnectProgress {
    if (address === 'unspecified') this.socket.disconnect();
    else this.socket.connect(address.address, address.port);
    return 'connected';
  }

  listen(): void {
    throw new SocketError('EOPNOTSUPP', 'listen');
  }

  accept(): undefined {
    throw new SocketError('EOPNOTSUPP', 'accept');
  }

  shutdown(how: 'read' | 'write' | 'both'): void {
    if (this.socket.remotePort === 0) throw new SocketError('ENOTCONN', 'shutdown');
    this.#isReadShut ||= how !== 'write';
    this.#isWriteShut ||= how !== 'read';
    this.socket.waiting.wake(0);
  }

  send({ buffers, address, flags }: Outgoing, now: Instant): number {
    if (this.#isWriteShut) throw new SocketError('EPIPE', 'send');
    if ((flags & MSG.MSG_OOB) !== 0) throw new SocketError('EOPNOTSUPP', 'send');
    const { remoteAddress, remotePort } = this.socket;
    const to =
      address === undefined || address === 'unspecified'
        ? { address: remoteAddress, port: remotePort }
        : address;
    const payload = concat(...buffers.map(memoryOf));
    this.socket.send(payload, to.address, to.port, now);
    return payload.length;
  }

  receive(limit: number, flags: number): Received | undefined {
    const { socket } = this;
    if ((flags & MSG.MSG_ERRQUEUE) !== 0)
      return receiveFromErrorQueue(socket.errors, socket.family, limit);
    if ((flags & MSG.MSG_OOB) !== 0) throw new SocketError('EOPNOTSUPP', 'recv');
    const isPeek = (flags & MSG.MSG_PEEK) !== 0 && socket.pendingError === undefined;
    const datagram = isPeek ? socket.next : socket.receive();
    if (datagram === undefined) {
      const nothing = { bytes: new Uint8Array(), flags: 0, control: [], address: undefined };
      return this.#isReadShut ? nothing : undefined;
    }
    const { payload, address, port } = datagram;
    const isCut = payload.length > limit;
    return {
      bytes: payload.subarray(0, limit),
      fullLength: (flags & MSG.MSG_TRUNC) === 0 ? undefined : payload.length,
      flags: isCut ? MSG.MSG_TRUNC : 0,
      control: this.#control(datagram),
      address: { address: addressShown(socket.family, address), port },
    };
  }

  /** What the options ask to be told of the packet (ip(7) and ipv6(7), IP_RECVTTL and the like). */
  #control({ address, tos, ttl }: ReceivedDatagram): ControlMessage[] {
    const control: ControlMessage[] = [];
    const tell = (option: DatagramOption, type: string, value: number): void => {
      const { level } = DATAGRAM_OPTIONS[option];
      if (this.#options.values.get(option) !== 0)
        control.push({ level, type, data: { kind: 'int', value } });
    };
    if (isIpv6(address)) {
      tell('IPV6_RECVHOPLIMIT', 'IPV6_HOPLIMIT', ttl);
      tell('IPV6_RECVTCLASS', 'IPV6_TCLASS', tos);
    } else {
      tell('IP_RECVTTL', 'IP_TTL', ttl);
      tell('IP_RECVTOS', 'IP_TOS', tos);
    }
    return control;
  }

  splice(): undefined {
    throw new SocketError('EINVAL', 'splice'); // udp has no splice_read
  }

  ioctl(request: string): number {
    switch (request) {
      case 'FIONREAD':
      case 'SIOCINQ':
        return this.socket.next?.payload.length ?? 0; // the next datagram's (udp(7))
      case 'SIOCOUTQ':
        return 0;
      default:
        throw new SocketError('ENOTTY', `ioctl ${request}`);
    }
  }

  setOption(level: string, option: string, value: OptionValue, length: number, now: Instant): void {
    this.#options.set(level, option, value, length, now);
  }

  getOption(level: string, option: string, length: number, now: Instant): OptionAnswer {
    return this.#options.get(level, option, length, now);
  }

  close(now: Instant): void {
    this.socket.close(now);
  }
}

/** @throws SocketError EFAULT */
function memoryOf(memory: UserMemory): Uint8Array {
  if (memory === 'invalid-pointer') throw new SocketError('EFAULT', 'send');
  return memory;
}
