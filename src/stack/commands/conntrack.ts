/** `conntrack -L`: the connections that pass the host, as conntrack(8) lists them. */
import { IpProtocol, printIpv4 } from '../../wire/index.ts';
import type { Flow } from '../middlebox/flow.ts';
import type { Tuple } from '../middlebox/tuple.ts';
import type { Instant } from '../time.ts';
import { seconds } from '../time.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

const NAMES: ReadonlyMap<number, string> = new Map([
  [IpProtocol.icmp, 'icmp'],
  [IpProtocol.tcp, 'tcp'],
  [IpProtocol.udp, 'udp'],
]);

export function conntrack({ host, now }: CommandContext, words: readonly string[]): CommandOutcome {
  if (words.length !== 1 || (words[0] !== '-L' && words[0] !== '--dump')) {
    return failed(2, 'conntrack: only -L is known');
  }
  return done([...host.tracker.flows].map((flow) => `${line(flow, now)}\n`).join(''));
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
  const addresses = `src=${printIpv4(source)} dst=${printIpv4(destination)}`;
  if (protocol !== IpProtocol.icmp)
    return `${addresses} sport=${sourcePort} dport=${destinationPort}`;
  return way === 'request'
    ? `${addresses} type=8 code=0 id=${sourcePort}`
    : `${addresses} type=0 code=0 id=${destinationPort}`;
}
