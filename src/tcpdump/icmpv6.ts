/**
 * ICMP for IPv6 (RFC 4443) and what lives in it: Neighbor Discovery, whose options show with `-v`,
 * and Multicast Listener Discovery.
 */
import { Icmpv6Type, Icmpv6UnreachableCode, NextHeader } from '../wire/index.ts';
import { checksumError, rightChecksum } from './checksum.ts';
import { dumpUnknown } from './hex-dump.ts';
import { ICMPV6_GAPS } from './gaps.ts';
import { pseudoHeaderSum } from './ip-endpoints.ts';
import { dissectListener, dissectQuery, dissectReport } from './multicast-listener.ts';
import { dissectDiscovery, isDiscovery } from './neighbor-discovery.ts';
import { hex4, type PacketText } from './packet-text.ts';

const ICMPV6 = 58;

/** Of mobile nodes (RFC 6275 §6.5 ff.). */
const HOME_AGENT_REQUEST = 144;
const HOME_AGENT_REPLY = 145;
const MOBILE_PREFIX_SOLICITATION = 146;
const MOBILE_PREFIX_ADVERTISEMENT = 147;

const TYPE_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [Icmpv6Type.destinationUnreachable, 'destination unreachable'],
  [Icmpv6Type.packetTooBig, 'packet too big'],
  [Icmpv6Type.timeExceeded, 'time exceeded in-transit'],
  [Icmpv6Type.parameterProblem, 'parameter problem'],
  [Icmpv6Type.echoRequest, 'echo request'],
  [Icmpv6Type.echoReply, 'echo reply'],
  [Icmpv6Type.listenerQuery, 'multicast listener query'],
  [Icmpv6Type.listenerReport, 'multicast listener report'],
  [Icmpv6Type.listenerDone, 'multicast listener done'],
  [Icmpv6Type.routerSolicitation, 'router solicitation'],
  [Icmpv6Type.routerAdvertisement, 'router advertisement'],
  [Icmpv6Type.neighborSolicitation, 'neighbor solicitation'],
  [Icmpv6Type.neighborAdvertisement, 'neighbor advertisement'],
  [Icmpv6Type.redirect, 'redirect'],
  [138, 'router renumbering'],
  [139, 'who-are-you request'],
  [140, 'who-are-you reply'],
  [141, 'inverse neighbor solicitation'],
  [142, 'inverse neighbor advertisement'],
  [Icmpv6Type.listenerReport2, 'multicast listener report v2'],
  [HOME_AGENT_REQUEST, 'ha discovery request'],
  [HOME_AGENT_REPLY, 'ha discovery reply'],
  [MOBILE_PREFIX_SOLICITATION, 'mobile router solicitation'],
  [MOBILE_PREFIX_ADVERTISEMENT, 'mobile router advertisement'],
  [155, 'RPL'],
  [200, 'mtrace response'],
  [201, 'mtrace message'],
]);

/** Messages that say no more than their type and length. */
const NAMED_ONLY: ReadonlySet<number> = new Set([141, 142, ...ICMPV6_GAPS.keys()]);

const UNREACHABLE: ReadonlyMap<number, string> = new Map<number, string>([
  [Icmpv6UnreachableCode.noRoute, 'unreachable route'],
  [Icmpv6UnreachableCode.prohibited, ' unreachable prohibited'],
  [Icmpv6UnreachableCode.beyondScope, 'beyond scope'],
  [Icmpv6UnreachableCode.address, 'unreachable address'],
  [Icmpv6UnreachableCode.port, 'unreachable port'],
]);

const PARAMETER_PROBLEMS = [
  'erroneous',
  'next header',
  'option',
  'incomplete header chain',
] as const;

/** What becomes of a message's text. */
export type Outcome =
  /** Its length follows, without `-v`. */
  | 'whole'
  /** It is cut short or contradicts itself, which is said. */
  | 'truncated'
  | 'ended';

/** The message of `length` octets at `at`, in the packet at `ipAt`. */
export function dissectIcmpv6(
  t: PacketText,
  at: number,
  length: number,
  ipAt: number,
  isFragment: boolean,
): void {
  t.protocol = 'icmp6';
  if (length === 0) {
    t.text += 'ICMP6, length 0';
    t.invalid();
    return;
  }
  if (t.flags.verbose > 0 && !isFragment && t.has(at, length)) {
    dissectChecksum(t, at, length, ipAt);
  }
  const type = t.u8(at);
  t.miss(ICMPV6_GAPS.get(type));
  t.text += `ICMP6, ${TYPE_NAMES.get(type) ?? `unknown icmp6 type (${type})`}`;
  const outcome = dissectMessage(t, at, length, type);
  if (outcome === 'truncated') t.truncated();
  if (outcome === 'whole' && t.flags.verbose === 0) t.text += `, length ${length}`;
}

function dissectChecksum(t: PacketText, at: number, length: number, ipAt: number): void {
  const found = t.u16(at + 2);
  const pseudo = pseudoHeaderSum(t, ipAt, ICMPV6, length);
  const error = checksumError(t.bytes, at, at + length, pseudo);
  const right = rightChecksum(found, error);
  t.text +=
    error === 0 ? '[icmp6 sum ok] ' : `[bad icmp6 cksum 0x${hex4(found)} -> 0x${hex4(right)}!] `;
}

