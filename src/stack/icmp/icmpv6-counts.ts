/** The counters of ICMPv6 messages by type, in their order, as `nstat` names them (RFC 2466). */
import { Icmpv6Type } from '../../wire/index.ts';
import type { CounterName, Counters } from '../counters.ts';

type MessageName =
  Extract<CounterName, `Icmp6Out${string}s`> extends `Icmp6Out${infer Name}` ? Name : never;

const NAMES: ReadonlyMap<number, Exclude<MessageName, 'Msgs'>> = new Map<
  number,
  Exclude<MessageName, 'Msgs'>
>([
  [Icmpv6Type.destinationUnreachable, 'DestUnreachs'],
  [Icmpv6Type.packetTooBig, 'PktTooBigs'],
  [Icmpv6Type.timeExceeded, 'TimeExcds'],
  [Icmpv6Type.parameterProblem, 'ParmProblems'],
  [Icmpv6Type.echoRequest, 'Echos'],
  [Icmpv6Type.echoReply, 'EchoReplies'],
  [Icmpv6Type.listenerQuery, 'GroupMembQueries'],
  [Icmpv6Type.listenerReport, 'GroupMembResponses'],
  [Icmpv6Type.listenerDone, 'GroupMembReductions'],
  [Icmpv6Type.routerSolicitation, 'RouterSolicits'],
  [Icmpv6Type.routerAdvertisement, 'RouterAdvertisements'],
  [Icmpv6Type.neighborSolicitation, 'NeighborSolicits'],
  [Icmpv6Type.neighborAdvertisement, 'NeighborAdvertisements'],
  [Icmpv6Type.redirect, 'Redirects'],
  [Icmpv6Type.listenerReport2, 'MLDv2Reports'],
]);

/** A message of the type has arrived. */
export function countIn(counters: Counters, type: number): void {
  counters.Icmp6InMsgs += 1;
  const name = NAMES.get(type);
  if (name !== undefined) counters[`Icmp6In${name}`] += 1;
}

/** A message of the type is sent. */
export function countOut(counters: Counters, type: number): void {
  counters.Icmp6OutMsgs += 1;
  const name = NAMES.get(type);
  if (name !== undefined) counters[`Icmp6Out${name}`] += 1;
}

/** The same by the numbers of the types, those that there were: `Icmp6InType128`. */
export function countsByType(counters: Counters): [name: string, count: number][] {
  return (['In', 'Out'] as const).flatMap((way) =>
    [...NAMES]
      .map(([type, name]): [string, number] => [
        `Icmp6${way}Type${type}`,
        counters[`Icmp6${way}${name}`],
      ])
      .filter(([, count]) => count > 0),
  );
}
