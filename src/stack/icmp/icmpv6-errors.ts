/**
 * Errors of ICMPv6: which there are, about which packets none is sent, how much of the packet they
 * quote (RFC 4443 §2.4), and what each tells a socket (Linux icmpv6_err_convert()).
 */
import {
  ICMPV6_HEADER_LENGTH,
  Icmpv6Type,
  Icmpv6UnreachableCode,
  decodeIpv6Extensions,
  IPV6_ANY,
  IPV6_HEADER_LENGTH,
  IPV6_MINIMUM_MTU,
  IpProtocol,
  isIcmpv6Error,
  isMulticastIpv6,
  ParameterProblemCode,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { IcmpMeaning } from './icmp-errors.ts';
import type { Ipv6Arrival } from '../ip/ipv6-arrival.ts';

/** An error as a rule sends it. */
export interface Icmpv6Error {
  readonly type: number;
  readonly code: number;
  readonly cause: Cause;
  /** Whether a packet to many draws it too (RFC 4443 §2.4 (e.3)). */
  readonly evenToMany: boolean;
}

function error(type: number, code: number, why: Cause, evenToMany = false): Icmpv6Error {
  return { type, code, cause: why, evenToMany };
}

const { destinationUnreachable, packetTooBig, timeExceeded, parameterProblem } = Icmpv6Type;

const NO_PORT = cause('icmpv6-port-unreachable', 'no socket has this port', 'RFC 4443 §3.1');
const NO_ROUTE = cause('icmpv6-no-route', 'no route leads there', 'RFC 4443 §3.1');
const NO_HOST = cause(
  'icmpv6-address-unreachable',
  'nobody answers for the address',
  'RFC 4443 §3.1',
);
const FORBIDDEN = cause('icmpv6-prohibited', 'a route forbids the way', 'RFC 4443 §3.1');
const ONE_LINK = cause('beyond-scope', 'its source is valid on one link', 'RFC 4443 §3.1');
const TOO_BIG = cause('packet-too-big', 'too long for the next link', 'RFC 4443 §3.2');
const EXPIRED = cause(
  'hop-limit-exceeded',
  'it has passed as many routers as it may',
  'RFC 4443 §3.3',
);
const FRAGMENTS_EXPIRED = cause(
  'icmpv6-reassembly-exceeded',
  'the rest of the packet did not come in time',
  'RFC 8200 §4.5',
);
const BAD_HEADER = cause('bad-header', 'a header field that is not accepted', 'RFC 4443 §3.4');
const NO_PROTOCOL = cause('unknown-next-header', 'no protocol has this number', 'RFC 4443 §3.4');
const BAD_OPTION = cause('bad-option', 'an option that is not known', 'RFC 4443 §3.4');

type Icmpv6ErrorName =
  | 'noRoute'
  | 'beyondScope'
  | 'noHost'
  | 'prohibited'
  | 'noPort'
  | 'tooBig'
  | 'expired'
  | 'fragmentsExpired'
  | 'noProtocol';

/** The errors that hosts and routers send. */
export const ICMPV6_ERRORS: Readonly<Record<Icmpv6ErrorName, Icmpv6Error>> = {
  noRoute: error(destinationUnreachable, Icmpv6UnreachableCode.noRoute, NO_ROUTE),
  noHost: error(destinationUnreachable, Icmpv6UnreachableCode.address, NO_HOST),
  prohibited: error(destinationUnreachable, Icmpv6UnreachableCode.prohibited, FORBIDDEN),
  beyondScope: error(destinationUnreachable, Icmpv6UnreachableCode.beyondScope, ONE_LINK),
  noPort: error(destinationUnreachable, Icmpv6UnreachableCode.port, NO_PORT),
  tooBig: error(packetTooBig, 0, TOO_BIG, true),
  expired: error(timeExceeded, 0, EXPIRED),
  fragmentsExpired: error(timeExceeded, 1, FRAGMENTS_EXPIRED),
  noProtocol: error(parameterProblem, ParameterProblemCode.nextHeader, NO_PROTOCOL),
};

/** A parameter problem of a header that is refused. */
export function headerError(code: number, evenToMany: boolean): Icmpv6Error {
  const why = code === ParameterProblemCode.option ? BAD_OPTION : BAD_HEADER;
  return error(parameterProblem, code, why, evenToMany);
}

/**
 * Whether the error may be sent about the packet: not about another error or a redirect, nor to a
 * sender that is no single host, nor, but for two of them, about what was sent to many.
 */
export function mayReport(about: Ipv6Arrival, { evenToMany }: Icmpv6Error): boolean {
  const { source, destination, bytes, start } = about;
  if (source === IPV6_ANY || isMulticastIpv6(source)) return false;
  const isToMany = isMulticastIpv6(destination) || (bytes[0]! & 1) !== 0;
  if (isToMany && !evenToMany) return false;
  const chain = decodeIpv6Extensions(bytes, start + 6, start + IPV6_HEADER_LENGTH, about.end);
  if (chain.protocol !== IpProtocol.icmpv6 || chain.payloadAt >= about.end) return true;
  const type = bytes[chain.payloadAt]!;
  return !isIcmpv6Error(type) && type !== Icmpv6Type.redirect;
}

/** As much of the packet as fits the error into the least MTU of any link (§2.4 (c)). */
export function quoteOf({ bytes, start, end }: Ipv6Arrival): Uint8Array {
  const room = IPV6_MINIMUM_MTU - IPV6_HEADER_LENGTH - ICMPV6_HEADER_LENGTH;
  return bytes.subarray(start, Math.min(end, start + room));
}

/** By the code of destination unreachable. */
const UNREACHABLE: readonly IcmpMeaning[] = [
  { errno: 'ENETUNREACH', hard: false },
  { errno: 'EACCES', hard: true },
  { errno: 'EHOSTUNREACH', hard: false }, // beyond the scope of the source
  { errno: 'EHOSTUNREACH', hard: false },
  { errno: 'ECONNREFUSED', hard: true },
  { errno: 'EACCES', hard: true }, // the source's address is against a policy
  { errno: 'EACCES', hard: true }, // a route refuses it
];

const TOO_LONG: IcmpMeaning = { errno: 'EMSGSIZE', hard: false };
const TIME_EXCEEDED: IcmpMeaning = { errno: 'EHOSTUNREACH', hard: false };
const PARAMETER_PROBLEM: IcmpMeaning = { errno: 'EPROTO', hard: true };

/** Of an unknown code, and of an error of an unknown type: transports hear of it (§2.4 (a)). */
const UNKNOWN_CODE: IcmpMeaning = { errno: 'EPROTO', hard: true };
const UNKNOWN_TYPE: IcmpMeaning = { errno: 'EPROTO', hard: false };

/** What an error means to a socket (Linux icmpv6_err_convert()). */
export function meaningOf(type: number, code: number): IcmpMeaning {
  switch (type) {
    case Icmpv6Type.destinationUnreachable:
      return UNREACHABLE[code] ?? UNKNOWN_CODE;
    case Icmpv6Type.packetTooBig:
      return TOO_LONG;
    case Icmpv6Type.timeExceeded:
      return TIME_EXCEEDED;
    case Icmpv6Type.parameterProblem:
      return PARAMETER_PROBLEM;
    default:
      return UNKNOWN_TYPE;
  }
}
