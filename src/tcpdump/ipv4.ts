/**
 * IPv4 (RFC 791): the header, and on to what it carries.
 *
 * Protocols other than ICMP, TCP, UDP, IPsec and IP itself are printed as `ip-proto-N length` (the
 * protocol's name without `-n`), also where tcpdump says more: see `IP_GAPS`.
 */
import { IPV4_HEADER_LENGTH } from '../wire/index.ts';
import { checksumError, rightChecksum } from './checksum.ts';
import { IP_GAPS, IPV6_GAPS } from './gaps.ts';
import { dissectIcmpv4 } from './icmpv4.ts';
import { dissectIcmpv6 } from './icmpv6.ts';
import { addressPair } from './ip-endpoints.ts';
import { dissectIpv4Options } from './ipv4-options.ts';
import { dissectAuthentication, dissectCompressed, dissectEncrypted } from './ipsec.ts';
import { dissectIpv6 } from './ipv6.ts';
import { IP_PROTOCOL_NAMES, IP_PROTOCOL_TITLES } from './numbers.ts';
import { type PacketText, TRUNCATED } from './packet-text.ts';
import { dissectTcp } from './tcp.ts';
import { dissectUdp } from './udp.ts';

const ECN_TEXTS = ['', ',ECT(1)', ',ECT(0)', ',CE'] as const;

/** The packet at `at`, in a frame that has `length` octets for it. */
export function dissectIpv4(t: PacketText, at: number, length: number): void {
  t.protocol = 'ip';
  const version = t.u8(at) >>> 4;
  if (version !== 4) {
    t.text += version === 6 ? 'IP6, wrong link-layer encapsulation' : `IP${version}`;
    t.invalid();
    return;
  }
  if (!t.flags.linkHeader) t.text += 'IP ';
  if (!t.has(at, IPV4_HEADER_LENGTH)) {
    t.truncated();
    return;
  }
  if (length < IPV4_HEADER_LENGTH) {
    t.text += `truncated-ip ${length}`;
    return;
  }
  const headerLength = (t.u8(at) & 15) * 4;
  if (headerLength < IPV4_HEADER_LENGTH) {
    t.text += `bad-hlen ${headerLength}`;
    return;
  }
  const totalLength = t.u16(at + 2);
  if (length < totalLength) t.text += `truncated-ip - ${totalLength - length} bytes missing! `;
  if (totalLength < headerLength) {
    t.text += `bad-len ${totalLength}`;
    return;
  }
  const outerEnd = t.end;
  t.end = Math.min(t.end, at + totalLength);
  dissectBody(t, at, headerLength, totalLength - headerLength);
  t.end = outerEnd;
}

function dissectBody(t: PacketText, at: number, headerLength: number, length: number): void {
  const fragment = t.u16(at + 6);
  const protocol = t.u8(at + 9);
  if (t.flags.verbose > 0 && !dissectHeader(t, at, headerLength, protocol)) {
    t.text += `${addressPair(t, at)}: `;
    t.truncated();
    return;
  }
  if ((fragment & 0x1fff) !== 0) {
    if (t.flags.quiet > 1) return;
    t.text += `${addressPair(t, at)}: ${protocolName(t, protocol)}`;
    return;
  }
  t.miss(IP_GAPS.get(protocol));
  if (!SHOW_ADDRESSES_THEMSELVES.has(protocol)) t.text += `${addressPair(t, at)}: `;
  if (!t.has(at, headerLength)) {
    t.text += ` [remaining caplen(${t.remaining(at)}) < header length(${headerLength})]`;
    throw TRUNCATED;
  }
  const isFragment = (fragment & 0x2000) !== 0;
  dissectIpPayload(t, at + headerLength, length, at, protocol, 4, isFragment);
}

