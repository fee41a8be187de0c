/** The host's TCP sockets as commands and files list them: those that listen, then connections. */
import type { IpAddress } from '../../wire/index.ts';
import { IPV4_ANY } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import { isHalfOpen } from '../tcp/fast-open/half-open.ts';
import type { Listener } from '../tcp/listen/listener.ts';
import { TcpSocket } from '../tcp/sockets/socket.ts';
import type { TcpState } from '../tcp/states.ts';
import { flightSize, type Tcb } from '../tcp/tcb.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';

export interface ListedSocket {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly state: TcpState;
  /** Of a socket that listens; else it is a connection. */
  readonly listener: Listener | undefined;
  readonly tcb: Tcb | undefined;
}

export function listSockets({ tcp }: Host): ListedSocket[] {
  const listeners = tcp.listeners().map((listener) => ({
    localAddress: listener.localAddress,
    localPort: listener.localPort,
    remoteAddress: IPV4_ANY,
    remotePort: 0,
    state: 'LISTEN' as const,
    listener,
    tcb: undefined,
  }));
  const connections = tcp.connections().map((tcb) => ({
    localAddress: tcb.localAddress,
    localPort: tcb.localPort,
    remoteAddress: tcb.remoteAddress,
    remotePort: tcb.remotePort,
    state: tcb.state,
    listener: undefined,
    tcb,
  }));
  return [...listeners, ...connections];
}

/**
 * Whether the kernel keeps no more than a record of the connection: before it is established, and
 * when nobody waits for it any more (request_sock, inet_timewait_sock).
 */
export function isRecord(tcb: Tcb): boolean {
  const { state, listener, minisocket } = tcb;
  const isOpening = state === 'SYN-RECEIVED' && listener !== undefined && !isHalfOpen(tcb);
  return isOpening || state === 'TIME-WAIT' || minisocket;
}

/**
 * What waits to be read and to be acknowledged, a SYN or FIN counted as an octet (Linux
 * tcp_diag_get_info()); of a socket that listens, who waits for `accept` and how many may.
 */
export function queuesOf({ tcb, listener }: ListedSocket): { receive: number; send: number } {
  if (listener !== undefined) return { receive: listener.waiting, send: listener.backlog };
  if (tcb === undefined || isRecord(tcb)) return { receive: 0, send: 0 };
  const { state, user } = tcb;
  const isEndRead = user instanceof TcpSocket && user.hasReadEnd;
  const hasOpened = state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
  const isClosing = state === 'FIN-WAIT-1' || state === 'CLOSING' || state === 'LAST-ACK';
  return {
    receive: tcb.receiveBuffer.readable + (tcb.finReceived && !isEndRead ? 1 : 0),
    send: tcb.sendBuffer.length + (hasOpened ? 0 : 1) + (isClosing ? 1 : 0),
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

const NO_TIMER: RunningTimer = { name: 'off', left: 0, times: 0 };

export function runningTimer(tcb: Tcb, now: Instant): RunningTimer {
  const { timers } = tcb;
  const running = (name: RunningTimer['name'], at: Instant, times: number): RunningTimer => {
    return { name, left: Math.max(0, at - now), times };
  };
  const resending = Math.min(timers.retransmission, timers.probe, timers.reordering);
  const waiting = Math.min(timers.timeWait, tcb.minisocket ? timers.finWait2 : NEVER);
  const lasting = Math.min(timers.keepAlive, timers.finWait2); // one timer on Linux (sk_timer)
  if (waiting !== NEVER) return running('timewait', waiting, 0);
  if (resending !== NEVER && flightSize(tcb) > 0) {
    return running('on', resending, tcb.retransmissions);
  }
  if (timers.persist !== NEVER) return running('persist', timers.persist, tcb.probes);
  if (lasting !== NEVER) return running('keepalive', lasting, tcb.probes);
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
