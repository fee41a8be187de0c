/** The fragment and routing headers of IPv6 (RFC 8200 §4.4, §4.5). */
import { IPV6_HEADER_LENGTH, RoutingType } from '../wire/index.ts';
import type { PacketText } from './packet-text.ts';

const FRAGMENT_LENGTH = 8;

/**
 * The header at `at`; returns its length, or −1 for a fragment whose content begins in another.
 * What is printed as the content's length is unsigned, also where headers are longer than it.
 */
export function dissectFragment(t: PacketText, at: number, ipAt: number): number {
  t.protocol = 'frag6';
  const headers = at - ipAt + FRAGMENT_LENGTH - IPV6_HEADER_LENGTH;
  const length = BigInt.asUintN(64, BigInt(t.u16(ipAt + 4) - headers));
  const offset = t.u16(at + 2) & 0xfff8;
  const id =
    t.flags.verbose > 0
      ? `0x${t
          .u32(at + 4)
          .toString(16)
          .padStart(8, '0')}:`
      : '';
  t.text += `frag (${id}${offset}|${length})`;
  if (offset !== 0) return -1;
  t.text += ' ';
  return FRAGMENT_LENGTH;
}

/** The header at `at`; returns its length, or −1 when it is malformed or of an unknown type. */
export function dissectRouting(t: PacketText, at: number): number {
  t.protocol = 'rt6';
  t.text += 'RT6';
  const units = t.u8(at + 1);
  t.text += ` (len=${units}`;
  const type = t.u8(at + 2);
  t.text += `, type=${type}`;
  if (type === RoutingType.source) t.text += ' [Deprecated]';
  t.text += `, segleft=${t.u8(at + 3)}`;
  switch (type) {
    case RoutingType.source:
    case RoutingType.mobile: {
      const reserved = t.u32(at + 4);
      if (reserved !== 0 || t.flags.verbose > 0) t.text += `, rsv=0x${reserved.toString(16)}`;
      break;
    }
    case RoutingType.segment: {
      t.text += `, last-entry=${t.u8(at + 4)}`;
      const flags = t.u8(at + 5);
      if (flags !== 0 || t.flags.verbose > 0) t.text += `, flags=0x${flags.toString(16)}`;
      t.text += `, tag=${t.u16(at + 6).toString(16)}`;
      break;
    }
    default:
      t.text += ' (unknown type)';
      t.invalid();
      return -1;
  }
  if (units % 2 === 1) {
    t.text += ` (invalid length ${units})`;
    t.invalid();
    return -1;
  }
  for (let i = 0; i < units / 2; i++) t.text += `, [${i}]${t.ipv6(at + 8 + 16 * i)}`;
  t.text += ') ';
  return (units + 1) * 8;
}