/** The parenthesis of `-v`; false when options were not captured whole. */
function dissectHeader(t: PacketText, at: number, headerLength: number, protocol: number): boolean {
  const tos = t.u8(at + 1);
  const ttl = t.u8(at + 8);
  const fragment = t.u16(at + 6);
  t.text += `(tos 0x${tos.toString(16)}${ECN_TEXTS[tos & 3]}`;
  if (ttl > 0) t.text += `, ttl ${ttl}`;
  t.text +=
    `, id ${t.u16(at + 4)}, offset ${(fragment & 0x1fff) * 8}, flags [${flagNames(fragment)}]` +
    `, proto ${IP_PROTOCOL_TITLES.get(protocol) ?? 'unknown'} (${protocol})` +
    `, length ${t.u16(at + 2)}`;
  let isWhole = true;
  if (headerLength > IPV4_HEADER_LENGTH) {
    t.text += ', options (';
    isWhole = dissectIpv4Options(t, at + IPV4_HEADER_LENGTH, headerLength - IPV4_HEADER_LENGTH);
    t.text += isWhole ? ')' : ' [truncated-option])';
  }
  if (!t.flags.ignoreChecksums && t.has(at, headerLength)) {
    const error = checksumError(t.bytes, at, at + headerLength);
    if (error !== 0) {
      const found = t.u16(at + 10);
      const right = rightChecksum(found, error);
      t.text += `, bad cksum ${found.toString(16)} (->${right.toString(16)})!`;
    }
  }
  t.text += ')\n    ';
  return isWhole;
}

function flagNames(fragment: number): string {
  let names = '';
  if ((fragment & 0x2000) !== 0) names = '+';
  if ((fragment & 0x4000) !== 0) names += names === '' ? 'DF' : ', DF';
  if ((fragment & 0x8000) !== 0) names += names === '' ? 'rsvd' : ', rsvd';
  return names === '' ? 'none' : names;
}

function protocolName(t: PacketText, protocol: number): string {
  const name = t.flags.numeric === 0 ? IP_PROTOCOL_NAMES.get(protocol) : undefined;
  return name ?? `ip-proto-${protocol}`;
}

const Protocol = {
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  encrypted: 50,
  authentication: 51,
  icmpv6: 58,
  none: 59,
  compressed: 108,
} as const;
const SUN_ND = 77;
const ETHERNET = 143;

/** Their lines begin with addresses and ports. */
const SHOW_ADDRESSES_THEMSELVES: ReadonlySet<number> = new Set([Protocol.tcp, Protocol.udp]);

/** What an IP packet of either version carries: `length` octets at `at`. */
export function dissectIpPayload(
  t: PacketText,
  at: number,
  length: number,
  ipAt: number,
  protocol: number,
  version: 4 | 6,
  isFragment: boolean,
): void {
  switch (protocol) {
    case Protocol.tcp:
      return dissectTcp(t, at, length, ipAt, isFragment);
    case Protocol.udp:
      return dissectUdp(t, at, length, ipAt, isFragment);
    case Protocol.icmp:
      if (version === 4) return dissectIcmpv4(t, at, length, isFragment, dissectIpv4);
      return wrongVersion(t, 'ICMP', 4);
    case Protocol.ipv4:
      return dissectIpv4(t, at, length);
    case Protocol.ipv6:
      return dissectIpv6(t, at, length, dissectIpPayload);
    case Protocol.icmpv6:
      if (version === 6) return dissectIcmpv6(t, at, length, ipAt, isFragment);
      return wrongVersion(t, 'ICMPv6', 6);
    case ETHERNET:
      if (version === 4) return wrongVersion(t, 'Ethernet', 6);
      break;
    case Protocol.none:
      t.text += 'no next header';
      return;
    case Protocol.authentication: {
      const advance = dissectAuthentication(t, at);
      if (advance === 0) return;
      const left = (length - advance) >>> 0;
      return dissectIpPayload(t, at + advance, left, ipAt, t.u8(at), version, isFragment);
    }
    case Protocol.encrypted:
      return dissectEncrypted(t, at, length);
    case Protocol.compressed:
      return dissectCompressed(t, at);
    case SUN_ND:
      t.text += ` nd ${length}`;
      return;
    default:
  }
  t.miss(IP_GAPS.get(protocol) ?? (version === 6 ? IPV6_GAPS.get(protocol) : undefined));
  t.text += ` ${protocolName(t, protocol)} ${length}`;
}

function wrongVersion(t: PacketText, protocol: string, needed: 4 | 6): void {
  t.text += `[${protocol} requires IPv${needed}]`;
  t.invalid();
}
