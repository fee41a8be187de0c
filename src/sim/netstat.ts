/** A host's sockets as `netstat -antp` shows them, a row each. */
import { type Tcb, type TcpState } from '../stack/index.ts';
import { printIpv4, seqDiff } from '../wire/index.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** One row. */
export interface NetstatRow {
  readonly protocol: 'tcp';
  /** Octets that have arrived and were not read; a FIN counts as one until it is read. */
  readonly receiveQueue: number;
  /** Octets that were not acknowledged; our FIN counts as one. */
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
  const { snd, sendBuffer } = tcb;
  const hasFinUnread = tcb.finReceived && !tcb.orphaned;
  const unacknowledged = Math.max(sendBuffer.length, seqDiff(snd.nxt, snd.una));
  return {
    protocol: 'tcp',
    receiveQueue: tcb.receiveBuffer.readable + (hasFinUnread ? 1 : 0),
    sendQueue: unacknowledged,
    local: `${printIpv4(tcb.localAddress)}:${tcb.localPort}`,
    foreign: `${printIpv4(tcb.remoteAddress)}:${tcb.remotePort}`,
    state: SPELLING[tcb.state],
    program: programOf(host, tcb.user),
  };
}

function programOf(host: SimulatedHost, user: unknown): string {
  for (const process of host.processes) {
    for (const { stackSocket } of process.sockets) {
      if (stackSocket === user) return `${process.pid}/${process.name}`;
    }
  }
  return '-';
}
