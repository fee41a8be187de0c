/**
 * The rows of `netstat`: what /proc/net/tcp, tcp6, udp and udp6 tell of each socket, in the words
 * of net-tools.
 */
import { type IpAddress, printIp } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { SocketFamily } from '../sockets/socket-family.ts';
import type { TcpState } from '../tcp/states.ts';
import type { Instant } from '../time.ts';
import { type ListedSocket, listSockets, queuesOf } from './connections.ts';
import { KernelTimer, kernelTimer } from './kernel-timer.ts';

/** One row. */
export interface InternetRow {
  readonly protocol: 'tcp' | 'tcp6' | 'udp' | 'udp6';
  readonly receiveQueue: number;
  readonly sendQueue: number;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly foreignAddress: IpAddress;
  readonly foreignPort: number;
  /** In netstat's spelling, `FIN_WAIT2`; nothing for a datagram socket that is not connected. */
  readonly state: string;
  /** `on (0.20/0/0)`. */
  readonly timer: string;
  /** What a process may have open. */
  readonly socket: object | undefined;
}

/** The states as Linux's tools spell them. */
const SPELLING: Readonly<Record<TcpState, string>> = {
  CLOSED: 'CLOSE',
  LISTEN: 'LISTEN',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECEIVED': 'SYN_RECV',
  ESTABLISHED: 'ESTABLISHED',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  CLOSING: 'CLOSING',
  'LAST-ACK': 'LAST_ACK',
  'TIME-WAIT': 'TIME_WAIT',
};

/** Those of a family: who listens, then the connections in the order they began. */
export function tcpRows(host: Host, family: SocketFamily, now: Instant): InternetRow[] {
  return listSockets(host)
    .filter((socket) => socket.family === family)
    .map((socket) => tcpRow(socket, now));
}

function tcpRow(socket: ListedSocket, now: Instant): InternetRow {
  const { receive, send } = queuesOf(socket);
  return {
    protocol: socket.family === 'AF_INET' ? 'tcp' : 'tcp6',
    receiveQueue: receive,
    sendQueue: socket.listener === undefined ? send : 0, // the backlog is told to ss only
    localAddress: socket.localAddress,
    localPort: socket.localPort,
    foreignAddress: socket.remoteAddress,
    foreignPort: socket.remotePort,
    state: SPELLING[socket.state],
    timer: timerText(socket, now),
    socket: socket.socket,
  };
}

const TIMER_NAMES: Readonly<Record<KernelTimer, string>> = {
  [KernelTimer.none]: 'off',
  [KernelTimer.retransmission]: 'on',
  [KernelTimer.keepAlive]: 'keepalive',
  [KernelTimer.timeWait]: 'timewait',
  [KernelTimer.probe]: 'probe',
};

/** `on (0.20/0/0)`: in how many seconds it fires, retransmissions so far, probes so far. */
function timerText(socket: ListedSocket, now: Instant): string {
  const { kind, hundredths, retransmissions, probes } = kernelTimer(socket, now);
  const seconds = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
  return `${TIMER_NAMES[kind]} (${seconds}/${retransmissions}/${probes})`;
}

/** UDP's: one that is connected counts as established. */
export function udpRows({ udp }: Host, family: SocketFamily): InternetRow[] {
  return [...udp.sockets()]
    .filter((socket) => socket.family === family)
    .map((socket) => ({
      protocol: family === 'AF_INET' ? 'udp' : 'udp6',
      receiveQueue: socket.receiveQueue,
      sendQueue: 0,
      localAddress: socket.localAddress,
      localPort: socket.localPort,
      foreignAddress: socket.remoteAddress,
      foreignPort: socket.remotePort,
      state: socket.remotePort === 0 ? '' : 'ESTABLISHED',
      timer: 'off (0.00/0/0)',
      socket,
    }));
}

/** An end as the table has it; an IPv4 address is never shown mapped (fix_v4_address()). */
export function endText(address: IpAddress, port: number): string {
  return `${printIp(address)}:${port === 0 ? '*' : port}`;
}
