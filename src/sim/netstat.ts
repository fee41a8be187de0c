/** A host's sockets as `netstat -antp` shows them, a row each. */
import {
  anyAddressOf,
  type Connection,
  hasSocket,
  type ListedSocket,
  type Listener,
  listSockets,
  queuesOf,
  type SocketFamily,
  type TcpState,
} from '../stack/index.ts';
import { printIp } from '../wire/index.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** One row. */
export interface NetstatRow {
  readonly protocol: 'tcp' | 'tcp6';
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

const PROTOCOLS: Readonly<Record<SocketFamily, NetstatRow['protocol']>> = {
  AF_INET: 'tcp',
  AF_INET6: 'tcp6',
};

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
    if (listener !== undefined) return rowOfListener(host, socket, listener);
    return connection === undefined ? [] : rowOf(host, socket, connection);
  });
}

function rowOfListener(
  host: SimulatedHost,
  { family, localAddress, localPort }: ListedSocket,
  listener: Listener,
): NetstatRow {
  const sockets = [...host.stack.tcpSockets.sockets()];
  return {
    protocol: PROTOCOLS[family],
    receiveQueue: listener.waiting,
    sendQueue: 0,
    local: `${printIp(localAddress)}:${localPort}`,
    foreign: `${printIp(anyAddressOf(family))}:*`,
    state: 'LISTEN',
    program: programOf(
      host,
      sockets.find((socket) => socket.listener === listener),
    ),
  };
}

/** An IPv4 address is never shown mapped (net-tools, fix_v4_address()). */
function rowOf(host: SimulatedHost, socket: ListedSocket, connection: Connection): NetstatRow {
  const { receive, send } = queuesOf(socket);
  return {
    protocol: PROTOCOLS[socket.family],
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
