/**
 * IEEE 802.2 logical link control, and SNAP (RFC 1042) on it: the headers, and IP and ARP behind
 * them. Other protocols (spanning tree, IPX, NetBEUI, OSI, those of Cisco) are not decoded; their
 * frames are printed as frames of an unknown service access point.
 */
import { dissectEtherType } from './ethertype.ts';
import { dumpHexAndAscii } from './hex-dump.ts';
import { dissectIpv4 } from './ipv4.ts';
import { ETHERTYPE_NAMES, VENDOR_NAMES } from './numbers.ts';
import { hex4, HEX_PAIRS, type PacketText } from './packet-text.ts';

const Sap = { ip: 0x06, snap: 0xaa } as const;
const UNNUMBERED_INFORMATION = 0x03;
const EXCHANGE_IDENTIFICATION = 0xaf;
const POLL = 0x10;
const SNAP_LENGTH = 5;

const SAP_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [0x00, 'Null'],
  [0xff, 'Global'],
  [0x02, '802.1B I'],
  [0x03, '802.1B G'],
  [Sap.ip, 'IP'],
  [0x04, 'SNA'],
  [0x0e, 'ProWay NM'],
  [0x42, 'STP'],
  [0x4e, 'RS511'],
  [0x7e, 'ISO8208'],
  [0x8e, 'ProWay'],
  [Sap.snap, 'SNAP'],
  [0xe0, 'IPX'],
  [0xf0, 'NetBeui'],
  [0xfe, 'OSI'],
]);

/** What tcpdump decodes and this does not. */
const SAP_GAPS: ReadonlyMap<number, string> = new Map([
  [0x42, 'spanning tree'],
  [0xe0, 'IPX'],
  [0xfe, 'ISO'],
]);

/** The same by organization. */
const ORGANIZATION_GAPS: ReadonlyMap<number, string> = new Map([
  [0x00000c, 'protocols of Cisco'],
  [0x080007, 'AppleTalk'],
  [0x0080c2, 'bridged frames'],
]);

const COMMAND_NAMES: ReadonlyMap<number, string> = new Map([
  [UNNUMBERED_INFORMATION, 'ui'],
  [0xe3, 'test'],
  [EXCHANGE_IDENTIFICATION, 'xid'],
  [0x63, 'ua'],
  [0x43, 'disc'],
  [0x0f, 'dm'],
  [0x6f, 'sabme'],
  [0x87, 'frmr'],
]);

const SUPERVISORY_NAMES = ['Receiver Ready', 'Receiver not Ready', 'Reject', '?'] as const;

/** What is known after the header. */
export interface LlcOutcome {
  readonly headerLength: number;
  /** False when what follows is for the caller to dump. */
  readonly isDecoded: boolean;
}

/** The header at `at`; `addresses` gives `source > destination ` of the link, or nothing. */
export function dissectLlc(
  t: PacketText,
  at: number,
  length: number,
  captured: number,
  addresses: () => string,
): LlcOutcome {
  t.protocol = 'llc';
  const isUnnumbered = captured >= 3 && length >= 3 && (t.u8(at + 2) & 3) === 3;
  const headerLength = isUnnumbered ? 3 : 4;
  if (captured < headerLength || length < headerLength) {
    t.truncated();
    dumpHexAndAscii(t, at, captured);
    return { headerLength: Math.min(captured, length), isDecoded: true };
  }
  const control = isUnnumbered ? t.u8(at + 2) : t.u8(at + 2) | (t.u8(at + 3) << 8);
  if (t.u16(at) === 0xffff) t.miss('IPX');
  const destination = t.u8(at) & 0xfe;
  const source = t.u8(at + 1) & 0xfe;
  if (t.flags.linkHeader) t.text += headerText(t, at, control, isUnnumbered);
  const payloadAt = at + headerLength;
  const payloadLength = length - headerLength;
  if (source === destination && control === UNNUMBERED_INFORMATION) {
    t.miss(SAP_GAPS.get(source));
    if (source === Sap.snap) {
      const isDecoded = dissectSnap(
        t,
        payloadAt,
        payloadLength,
        captured - headerLength,
        addresses,
      );
      return { headerLength: headerLength + SNAP_LENGTH, isDecoded };
    }
    if (source === Sap.ip) {
      dissectIpv4(t, payloadAt, payloadLength);
      return { headerLength, isDecoded: true };
    }
  }
  if (!t.flags.linkHeader) t.text += accessPoints(source, destination, addresses);
  const isResponse = (t.u8(at + 1) & 1) === 1;
  const isDecoded = isUnnumbered
    ? dissectUnnumbered(t, payloadAt, length, captured - headerLength, control, isResponse)
    : dissectNumbered(t, length, control, isResponse);
  return { headerLength, isDecoded };
}

