/** `ip address show`: the interfaces with their addresses (ip-address(8)). */
import { printIpv4, printMac } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { NetworkInterface } from '../interface.ts';
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
    ...addresses.flatMap(({ address, length }) => [
      `    inet ${printIpv4(address)}/${length} scope ${loopback ? 'host' : 'global'} ${name}`,
      '       valid_lft forever preferred_lft forever',
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
