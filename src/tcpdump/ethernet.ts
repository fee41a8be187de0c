/**
 * Ethernet II and IEEE 802.3, with tags of virtual LANs. Frames of types that are not decoded here
 * are printed as tcpdump prints types that it does not know: addresses, type, length, a dump.
 */
import { ETHERNET_HEADER_LENGTH } from '../wire/index.ts';
import {
  dissectEtherType,
  isVlanTag,
  LENGTH_MAXIMUM,
  vlanText,
  wantsDefaultDump,
} from './ethertype.ts';
import { dumpHexAndAscii } from './hex-dump.ts';
import { dissectLlc } from './llc.ts';
import { ETHERTYPE_NAMES } from './numbers.ts';
import { hex4, type PacketText } from './packet-text.ts';

/** The frame at 0, `length` octets long on the wire; returns the length of its header. */
export function dissectEthernet(t: PacketText, length: number): number {
  t.protocol = 'ether';
  const captured = t.end;
  if (captured < ETHERNET_HEADER_LENGTH) {
    t.truncated();
    return captured;
  }
  const isLinkShown = t.flags.linkHeader;
  if (isLinkShown) t.text += `${t.mac(6)} > ${t.mac(0)}, `;
  let etherType = t.u16(12);
  let at = ETHERNET_HEADER_LENGTH;
  let isLengthShown = false;
  while (isVlanTag(etherType)) {
    if (captured - at < 4) {
      t.protocol = 'vlan';
      t.truncated();
      return captured;
    }
    if (isLinkShown) {
      t.text += etherTypeText(t, etherType);
      t.text += isLengthShown ? ', ' : `, length ${length}: `;
      t.text += `${vlanText(t.u16(at))}, `;
      isLengthShown = true;
    }
    etherType = t.u16(at + 2);
    at += 4;
  }
  if (etherType <= LENGTH_MAXIMUM) return dissect8023(t, at, length - at, etherType, isLengthShown);
  if (isLinkShown) {
    t.text += etherTypeText(t, etherType);
    t.text += isLengthShown ? ', ' : `, length ${length}: `;
  }
  if (!dissectEtherType(t, etherType, at, length - at, captured - at)) {
    if (!isLinkShown) {
      t.text += `${t.mac(6)} > ${t.mac(0)}, ${etherTypeText(t, etherType)}, length ${length}: `;
    }
    if (wantsDefaultDump(t)) dumpHexAndAscii(t, at, captured - at);
  }
  return at;
}

function etherTypeText(t: PacketText, etherType: number): string {
  const name = ETHERTYPE_NAMES.get(etherType);
  if (t.flags.quiet > 0) return name ?? `Unknown Ethertype (0x${hex4(etherType)})`;
  return `ethertype ${name ?? 'Unknown'} (0x${hex4(etherType)})`;
}

/** IEEE 802.3: the field is the payload's length, and IEEE 802.2 follows. */
function dissect8023(
  t: PacketText,
  at: number,
  room: number,
  announced: number,
  isLengthShown: boolean,
): number {
  const length = Math.min(room, announced);
  const outerEnd = t.end;
  const captured = Math.min(t.end - at, length);
  t.end = at + captured;
  if (t.flags.linkHeader) {
    t.text += '802.3';
    if (!isLengthShown) t.text += `, length ${length}: `;
  }
  const addresses = (): string => `${t.names.mac(t.bytes, 6)} > ${t.names.mac(t.bytes, 0)} `;
  const { headerLength, isDecoded } = dissectLlc(t, at, length, captured, addresses);
  if (!isDecoded && wantsDefaultDump(t)) dumpHexAndAscii(t, at, captured);
  t.end = outerEnd;
  return at + headerLength;
}
