/**
 * A UDP socket as an open file of a process (udp(7), ip(7)): one message, one datagram. What is
 * longer than the reader's buffer is cut, and MSG_TRUNC says so.
 */
import { concat, isIpv6 } from '../../wire/index.ts';
import { type Errno, SocketError } from '../errno.ts';
import { receiveFromErrorQueue } from '../error-message.ts';
import { numberOf } from '../error-queue.ts';
import { IP_OPTIONS, type IpOption } from '../ip-options.ts';
import { IPV6_OPTIONS, type Ipv6Option } from '../ipv6-options.ts';
import { intAnswer, intOf, intOrOctetOf, LINGER_LENGTH, lingerOf } from '../option-structures.ts';
import { levelOf, type OptionRule, OptionValues } from '../option-values.ts';
import { ADDRESS_FAMILY, IPPROTO, MSG, POLL, SOCK } from '../posix/constants.ts';
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
import { addressShown, mustHaveLevel } from '../socket-family.ts';
import { SOCKET_LEVEL_OPTIONS, type SocketLevelOption } from '../socket-level-options.ts';
import { receiveMemory, sendMemory } from '../socket-memory.ts';
import { type Duration, type Instant, NEVER, seconds } from '../time.ts';
import type { ReceivedDatagram, UdpSocket } from './udp-socket.ts';

type DatagramOption = SocketLevelOption | IpOption | Ipv6Option;

const DATAGRAM_OPTIONS: Readonly<Record<DatagramOption, OptionRule>> = {
  ...SOCKET_LEVEL_OPTIONS,
  ...IP_OPTIONS,
  ...IPV6_OPTIONS,
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
      if (this.#options.get(option) !== 0)
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

  setOption(level: string, option: string, value: OptionValue, length: number): void {
    const call = `setsockopt ${option}`;
    const known = levelOf(level);
    mustHaveLevel(this.socket.family, known, call);
    const name = known && this.#options.nameOf(known, option);
    if (name === 'IPV6_V6ONLY' && this.socket.localPort !== 0) {
      throw new SocketError('EINVAL', call);
    }
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
    const value = (name: DatagramOption): number => this.#options.get(name);
    const orHosts = (ttl: number): number | undefined => (ttl < 0 ? undefined : ttl);
    socket.reuseAddress = value('SO_REUSEADDR') !== 0;
    socket.mayBroadcast = value('SO_BROADCAST') !== 0;
    if (this.#options.has('IPV6_V6ONLY')) socket.isV6Only = value('IPV6_V6ONLY') !== 0;
    socket.ipv4 = {
      tos: value('IP_TOS') & 0xff,
      ttl: orHosts(value('IP_TTL')),
      mtuDiscovery: value('IP_MTU_DISCOVER'),
      wantsErrors: value('IP_RECVERR') !== 0,
    };
    socket.ipv6 = {
      tos: value('IPV6_TCLASS'),
      ttl: orHosts(value('IPV6_UNICAST_HOPS')),
      mtuDiscovery: value('IPV6_MTU_DISCOVER'),
      wantsErrors: value('IPV6_RECVERR') !== 0,
    };
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
    mustHaveLevel(this.socket.family, known, `getsockopt ${option}`);
    const name = known && this.#options.nameOf(known, option);
    if (name !== undefined) return intAnswer(this.#numberOf(name), length);
    if (`${known} ${option}` === 'SOL_IP IP_MTU' || `${known} ${option}` === 'SOL_IPV6 IPV6_MTU') {
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
        return intAnswer(ADDRESS_FAMILY[this.socket.family], length);
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
    if (name === 'IPV6_V6ONLY') return this.socket.isV6Only ? 1 : 0;
    const isTtl = name === 'IP_TTL' || name === 'IPV6_UNICAST_HOPS';
    return isTtl && value < 0 ? this.socket.profile.ttl : value;
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