function dissectMessage(t: PacketText, at: number, length: number, type: number): Outcome {
  if (isDiscovery(type)) return dissectDiscovery(t, at, length, type);
  const code = t.u8(at + 1);
  switch (type) {
    case Icmpv6Type.destinationUnreachable:
      return dissectUnreachable(t, at, length, code);
    case Icmpv6Type.packetTooBig:
      t.text += `, mtu ${t.u32(at + 4)}`;
      return 'whole';
    case Icmpv6Type.timeExceeded:
      if (code === 0) t.text += ` for ${quotedDestination(t, at)}`;
      else t.text += code === 1 ? ' (reassembly)' : `, unknown code (${code})`;
      return 'whole';
    case Icmpv6Type.parameterProblem: {
      if (!t.has(at + QUOTED_DESTINATION, 16)) return 'truncated';
      const name = PARAMETER_PROBLEMS[code];
      t.text += name === undefined ? `, code-#${code}` : `, ${name} - octet ${t.u32(at + 4)}`;
      return 'whole';
    }
    case Icmpv6Type.echoRequest:
    case Icmpv6Type.echoReply:
      t.text += `, id ${t.u16(at + 4)}, seq ${t.u16(at + 6)}`;
      return 'whole';
    case Icmpv6Type.listenerQuery:
      dissectQuery(t, at, length);
      return 'whole';
    case Icmpv6Type.listenerReport:
    case Icmpv6Type.listenerDone:
      dissectListener(t, at);
      return 'whole';
    case Icmpv6Type.listenerReport2:
      dissectReport(t, at, length);
      return 'whole';
    case HOME_AGENT_REQUEST:
    case MOBILE_PREFIX_SOLICITATION:
      t.text += `, id 0x${hex4(t.u16(at + 4))}`;
      return 'whole';
    default:
      if (NAMED_ONLY.has(type)) return 'whole';
      t.text += `, length ${length}`;
      if (t.flags.verbose <= 1) dumpUnknown(t, at, length, '\n\t');
      return 'ended';
  }
}

/** Where the quoted packet begins, and its addresses. */
const QUOTE = 8;
const QUOTED_SOURCE = QUOTE + 8;
const QUOTED_DESTINATION = QUOTE + 24;

function quotedDestination(t: PacketText, at: number): string {
  return t.ipv6(at + QUOTED_DESTINATION);
}

function dissectUnreachable(t: PacketText, at: number, length: number, code: number): Outcome {
  t.text += `, ${UNREACHABLE.get(code) ?? `unknown unreach code (${code})`}`;
  switch (code) {
    case Icmpv6UnreachableCode.noRoute:
    case Icmpv6UnreachableCode.prohibited:
    case Icmpv6UnreachableCode.address:
      t.text += ` ${quotedDestination(t, at)}`;
      return 'whole';
    case Icmpv6UnreachableCode.beyondScope:
      t.text += ` ${quotedDestination(t, at)}, source address ${t.ipv6(at + QUOTED_SOURCE)}`;
      return 'whole';
    case Icmpv6UnreachableCode.port: {
      const quoted = findTransport(t, at + QUOTE);
      if (quoted === undefined) return 'truncated';
      const port = t.u16(quoted.at + 2);
      const isTcp = quoted.protocol === TCP;
      const name = isTcp
        ? `tcp port ${t.names.tcpPort(port)}`
        : `udp port ${t.names.udpPort(port)}`;
      t.text += `, ${quotedDestination(t, at)} ${name}`;
      return 'whole';
    }
    default:
      if (t.flags.verbose > 1) return 'whole';
      dumpUnknown(t, at, length, '\n\t');
      return 'ended';
  }
}

const TCP = 6;
const UDP = 17;

/** Where TCP or UDP begins in a quoted packet, as far as its ports are quoted. */
function findTransport(
  t: PacketText,
  ipAt: number,
): { readonly protocol: number; readonly at: number } | undefined {
  if (!t.has(ipAt + 6, 1)) return undefined;
  let protocol = t.u8(ipAt + 6);
  let at = ipAt;
  let length = 40;
  while (at < t.end) {
    at += length;
    switch (protocol) {
      case TCP:
      case UDP:
        return t.has(at + 2, 2) ? { protocol, at } : undefined;
      case NextHeader.hopByHop:
      case NextHeader.destinationOptions:
      case NextHeader.routing:
        if (!t.has(at + 1, 1)) return undefined;
        length = (t.u8(at + 1) + 1) * 8;
        break;
      case NextHeader.fragment:
        if (!t.has(at + 2, 2) || (t.u16(at + 2) & 0xfff8) !== 0) return undefined;
        length = 8;
        break;
      case NextHeader.authentication:
        if (!t.has(at + 1, 1)) return undefined;
        length = (t.u8(at + 1) + 2) * 4;
        break;
      default:
        return undefined;
    }
    protocol = t.u8(at);
  }
  return undefined;
}
