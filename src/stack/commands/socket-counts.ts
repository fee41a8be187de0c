/**
 * How many sockets a host has, by protocol and family, as /proc/net/sockstat and sockstat6 count
 * them and `ss -s` adds them up.
 */
import type { Host } from '../host.ts';
import type { SocketFamily } from '../sockets/socket-family.ts';
import { memoryInUse } from '../tcp/receive/receive-memory.ts';
import type { Connection } from '../tcp/tcp.ts';
import { TimeWaitRecord } from '../tcp/time-wait/record.ts';
import { hasSocket, listSockets } from './connections.ts';

type ByFamily = Readonly<Record<SocketFamily, number>>;

export interface SocketCounts {
  /** Those that listen, and those with a connection. */
  readonly tcp: ByFamily;
  readonly udp: ByFamily;
  readonly raw: number;
  /** Connections that are open, ours to close. */
  readonly established: number;
  /** Of those with a connection, those that no process has open any more. */
  readonly orphaned: number;
  /** Records of connections, which no socket stands for. */
  readonly timeWait: number;
  /** Pages of memory that what waits to be read takes. */
  readonly tcpPages: number;
  readonly udpPages: number;
}

const PAGE = 4096;

export function countSockets(host: Host): SocketCounts {
  const listed = listSockets(host);
  const connections = listed.flatMap(({ connection }) => connection ?? []);
  const open = connections.filter(hasSocket);
  const streams = listed.filter(
    ({ connection }) => connection === undefined || hasSocket(connection),
  );
  const datagrams = [...host.udp.sockets()];
  return {
    tcp: byFamily(streams),
    udp: byFamily(datagrams),
    raw: host.rawSockets.count,
    established: open.filter(({ state }) => state === 'ESTABLISHED' || state === 'CLOSE-WAIT')
      .length,
    orphaned: open.filter((tcb) => tcb.orphaned).length,
    timeWait: connections.filter(isRecord).length,
    tcpPages: pagesOf(open.map(memoryInUse)),
    udpPages: pagesOf(datagrams.map(({ receiveQueue }) => receiveQueue)),
  };
}

/** In TIME-WAIT, or in FIN-WAIT-2 without a process (inet_timewait_sock). */
function isRecord(connection: Connection): boolean {
  return connection instanceof TimeWaitRecord || connection.state === 'TIME-WAIT';
}

function byFamily(sockets: readonly { readonly family: SocketFamily }[]): ByFamily {
  const ipv6 = sockets.filter(({ family }) => family === 'AF_INET6').length;
  return { AF_INET: sockets.length - ipv6, AF_INET6: ipv6 };
}

function pagesOf(memories: readonly number[]): number {
  return Math.ceil(memories.reduce((sum, memory) => sum + memory, 0) / PAGE);
}
