/**
 * Linux cooked captures, of both versions: what capturing on `any` gives in place of link headers.
 * Version 2 knows the interface's index; its name comes from a table.
 */
import { dissectEtherType, LENGTH_MAXIMUM, vlanText, wantsDefaultDump } from './ethertype.ts';
import { dumpHexAndAscii } from './hex-dump.ts';
import { dissectLlc } from './llc.ts';
import { ETHERTYPE_NAMES } from './numbers.ts';
import { hex4, type PacketText } from './packet-text.ts';

const PACKET_TYPES = ['In', 'B', 'M', 'P', 'Out'] as const;

/** Protocols below the EtherTypes (Linux, `if_ether.h`). */
const NOVELL_8023 = 0x0001;
const IEEE_8022 = 0x0004;
const VLAN = 0x8100;

/** A hardware type: IEEE 802.11 with a header of radio information. */
const RADIOTAP = 803;

/** Where the fields of one version are. */
interface Header {
  readonly name: string;
  readonly length: number;
  readonly protocolAt: number;
  readonly hardwareTypeAt: number;
  readonly addressAt: number;
  readonly addressLength: (t: PacketText) => number;
  /** What stands before the address. */
  readonly prefix: (t: PacketText) => string;
}

const VERSION_1: Header = {
  name: 'sll',
  length: 16,
  protocolAt: 14,
  hardwareTypeAt: 2,
  addressAt: 6,
  addressLength: (t) => t.u16(4),
  prefix: (t) => `${(PACKET_TYPES[t.u16(0)] ?? '?').padStart(3)} `,
};

const VERSION_2: Header = {
  name: 'sll2',
  length: 20,
  protocolAt: 0,
  hardwareTypeAt: 8,
  addressAt: 12,
  addressLength: (t) => t.u8(11),
  prefix: (t) => `ifindex ${t.u32(4)} `,
};

/** The packet at 0, `length` octets long with its header; returns the length of that header. */
export function dissectLinuxCooked(t: PacketText, length: number, version: 1 | 2): number {
  const header = version === 1 ? VERSION_1 : VERSION_2;
  t.protocol = header.name;
  t.need(0, header.length);
  if (version === 2) {
    t.text += `${t.names.interface(t.u32(4)).padEnd(5)} `;
    t.text += `${(PACKET_TYPES[t.u8(10)] ?? '?').padEnd(3)} `;
  }
  if (t.flags.linkHeader) t.text += headerText(t, header, length);
  let protocol = t.u16(header.protocolAt);
  let at = header.length;
  while (protocol === VLAN) {
    if (t.end - at < 4) {
      t.protocol = 'vlan';
      t.truncated();
      return t.end;
    }
    if (t.flags.linkHeader) t.text += `${vlanText(t.u16(at))}, `;
    protocol = t.u16(at + 2);
    if (protocol <= LENGTH_MAXIMUM) protocol = IEEE_8022;
    if (t.flags.quiet === 0) t.text += `ethertype ${ETHERTYPE_NAMES.get(protocol) ?? 'Unknown'}, `;
    at += 4;
  }
  return dissectPayload(t, header, protocol, at, length);
}

function headerText(t: PacketText, header: Header, length: number): string {
  t.protocol = header.name;
  let text = header.prefix(t);
  if (header.addressLength(t) === 6) text += `${t.mac(header.addressAt)} `;
  if (t.flags.quiet > 0) return text;
  return `${text}${protocolText(t.u16(header.protocolAt))}, length ${length}: `;
}

function protocolText(protocol: number): string {
  if (protocol === NOVELL_8023) return '802.3';
  if (protocol === IEEE_8022) return '802.2';
  const name = protocol > LENGTH_MAXIMUM ? ETHERTYPE_NAMES.get(protocol) : undefined;
  return `ethertype ${name ?? 'Unknown'} (0x${hex4(protocol)})`;
}

function dissectPayload(
  t: PacketText,
  header: Header,
  protocol: number,
  at: number,
  length: number,
): number {
  const captured = t.end - at;
  if (t.u16(header.hardwareTypeAt) === RADIOTAP) t.miss('radiotap');
  if (protocol === NOVELL_8023) t.miss('IPX');
  if (protocol === IEEE_8022) {
    const { headerLength, isDecoded } = dissectLlc(t, at, length - at, captured, () => '');
    if (isDecoded) return at + headerLength;
  } else if (protocol > LENGTH_MAXIMUM) {
    if (dissectEtherType(t, protocol, at, length - at, captured)) return at;
    if (!t.flags.linkHeader) t.text += headerText(t, header, length - at + header.length);
  }
  if (wantsDefaultDump(t)) dumpHexAndAscii(t, at, captured);
  return at;
}
