/** The counters of ICMP messages by type, in their order, as `nstat` names them (RFC 2011). */
import { Icmpv4Type } from '../../wire/index.ts';
import type { Counters } from '../counters.ts';

type MessageName =
  'DestUnreachs' | 'TimeExcds' | 'ParmProbs' | 'SrcQuenchs' | 'Redirects' | 'Echos' | 'EchoReps';

const NAMES: ReadonlyMap<number, MessageName> = new Map<number, MessageName>([
  [Icmpv4Type.echoReply, 'EchoReps'],
  [Icmpv4Type.destinationUnreachable, 'DestUnreachs'],
  [Icmpv4Type.sourceQuench, 'SrcQuenchs'],
  [Icmpv4Type.redirect, 'Redirects'],
  [Icmpv4Type.echoRequest, 'Echos'],
  [Icmpv4Type.timeExceeded, 'TimeExcds'],
  [Icmpv4Type.parameterProblem, 'ParmProbs'],
]);

/** A message of the type has arrived, well-formed. */
export function countIn(counters: Counters, type: number): void {
  const name = NAMES.get(type);
  if (name !== undefined) counters[`IcmpIn${name}`] += 1;
}

/** A message of the type is sent, by the host or by a program. */
export function countOut(counters: Counters, type: number): void {
  counters.IcmpOutMsgs += 1;
  const name = NAMES.get(type);
  if (name !== undefined) counters[`IcmpOut${name}`] += 1;
}

/** The same by the numbers of the types, those that there were: `IcmpMsgInType8`. */
export function countsByType(counters: Counters): [name: string, count: number][] {
  return (['In', 'Out'] as const).flatMap((way) =>
    [...NAMES]
      .map(([type, name]): [string, number] => [
        `IcmpMsg${way}Type${type}`,
        counters[`Icmp${way}${name}`],
      ])
      .filter(([, count]) => count > 0),
  );
}
