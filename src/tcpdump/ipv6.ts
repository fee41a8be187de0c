/**
 * IPv6 (RFC 8200): the header, the chain of extension headers behind it, and on to what they lead
 * to. Mobility headers are not decoded; they end the line (see `IPV6_GAPS`).
 */
import { IPV6_HEADER_LENGTH, NextHeader } from '../wire/index.ts';
import { IPV6_GAPS } from './gaps.ts';
import { addressPair } from './ip-endpoints.ts';
import { dissectFragment, dissectRouting } from './ipv6-extensions.ts';
import { dissectDestinationOptions, dissectHopByHop, type Jumbo } from './ipv6-options.ts';
import { IP_PROTOCOL_TITLES } from './numbers.ts';
import type { PacketText } from './packet-text.ts';

/** TCP, UDP, DCCP and SCTP: their lines begin with addresses and ports. */
const SHOW_ADDRESSES_THEMSELVES: ReadonlySet<number> = new Set([6, 17, 33, 132]);

/** Mobility, by its old number and by its own. */
const MOBILITY: ReadonlySet<number> = new Set([62, 135]);

/** How what an IP packet carries is dissected; handed in, because IP can carry IP. */
export type DissectIpPayload = (
  t: PacketText,
  at: number,
  length: number,
  ipAt: number,
  protocol: number,
  version: 4 | 6,
  isFragment: boolean,
) => void;

/** The packet at `at`, in a frame that has `length` octets for it. */
export function dissectIpv6(
  t: PacketText,
  at: number,
  length: number,
  dissectPayload: DissectIpPayload,
): void {
  t.protocol = 'ip6';
  if (!t.has(at, IPV6_HEADER_LENGTH)) {
    t.truncated();
    return;
  }
  if (length < IPV6_HEADER_LENGTH) {
    t.text += `truncated-ip6 ${length}`;
    return;
  }
  if (!t.flags.linkHeader) t.text += 'IP6 ';
  const version = t.u8(at) >>> 4;
  if (version !== 6) {
    t.text += `version error: ${version} != 6`;
    return;
  }
  const payloadLength = t.u16(at + 4);
  // A length of zero may announce a jumbogram (RFC 2675): then all that there is may be its.
  const packetLength = (payloadLength === 0 ? length : payloadLength) + IPV6_HEADER_LENGTH;
  if (payloadLength !== 0 && length < packetLength) {
    t.text += `truncated-ip6 - ${packetLength - length} bytes missing!`;
  }
  if (t.flags.verbose > 0) dissectHeader(t, at, payloadLength);
  const outerEnd = t.end;
  t.end = Math.min(outerEnd, at + packetLength);
  if (dissectChain(t, at, length, packetLength, outerEnd, dissectPayload)) t.end = outerEnd;
}

function dissectHeader(t: PacketText, at: number, payloadLength: number): void {
  const next = t.u8(at + 6);
  const trafficClass = (t.u32(at) >>> 20) & 0xff;
  const flowLabel = t.u32(at) & 0xfffff;
  t.text += '(';
  if (trafficClass !== 0) t.text += `class 0x${trafficClass.toString(16).padStart(2, '0')}, `;
  if (flowLabel !== 0) t.text += `flowlabel 0x${flowLabel.toString(16).padStart(5, '0')}, `;
  const title = IP_PROTOCOL_TITLES.get(next) ?? 'unknown';
  t.text += `hlim ${t.u8(at + 7)}, next-header ${title} (${next}) payload length: ${payloadLength}) `;
}

/**
 * The headers from the fixed one on, in a packet of `packetLength` octets, and what they lead to.
 * False where tcpdump leaves the end of reading at that of the packet.
 */
function dissectChain(
  t: PacketText,
  ipAt: number,
  length: number,
  packetLength: number,
  outerEnd: number,
  dissectPayload: DissectIpPayload,
): boolean {
  const jumbo: Jumbo = { payloadLength: t.u16(ipAt + 4), isFound: false };
  let next = t.u8(ipAt + 6);
  let at = ipAt;
  let left = packetLength;
  let advance = IPV6_HEADER_LENGTH;
  let isFragment = false;
  let hasHopByHop = false;
  while (at < t.end && advance > 0) {
    if (left < advance) {
      t.truncated();
      return false;
    }
    at += advance;
    left -= advance;
    const isFirst = at === ipAt + IPV6_HEADER_LENGTH;
    if (isFirst && !SHOW_ADDRESSES_THEMSELVES.has(next)) t.text += `${addressPair(t, ipAt)}: `;
    switch (next) {
      case NextHeader.hopByHop:
        if (!isFirst) {
          t.text += hasHopByHop
            ? '[The Hop-by-Hop Options header was already found]'
            : "[The Hop-by-Hop Options header don't follow the IPv6 header]";
          t.invalid();
          return false;
        }
        advance = dissectHopByHop(t, at, jumbo);
        if (jumbo.payloadLength === 0 && !jumbo.isFound) {
          t.text += '[No valid Jumbo Payload Hop-by-Hop option found]';
          t.invalid();
          return false;
        }
        hasHopByHop = true;
        break;
      case NextHeader.destinationOptions:
        advance = dissectDestinationOptions(t, at);
        break;
      case NextHeader.fragment:
        advance = dissectFragment(t, at, ipAt);
        if (advance > 0 && t.end <= at + advance) return true;
        isFragment = true;
        break;
      case NextHeader.routing:
        if (!t.has(at, 1)) {
          t.truncated();
          return false;
        }
        advance = dissectRouting(t, at);
        break;
      default: {
        if (MOBILITY.has(next)) t.miss(IPV6_GAPS.get(next));
        const rest = payloadLeft(t, ipAt, at, length, left, jumbo, outerEnd);
        if (rest === undefined) return false;
        dissectPayload(t, at, rest, ipAt, next, 6, isFragment);
        return true;
      }
    }
    if (advance <= 0) return true;
    next = t.u8(at);
    t.protocol = 'ip6';
  }
  return true;
}

/**
 * The octets of the packet from `at` on, which are `left` unless the header's length is zero;
 * undefined when that is a contradiction.
 */
function payloadLeft(
  t: PacketText,
  ipAt: number,
  at: number,
  length: number,
  left: number,
  jumbo: Jumbo,
  outerEnd: number,
): number | undefined {
  const before = at - ipAt;
  if (jumbo.isFound) {
    const packetLength = (jumbo.payloadLength + IPV6_HEADER_LENGTH) >>> 0;
    if (packetLength < before) {
      t.truncated();
      return undefined;
    }
    if (length < packetLength) {
      t.text += `truncated-ip6 - ${packetLength - length} bytes missing!`;
    }
    if (ipAt + packetLength <= outerEnd) t.end = ipAt + packetLength;
    return packetLength - before;
  }
  if (jumbo.payloadLength !== 0) return left;
  if (before > IPV6_HEADER_LENGTH) {
    t.truncated();
    return undefined;
  }
  t.end = Math.min(t.end, ipAt + IPV6_HEADER_LENGTH);
  return 0;
}
