/** A host's sockets as `netstat -antp` shows them, a row each. */
import {
  type Connection,
  hasSocket,
  type ListedSocket,
  type Listener,
  listSockets,
  queuesOf,
  type TcpState,
} from '../stack/index.ts';
import { printIp } from '../wire/index.ts';
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
  return listSockets(host.stack).flatMap((socket) => {
    const { connection, listener } = socket;
    if (listener !== undefined) return rowOfListener(host, listener);
    return connection === undefined ? [] : rowOf(host, socket, connection);
  });
}

function rowOfListener(host: SimulatedHost, listener: Listener): NetstatRow {
  const { localAddress, localPort, waiting } = listener;
  const sockets = [...host.stack.tcpSockets.sockets()];
  return {
    protocol: 'tcp',
    receiveQueue: waiting,
    sendQueue: 0,
    local: `${printIp(localAddress)}:${localPort}`,
    foreign: '0.0.0.0:*',
    state: 'LISTEN',
    program: programOf(
      host,
      sockets.find((socket) => socket.listener === listener),
    ),
  };
}

function rowOf(host: SimulatedHost, socket: ListedSocket, connection: Connection): NetstatRow {
  const { receive, send } = queuesOf(socket);
  return {
    protocol: 'tcp',
    receiveQueue: receive,
    sendQueue: send,
    local: `${printIp(connection.localAddress)}:${connection.localPort}`,
    foreign: `${printIp(connection.remoteAddress)}:${connection.remotePort}`,
    state: SPELLING[connection.state],
    program: hasSocket(connection) ? programOf(host, connection.user) : '-',
  };
}

function programOf(host: SimulatedHost, socket: object | undefined): string {
  const owner = host.ownerOf(socket);
  return owner === undefined ? '-' : `${owner.pid}/${owner.name}`;
}
