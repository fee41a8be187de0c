/**
 * `/proc/net/tcp` in Linux's format (proc_net_tcp.rst): addresses as the kernel has them in memory,
 * of each four octets that of the least weight first, ports and states in hexadecimal.
 */
import { encodeIp, type IpAddress } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import { addressShown, type SocketFamily } from '../sockets/socket-family.ts';
import type { TcpState } from '../tcp/states.ts';
import type { Instant } from '../time.ts';
import { type ListedSocket, listSockets, queuesOf } from './connections.ts';
import { ROOT, type SocketHolder, type SocketHolders, userId } from './holders.ts';
import { kernelTimer } from './kernel-timer.ts';

/** Every line is padded to this (TMPSZ), so that a reader can seek. */
const WIDTH = 149;

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt' +
  '   uid  timeout inode';

/** `/proc/net/tcp6` has wider columns (tcp6_seq_show()). */
const HEADER_OF_IPV6 =
  '  sl  local_address                         remote_address                        st' +
  ' tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

/** The kernel's numbers of the states (tcp_states.h). */
const NUMBERS: Readonly<Record<TcpState, number>> = {
  ESTABLISHED: 1,
  'SYN-SENT': 2,
  'SYN-RECEIVED': 3,
  'FIN-WAIT-1': 4,
  'FIN-WAIT-2': 5,
  'TIME-WAIT': 6,
  CLOSED: 7,
  'CLOSE-WAIT': 8,
  'LAST-ACK': 9,
  LISTEN: 10,
  CLOSING: 11,
};

export function procNetTcp(host: Host, now: Instant, holders: SocketHolders): string {
  return table(host, 'AF_INET', HEADER, now, holders);
}

/** `/proc/net/tcp6`. */
export function procNetTcp6(host: Host, now: Instant, holders: SocketHolders): string {
  return table(host, 'AF_INET6', HEADER_OF_IPV6, now, holders);
}

function table(
  host: Host,
  family: SocketFamily,
  header: string,
  now: Instant,
  holders: SocketHolders,
): string {
  const lines = listSockets(host)
    .filter((socket) => socket.family === family)
    .map((socket, i) => line(socket, i, now, socket.socket && holders.get(socket.socket)?.[0]));
  return [header, ...lines].map((text) => `${text.padEnd(WIDTH)}\n`).join('');
}

function line(
  socket: ListedSocket,
  number: number,
  now: Instant,
  holder: SocketHolder | undefined,
): string {
  const { listener, family } = socket;
  const { receive, send } = queuesOf(socket);
  const { kind, hundredths, retransmissions, probes } = kernelTimer(socket, now);
  const sl = String(number).padStart(4);
  const local = `${inMemory(addressShown(family, socket.localAddress))}:${hex(socket.localPort, 4)}`;
  const remote = `${inMemory(addressShown(family, socket.remoteAddress))}:${hex(socket.remotePort, 4)}`;
  const queues = `${hex(listener === undefined ? send : 0, 8)}:${hex(receive, 8)}`;
  const timer = `${hex(kind, 2)}:${hex(hundredths, 8)} ${hex(retransmissions, 8)}`;
  const state = hex(NUMBERS[socket.state], 2);
  const owner = ownerText(holder, probes);
  return `${sl}: ${local} ${remote} ${state} ${queues} ${timer} ${owner}`;
}

/** Whose it is, probes in vain, its inode; then references and an address of the kernel's. */
export function ownerText(holder: SocketHolder | undefined, probes: number): string {
  const user = String(userId(holder?.user ?? ROOT)).padStart(5);
  return `${user} ${String(probes).padStart(8)} ${holder?.inode ?? 0} 1 0`;
}

export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}

/** An address as the kernel has it in memory, of four octets that of the least weight first. */
export function inMemory(address: IpAddress): string {
  const octets = encodeIp(address);
  return Array.from(octets, (_, i) => hex(octets[i ^ 3]!, 2)).join('');
}
