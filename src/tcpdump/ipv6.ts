/**
 * IPv6 (RFC 8200) as far as its fixed header: the addresses, and TCP and UDP right behind it are
 * printed as tcpdump prints them. Extension headers and ICMPv6 are not decoded; they end the line
 * as `ip-proto-N length`.
 */
import { addressPair } from './ip-endpoints.ts';
import { IP_PROTOCOL_TITLES } from './numbers.ts';
import type { PacketText } from './packet-text.ts';

const HEADER_LENGTH = 40;

/** TCP and UDP: their lines begin with addresses and ports. */
const SHOW_ADDRESSES_THEMSELVES: ReadonlySet<number> = new Set([6, 17]);

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
  if (!t.has(at, HEADER_LENGTH)) {
    t.truncated();
    return;
  }
  if (length < HEADER_LENGTH) {
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
  if (length < payloadLength + HEADER_LENGTH) {
    t.text += `truncated-ip6 - ${payloadLength + HEADER_LENGTH - length} bytes missing!`;
  }
  const next = t.u8(at + 6);
  if (t.flags.verbose > 0) dissectHeader(t, at, next, payloadLength);
  const outerEnd = t.end;
  t.end = Math.min(t.end, at + HEADER_LENGTH + payloadLength);
  if (!SHOW_ADDRESSES_THEMSELVES.has(next)) t.text += `${addressPair(t, at)}: `;
  dissectPayload(t, at + HEADER_LENGTH, payloadLength, at, next, 6, false);
  t.end = outerEnd;
}

function dissectHeader(t: PacketText, at: number, next: number, payloadLength: number): void {
  const trafficClass = (t.u32(at) >>> 20) & 0xff;
  const flowLabel = t.u32(at) & 0xfffff;
  t.text += '(';
  if (trafficClass !== 0) t.text += `class 0x${trafficClass.toString(16).padStart(2, '0')}, `;
  if (flowLabel !== 0) t.text += `flowlabel 0x${flowLabel.toString(16).padStart(5, '0')}, `;
  const title = IP_PROTOCOL_TITLES.get(next) ?? 'unknown';
  t.text += `hlim ${t.u8(at + 7)}, next-header ${title} (${next}) payload length: ${payloadLength}) `;
}
