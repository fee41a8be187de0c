/**
 * setsockopt and getsockopt of a UDP socket (socket(7), ip(7), ipv6(7)). Options that hold a number
 * are in tables, which say what each takes; here is what follows from them in the socket, and the
 * options that are more than a number.
 */
import { SocketError } from '../errno.ts';
import { numberOf } from '../sockets/error-queue.ts';
import { IP_OPTIONS, type IpOption } from '../sockets/ip-options.ts';
import { IPV6_OPTIONS, type Ipv6Option } from '../sockets/ipv6-options.ts';
import {
  addressAnswer,
  ipv4GroupRequest,
  ipv4InterfaceChoice,
  ipv6GroupRequest,
  MULTICAST_OPTIONS,
  type MulticastOption,
} from '../sockets/multicast-options.ts';
import {
  intAnswer,
  intOf,
  intOrOctetOf,
  LINGER_LENGTH,
  lingerOf,
} from '../sockets/option-structures.ts';
import {
  levelOf,
  type OptionLevel,
  type OptionRule,
  OptionValues,
} from '../sockets/option-values.ts';
import { ADDRESS_FAMILY, IPPROTO, SOCK } from '../posix/constants.ts';
import type { OptionAnswer } from '../posix/file.ts';
import type { OptionValue } from '../posix/system-call.ts';
import { mustHaveLevel } from '../sockets/socket-family.ts';
import { SOCKET_LEVEL_OPTIONS, type SocketLevelOption } from '../sockets/socket-level-options.ts';
import { receiveMemory, sendMemory } from '../sockets/socket-memory.ts';
import { type Instant, seconds } from '../time.ts';
import type { UdpSocket } from './udp-socket.ts';

export type DatagramOption = SocketLevelOption | IpOption | Ipv6Option | MulticastOption;

export const DATAGRAM_OPTIONS: Readonly<Record<DatagramOption, OptionRule>> = {
  ...SOCKET_LEVEL_OPTIONS,
  ...IP_OPTIONS,
  ...IPV6_OPTIONS,
  ...MULTICAST_OPTIONS,
};

export class DatagramOptions {
  readonly values: OptionValues<DatagramOption> = new OptionValues(DATAGRAM_OPTIONS);
  readonly #socket: UdpSocket;
  #linger = { on: false, time: 0 };

  constructor(socket: UdpSocket) {
    this.#socket = socket;
  }

  set(level: string, option: string, value: OptionValue, length: number, now: Instant): void {
    const call = `setsockopt ${option}`;
    const known = levelOf(level);
    mustHaveLevel(this.#socket.family, known, call);
    const name = known && this.values.nameOf(known, option);
    if (name === 'IPV6_V6ONLY' && this.#socket.localPort !== 0) {
      throw new SocketError('EINVAL', call);
    }
    if (name !== undefined) {
      const numberIn = known === 'SOL_IP' ? intOrOctetOf : intOf;
      this.setNumber(name, numberIn(value, length, call));
    } else this.#setStructure(`${known} ${option}`, value, length, call, now);
  }

  /** An option that holds a number. @throws SocketError when it does not take the value */
  setNumber(name: DatagramOption, value: number): void {
    mustHaveLevel(this.#socket.family, DATAGRAM_OPTIONS[name].level, `setsockopt ${name}`);
    this.values.set(name, value);
    this.#apply();
  }

  #setStructure(
    option: `${OptionLevel | undefined} ${string}`,
    value: OptionValue,
    length: number,
    call: string,
    now: Instant,
  ): void {
    const { multicast } = this.#socket;
    switch (option) {
      case 'SOL_SOCKET SO_LINGER':
        this.#linger = lingerOf(value, length);
        break;
      case 'SOL_IP IP_ADD_MEMBERSHIP': {
        const { group, by } = ipv4GroupRequest(value, length, call);
        multicast.join(group, by, now);
        break;
      }
      case 'SOL_IP IP_DROP_MEMBERSHIP': {
        const { group, by } = ipv4GroupRequest(value, length, call);
        multicast.leave(group, by, now);
        break;
      }
      case 'SOL_IP IP_MULTICAST_IF':
        multicast.leaveByIpv4(ipv4InterfaceChoice(value, length, call));
        break;
      case 'SOL_IPV6 IPV6_JOIN_GROUP':
      case 'SOL_IPV6 IPV6_ADD_MEMBERSHIP': {
        const { group, by } = ipv6GroupRequest(value, length, call);
        multicast.join(group, by, now);
        break;
      }
      case 'SOL_IPV6 IPV6_LEAVE_GROUP':
      case 'SOL_IPV6 IPV6_DROP_MEMBERSHIP': {
        const { group, by } = ipv6GroupRequest(value, length, call);
        multicast.leave(group, by, now);
        break;
      }
      case 'SOL_IPV6 IPV6_MULTICAST_IF':
        multicast.leaveByIpv6(intOf(value, length, call));
        break;
      default:
        throw new SocketError('ENOPROTOOPT', call);
    }
  }

  #apply(): void {
    const socket = this.#socket;
    const value = (name: DatagramOption): number => this.values.get(name);
    const isOn = (name: DatagramOption): boolean => this.values.get(name) !== 0;
    const orHosts = (ttl: number): number | undefined => (ttl < 0 ? undefined : ttl);
    socket.reuseAddress = isOn('SO_REUSEADDR');
    socket.reusePort = isOn('SO_REUSEPORT');
    socket.mayBroadcast = isOn('SO_BROADCAST');
    socket.sendsChecksums = !isOn('SO_NO_CHECK');
    if (this.values.has('IPV6_V6ONLY')) socket.isV6Only = isOn('IPV6_V6ONLY');
    socket.ipv4 = {
      tos: value('IP_TOS') & 0xff,
      ttl: orHosts(value('IP_TTL')),
      mtuDiscovery: this.values.has('IP_MTU_DISCOVER')
        ? value('IP_MTU_DISCOVER')
        : socket.ipv4.mtuDiscovery,
      wantsErrors: isOn('IP_RECVERR'),
      multicast: {
        ttl: value('IP_MULTICAST_TTL'),
        loops: isOn('IP_MULTICAST_LOOP'),
        hearsAll: isOn('IP_MULTICAST_ALL'),
      },
    };
    socket.ipv6 = {
      tos: value('IPV6_TCLASS'),
      ttl: orHosts(value('IPV6_UNICAST_HOPS')),
      mtuDiscovery: value('IPV6_MTU_DISCOVER'),
      wantsErrors: isOn('IPV6_RECVERR'),
      multicast: {
        ttl: value('IPV6_MULTICAST_HOPS'),
        loops: isOn('IPV6_MULTICAST_LOOP'),
        hearsAll: isOn('IPV6_MULTICAST_ALL'),
      },
    };
    if (this.values.has('SO_RCVBUF')) socket.receiveSpace = this.#receiveBuffer;
  }

