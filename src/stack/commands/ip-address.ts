/**
 * `ip address`: shows the interfaces with their addresses, and adds and deletes those of IPv4
 * (ip-address(8)).
 */
import {
  type Ipv4Prefix,
  isIpv6,
  isLinkLocalIpv6,
  parseIpv4Prefix,
  printIp,
  printMac,
} from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { Port } from '../ip/routing.ts';
import type { NetworkInterface } from '../interface.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { type CommandOutcome, done, failed } from './command.ts';
import { isShort } from './ip-words.ts';

export function ipAddress(host: Host, verb: string, operands: readonly string[]): CommandOutcome {
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
      .map((each, i) => (name === undefined || each.name === name ? print(each, i + 1) : ''))
      .join(''),
  );
}

/** Does something to an address of a device: `ADDRESS/LENGTH dev NAME`, in either order. */
function change(
  host: Host,
  operands: readonly string[],
  act: (host: Host, port: Port, prefix: Ipv4Prefix) => CommandOutcome,
): CommandOutcome {
  const words = [...operands];
  const devAt = words.indexOf('dev');
  const [, name] = devAt < 0 ? [] : words.splice(devAt, 2);
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
  return act(host, port, prefix);
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

function add(host: Host, port: Port, prefix: Ipv4Prefix): CommandOutcome {
  if (has(port.interface, prefix)) return failed(2, 'Error: ipv4: Address already assigned.');
  host.addAddress(port.interface.name, prefix);
  return done();
}

function remove(host: Host, port: Port, prefix: Ipv4Prefix): CommandOutcome {
  if (!has(port.interface, prefix)) {
    return failed(2, 'Error: ipv4: Address not found.');
  }
  host.removeAddress(port.interface.name, prefix);
  return done();
}

function print(
  { name, mac, mtu, addresses, loopback, queue }: NetworkInterface,
  index: number,
): string {
  const flags = loopback ? 'LOOPBACK,UP,LOWER_UP' : 'BROADCAST,MULTICAST,UP,LOWER_UP';
  const kind = loopback ? 'loopback' : 'ether';
  const everybody = loopback ? 0 : 0xffff_ffff_ffff;
  const lines = [
    `${index}: ${name}: <${flags}> mtu ${mtu} qdisc ${queue.kind} state ` +
      `${loopback ? 'UNKNOWN' : 'UP'} group default qlen 1000`,
    `    link/${kind} ${printMac(mac)} brd ${printMac(everybody)}`,
    ...addresses
      .filter(({ address }) => !isIpv6(address))
      .flatMap((own) => [
        `    inet ${printIp(own.address)}/${own.length} scope ${scopeOf(own, loopback)} ${name}`,
        '       valid_lft forever preferred_lft forever',
      ]),
    ...inOrderOfScope(addresses).flatMap((own) => [
      `    inet6 ${printIp(own.address)}/${own.length} scope ${scopeOf(own, loopback)} ${flagsOf(own)}`,
      '       valid_lft forever preferred_lft forever',
    ]),
  ];
  return `${lines.join('\n')}\n`;
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
