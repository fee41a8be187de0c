/** A host's sockets as `netstat -antp` shows them, a row each. */
import { endText, programOf, tcpRows } from '../stack/index.ts';
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

/** The host's TCP sockets: those that listen, then the connections in the order they began. */
export function netstat(host: SimulatedHost): NetstatRow[] {
  const holders = host.socketHolders();
  const shown = (protocol: NetstatRow['protocol']): NetstatRow[] =>
    tcpRows(host.stack, protocol === 'tcp' ? 'AF_INET' : 'AF_INET6', host.now).map((row) => ({
      protocol,
      receiveQueue: row.receiveQueue,
      sendQueue: row.sendQueue,
      local: endText(row.localAddress, row.localPort),
      foreign: endText(row.foreignAddress, row.foreignPort),
      state: row.state,
      program: programOf(row.socket && holders.get(row.socket)?.[0]),
    }));
  return [...shown('tcp'), ...shown('tcp6')];
}
