/** The host's TCP sockets as commands and files list them: those that listen, then connections. */
import { type IpAddress, IPV6_ANY, isIpv6 } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import { anyAddressOf, type SocketFamily } from '../sockets/socket-family.ts';
import { isHalfOpen } from '../tcp/fast-open/half-open.ts';
import type { Listener } from '../tcp/listen/listener.ts';
import { TcpSocket } from '../tcp/sockets/socket.ts';
import type { TcpState } from '../tcp/states.ts';
import { flightSize, Tcb } from '../tcp/tcb.ts';
import type { Connection, Tcp } from '../tcp/tcp.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';
import { RareTimer } from '../tcp/timers.ts';

export interface ListedSocket {
  readonly family: SocketFamily;
  /** IPV6_V6ONLY; of a connection it says nothing. */
  readonly isV6Only: boolean;
  /** As packets carry them. */
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly state: TcpState;
  /** Of a socket that listens; else it is a connection. */
  readonly listener: Listener | undefined;
  readonly connection: Connection | undefined;
  /** What a process may have open; nothing where the kernel keeps a record only. */
  readonly socket: object | undefined;
}

export function listSockets({ tcp, tcpSockets }: Host): ListedSocket[] {
  const listening = new Map([...tcpSockets.sockets()].map((each) => [each.listener, each]));
  const listeners = tcp.listeners.values().map((listener) => ({
    family: listener.family,
    isV6Only: listener.isV6Only,
    localAddress: listener.localAddress,
    localPort: listener.localPort,
    remoteAddress: anyAddressOf(listener.family),
    remotePort: 0,
    state: 'LISTEN' as const,
    listener,
    connection: undefined,
    socket: listening.get(listener),
  }));
  const connections = tcp.connections().map((connection) => ({
    family: familyOf(tcp, connection),
    isV6Only: false,
    localAddress: connection.localAddress,
    localPort: connection.localPort,
    remoteAddress: connection.remoteAddress,
    remotePort: connection.remotePort,
    state: connection.state,
    listener: undefined,
    connection,
    socket: hasSocket(connection) ? connection.user : undefined,
  }));
  return [...listeners, ...connections];
}

/** Whether it speaks IPv6 only: by IPV6_V6ONLY, or by what it is bound to (inet6_bind()). */
export function isIpv6Only(socket: Pick<ListedSocket, 'isV6Only' | 'localAddress'>): boolean {
  const { isV6Only, localAddress } = socket;
  return isV6Only || (isIpv6(localAddress) && localAddress !== IPV6_ANY);
}

/** The family of a connection's socket; without one, of the socket that listens where it began. */
function familyOf(tcp: Tcp, connection: Connection): SocketFamily {
  const { localAddress, localPort } = connection;
  if (isIpv6(localAddress)) return 'AF_INET6';
  if (connection instanceof Tcb && connection.user instanceof TcpSocket) {
    return connection.user.family;
  }
  return tcp.listeners.find(localAddress, localPort)?.family ?? 'AF_INET';
}

/**
 * Whether the kernel keeps more than a record of the connection: not before it is established, nor
 * when nobody waits for it any more (request_sock, inet_timewait_sock).
 */
export function hasSocket(connection: Connection): connection is Tcb {
  if (!(connection instanceof Tcb)) return false;
  const { state, listener } = connection;
  const isOpening = state === 'SYN-RECEIVED' && listener !== undefined && !isHalfOpen(connection);
  return !isOpening && state !== 'TIME-WAIT';
}

/**
 * What waits to be read and to be acknowledged, a SYN or FIN counted as an octet (Linux
 * tcp_diag_get_info()); of a socket that listens, who waits for `accept` and how many may.
 */
export function queuesOf({ connection, listener }: ListedSocket): {
  receive: number;
  send: number;
} {
  if (listener !== undefined) return { receive: listener.waiting, send: listener.backlog };
  if (connection === undefined || !hasSocket(connection)) return { receive: 0, send: 0 };
  const { state, user } = connection;
  const isEndRead = user instanceof TcpSocket && user.hasReadEnd;
  const hasOpened = state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
  const isClosing = state === 'FIN-WAIT-1' || state === 'CLOSING' || state === 'LAST-ACK';
  return {
    receive: connection.receiveBuffer.readable + (connection.finReceived && !isEndRead ? 1 : 0),
    send: connection.sendBuffer.length + (hasOpened ? 0 : 1) + (isClosing ? 1 : 0),
  };
}

/** The timer of a connection that counts most (Linux inet_diag, `idiag_timer`). */
export interface RunningTimer {
  readonly name: 'off' | 'on' | 'keepalive' | 'timewait' | 'persist' | 'delack';
  /** In how long it fires. */
  readonly left: Duration;
  /** How often it has fired in vain. */
  readonly times: number;
}

export const NO_TIMER: RunningTimer = { name: 'off', left: 0, times: 0 };

export function runningTimer(connection: Connection, now: Instant): RunningTimer {
  const running = (name: RunningTimer['name'], at: Instant, times: number): RunningTimer => {
    return { name, left: Math.max(0, at - now), times };
  };
  if (!(connection instanceof Tcb)) return running('timewait', connection.endsAt, 0);
  const { timers, retransmissions, probes } = connection;
  const resending = Math.min(timers.retransmission, timers.probe, timers.at(RareTimer.reordering));
  // One timer on Linux (sk_timer).
  const lasting = Math.min(timers.at(RareTimer.keepAlive), timers.at(RareTimer.finWait2));
  if (timers.isRunning(RareTimer.timeWait))
    return running('timewait', timers.at(RareTimer.timeWait), 0);
  if (resending !== NEVER && flightSize(connection) > 0) {
    return running('on', resending, retransmissions);
  }
  if (timers.isRunning(RareTimer.persist))
    return running('persist', timers.at(RareTimer.persist), probes);
  if (lasting !== NEVER) return running('keepalive', lasting, probes);
  if (timers.delayedAck !== NEVER) return running('delack', timers.delayedAck, 0);
  return NO_TIMER;
}

/** The states as FreeBSD's tools spell them (tcp_fsm.h). */
export const BSD_STATES: Readonly<Record<TcpState, string>> = {
  CLOSED: 'CLOSED',
  LISTEN: 'LISTEN',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECEIVED': 'SYN_RCVD',
  ESTABLISHED: 'ESTABLISHED',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'FIN-WAIT-1': 'FIN_WAIT_1',
  CLOSING: 'CLOSING',
  'LAST-ACK': 'LAST_ACK',
  'FIN-WAIT-2': 'FIN_WAIT_2',
  'TIME-WAIT': 'TIME_WAIT',
};
