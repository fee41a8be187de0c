/**
 * ICMP errors: which there are, about which packets none is sent, and how much of the packet they
 * quote (RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.2).
 */
import {
  Icmpv4Type,
  ICMPV4_HEADER_LENGTH,
  type Ipv4Address,
  IPV4_HEADER_LENGTH,
  type Ipv4Packet,
  IpProtocol,
  isLoopbackIpv4,
  TCP_HEADER_LENGTH,
  TimeExceededCode,
  UnreachableCode,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { IcmpProfile } from '../profile.ts';

/** An error as a rule sends it. */
export interface IcmpError {
  readonly type: number;
  readonly code: number;
  readonly cause: Cause;
}

function unreachable(code: number, why: Cause): IcmpError {
  return { type: Icmpv4Type.destinationUnreachable, code, cause: why };
}

const NO_PORT = cause('port-unreachable', 'no socket has this port', 'RFC 1122 §4.1.3.1');
const NO_PROTOCOL = cause(
  'protocol-unreachable',
  'no protocol has this number',
  'RFC 1122 §3.2.2.1',
);
const NO_ROUTE = cause('net-unreachable', 'no route leads there', 'RFC 1812 §5.2.7.1');
const NO_HOST = cause('host-unreachable', 'the host is not to be reached', 'RFC 1812 §5.2.7.1');
const FORBIDDEN = cause('prohibited', 'a route forbids the way', 'RFC 1812 §5.2.7.1');
const TOO_LONG = cause(
  'fragmentation-needed',
  'too long for the next link, and not to be cut',
  'RFC 1191 §4',
);
const ROUTE_FAILED = cause(
  'source-route-failed',
  'the next address of a strict route is not on a link',
  'RFC 1812 §5.2.7.1',
);
const EXPIRED = cause('ttl-exceeded', 'it has passed as many routers as it may', 'RFC 1812 §5.3.1');
const FRAGMENTS_EXPIRED = cause(
  'reassembly-exceeded',
  'the rest of the packet did not come in time',
  'RFC 1122 §3.3.2',
);
const BETTER_HOP = cause('redirect', 'a nearer router is on the same link', 'RFC 1812 §5.2.7.2');

export type IcmpErrorName =
  | 'noPort'
  | 'noProtocol'
  | 'noRoute'
  | 'noHost'
  | 'prohibited'
  | 'tooLong'
  | 'sourceRouteFailed'
  | 'expired'
  | 'fragmentsExpired'
  | 'redirect';

/** The errors that hosts and routers send. */
export const ICMP_ERRORS: Readonly<Record<IcmpErrorName, IcmpError>> = {
  noPort: unreachable(UnreachableCode.port, NO_PORT),
  noProtocol: unreachable(UnreachableCode.protocol, NO_PROTOCOL),
  noRoute: unreachable(UnreachableCode.net, NO_ROUTE),
  noHost: unreachable(UnreachableCode.host, NO_HOST),
  prohibited: unreachable(UnreachableCode.prohibited, FORBIDDEN),
  tooLong: unreachable(UnreachableCode.fragmentationNeeded, TOO_LONG),
  sourceRouteFailed: unreachable(UnreachableCode.sourceRouteFailed, ROUTE_FAILED),
  expired: { type: Icmpv4Type.timeExceeded, code: TimeExceededCode.transit, cause: EXPIRED },
  fragmentsExpired: {
    type: Icmpv4Type.timeExceeded,
    code: TimeExceededCode.reassembly,
    cause: FRAGMENTS_EXPIRED,
  },
  /** To one host: whether its whole network is behind the other router, nobody can know. */
  redirect: { type: Icmpv4Type.redirect, code: 1, cause: BETTER_HOP },
};

/** The longest error, quote included (RFC 1812 §4.3.2.3). */
const ERROR_LENGTH = 576;

/** The precedence of errors, "internetwork control" (RFC 1812 §4.3.2.5, and Linux). */
const INTERNETWORK_CONTROL = 0xc0;
/** What of the packet's type of service an error keeps (Linux IPTOS_TOS_MASK). */
const TOS_KEPT = 0x1e;

/** Messages that ask or answer; every other is an error, or might be. */
const QUERIES: ReadonlySet<number> = new Set<number>([
  Icmpv4Type.echoReply,
  Icmpv4Type.echoRequest,
  Icmpv4Type.timestampRequest,
  Icmpv4Type.timestampReply,
]);

/**
 * Whether an error may be sent about the packet: not about another error, nor a later fragment, nor
 * to a sender that is no single host (RFC 1122 §3.2.2, RFC 1812 §4.3.2.7). What was sent to many
 * hosts is for the caller to know.
 */
export function mayReport(about: Ipv4Packet, isToMany: (address: Ipv4Address) => boolean): boolean {
  const { source, destination, fragmentOffset, protocol, bytes, payloadAt, end } = about;
  if (fragmentOffset !== 0 || isToMany(destination) || isToMany(source)) return false;
  if (source >>> 24 === 0 || (isLoopbackIpv4(source) && !isLoopbackIpv4(destination))) return false;
  if (protocol !== IpProtocol.icmp) return true;
  return payloadAt < end && isIcmpQuery(bytes[payloadAt]!);
}

/** Whether messages of this type ask or answer. */
export function isIcmpQuery(type: number): boolean {
  return QUERIES.has(type);
}

/** As much of the packet as an error of that system quotes, on a way that carries `mtu` octets. */
export function quoteOf(about: Ipv4Packet, mtu: number, icmp: IcmpProfile): Uint8Array {
  const { bytes, start, payloadAt, end } = about;
  const room = Math.min(ERROR_LENGTH, mtu) - IPV4_HEADER_LENGTH - ICMPV4_HEADER_LENGTH;
  const isTcp = about.protocol === IpProtocol.tcp && end - payloadAt >= TCP_HEADER_LENGTH;
  const header = isTcp && icmp.quotesTcpHeader ? (bytes[payloadAt + 12]! >>> 4) * 4 : 0;
  const wanted = payloadAt + Math.max(icmp.quoted, header);
  return bytes.subarray(start, Math.min(end, start + room, wanted));
}

/** The type of service of an error about the packet. */
export function tosOfError(about: Ipv4Packet, { errorsAreControl }: IcmpProfile): number {
  if (!errorsAreControl) return 0;
  return (about.tos & TOS_KEPT) | INTERNETWORK_CONTROL;
}
