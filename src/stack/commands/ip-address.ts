/** `ip address show`: the interfaces with their addresses (ip-address(8)). */
import { isIpv6, isLinkLocalIpv6, printIp, printMac } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { NetworkInterface } from '../interface.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import { type CommandOutcome, done, failed } from './command.ts';
import { isShort } from './ip-words.ts';

export function ipAddress(host: Host, verb: string, operands: readonly string[]): CommandOutcome {
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
