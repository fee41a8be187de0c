/** The files of /proc/net, which net-tools read, each in Linux's format. */
import { encodeIp, type IpAddress, maskIpv4, printIp, printMac } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { Instant } from '../time.ts';
import { arpEntries } from './arp.ts';
import { netstatGroups, printGroups, snmpGroups } from './counter-groups.ts';
import type { SocketHolders } from './holders.ts';
import { trafficOf } from './link-text.ts';
import { procNetTcp, procNetTcp6 } from './proc-net-tcp.ts';
import { procNetUdp, procNetUdp6 } from './proc-net-udp.ts';
import { listedRoutes } from './route-table.ts';
import { countSockets } from './socket-counts.ts';

/** What a file says now; sockets have the inodes that processes hold. */
type KernelFile = (host: Host, now: Instant, holders: SocketHolders) => string;

export const PROC_NET: ReadonlyMap<string, KernelFile> = new Map<string, KernelFile>([
  ['/proc/net/tcp', procNetTcp],
  ['/proc/net/tcp6', procNetTcp6],
  ['/proc/net/udp', procNetUdp],
  ['/proc/net/udp6', procNetUdp6],
  ['/proc/net/snmp', (host: Host): string => printGroups(snmpGroups(host))],
  ['/proc/net/netstat', (host: Host): string => printGroups(netstatGroups(host))],
  ['/proc/net/dev', devices],
  ['/proc/net/arp', neighbors],
  ['/proc/net/route', routes],
  ['/proc/net/sockstat', sockets],
  ['/proc/net/sockstat6', socketsOfIpv6],
]);

/** Eight numbers each way. */
function devices({ interfaces }: Host): string {
  const lines = interfaces.map((one) => {
    const { receivedOctets, receivedPackets, sentOctets, sentPackets } = trafficOf(one);
    const received = `${padded(receivedOctets, 7)} ${padded(receivedPackets, 7)}`;
    const sent = `${padded(sentOctets, 8)} ${padded(sentPackets, 7)}`;
    const start = `${one.name.padStart(6)}: ${received}`;
    const noneReceived = '    0    0    0     0          0         0';
    const noneSent = '    0    0    0     0       0          0';
    return `${start}${noneReceived} ${sent}${noneSent}\n`;
  });
  return (
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|' +
    'bytes    packets errs drop fifo colls carrier compressed\n' +
    lines.join('')
  );
}

function padded(value: number, width: number): string {
  return String(value).padStart(width);
}

/** Of each neighbour whether its address is known (ATF_COM), and set for good (ATF_PERM). */
function neighbors(host: Host): string {
  const lines = arpEntries(host).map(({ neighbor: { address, mac, isKnown, state }, device }) => {
    const flags = state === 'PERMANENT' ? '0x6' : isKnown ? '0x2' : '0x0';
    const hardware = printMac(isKnown ? mac : 0);
    return `${printIp(address).padEnd(16)} 0x1         ${flags.padEnd(10)}  ${hardware}     *        ${device}\n`;
  });
  return `IP address       HW type     Flags       HW address            Mask     Device\n${lines.join('')}`;
}

/** Flags: up 1, by a gateway 2, to a host 4, refused 0x200 (route.h). */
function routes(host: Host): string {
  const lines = listedRoutes(host).map(
    ({ kind, destination, gateway, port, priority, metrics }) => {
      const { address, length } = destination;
      const isRefused = kind !== 'unicast';
      const flags =
        1 | (gateway === undefined ? 0 : 2) | (length === 32 ? 4 : 0) | (isRefused ? 0x200 : 0);
      const mss = metrics.advertisedMss === undefined ? 0 : metrics.advertisedMss + 40;
      return [
        isRefused ? '*' : port.interface.name,
        memory(address),
        memory(gateway ?? 0),
        flags.toString(16).toUpperCase().padStart(4, '0'),
        0,
        0,
        priority,
        memory(maskIpv4(length)),
        mss,
        0,
        0,
      ].join('\t');
    },
  );
  const header =
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
  return [header, ...lines].map((text) => `${text.padEnd(127)}\n`).join('');
}

/** An address as the kernel has it in memory, read as a number of a little-endian machine. */
function memory(address: IpAddress): string {
  return Array.from(encodeIp(address).toReversed(), (octet) =>
    octet.toString(16).toUpperCase().padStart(2, '0'),
  ).join('');
}

function sockets(host: Host): string {
  const { tcp, udp, raw, orphaned, timeWait, tcpPages, udpPages } = countSockets(host);
  const all = tcp.AF_INET + tcp.AF_INET6;
  const used = all + udp.AF_INET + udp.AF_INET6 + raw - orphaned;
  return (
    `sockets: used ${used}\n` +
    `TCP: inuse ${tcp.AF_INET} orphan ${orphaned} tw ${timeWait} alloc ${all} mem ${tcpPages}\n` +
    `UDP: inuse ${udp.AF_INET} mem ${udpPages}\nUDPLITE: inuse 0\nRAW: inuse ${raw}\n` +
    'FRAG: inuse 0 memory 0\n'
  );
}

function socketsOfIpv6(host: Host): string {
  const { tcp, udp } = countSockets(host);
  return (
    `TCP6: inuse ${tcp.AF_INET6}\nUDP6: inuse ${udp.AF_INET6}\n` +
    'UDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n'
  );
}
