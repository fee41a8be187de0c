/**
 * setsockopt and getsockopt of a TCP socket (socket(7), ip(7), tcp(7)). Options that hold a number
 * are in tables, which say what each takes; here is what follows from them in the socket's state,
 * and the options that are more than a number.
 */
import { concat, routeAsked } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import { SocketError } from '../../errno.ts';
import { numberOf } from '../../sockets/error-queue.ts';
import { STREAM_MULTICAST_REFUSALS } from '../../sockets/multicast-options.ts';
import { levelOf, type OptionLevel } from '../../sockets/option-values.ts';
import {
  bytesAnswer,
  INT_LENGTH,
  intAnswer,
  intOf,
  intOrOctetOf,
  LINGER_LENGTH,
  lingerOf,
  nameAnswer,
  nameOf,
  TIME_LENGTH,
  timeoutOf,
  timeValue,
} from '../../sockets/option-structures.ts';
import { mtuOf } from '../../ip/path-mtu.ts';
import { ADDRESS_FAMILY, IPPROTO, SOCK, TIMESTAMPING } from '../../posix/constants.ts';
import type { OptionAnswer } from '../../posix/file.ts';
import type { OptionValue } from '../../posix/system-call.ts';
import {
  type CongestionAlgorithm,
  isCongestionAlgorithm,
} from '../congestion/congestion-profile.ts';
import { mustHaveLevel } from '../../sockets/socket-family.ts';
import { receiveMemory, sendMemory } from '../../sockets/socket-memory.ts';
import { type Instant, NEVER, seconds } from '../../time.ts';
import {
  applyOptions,
  mtuDiscoveryOf,
  connectionOptions,
  STREAM_OPTIONS,
  type StreamOption,
} from './connection-options.ts';
import { FAST_OPEN_FLAG } from '../fast-open/state.ts';
import { restartKeepAlive, startKeepAlive } from '../liveness/keep-alive.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { output } from '../send/output.ts';
import type { TcpSocket } from './socket.ts';
import { tuneFastOpen } from './socket-listen.ts';
import { congestionInfo } from '../congestion/congestion-info.ts';
import { isSynchronized } from '../states.ts';
import { type Tcb, useCongestionControl } from '../tcb.ts';
import { memoryInfo, tcpInfo } from './tcp-info.ts';
import { keysAfter, SIGNATURE_KEY_LENGTH } from '../signature/keys.ts';
import type { SocketSettings } from './socket-settings.ts';

import { pushWaiting } from '../send/send.ts';

export type SocketOption = StreamOption;

/** Options of a socket, by the names that programs use. Sizes are in octets; flags 0 or 1. */
export const SOCKET_OPTIONS: readonly SocketOption[] = Object.keys(
  STREAM_OPTIONS,
) as SocketOption[];

/** Options that are checked, kept and read back, and from which nothing follows. */
export const KEPT_OPTIONS: readonly SocketOption[] = SOCKET_OPTIONS.filter(
  (name) => STREAM_OPTIONS[name].effect === 'kept',
);

const QUICK_ACK_ASKED = cause('quick-ack-asked', 'the application asks for it', 'Linux tcp(7)');

/** The options that fit an IPv4 header (RFC 791 §3.1). */
const OPTIONS_MOST = 40;
/** One key of Fast Open, or the present one and the one before. */
const FAST_OPEN_KEY_LENGTHS = [16, 32];

/** Sets an option that holds a number, at once for the connection that there is. */
export function setIntOption(
  socket: TcpSocket,
  option: SocketOption,
  value: number,
  now: Instant,
): void {
  const isInt = Number.isInteger(value) && value >= -0x8000_0000 && value <= 0xffff_ffff;
  if (!isInt) throw new SocketError('EINVAL', `setsockopt ${option}`);
  const isUnsigned = option === 'TCP_NOTSENT_LOWAT' || option === 'SO_MAX_PACING_RATE';
  const number = isUnsigned ? value : value | 0;
  if (number !== value) throw new SocketError('EINVAL', `setsockopt ${option}`);
  mustFitState(socket, option, number);
  socket.ownSettings().values.set(option, number);
  const { tcb, listener } = socket;
  if (option === 'TCP_FASTOPEN' && listener !== undefined) tuneFastOpen(socket, listener);
  if (tcb === undefined) return;
  applySettings(tcb, socket.settings);
  takeEffect(socket, option, now);
}

function applySettings(tcb: Tcb, settings: SocketSettings): void {
  applyOptions(tcb, connectionOptions(settings, tcb.services.host, tcb.remoteAddress));
}

function congestionOf({ tcb, settings, table }: TcpSocket): CongestionAlgorithm {
  const chosen = settings.congestionControl ?? table.tcp.profile.congestion.algorithm;
  return tcb?.congestionAlgorithm ?? chosen;
}

/** What an option cannot be in this state. */
function mustFitState(socket: TcpSocket, option: SocketOption, value: number): void {
  const { state, tcb, table } = socket;
  const isOpen = state !== 'CLOSED' && state !== 'LISTEN';
  const isRefused =
    (option === 'TCP_FASTOPEN' && isOpen) ||
    (option === 'IPV6_V6ONLY' && socket.localPort !== 0) ||
    (option === 'TCP_FASTOPEN_CONNECT' && state !== 'CLOSED') ||
    (option === 'TCP_FASTOPEN_NO_COOKIE' && isOpen) ||
    (option === 'TCP_WINDOW_CLAMP' && value === 0 && state !== 'CLOSED') ||
    // The octets of a stream are counted from SND.UNA, which a closed socket has not.
    (option === 'SO_TIMESTAMPING' &&
      (value & TIMESTAMPING.SOF_TIMESTAMPING_OPT_ID) !== 0 &&
      (tcb === undefined || !isOpen));
  const { flags } = table.tcp.profile.fastOpen;
  const isFlag = value === 0 || value === 1;
  if (option === 'TCP_FASTOPEN_CONNECT' && isFlag && (flags & FAST_OPEN_FLAG.client) === 0) {
    throw new SocketError('EOPNOTSUPP', `setsockopt ${option}`);
  }
  if (isRefused) throw new SocketError('EINVAL', `setsockopt ${option}`);
}

