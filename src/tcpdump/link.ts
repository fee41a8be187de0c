/**
 * The link layers: Ethernet, Linux cooked captures, BSD loopback, raw IP. A packet of another link
 * type is dumped.
 */
import { LinkType } from '../wire/index.ts';
import { wantsDefaultDump } from './ethertype.ts';
import { dissectEthernet } from './ethernet.ts';
import { dumpHexAndAscii } from './hex-dump.ts';
import { dissectIpPayload, dissectIpv4 } from './ipv4.ts';
import { dissectIpv6 } from './ipv6.ts';
import { dissectLinuxCooked } from './linux-cooked.ts';
import type { PacketText } from './packet-text.ts';

/** The packet from its link layer on; `length` is what it had on the wire. */
export function dissectLink(t: PacketText, linkType: number, length: number): void {
  switch (linkType) {
    case LinkType.ethernet:
      t.linkHeaderLength = dissectEthernet(t, length);
      return;
    case LinkType.linuxSll:
      t.linkHeaderLength = dissectLinuxCooked(t, length, 1);
      return;
    case LinkType.linuxSll2:
      t.linkHeaderLength = dissectLinuxCooked(t, length, 2);
      return;
    case LinkType.null:
    case LinkType.loop:
      dissectBsdLoopback(t, length);
      return;
    case LinkType.raw:
    case LinkType.systemsRaw:
    case LinkType.ipv4:
    case LinkType.ipv6:
      dissectRaw(t, length);
      return;
    default:
      t.miss(`link type ${linkType}`);
      t.protocol = 'unsupported';
      t.text += 'UNSUPPORTED';
      dumpHexAndAscii(t, 0, t.end);
  }
}

const FAMILY_LENGTH = 4;
const FAMILY_IPV4 = 2;
/** Named only. */
const FAMILY_NS = 6;
/** NetBSD and OpenBSD, FreeBSD, macOS. */
const FAMILIES_IPV6: ReadonlySet<number> = new Set([24, 28, 30]);

const FAMILY_NAMES: ReadonlyMap<number, string> = new Map([
  [FAMILY_IPV4, 'IPv4'],
  [FAMILY_NS, 'NS'],
  [7, 'ISO'],
  [16, 'Appletalk'],
  [23, 'IPX'],
  [24, 'IPv6'],
  [28, 'IPv6'],
  [30, 'IPv6'],
]);

/** BSD loopback: an address family in some machine's byte order; families are small numbers. */
function dissectBsdLoopback(t: PacketText, length: number): void {
  t.protocol = 'null';
  t.need(0, FAMILY_LENGTH);
  t.linkHeaderLength = FAMILY_LENGTH;
  const little = t.u32LittleEndian(0);
  const family = (little & 0xffff0000) === 0 ? little : t.u32(0);
  if (t.flags.linkHeader) t.text += familyText(t, family, length);
  const rest = length - FAMILY_LENGTH;
  if (family === FAMILY_IPV4) {
    dissectIpv4(t, FAMILY_LENGTH, rest);
  } else if (FAMILIES_IPV6.has(family)) {
    dissectIpv6(t, FAMILY_LENGTH, rest, dissectIpPayload);
  } else {
    if (FAMILY_NAMES.has(family) && family !== FAMILY_NS) t.miss(FAMILY_NAMES.get(family));
    if (!t.flags.linkHeader) t.text += familyText(t, family, length);
    if (wantsDefaultDump(t)) dumpHexAndAscii(t, FAMILY_LENGTH, t.end - FAMILY_LENGTH);
  }
}

function familyText(t: PacketText, family: number, length: number): string {
  const name = FAMILY_NAMES.get(family);
  const text =
    t.flags.quiet > 0 ? (name ?? `Unknown AF ${family}`) : `AF ${name ?? 'Unknown'} (${family})`;
  return `${text}, length ${length}: `;
}

function dissectRaw(t: PacketText, length: number): void {
  t.protocol = 'raw';
  if (t.flags.linkHeader) t.text += 'ip: ';
  t.protocol = 'ipn';
  const version = t.u8(0) >>> 4;
  if (version === 4) dissectIpv4(t, 0, length);
  else if (version === 6) dissectIpv6(t, 0, length, dissectIpPayload);
  else t.text += `unknown ip ${version}`;
}
