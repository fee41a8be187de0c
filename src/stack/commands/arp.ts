/**
 * `arp`: the neighbours of IPv4 on the links, as net-tools 2.10 print them, and by -s and -d one
 * more or one less (arp(8)).
 *
 *     ? (192.168.1.2) at 02:00:00:00:00:02 [ether] on eth0
 */
import { isIpv6, type MacAddress, parseIp, parseMac, printIp, printMac } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { Neighbor } from '../neighbor/neighbor.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { ROOT } from './holders.ts';

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

export function arp(context: CommandContext, words: readonly string[]): CommandOutcome {
  const { host } = context;
  if (words[0] === '-s' || words[0] === '-d') return change(context, words[0], words.slice(1));
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

/** `-s HOST HARDWARE`, `-d HOST`, each with `-i DEVICE` where it is not that of the route. */
function change(
  { host, now, user }: CommandContext,
  option: '-s' | '-d',
  operands: readonly string[],
): CommandOutcome {
  const words = [...operands];
  const at = words.indexOf('-i');
  const [, device] = at < 0 ? [] : words.splice(at, 2);
  const [name, hardware = ''] = words;
  if (name === undefined) return failed(255, 'arp: need host name');
  if (!isAddress(name)) return failed(255, `${name}: Unknown host`);
  const address = parseIp(name);
  const call = option === '-s' ? 'SIOCSARP' : 'SIOCDARP(dontpub)';
  const mac = option === '-s' ? hardwareAddress(hardware) : undefined;
  if (option === '-s' && mac === undefined) {
    return failed(255, `arp: ${hardware === '' ? 'need' : 'invalid'} hardware address`);
  }
  if (user !== ROOT) return failed(255, `${call}: Operation not permitted`);
  const port = device === undefined ? host.ip.routes.lookUp(address)?.port : host.portNamed(device);
  if (port === undefined) {
    return failed(
      255,
      `${call}: ${device === undefined ? 'Network is unreachable' : 'No such device'}`,
    );
  }
  if (mac !== undefined) {
    port.neighbors.remove(address, now);
    port.neighbors.learn(address, { mac, state: 'PERMANENT', override: true }, true, now);
    return done();
  }
  if (port.neighbors.find(address) === undefined) return failed(255, `No ARP entry for ${name}`);
  port.neighbors.remove(address, now);
  return done();
}

function hardwareAddress(text: string): MacAddress | undefined {
  try {
    return parseMac(text);
  } catch {
    return undefined;
  }
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