/** What an option changes in a connection beyond what it is asked for later. */
function takeEffect(socket: TcpSocket, option: SocketOption, now: Instant): void {
  const { tcb, options } = socket;
  if (tcb === undefined || tcb.state === 'CLOSED') return;
  switch (option) {
    case 'TCP_NODELAY':
      if (tcb.options.noDelay) pushWaiting(tcb, now);
      break;
    case 'TCP_CORK':
      if (tcb.options.corked) break;
      if (tcb.options.noDelay) pushWaiting(tcb, now);
      else output(tcb, now);
      break;
    case 'TCP_QUICKACK':
      tcb.delayedAck.isInteractive = options.get('TCP_QUICKACK') === 0;
      if (tcb.delayedAck.isInteractive || tcb.timers.delayedAck === NEVER) break;
      tcb.ackOwed ??= QUICK_ACK_ASKED;
      output(tcb, now);
      break;
    case 'SO_KEEPALIVE':
      if (isSynchronized(tcb.state)) startKeepAlive(tcb, now);
      break;
    case 'TCP_KEEPIDLE':
      if (isSynchronized(tcb.state)) restartKeepAlive(tcb, now);
      break;
    case 'SO_TIMESTAMPING':
      socket.marks(tcb).first = tcb.snd.una;
      break;
    default:
  }
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

/** setsockopt. @throws SocketError */
export function setStreamOption(
  socket: TcpSocket,
  levelName: string,
  option: string,
  value: OptionValue,
  length: number,
  now: Instant,
): void {
  const call = `setsockopt ${option}`;
  const level = levelOf(levelName);
  mustHaveLevel(socket.family, level, call);
  const name = level && socket.options.nameOf(level, option);
  if (name !== undefined) {
    const numberIn = level === 'SOL_IP' ? intOrOctetOf : intOf;
    setIntOption(socket, name, numberIn(value, length, call), now);
  } else if (level === 'SOL_TCP' && option === 'TCP_CONGESTION') {
    chooseCongestionControl(socket, value, length, call);
  } else {
    setStructure(socket.ownSettings(), `${level} ${option}`, value, length, call);
    const { tcb } = socket;
    if (tcb !== undefined) applySettings(tcb, socket.settings);
  }
}

/** Of a connection, unless its route has one for good (`ip route … congctl lock`). */
function chooseCongestionControl(
  socket: TcpSocket,
  value: OptionValue,
  length: number,
  call: string,
): void {
  const { tcb } = socket;
  if (tcb?.route.metrics.locked.has('congctl') === true) throw new SocketError('EPERM', call);
  const name = nameOf(value, length, call);
  if (!isCongestionAlgorithm(name)) throw new SocketError('ENOENT', call);
  socket.ownSettings().congestionControl = name;
  if (tcb !== undefined) useCongestionControl(tcb, name);
}

/** Options that are more than a number. */
function setStructure(
  settings: SocketSettings,
  option: string,
  value: OptionValue,
  length: number,
  call: string,
): void {
  switch (option) {
    case 'SOL_SOCKET SO_LINGER':
      settings.linger = lingerOf(value, length);
      break;
    case 'SOL_SOCKET SO_RCVTIMEO':
      settings.receiveTimeout = timeoutOf(value, length, call);
      break;
    case 'SOL_SOCKET SO_SNDTIMEO':
      settings.sendTimeout = timeoutOf(value, length, call);
      break;
    case 'SOL_IP IP_OPTIONS':
      mustBeBytes(value, length <= OPTIONS_MOST, call);
      settings.sourceRoute = routeAsked(value.subarray(0, length));
      if (settings.sourceRoute === undefined) throw new SocketError('EINVAL', call); // no other
      break;
    case 'SOL_TCP TCP_FASTOPEN_KEY':
      mustBeBytes(value, FAST_OPEN_KEY_LENGTHS.includes(length), call);
      settings.fastOpenKey = value;
      break;
    case 'SOL_TCP TCP_MD5SIG':
    case 'SOL_TCP TCP_MD5SIG_EXT': {
      mustBeBytes(value, length >= SIGNATURE_KEY_LENGTH, call);
      mustBeBytes(value, value.length >= SIGNATURE_KEY_LENGTH, call);
      const keys = keysAfter(settings.signatureKeys, value, option.endsWith('_EXT'));
      if (typeof keys === 'string') throw new SocketError(keys, call);
      settings.signatureKeys = keys;
      break;
    }
    default:
      throw new SocketError(STREAM_MULTICAST_REFUSALS.get(option) ?? 'ENOPROTOOPT', call);
  }
}

function mustBeBytes(
  value: OptionValue,
  isLengthRight: boolean,
  call: string,
): asserts value is Uint8Array {
  if (!isLengthRight || !(value instanceof Uint8Array)) throw new SocketError('EINVAL', call);
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
