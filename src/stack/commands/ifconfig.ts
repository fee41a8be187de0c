/**
 * `ifconfig`: the interfaces with their addresses and what has passed them (ifconfig(8) of
 * net-tools 2.10). It shows; what is to be changed, `ip` changes.
 *
 *     eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
 *             inet 192.168.1.1  netmask 255.255.255.0  broadcast 192.168.1.255
 */
import {
  IPV6_LOOPBACK,
  isIpv6,
  isLinkLocalIpv6,
  maskIpv4,
  printIp,
  printIpv4,
  printMac,
} from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { byName, flagsOf, interfaceLine, QUEUE_LENGTH, trafficOf } from './link-text.ts';

const SHORT_HEADER =
  'Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n';

export function ifconfig({ host }: CommandContext, words: readonly string[]): CommandOutcome {
  const letters = words.filter((word) => word.startsWith('-')).join('');
  const unknown = /[^-asv]/.exec(letters)?.[0];
  if (unknown !== undefined) return failed(1, `ifconfig: option \`-${unknown}' not recognised.`);
  const [name, more] = words.filter((word) => !word.startsWith('-'));
  if (more !== undefined) {
    return failed(1, `ifconfig: "${more}" is for ip to change, as in "ip address add"`);
  }
  const isAll = letters.includes('a') || name !== undefined;
  const shown = byName(host.interfaces, isAll).filter(
    (one) => name === undefined || one.name === name,
  );
  if (name !== undefined && shown.length === 0) {
    return failed(1, `${name}: error fetching interface information: Device not found`);
  }
  if (letters.includes('s')) return done(SHORT_HEADER + shown.map(interfaceLine).join(''));
  return done(shown.map(describe).join(''));
}

/** The lines of an interface; `netstat -ie` has the same. */
export function describe(one: NetworkInterface): string {
  const { name, mtu, mac, loopback, addresses } = one;
  const set = flagsOf(one);
  const bits = set.reduce((sum, { bit }) => sum + bit, 0);
  const flags = `${bits}<${set.map((flag) => flag.name).join(',')}>`;
  const first = addresses.find(({ address }) => !isIpv6(address));
  const link = loopback ? 'loop' : `ether ${printMac(mac)}`;
  const kind = loopback ? 'Local Loopback' : 'Ethernet';
  const traffic = trafficOf(one);
  const lines = [
    ...(first === undefined ? [] : [ipv4Line(first, loopback)]),
    ...addresses.filter(({ address }) => isIpv6(address)).map(ipv6Line),
    `${link}  txqueuelen ${QUEUE_LENGTH}  (${kind})`,
    `RX packets ${traffic.receivedPackets}  bytes ${octets(traffic.receivedOctets)}`,
    'RX errors 0  dropped 0  overruns 0  frame 0',
    `TX packets ${traffic.sentPackets}  bytes ${octets(traffic.sentOctets)}`,
    'TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0',
  ];
  return `${name}: flags=${flags}  mtu ${mtu}\n${lines.map((line) => `        ${line}\n`).join('')}\n`;
}

function ipv4Line({ address, length, broadcast }: InterfaceAddress, isLoopback: boolean): string {
  const netmask = `inet ${printIp(address)}  netmask ${printIpv4(maskIpv4(length))}`;
  return isLoopback ? netmask : `${netmask}  broadcast ${printIpv4(broadcast ?? 0)}`;
}

/** The scopes as /proc/net/if_inet6 numbers them. */
function ipv6Line({ address, length }: InterfaceAddress): string {
  const isOfLink = isIpv6(address) && isLinkLocalIpv6(address);
  const scope = address === IPV6_LOOPBACK ? '0x10<host>' : isOfLink ? '0x20<link>' : '0x0<global>';
  return `inet6 ${printIp(address)}  prefixlen ${length}  scopeid ${scope}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `1248 (1.2 KiB)`. */
function octets(count: number): string {
  let power = 0;
  while (count >= 1024 ** (power + 1) && power < UNITS.length - 1) power += 1;
  return `${count} (${(count / 1024 ** power).toFixed(1)} ${UNITS[power]})`;
}
