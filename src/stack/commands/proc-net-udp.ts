/**
 * `/proc/net/udp` and `/proc/net/udp6`: as /proc/net/tcp has it, with the datagrams that found no
 * room at the end. A socket's line is numbered by its port (udp4_seq_show()).
 */
import type { Host } from '../host.ts';
import { addressShown, type SocketFamily } from '../sockets/socket-family.ts';
import type { Instant } from '../time.ts';
import type { SocketHolders } from './holders.ts';
import { hex, inMemory, ownerText } from './proc-net-tcp.ts';

const WIDTH = 127;
const HEADER_START = 'sl  local_address';
const HEADER_END =
  'st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';

/** The buckets of the kernel's table (UDP_HTABLE_SIZE_MIN, with some memory). */
const BUCKETS = 16_384;

export function procNetUdp(host: Host, _now: Instant, holders: SocketHolders): string {
  return table(host, holders, 'AF_INET', `   ${HEADER_START} rem_address   ${HEADER_END}`);
}

export function procNetUdp6(host: Host, _now: Instant, holders: SocketHolders): string {
  const start = `  ${HEADER_START.padEnd(38 + 4)}${'remote_address'.padEnd(38)}`;
  return table(host, holders, 'AF_INET6', `${start}${HEADER_END}`);
}

function table(
  { udp }: Host,
  holders: SocketHolders,
  family: SocketFamily,
  header: string,
): string {
  const lines = [...udp.sockets()]
    .filter((socket) => socket.family === family)
    .map((socket) => {
      const { localAddress, localPort, remoteAddress, remotePort, receiveQueue } = socket;
      const end = (address: typeof localAddress, port: number): string =>
        `${inMemory(addressShown(family, address))}:${hex(port, 4)}`;
      return [
        `${String(localPort % BUCKETS).padStart(5)}:`,
        end(localAddress, localPort),
        end(remoteAddress, remotePort),
        remotePort === 0 ? '07' : '01',
        `${hex(0, 8)}:${hex(receiveQueue, 8)}`,
        `00:00000000 00000000 ${ownerText(holders.get(socket)?.[0], 0)} 0`,
      ].join(' ');
    });
  return [header, ...lines].map((text) => `${text.padEnd(WIDTH)}\n`).join('');
}
