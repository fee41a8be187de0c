/** What an EtherType says that a frame carries. */
import { EtherType } from '../wire/index.ts';
import { dissectArp } from './arp.ts';
import { ETHERTYPE_GAPS } from './gaps.ts';
import { dissectIpPayload, dissectIpv4 } from './ipv4.ts';
import { dissectIpv6 } from './ipv6.ts';
import type { PacketText } from './packet-text.ts';

const REVERSE_ARP = 0x8035;

/** The payload at `at`; false, and nothing printed, for a type that is not decoded here. */
export function dissectEtherType(
  t: PacketText,
  etherType: number,
  at: number,
  length: number,
  captured: number,
): boolean {
  switch (etherType) {
    case EtherType.ipv4:
      dissectIpv4(t, at, length);
      return true;
    case EtherType.ipv6:
      dissectIpv6(t, at, length, dissectIpPayload);
      return true;
    case EtherType.arp:
    case REVERSE_ARP:
      dissectArp(t, at, length, captured);
      return true;
    default:
      t.miss(ETHERTYPE_GAPS.get(etherType));
      return false;
  }
}

/** The types above this are types; the others are lengths of IEEE 802.3. */
export const LENGTH_MAXIMUM = 1500;

/** Whether the type announces a tag of a virtual LAN. */
export function isVlanTag(etherType: number): boolean {
  return (
    etherType === EtherType.vlan ||
    etherType === 0x88a8 ||
    etherType === 0x9100 ||
    etherType === 0x9200
  );
}

/** `vlan 7, p 0`: the number, the priority, and whether it may be dropped first (IEEE 802.1Q). */
export function vlanText(tag: number): string {
  return `vlan ${tag & 0xfff}, p ${tag >>> 13}${(tag & 0x1000) === 0 ? '' : ', DEI'}`;
}

/** Dumps bytes that nothing is known about, unless a flag asks for dumps or for less anyway. */
export function wantsDefaultDump(t: PacketText): boolean {
  return t.flags.quiet === 0 && t.flags.hex === 0 && t.flags.hexAndAscii === 0;
}