function headerText(t: PacketText, at: number, control: number, isUnnumbered: boolean): string {
  const destination = t.u8(at);
  const source = t.u8(at + 1);
  return (
    `LLC, dsap ${SAP_NAMES.get(destination & 0xfe) ?? 'Unknown'} ` +
    `(0x${HEX_PAIRS[destination & 0xfe]}) ${(destination & 1) === 0 ? 'Individual' : 'Group'}, ` +
    `ssap ${SAP_NAMES.get(source & 0xfe) ?? 'Unknown'} ` +
    `(0x${HEX_PAIRS[source & 0xfe]}) ${(source & 1) === 0 ? 'Command' : 'Response'}, ` +
    `ctrl 0x${isUnnumbered ? HEX_PAIRS[control] : hex4(control)}: `
  );
}

function accessPoints(source: number, destination: number, addresses: () => string): string {
  const destinationName = SAP_NAMES.get(destination) ?? `Unknown DSAP 0x${HEX_PAIRS[destination]}`;
  const link = addresses();
  if (source === destination) return `${link}${destinationName} `;
  const sourceName = SAP_NAMES.get(source) ?? `Unknown SSAP 0x${HEX_PAIRS[source]}`;
  if (link === '') return `${sourceName} > ${destinationName} `;
  const [from, to] = link.trimEnd().split(' > ');
  return `${from} ${sourceName} > ${to} ${destinationName} `;
}

/** Command or response, and whether it asks for an answer or is one. */
function flagText(isResponse: boolean, isPoll: boolean): string {
  if (isPoll) return isResponse ? 'Final' : 'Poll';
  return isResponse ? 'Response' : 'Command';
}

function dissectUnnumbered(
  t: PacketText,
  at: number,
  length: number,
  captured: number,
  control: number,
  isResponse: boolean,
): boolean {
  const command = control & 0xef;
  const flags = flagText(isResponse, (control & POLL) !== 0);
  t.text += `Unnumbered, ${COMMAND_NAMES.get(command) ?? HEX_PAIRS[command]}, `;
  t.text += `Flags [${flags}], length ${length}`;
  if (command !== EXCHANGE_IDENTIFICATION) return false;
  if (length === 3) return true;
  if (captured < 1) {
    t.truncated();
    return true;
  }
  if (t.u8(at) !== 0x81) return false;
  if (captured < 3) {
    t.truncated();
    dumpHexAndAscii(t, at, captured);
  } else {
    t.text += `: ${HEX_PAIRS[t.u8(at + 1)]} ${HEX_PAIRS[t.u8(at + 2)]}`;
  }
  return true;
}

function dissectNumbered(
  t: PacketText,
  length: number,
  control: number,
  isResponse: boolean,
): boolean {
  const isSupervisory = (control & 1) === 1;
  const flags = flagText(isResponse, (control & 0x100) !== 0);
  t.text += isSupervisory
    ? `Supervisory, ${SUPERVISORY_NAMES[(control >>> 2) & 3]}`
    : `Information, send seq ${(control >>> 1) & 0x7f}`;
  t.text += `, rcv seq ${(control >>> 9) & 0x7f}, Flags [${flags}], length ${length}`;
  return isSupervisory;
}

/** SNAP: an organization's code, 0 for EtherTypes, and a type of its own. */
function dissectSnap(
  t: PacketText,
  at: number,
  length: number,
  captured: number,
  addresses: () => string,
): boolean {
  t.protocol = 'snap';
  if (!t.has(at, SNAP_LENGTH) || captured < SNAP_LENGTH || length < SNAP_LENGTH) {
    t.truncated();
    return true;
  }
  const organization = t.u32(at) >>> 8;
  const type = t.u16(at + 3);
  const hasEtherTypes = organization === 0 || organization === 0x0000f8;
  t.miss(ORGANIZATION_GAPS.get(organization));
  const typeName = (hasEtherTypes ? ETHERTYPE_NAMES.get(type) : undefined) ?? 'Unknown';
  const vendor = `oui ${VENDOR_NAMES.get(organization) ?? 'Unknown'} (0x${organization.toString(16).padStart(6, '0')})`;
  const kind = organization === 0 ? 'ethertype' : 'pid';
  const rest = length - SNAP_LENGTH;
  const body = `${kind} ${typeName} (0x${hex4(type)}), length ${rest}: `;
  if (t.flags.linkHeader) t.text += `${vendor}, ${body}`;
  if (hasEtherTypes && dissectEtherType(t, type, at + SNAP_LENGTH, rest, captured - SNAP_LENGTH)) {
    return true;
  }
  if (!t.flags.linkHeader) {
    t.text += `${addresses()}SNAP, ${organization === 0 ? '' : `${vendor}, `}${body}`;
  }
  return false;
}
