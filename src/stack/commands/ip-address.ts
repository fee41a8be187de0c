/**
 * `ip address`: shows the interfaces with their addresses, and adds and deletes those of IPv4
 * (ip-address(8)).
 */
import {
  type Ipv4Prefix,
  isIpv6,
  isLinkLocalIpv6,
  parseIpv4Prefix,
  broadcastOf,
  printIp,
} from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { Port } from '../ip/routing.ts';
import type { NetworkInterface } from '../interface.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { type CommandOutcome, done, failed } from './command.ts';
import { briefStart, linkAddress, linkStart } from './ip-link.ts';
import { type IpStyle, isShort } from './ip-words.ts';

export function ipAddress(
  host: Host,
  style: IpStyle,
  verb: string,
  operands: readonly string[],
): CommandOutcome {
  if (isShort(verb, 'add')) return change(host, operands, add);
  if (isShort(verb, 'delete')) return change(host, operands, remove);
  if (!isShort(verb, 'show') && !isShort(verb, 'list')) {
    return failed(255, `Command "${verb}" is unknown, try "ip address help".`);
  }
  const name = operands[0] === 'dev' ? operands[1] : operands[0];
  const { interfaces } = host;
  if (name !== undefined && host.portNamed(name) === undefined) {
    return failed(1, `Device "${name}" does not exist.`);
  }
  return done(
    interfaces
      .map((each, i) => (name === undefined || each.name === name ? print(each, i + 1, style) : ''))
      .join(''),
  );
}

/** Does something to an address of a device: `ADDRESS/LENGTH [brd +] dev NAME`, in any order. */
function change(
  host: Host,
  operands: readonly string[],
  act: (host: Host, port: Port, prefix: Ipv4Prefix, hasBroadcast: boolean) => CommandOutcome,
): CommandOutcome {
  const words = [...operands];
  const devAt = words.indexOf('dev');
  const [, name] = devAt < 0 ? [] : words.splice(devAt, 2);
  const broadcastAt = words.findIndex((word) => word === 'brd' || word === 'broadcast');
  const hasBroadcast = broadcastAt >= 0 && words.splice(broadcastAt, 2)[1] === '+';
  const [text, more] = words;
  if (more !== undefined) {
    return failed(255, `Error: either "local" is duplicate, or "${more}" is a garbage.`);
  }
  const prefix = text === undefined ? undefined : ipv4PrefixOf(text);
  if (text !== undefined && prefix === undefined) {
    return failed(1, `Error: any valid prefix is expected rather than "${text}".`);
  }
  if (name === undefined) return failed(1, 'Not enough information: "dev" argument is required.');
  const port = host.portNamed(name);
  if (port === undefined) return failed(1, `Cannot find device "${name}"`);
  if (prefix === undefined) return failed(255, 'ip: an address is wanted');
  return act(host, port, prefix, hasBroadcast);
}

function ipv4PrefixOf(text: string): Ipv4Prefix | undefined {
  try {
    return parseIpv4Prefix(text.includes('/') ? text : `${text}/32`);
  } catch {
    return undefined;
  }
}

function has({ addresses }: NetworkInterface, { address, length }: Ipv4Prefix): boolean {
  return addresses.some((own) => own.address === address && own.length === length);
}

function add(host: Host, port: Port, prefix: Ipv4Prefix, hasBroadcast: boolean): CommandOutcome {
  if (has(port.interface, prefix)) return failed(2, 'Error: ipv4: Address already assigned.');
  host.addAddress(port.interface.name, prefix);
  const added = port.interface.addresses.at(-1);
  if (hasBroadcast && added !== undefined) added.broadcast = broadcastOf(prefix);
  return done();
}

function remove(host: Host, port: Port, prefix: Ipv4Prefix): CommandOutcome {
  if (!has(port.interface, prefix)) {
    return failed(2, 'Error: ipv4: Address not found.');
  }
  host.removeAddress(port.interface.name, prefix);
  return done();
}

/** Line by line as `style` has them: in full, one address a line (-o), or one interface (-br). */
function print(one: NetworkInterface, index: number, style: IpStyle): string {
  const { name, addresses } = one;
  const ipv4 = style.family === 6 ? [] : addresses.filter(({ address }) => !isIpv6(address));
  const ipv6 = style.family === 4 ? [] : inOrderOfScope(addresses);
  const shown = [...ipv4, ...ipv6];
  if (style.family !== undefined && shown.length === 0) return '';
  if (style.isBrief) {
    const prefixes = shown.map((own) => `${printIp(own.address)}/${own.length} `);
    return `${briefStart(one)}${prefixes.join('')}\n`;
  }
  const lines = shown.map((own) => ({
    what: describe(own, one),
    lifetime: '       valid_lft forever preferred_lft forever',
  }));
  if (style.isOneLine) {
    const start = `${index}: ${name}    `;
    return lines.map(({ what, lifetime }) => `${start}${what}\\${lifetime}\n`).join('');
  }
  const link = style.family === undefined ? `${linkAddress(one)}\n` : '';
  const all = lines.map(({ what, lifetime }) => `    ${what}\n${lifetime}\n`).join('');
  return `${linkStart(one, index, style.family === 6 ? 'ipv6' : 'address')}\n${link}${all}`;
}

function describe(own: InterfaceAddress, { name, loopback }: NetworkInterface): string {
  const { address, length, broadcast } = own;
  const whole = `${printIp(address)}/${length}`;
  const scope = `scope ${scopeOf(own, loopback)}`;
  if (isIpv6(address)) return `inet6 ${whole} ${scope} ${flagsOf(own)}`;
  const brd = broadcast === undefined ? '' : `brd ${printIp(broadcast)} `;
  return `inet ${whole} ${brd}${scope} ${name}`;
}

/** The addresses of IPv6, those that reach further first (Linux ipv6_link_dev_addr()). */
function inOrderOfScope(addresses: readonly InterfaceAddress[]): InterfaceAddress[] {
  const ipv6 = addresses.filter(({ address }) => isIpv6(address));
  const isOfLink = ({ address }: InterfaceAddress): boolean =>
    isIpv6(address) && isLinkLocalIpv6(address);
  return [...ipv6.filter((each) => !isOfLink(each)), ...ipv6.filter(isOfLink)];
}

function scopeOf({ address }: InterfaceAddress, isLoopback: boolean): string {
  if (isLoopback) return 'host';
  return isIpv6(address) && isLinkLocalIpv6(address) ? 'link' : 'global';
}

/** Each with a space behind it, as the tool prints them. */
function flagsOf({ state, isDynamic }: InterfaceAddress): string {
  const flags = isDynamic ? 'dynamic mngtmpaddr ' : '';
  if (state === 'duplicate') return `dadfailed tentative ${flags}`;
  return state === 'preferred' ? flags : `${state} ${flags}`;
}
