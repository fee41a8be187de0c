/**
 * setsockopt of a TCP socket (socket(7), ip(7), tcp(7)). Options that hold a number are in tables,
 * which say what each takes; here is what follows from them in the socket's state, and the options
 * that are more than a number.
 */
import { routeAsked } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import { SocketError } from '../../errno.ts';
import { TIMESTAMPING } from '../../posix/constants.ts';
import type { OptionValue } from '../../posix/system-call.ts';
import { STREAM_MULTICAST_REFUSALS } from '../../sockets/multicast-options.ts';
import {
  intOf,
  intOrOctetOf,
  lingerOf,
  nameOf,
  timeoutOf,
} from '../../sockets/option-structures.ts';
import { levelOf } from '../../sockets/option-values.ts';
import { mustHaveLevel } from '../../sockets/socket-family.ts';
import { type Instant, NEVER } from '../../time.ts';
import { isCongestionAlgorithm } from '../congestion/congestion-profile.ts';
import { FAST_OPEN_FLAG } from '../fast-open/state.ts';
import { restartKeepAlive, startKeepAlive } from '../liveness/keep-alive.ts';
import { output } from '../send/output.ts';
import { pushWaiting } from '../send/send.ts';
import { keysAfter, SIGNATURE_KEY_LENGTH } from '../signature/keys.ts';
import { isSynchronized } from '../states.ts';
import { type Tcb, useCongestionControl } from '../tcb.ts';
import { applyOptions, connectionOptions } from './connection-options.ts';
import { tuneFastOpen } from './socket-listen.ts';
import type { SocketOption } from './socket-option-names.ts';
import type { SocketSettings } from './socket-settings.ts';
import type { TcpSocket } from './socket.ts';

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
