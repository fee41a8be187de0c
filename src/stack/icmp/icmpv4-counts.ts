/** The counters of ICMP messages by type, as `nstat` names them (RFC 2011). */
import { Icmpv4Type } from '../../wire/index.ts';
import type { Counters } from '../counters.ts';

type MessageName =
  'DestUnreachs' | 'TimeExcds' | 'ParmProbs' | 'SrcQuenchs' | 'Redirects' | 'Echos' | 'EchoReps';

const NAMES: ReadonlyMap<number, MessageName> = new Map<number, MessageName>([
  [Icmpv4Type.destinationUnreachable, 'DestUnreachs'],
  [Icmpv4Type.timeExceeded, 'TimeExcds'],
  [Icmpv4Type.parameterProblem, 'ParmProbs'],
  [Icmpv4Type.sourceQuench, 'SrcQuenchs'],
  [Icmpv4Type.redirect, 'Redirects'],
  [Icmpv4Type.echoRequest, 'Echos'],
  [Icmpv4Type.echoReply, 'EchoReps'],
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
