/** `conntrack -L [-f FAMILY]`: the connections that pass the host, as conntrack(8) lists them. */
import { Icmpv4Type, Icmpv6Type, IpProtocol, isIpv6, printIp } from '../../wire/index.ts';
import type { Flow } from '../middlebox/flow.ts';
import { isIcmp, type Tuple } from '../middlebox/tuple.ts';
import type { Instant } from '../time.ts';
import { seconds } from '../time.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

const NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.icmp, 'icmp'],
  [IpProtocol.icmpv6, 'icmpv6'],
  [IpProtocol.tcp, 'tcp'],
  [IpProtocol.udp, 'udp'],
]);

export function conntrack({ host, now }: CommandContext, words: readonly string[]): CommandOutcome {
  const [action, option, family] = words;
  const isWhole = option === undefined || isFamilyOption(option, family, words.length);
  if ((action !== '-L' && action !== '--dump') || !isWhole) {
    return failed(2, 'conntrack: only -L [-f ipv4|ipv6] is known');
  }
  const listed = [...host.tracker.flows].filter(
    ({ original }) => family === undefined || (family === 'ipv6') === isIpv6(original.source),
  );
  return done(listed.map((flow) => `${line(flow, now)}\n`).join(''));
}

function isFamilyOption(option: string, family: string | undefined, count: number): boolean {
  const isKnown = family === 'ipv4' || family === 'ipv6';
  return (option === '-f' || option === '--family') && isKnown && count === 3;
}

function line(flow: Flow, now: Instant): string {
  const { original, reply, tcpState, isReplied, isAssured } = flow;
  const { protocol } = original;
  const left = Math.max(0, Math.floor((flow.expires - now) / seconds(1)));
  const name = (NAMES.get(protocol) ?? 'unknown').padEnd(8);
  const state = protocol === IpProtocol.tcp ? `${tcpState} ` : '';
  const answered = isReplied ? '' : '[UNREPLIED] ';
  const assured = isAssured ? '[ASSURED] ' : '';
  const way = tupleText(original, 'request');
  const back = tupleText(reply, 'answer');
  return `${name} ${protocol} ${left} ${state}${way} ${answered}${back} ${assured}mark=0 use=1`;
}

function tupleText(tuple: Tuple, way: 'request' | 'answer'): string {
  const { protocol, source, destination, sourcePort, destinationPort } = tuple;
  const addresses = `src=${printIp(source)} dst=${printIp(destination)}`;
  if (!isIcmp(protocol)) return `${addresses} sport=${sourcePort} dport=${destinationPort}`;
  const { echoRequest, echoReply } = protocol === IpProtocol.icmp ? Icmpv4Type : Icmpv6Type;
  return way === 'request'
    ? `${addresses} type=${echoRequest} code=0 id=${sourcePort}`
    : `${addresses} type=${echoReply} code=0 id=${destinationPort}`;
}
