/** A host's sockets as `netstat -antp` shows them, a row each. */
import { type Tcb, TcpSocket, type TcpState } from '../stack/index.ts';
import { printIpv4 } from '../wire/index.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** One row. */
export interface NetstatRow {
  readonly protocol: 'tcp';
  /** Octets that have arrived and were not read; a FIN counts as one until the end is read. */
  readonly receiveQueue: number;
  /** Octets that were not acknowledged; our SYN and our FIN count as one. */
  readonly sendQueue: number;
  readonly local: string;
  readonly foreign: string;
  /** In netstat's spelling: `FIN_WAIT2`. */
  readonly state: string;
  /** Process id and name, or `-` for a socket that no process has open. */
  readonly program: string;
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

/** The host's TCP sockets: those that listen, then the connections in the order they began. */
export function netstat(host: SimulatedHost): NetstatRow[] {
  const { tcp, tcpSockets } = host.stack;
  const rows: NetstatRow[] = [];
  for (const listener of tcp.listeners()) {
    const socket = [...tcpSockets.sockets()].find((candidate) => candidate.listener === listener);
    rows.push({
      protocol: 'tcp',
      receiveQueue: listener.waiting,
      sendQueue: 0,
      local: `${printIpv4(listener.localAddress)}:${listener.localPort}`,
      foreign: '0.0.0.0:*',
      state: 'LISTEN',
      program: programOf(host, socket),
    });
  }
  for (const tcb of tcp.connections()) rows.push(rowOf(host, tcb));
  return rows;
}

function rowOf(host: SimulatedHost, tcb: Tcb): NetstatRow {
  // Linux has no socket any more in TIME-WAIT, and none yet while a passive open goes on.
  const isRecord = tcb.state === 'TIME-WAIT' || tcb.listener !== undefined;
  return {
    protocol: 'tcp',
    receiveQueue: isRecord ? 0 : receiveQueueOf(tcb),
    sendQueue: isRecord ? 0 : sendQueueOf(tcb),
    local: `${printIpv4(tcb.localAddress)}:${tcb.localPort}`,
    foreign: `${printIpv4(tcb.remoteAddress)}:${tcb.remotePort}`,
    state: SPELLING[tcb.state],
    program: isRecord ? '-' : programOf(host, tcb.user),
  };
}

/** Linux's `rcv_nxt - copied_seq` (get_tcp4_sock). */
function receiveQueueOf({ receiveBuffer, finReceived, user }: Tcb): number {
  const isEndUnread = finReceived && !(user instanceof TcpSocket && user.hasReadEnd);
  return receiveBuffer.readable + (isEndUnread ? 1 : 0);
}

/** Linux's `write_seq - snd_una`: a FIN has its number from the moment that it is wanted. */
function sendQueueOf({ state, sendBuffer, finQueued }: Tcb): number {
  const isSynUnacknowledged = state === 'SYN-SENT' || state === 'SYN-RECEIVED';
  const isFinUnacknowledged = finQueued && state !== 'FIN-WAIT-2';
  return sendBuffer.length + (isSynUnacknowledged ? 1 : 0) + (isFinUnacknowledged ? 1 : 0);
}

function programOf(host: SimulatedHost, socket: object | undefined): string {
  const owner = host.ownerOf(socket);
  return owner === undefined ? '-' : `${owner.pid}/${owner.name}`;
}
