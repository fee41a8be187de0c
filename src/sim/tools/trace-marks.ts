/** The marks of `traceroute` behind a probe that an error other than the expected one answers. */
import {
  Icmpv4Type,
  Icmpv6Type,
  Icmpv6UnreachableCode,
  ParameterProblemCode,
  UnreachableCode,
} from '../../wire/index.ts';
import { ICMP_VERSION_6, type IcmpMessage, type IcmpVersion } from './icmp-answers.ts';

/** By the code of destination unreachable; nothing for the port, which is what was asked for. */
const MARKS: ReadonlyMap<number, string> = new Map([
  [UnreachableCode.net, '!N'],
  [UnreachableCode.host, '!H'],
  [UnreachableCode.protocol, '!P'],
  [UnreachableCode.port, ''],
  [UnreachableCode.sourceRouteFailed, '!S'],
  [6, '!N'], // network unknown
  [7, '!H'], // host unknown
  [8, '!N'], // isolated
  [9, '!X'], // network prohibited
  [10, '!X'], // host prohibited
  [11, '!N'], // for this type of service
  [12, '!H'],
  [UnreachableCode.prohibited, '!X'],
  [14, '!V'], // precedence violation
  [15, '!C'], // precedence cutoff
]);

const MARKS_6: ReadonlyMap<number, string> = new Map([
  [Icmpv6UnreachableCode.noRoute, '!N'],
  [Icmpv6UnreachableCode.prohibited, '!X'],
  [Icmpv6UnreachableCode.beyondScope, '!S'],
  [Icmpv6UnreachableCode.address, '!H'],
  [Icmpv6UnreachableCode.port, ''],
]);

/** The longest packet that the next link takes, where the message says so. */
export function mtuIn(version: IcmpVersion, { type, code, rest }: IcmpMessage): number | undefined {
  if (version === ICMP_VERSION_6) return type === Icmpv6Type.packetTooBig ? rest : undefined;
  const isTooLong =
    type === Icmpv4Type.destinationUnreachable && code === UnreachableCode.fragmentationNeeded;
  return isTooLong ? rest & 0xffff : undefined;
}

/** The mark; nothing for the end of the time to live. */
export function markOf(version: IcmpVersion, message: IcmpMessage): string {
  const { type, code } = message;
  const mtu = mtuIn(version, message);
  if (mtu !== undefined) return `!F-${mtu}`;
  if (type === version.timeExceeded) return '';
  const isVersion6 = version === ICMP_VERSION_6;
  const unreachable = isVersion6
    ? Icmpv6Type.destinationUnreachable
    : Icmpv4Type.destinationUnreachable;
  if (type === unreachable) return (isVersion6 ? MARKS_6 : MARKS).get(code) ?? `!<${code}>`;
  const isUnknownHeader =
    type === Icmpv6Type.parameterProblem && code === ParameterProblemCode.nextHeader;
  return isVersion6 && isUnknownHeader ? '!P' : `!<${type}-${code}>`;
}
