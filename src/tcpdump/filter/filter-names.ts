/** Names in filter expressions: of hosts, of ports, of protocols. */
import { type IpAddress, IPV4_LOOPBACK, IPV6_LOOPBACK } from '../../wire/index.ts';
import { DEBIAN_SERVICES, type ServiceTable } from '../services.ts';

/** Where names come from; each adds to what is built in, and wins over it. */
export interface FilterNames {
  /** The addresses of names; built in is `localhost`. */
  readonly addresses?: (name: string) => readonly IpAddress[];
  /** The names of ports; built in are those of Debian. */
  readonly services?: ServiceTable;
}

/** IP's protocols by name (Debian's /etc/protocols, those that a filter is likely to name). */
const IP_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['igmp', 2],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['ipv6', 41],
  ['ipv6-route', 43],
  ['ipv6-frag', 44],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ipv6-icmp', 58],
  ['ipv6-nonxt', 59],
  ['ipv6-opts', 60],
  ['ospf', 89],
  ['pim', 103],
  ['vrrp', 112],
  ['sctp', 132],
  ['udplite', 136],
]);

/** EtherTypes by name (libpcap `eproto_db`). */
const ETHER_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['ip', 0x0800],
  ['arp', 0x0806],
  ['rarp', 0x8035],
  ['ip6', 0x86dd],
  ['loopback', 0x9000],
  ['mopdl', 0x6001],
  ['moprc', 0x6002],
  ['decnet', 0x6003],
  ['lat', 0x6004],
  ['sca', 0x6007],
]);

/** The protocol of that name, in Ethernet or in IP. @throws RangeError when there is none */
export function protocolNamed(name: string, isOfEthernet: boolean): number {
  const number = (isOfEthernet ? ETHER_PROTOCOLS : IP_PROTOCOLS).get(name);
  if (number !== undefined) return number;
  throw new RangeError(`unknown ${isOfEthernet ? 'ether' : 'ip'} proto '${name}'`);
}

/** The addresses of a host. @throws RangeError when it has none */
export function addressesNamed(name: string, { addresses }: FilterNames): readonly IpAddress[] {
  const found = addresses?.(name) ?? [];
  if (found.length > 0) return found;
  if (name === 'localhost') return [IPV4_LOOPBACK, IPV6_LOOPBACK];
  throw new RangeError(`unknown host '${name}'`);
}

/** A port, and the transport in which alone it has its name. */
export interface NamedPort {
  readonly port: number;
  readonly transport: 'tcp' | 'udp' | undefined;
}

/** The port of that name. With names of two, TCP's is the one. */
export function portNamed(name: string, { services }: FilterNames): NamedPort | undefined {
  if (/^\d+$/.test(name)) return { port: Number(name), transport: undefined };
  const tcp = findPort(name, services?.tcp) ?? findPort(name, DEBIAN_SERVICES.tcp);
  const udp = findPort(name, services?.udp) ?? findPort(name, DEBIAN_SERVICES.udp);
  if (tcp !== undefined) return { port: tcp, transport: udp === tcp ? undefined : 'tcp' };
  return udp === undefined ? undefined : { port: udp, transport: 'udp' };
}

function findPort(
  name: string,
  table: ReadonlyMap<number, string> = new Map(),
): number | undefined {
  for (const [port, each] of table) if (each === name) return port;
  return undefined;
}
