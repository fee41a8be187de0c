/**
 * getsockopt of a TCP socket (socket(7), ip(7), tcp(7)): numbers as they were set or as they have
 * come about, and what is more than a number.
 */
import { concat } from '../../../wire/index.ts';
import { SocketError } from '../../errno.ts';
import { mtuOf } from '../../ip/path-mtu.ts';
import { ADDRESS_FAMILY, IPPROTO, SOCK } from '../../posix/constants.ts';
import type { OptionAnswer } from '../../posix/file.ts';
import { numberOf } from '../../sockets/error-queue.ts';
import {
  bytesAnswer,
  INT_LENGTH,
  intAnswer,
  LINGER_LENGTH,
  nameAnswer,
  TIME_LENGTH,
  timeValue,
} from '../../sockets/option-structures.ts';
import { levelOf, type OptionLevel } from '../../sockets/option-values.ts';
import { mustHaveLevel } from '../../sockets/socket-family.ts';
import { receiveMemory, sendMemory } from '../../sockets/socket-memory.ts';
import { type Instant, seconds } from '../../time.ts';
import { congestionInfo } from '../congestion/congestion-info.ts';
import type { CongestionAlgorithm } from '../congestion/congestion-profile.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { isSynchronized } from '../states.ts';
import { mtuDiscoveryOf } from './connection-options.ts';
import type { SocketOption } from './socket-option-names.ts';
import type { TcpSocket } from './socket.ts';
import { memoryInfo, tcpInfo } from './tcp-info.ts';

function congestionOf({ tcb, settings, table }: TcpSocket): CongestionAlgorithm {
  const chosen = settings.congestionControl ?? table.tcp.profile.congestion.algorithm;
  return tcb?.congestionAlgorithm ?? chosen;
}

/** Reads an option that holds a number back. */
export function getIntOption(socket: TcpSocket, option: SocketOption): number {
  const { options, tcb, table } = socket;
  const { host, profile } = table.tcp;
  const value = options.get(option);
  switch (option) {
    case 'SO_RCVBUF':
      if (options.has(option)) return receiveMemory(host.socketMemory, value);
      if (tcb !== undefined && tcb.rcv.memory > 0) return tcb.rcv.memory; // as it has grown
      return profile.receiveBuffer.default;
    case 'SO_SNDBUF':
      if (options.has(option)) return sendMemory(host.socketMemory, value);
      return tcb?.sendSpace ?? profile.sendBuffer.default;
    case 'TCP_WINDOW_CLAMP':
      return tcb !== undefined && isSynchronized(tcb.state) ? tcb.rcv.clamp : value; // as it is
    case 'TCP_FASTOPEN':
      return socket.listener?.fastOpen?.limit ?? Math.min(value, host.sockets.backlogMaximum);
    case 'TCP_MAXSEG':
      if (tcb !== undefined && tcb.state !== 'CLOSED') return effectiveSendMss(tcb); // mss_cache
      return value === 0 ? 536 : value;
    case 'TCP_SYNCNT':
      return value === 0 ? profile.retransmission.synRetries : value;
    case 'TCP_KEEPIDLE':
      return value === 0 ? Math.floor(profile.keepAlive.idle / seconds(1)) : value;
    case 'TCP_KEEPINTVL':
      return value === 0 ? Math.floor(profile.keepAlive.interval / seconds(1)) : value;
    case 'TCP_KEEPCNT':
      return value === 0 ? profile.keepAlive.probes : value;
    case 'TCP_LINGER2':
      return value === 0 ? Math.floor(profile.finWait2 / seconds(1)) : value;
    case 'TCP_QUICKACK':
      return tcb === undefined || !tcb.delayedAck.isInteractive ? 1 : 0;
    case 'IP_MTU_DISCOVER':
      return options.has(option) ? value : mtuDiscoveryOf(host);
    case 'IP_TTL':
    case 'IPV6_UNICAST_HOPS':
      return value < 0 ? host.ttl : value;
    default:
      return value;
  }
}