  get #receiveBuffer(): number {
    const { profile } = this.#socket;
    if (!this.values.has('SO_RCVBUF')) return profile.sockets.receiveBuffer;
    return receiveMemory(profile.socketMemory, this.values.get('SO_RCVBUF'));
  }

  get #sendBuffer(): number {
    const { profile } = this.#socket;
    if (!this.values.has('SO_SNDBUF')) return profile.sockets.sendBuffer;
    return sendMemory(profile.socketMemory, this.values.get('SO_SNDBUF'));
  }

  get(level: string, option: string, length: number, now: Instant): OptionAnswer {
    if (length < 0) throw new SocketError('EINVAL', `getsockopt ${option}`);
    const known = levelOf(level);
    mustHaveLevel(this.#socket.family, known, `getsockopt ${option}`);
    const name = known && this.values.nameOf(known, option);
    if (name !== undefined) return intAnswer(this.#numberOf(name), length);
    const { multicast, family } = this.#socket;
    switch (`${known} ${option}`) {
      case 'SOL_IP IP_MTU':
      case 'SOL_IPV6 IPV6_MTU':
        return intAnswer(this.#socket.pathMtu(now), length);
      case 'SOL_IP IP_MULTICAST_IF':
        return addressAnswer(multicast.choiceOfIpv4.address, length);
      case 'SOL_IPV6 IPV6_MULTICAST_IF':
        return intAnswer(multicast.choiceOfIpv6.index, length);
      case 'SOL_SOCKET SO_ERROR':
        return intAnswer(numberOf(this.#socket.takeError()), length);
      case 'SOL_SOCKET SO_TYPE':
        return intAnswer(SOCK.SOCK_DGRAM, length);
      case 'SOL_SOCKET SO_PROTOCOL':
        return intAnswer(IPPROTO.IPPROTO_UDP, length);
      case 'SOL_SOCKET SO_DOMAIN':
        return intAnswer(ADDRESS_FAMILY[family], length);
      case 'SOL_SOCKET SO_ACCEPTCONN':
        return intAnswer(0, length);
      case 'SOL_SOCKET SO_LINGER': {
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
    const value = this.values.get(name);
    if (name === 'IPV6_V6ONLY') return this.#socket.isV6Only ? 1 : 0;
    const isTtl = name === 'IP_TTL' || name === 'IPV6_UNICAST_HOPS';
    return isTtl && value < 0 ? this.#socket.profile.ttl : value;
  }
}
