/**
 * What each ICMP error tells a socket: an errno, and whether that is for good (RFC 1122 §3.2.2.1
 * and §4.2.3.9, RFC 1812 §5.2.7.1; the numbers are those of Linux's icmp_err_convert).
 */
import { Icmpv4Type } from '../../wire/index.ts';
import type { Errno } from '../errno.ts';

/** What a message means to the socket whose packet it quotes. */
export interface IcmpMeaning {
  readonly errno: Errno;
  /** Whether waiting is no help: the error is hard (RFC 1122 §4.2.3.9). */
  readonly hard: boolean;
}

/** By the code of destination unreachable. */
const UNREACHABLE: readonly IcmpMeaning[] = [
  { errno: 'ENETUNREACH', hard: false },
  { errno: 'EHOSTUNREACH', hard: false },
  { errno: 'ENOPROTOOPT', hard: true },
  { errno: 'ECONNREFUSED', hard: true },
  { errno: 'EMSGSIZE', hard: false },
  { errno: 'EOPNOTSUPP', hard: false }, // source route failed
  { errno: 'ENETUNREACH', hard: true }, // network unknown
  { errno: 'EHOSTDOWN', hard: true }, // host unknown
  { errno: 'ENONET', hard: true }, // source host isolated
  { errno: 'ENETUNREACH', hard: true }, // network prohibited
  { errno: 'EHOSTUNREACH', hard: true }, // host prohibited
  { errno: 'ENETUNREACH', hard: false }, // network unreachable for this type of service
  { errno: 'EHOSTUNREACH', hard: false }, // host, likewise
  { errno: 'EHOSTUNREACH', hard: true }, // a filter forbids it
  { errno: 'EHOSTUNREACH', hard: true }, // precedence violation
  { errno: 'EHOSTUNREACH', hard: true }, // precedence cutoff
];

const TIME_EXCEEDED: IcmpMeaning = { errno: 'EHOSTUNREACH', hard: false };
const PARAMETER_PROBLEM: IcmpMeaning = { errno: 'EPROTO', hard: false };

/**
 * What the message means to a socket; nothing for one that no socket hears of. Source quench is
 * such a one: it is no sign that anybody goes by any more (RFC 6633 §3, MUST-55).
 */
export function meaningOf(type: number, code: number): IcmpMeaning | undefined {
  switch (type) {
    case Icmpv4Type.destinationUnreachable:
      return UNREACHABLE[code];
    case Icmpv4Type.timeExceeded:
      return TIME_EXCEEDED;
    case Icmpv4Type.parameterProblem:
      return PARAMETER_PROBLEM;
    default:
      return undefined;
  }
}
