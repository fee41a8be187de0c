/**
 * `ip link`: the interfaces, and with -s what has passed them; `set` changes one (ip-link(8)).
 */
import { MAC_BROADCAST, printMac } from '../../wire/index.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';
import { setLink } from './ip-link-set.ts';
import { type IpStyle, isShort } from './ip-words.ts';
import { QUEUE_LENGTH, trafficOf } from './link-text.ts';

export function ipLink(
  context: CommandContext,
  style: IpStyle,
  verb: string,
  operands: readonly string[],
): CommandOutcome {
  const { host } = context;
  if (verb === 'set') return setLink(context, operands);
  if (!isShort(verb, 'show') && !isShort(verb, 'list')) {
    return failed(255, `Command "${verb}" is unknown, try "ip link help".`);
  }
  const name = operands[0] === 'dev' ? operands[1] : operands[0];
  if (name !== undefined && host.portNamed(name) === undefined) {
    return failed(1, `Device "${name}" does not exist.`);
  }
  const lines = host.interfaces.map((one, i) =>
    name === undefined || one.name === name ? print(one, i + 1, style) : '',
  );
  return done(lines.join(''));
}

function print(one: NetworkInterface, index: number, style: IpStyle): string {
  if (style.isBrief) return `${briefStart(one)}${printMac(one.mac)} <${flagsOf(one)}> \n`;
  const lines = [
    linkStart(one, index, 'link'),
    linkAddress(one),
    ...(style.withStatistics ? statistics(one) : []),
  ];
  return `${lines.join(style.isOneLine ? '\\' : '\n')}\n`;
}

function flagsOf({ loopback, isUp, hasCarrier, usesArp }: NetworkInterface): string {
  return [
    ...(isUp && !hasCarrier ? ['NO-CARRIER'] : []),
    ...(loopback ? ['LOOPBACK'] : ['BROADCAST', 'MULTICAST']),
    ...(usesArp ? [] : ['NOARP']),
    ...(isUp ? ['UP'] : []),
    ...(isUp && hasCarrier ? ['LOWER_UP'] : []),
  ].join(',');
}

/** Loopback does not know whether it works (RFC 2863, ifOperStatus). */
function stateOf({ loopback, isUp, isRunning }: NetworkInterface): string {
  if (loopback && isUp) return 'UNKNOWN';
  return isRunning ? 'UP' : 'DOWN';
}

/** Where a line begins with -br. */
export function briefStart(one: NetworkInterface): string {
  return `${one.name.padEnd(16)} ${stateOf(one).padEnd(14)} `;
}

/** The first line of an interface; `ip -6 address` tells least. */
export function linkStart(
  one: NetworkInterface,
  index: number,
  of: 'link' | 'address' | 'ipv6',
): string {
  const { name, mtu, queue } = one;
  const start = `${index}: ${name}: <${flagsOf(one)}> mtu ${mtu}`;
  if (of === 'ipv6') return `${start} state ${stateOf(one)} qlen ${QUEUE_LENGTH}`;
  const mode = of === 'link' ? 'mode DEFAULT ' : '';
  return `${start} qdisc ${queue.kind} state ${stateOf(one)} ${mode}group default qlen ${QUEUE_LENGTH}`;
}

/** The second, about its hardware. */
export function linkAddress({ mac, loopback }: NetworkInterface): string {
  const everybody = loopback ? 0 : MAC_BROADCAST;
  return `    link/${loopback ? 'loopback' : 'ether'} ${printMac(mac)} brd ${printMac(everybody)}`;
}

function statistics(one: NetworkInterface): string[] {
  const { receivedOctets, receivedPackets, sentOctets, sentPackets } = trafficOf(one);
  const numbers = (octets: number, packets: number): string => {
    const [wide, narrow] = [octets, packets].map(String);
    return `    ${wide!.padStart(10)} ${narrow!.padStart(7)}      0       0       0       0 `;
  };
  return [
    '    RX:  bytes packets errors dropped  missed   mcast           ',
    numbers(receivedOctets, receivedPackets),
    '    TX:  bytes packets errors dropped carrier collsns           ',
    numbers(sentOctets, sentPackets),
  ];
}