/** getsockopt; `length` is the room that the caller has. @throws SocketError */
export function getStreamOption(
  socket: TcpSocket,
  levelName: string,
  option: string,
  length: number,
  now: Instant,
): OptionAnswer {
  if (length < 0) throw new SocketError('EINVAL', `getsockopt ${option}`);
  const level = levelOf(levelName);
  mustHaveLevel(socket.family, level, `getsockopt ${option}`);
  const name = level && socket.options.nameOf(level, option);
  if (name !== undefined) return intAnswer(getIntOption(socket, name), length);
  const answer = level && structuredAnswer(socket, level, option, length, now);
  if (answer === undefined) throw new SocketError('ENOPROTOOPT', `getsockopt ${option}`);
  return answer;
}

/** The listener's own keys, or the host's. */
function fastOpenKeysOf({ settings, table }: TcpSocket): Uint8Array {
  const { fastOpenKey } = settings;
  return fastOpenKey.length > 0 ? fastOpenKey : concat(...table.tcp.profile.fastOpen.keys);
}

/** What cannot be set, and what is more than a number. */
function structuredAnswer(
  socket: TcpSocket,
  level: OptionLevel,
  option: string,
  length: number,
  now: Instant,
): OptionAnswer | undefined {
  const { tcb, settings } = socket;
  switch (`${level} ${option}`) {
    case 'SOL_SOCKET SO_ERROR':
      return intAnswer(numberOf(socket.takeError() ?? socket.takeSoftError()), length);
    case 'SOL_SOCKET SO_TYPE':
      return intAnswer(SOCK.SOCK_STREAM, length);
    case 'SOL_SOCKET SO_PROTOCOL':
      return intAnswer(IPPROTO.IPPROTO_TCP, length);
    case 'SOL_SOCKET SO_DOMAIN':
      return intAnswer(ADDRESS_FAMILY[socket.family], length);
    case 'SOL_SOCKET SO_ACCEPTCONN':
      return intAnswer(socket.isListening ? 1 : 0, length);
    case 'SOL_SOCKET SO_LINGER': {
      const { on, time } = settings.linger;
      const linger = Math.floor(time / seconds(1));
      return { value: { onoff: on ? 1 : 0, linger }, length: Math.min(length, LINGER_LENGTH) };
    }
    case 'SOL_SOCKET SO_RCVTIMEO':
    case 'SOL_SOCKET SO_SNDTIMEO': {
      const timeout = option === 'SO_RCVTIMEO' ? settings.receiveTimeout : settings.sendTimeout;
      return { value: timeValue(timeout), length: Math.min(length, TIME_LENGTH) };
    }
    case 'SOL_SOCKET SO_MEMINFO': {
      const [receive, send] = [
        getIntOption(socket, 'SO_RCVBUF'),
        getIntOption(socket, 'SO_SNDBUF'),
      ];
      const value = memoryInfo(tcb, receive, send);
      return { value, length: Math.min(length, INT_LENGTH * Object.keys(value).length) };
    }
    case 'SOL_IP IP_MTU':
    case 'SOL_IPV6 IPV6_MTU':
      if (tcb === undefined || tcb.state === 'CLOSED') {
        throw new SocketError('ENOTCONN', `getsockopt ${option}`);
      }
      return intAnswer(mtuOf(tcb.route, now), length);
    case 'SOL_TCP TCP_INFO':
      return { value: tcpInfo(socket, now), length };
    case 'SOL_TCP TCP_CC_INFO':
      return congestionInfo(tcb, length);
    case 'SOL_TCP TCP_CONGESTION':
      return nameAnswer(congestionOf(socket), length);
    case 'SOL_TCP TCP_FASTOPEN_KEY':
      return bytesAnswer(fastOpenKeysOf(socket), length);
    default:
      return undefined;
  }
}
