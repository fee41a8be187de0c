/**
 * `arp`: the neighbours of IPv4 on the links, as net-tools 2.10 print them (arp(8)). It shows; `ip
 * neigh` changes.
 *
 *     ? (192.168.1.2) at 02:00:00:00:00:02 [ether] on eth0
 */
import { isIpv6, parseIp, printIp, printMac } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { Neighbor } from '../neighbor/neighbor.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

/** A neighbour with the name of its link. */
interface ArpEntry {
  readonly neighbor: Neighbor;
  readonly device: string;
}

/** What /proc/net/arp lists: an entry whose time is over stays until it is thrown away. */
export function arpEntries(host: Host): ArpEntry[] {
  return host.interfaces.flatMap(({ name, loopback }) => {
    const port = host.portNamed(name);
    if (loopback || port === undefined) return [];
    return [...port.neighbors.entries()]
      .filter(({ address }) => !isIpv6(address))
      .map((neighbor) => ({ neighbor, device: name }));
  });
}

const HEADER = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n';

export function arp({ host }: CommandContext, words: readonly string[]): CommandOutcome {
  let letters = '';
  let device: string | undefined;
  let wanted: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith('-')) wanted = word;
    else letters += word.slice(1);
    if (/^-\w*i$/.test(word)) device = words[++i] ?? '';
  }
  const unknown = /[^anevi]/.exec(letters)?.[0];
  if (unknown !== undefined) return failed(4, `arp: invalid option -- '${unknown}'`);
  if (wanted !== undefined && !isAddress(wanted)) return failed(255, `${wanted}: Unknown host`);
  if (device !== undefined && host.portNamed(device) === undefined) {
    return failed(255, `arp: device "${device}" does not exist`);
  }
  const entries = arpEntries(host).filter(
    (each) =>
      (device === undefined || each.device === device) &&
      (wanted === undefined || printIp(each.neighbor.address) === wanted),
  );
  if (wanted !== undefined && entries.length === 0) {
    return done(`${wanted} (${wanted}) -- no entry\n`);
  }
  const isBsd = letters.includes('a');
  const count = `Entries: ${entries.length}\tSkipped: 0\tFound: ${entries.length}\n`;
  return done(
    (isBsd || entries.length === 0 ? '' : HEADER) +
      entries.map(isBsd ? bsdLine : linuxLine).join('') +
      (letters.includes('v') ? count : ''),
  );
}

function isAddress(text: string): boolean {
  try {
    return !isIpv6(parseIp(text));
  } catch {
    return false;
  }
}

/** As BSD has it (-a). */
function bsdLine({ neighbor, device }: ArpEntry): string {
  const { address, mac, isKnown, state } = neighbor;
  const at = isKnown ? `${printMac(mac)} [ether]` : '<incomplete>';
  const isPermanent = state === 'PERMANENT' ? ' PERM' : '';
  return `? (${printIp(address)}) at ${at}${isPermanent} on ${device}\n`;
}

function linuxLine({ neighbor, device }: ArpEntry): string {
  const { address, mac, isKnown, state } = neighbor;
  const hardware = isKnown
    ? `ether   ${printMac(mac).padEnd(19)} ${state === 'PERMANENT' ? 'CM' : 'C'}`
    : '        (incomplete)        ';
  return `${printIp(address).padEnd(24)} ${hardware.padEnd(49)} ${device}\n`;
}
