/**
 * A UDP socket as an open file of a process (udp(7), ip(7)): one message, one datagram. What is
 * longer than the reader's buffer is cut, and MSG_TRUNC says so.
 */
import { concat } from '../wire/index.ts';
import { type Errno, SocketError } from './errno.ts';
import { receiveFromErrorQueue } from './error-message.ts';
import { numberOf } from './error-queue.ts';
import { IP_OPTIONS, type IpOption } from './ip-options.ts';
import { intAnswer, intOf, intOrOctetOf, LINGER_LENGTH, lingerOf } from './option-structures.ts';
import { levelOf, type OptionRule, OptionValues } from './option-values.ts';
import { ADDRESS_FAMILY, IPPROTO, MSG, POLL, SOCK } from './posix/constants.ts';
import type {
  ConnectProgress,
  OptionAnswer,
  Outgoing,
  Received,
  SocketFile,
  Wake,
} from './posix/file.ts';
import type { OptionValue, SocketAddress, UserMemory } from './posix/system-call.ts';
import { SOCKET_LEVEL_OPTIONS, type SocketLevelOption } from './socket-level-options.ts';
import { receiveMemory, sendMemory } from './socket-memory.ts';
import { type Duration, type Instant, NEVER, seconds } from './time.ts';
import type { UdpSocket } from './udp.ts';

type DatagramOption = SocketLevelOption | IpOption;

const DATAGRAM_OPTIONS: Readonly<Record<DatagramOption, OptionRule>> = {
  ...SOCKET_LEVEL_OPTIONS,
  ...IP_OPTIONS,
};

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
  readonly #options = new OptionValues(DATAGRAM_OPTIONS);
  #linger = { on: false, time: 0 };
  #isReadShut = false;
  #isWriteShut = false;

  constructor(socket: UdpSocket) {
    this.socket = socket;
  }

  get pendingError(): Errno | undefined {
    return this.socket.pendingError;
  }

  get peerName(): SocketAddress | undefined {
    const { remoteAddress: address, remotePort: port } = this.socket;
    return port === 0 ? undefined : { address, port };
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
    if ((flags & MSG.MSG_ERRQUEUE) !== 0) return receiveFromErrorQueue(socket.errors, limit);
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
      control: [],
      address: { address, port },
    };
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

  setOption(level: string, option: string, value: OptionValue, length: number): void {
    const call = `setsockopt ${option}`;
    const known = levelOf(level);
    const name = known && this.#options.nameOf(known, option);
    if (name !== undefined) {
      const numberIn = known === 'SOL_IP' ? intOrOctetOf : intOf;
      this.#options.set(name, numberIn(value, length, call));
      this.#apply();
    } else if (known === 'SOL_SOCKET' && option === 'SO_LINGER') {
      this.#linger = lingerOf(value, length);
    } else {
      throw new SocketError('ENOPROTOOPT', call);
    }
  }

  #apply(): void {
    const { socket } = this;
    const ttl = this.#options.get('IP_TTL');
    socket.reuseAddress = this.#options.get('SO_REUSEADDR') !== 0;
    socket.tos = this.#options.get('IP_TOS') & 0xff;
    socket.ttl = ttl < 0 ? undefined : ttl;
    socket.mtuDiscovery = this.#options.get('IP_MTU_DISCOVER');
    socket.wantsErrors = this.#options.get('IP_RECVERR') !== 0;
    if (this.#options.has('SO_RCVBUF')) socket.receiveSpace = this.#receiveBuffer;
  }

  get #receiveBuffer(): number {
    const { profile } = this.socket;
    if (!this.#options.has('SO_RCVBUF')) return profile.sockets.receiveBuffer;
    return receiveMemory(profile.socketMemory, this.#options.get('SO_RCVBUF'));
  }

  get #sendBuffer(): number {
    const { profile } = this.socket;
    if (!this.#options.has('SO_SNDBUF')) return profile.sockets.sendBuffer;
    return sendMemory(profile.socketMemory, this.#options.get('SO_SNDBUF'));
  }

  getOption(level: string, option: string, length: number, now: Instant): OptionAnswer {
    if (length < 0) throw new SocketError('EINVAL', `getsockopt ${option}`);
    const known = levelOf(level);
    const name = known && this.#options.nameOf(known, option);
    if (name !== undefined) return intAnswer(this.#numberOf(name), length);
    if (known === 'SOL_IP' && option === 'IP_MTU') {
      return intAnswer(this.socket.pathMtu(now), length);
    }
    if (known !== 'SOL_SOCKET') throw new SocketError('ENOPROTOOPT', `getsockopt ${option}`);
    switch (option) {
      case 'SO_ERROR':
        return intAnswer(numberOf(this.socket.takeError()), length);
      case 'SO_TYPE':
        return intAnswer(SOCK.SOCK_DGRAM, length);
      case 'SO_PROTOCOL':
        return intAnswer(IPPROTO.IPPROTO_UDP, length);
      case 'SO_DOMAIN':
        return intAnswer(ADDRESS_FAMILY.AF_INET, length);
      case 'SO_ACCEPTCONN':
        return intAnswer(0, length);
      case 'SO_LINGER': {
        const { on, time } = this.#linger;
        const value = { onoff: on ? 1 : 0, linger: Math.floor(time / seconds(1)) };
        return { value, length: Math.min(length, LINGER_LENGTH) };
      }
      default:
        throw new SocketError('ENOPROTOOPT', `getsockopt ${option}`);
    }
  }

  #numberOf(name: DatagramOption): number {
    if (name === 'SO_RCVBUF') return this.#receiveBuffer;
    if (name === 'SO_SNDBUF') return this.#sendBuffer;
    const value = this.#options.get(name);
    return name === 'IP_TTL' && value < 0 ? this.socket.profile.ttl : value;
  }

  close(): void {
    this.socket.close();
  }
}

/** @throws SocketError EFAULT */
function memoryOf(memory: UserMemory): Uint8Array {
  if (memory === 'invalid-pointer') throw new SocketError('EFAULT', 'send');
  return memory;
}
