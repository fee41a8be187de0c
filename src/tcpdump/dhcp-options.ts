/**
 * Options of DHCP (RFC 2132 §2): code, length, data, one a line. User classes, and what relay
 * agents add, are not decoded.
 */
import { DHCP_OPTION_NAMES, type DhcpFormat } from './dhcp-option-names.ts';
import type { PacketText } from './packet-text.ts';

const DhcpOption = {
  pad: 0,
  netbiosNode: 46,
  overload: 52,
  messageType: 53,
  parameterRequest: 55,
  clientId: 61,
  clientName: 81,
  routes: 121,
  routesOfMicrosoft: 249,
  end: 255,
} as const;

// prettier-ignore
const MESSAGE_TYPES: readonly string[] = [
  'Unknown (0)', 'Discover', 'Offer', 'Request', 'Decline', 'ACK', 'NACK', 'Release', 'Inform',
  'Unknown (9)', 'LeaseQuery', 'LeaseUnassigned', 'LeaseUnknown', 'LeaseActive',
];

/** Types of hardware addresses. */
const HARDWARE: ReadonlyMap<number, string> = new Map([
  [1, 'ether'],
  [6, 'ieee802'],
  [7, 'arcnet'],
  [15, 'frelay'],
  [23, 'strip'],
  [24, 'ieee1394'],
]);

const OVERLOADED: ReadonlyMap<number, string> = new Map([
  [1, 'file'],
  [2, 'sname'],
  [3, 'file+sname'],
]);

const NETBIOS_NODES: ReadonlyMap<number, string> = new Map([
  [1, 'b-node'],
  [2, 'p-node'],
  [4, 'm-node'],
  [8, 'h-node'],
]);

/** The options from `at` to their end or that of the packet; false when they are cut short. */
export function dissectDhcpOptions(t: PacketText, at: number): boolean {
  let p = at;
  while (t.has(p, 1)) {
    const code = t.u8(p);
    const isSingle = code === DhcpOption.pad || code === DhcpOption.end;
    if (isSingle && t.flags.verbose < 3) {
      if (code === DhcpOption.end) return true;
      p += 1;
      continue;
    }
    const length = isSingle ? 0 : t.u8(p + 1);
    const name = DHCP_OPTION_NAMES.get(code)?.name ?? 'Unknown';
    t.text += `\n\t    ${name} (${code}), length ${length}${length > 0 ? ': ' : ''}`;
    p += isSingle ? 1 : 2;
    if (code === DhcpOption.pad) p = dissectPads(t, p);
    if (!t.has(p, length)) return false;
    const left = dissectData(t, code, p, length);
    if (left > 0) t.text += `\n\t  trailing data length ${left}`;
    p += length;
  }
  return true;
}

/** Further octets of padding; where they end. */
function dissectPads(t: PacketText, at: number): number {
  let p = at;
  while (t.has(p, 1) && t.u8(p) === DhcpOption.pad) p += 1;
  if (p > at) t.text += `, occurs ${p - at + 1}`;
  return p;
}

/** Prints an option's data, and gives how many octets of them are left over. */
function dissectData(t: PacketText, code: number, at: number, length: number): number {
  switch (code) {
    case DhcpOption.pad:
    case DhcpOption.end:
      return 0;
    case DhcpOption.messageType:
      if (length !== 1) break;
      t.text += MESSAGE_TYPES[t.u8(at)] ?? `Unknown (${t.u8(at)})`;
      return 0;
    case DhcpOption.parameterRequest:
      dissectRequested(t, at, length);
      return 0;
    case DhcpOption.netbiosNode:
      return dissectNumber(t, at, length, NETBIOS_NODES);
    case DhcpOption.overload:
      return dissectNumber(t, at, length, OVERLOADED);
    case DhcpOption.clientId:
      return dissectClientId(t, at, length);
    case DhcpOption.clientName:
      return dissectClientName(t, at, length);
    case DhcpOption.routes:
    case DhcpOption.routesOfMicrosoft:
      return dissectRoutes(t, at, length);
    default:
  }
  const format = DHCP_OPTION_NAMES.get(code)?.format ?? formatByLength(length);
  if (format === 'own') {
    t.miss('rare options of DHCP');
    return 0;
  }
  return dissectList(t, format, at, length);
}

/** What nothing is known of is printed by what its length allows. */
function formatByLength(length: number): DhcpFormat {
  if (length % 2 === 1) return 'octets';
  return length % 4 === 2 ? 'shorts' : 'words';
}

/** How many octets each has, what it is, and what is between two of them. */
const LISTS: Readonly<
  Record<
    Exclude<DhcpFormat, 'text' | 'own'>,
    readonly [size: number, text: (t: PacketText, at: number) => string]
  >
> = {
  addresses: [4, (t, at) => t.ipv4(at)],
  pairs: [8, (t, at) => `(${t.ipv4(at)}:${t.ipv4(at + 4)})`],
  words: [4, (t, at) => String(t.u32(at))],
  signed: [4, (t, at) => String(t.u32(at) | 0)],
  shorts: [2, (t, at) => String(t.u16(at))],
  switches: [1, (t, at) => ['N', 'Y'][t.u8(at)] ?? `${t.u8(at)}?`],
  octets: [1, (t, at) => String(t.u8(at))],
};

function dissectList(
  t: PacketText,
  format: Exclude<DhcpFormat, 'own'>,
  at: number,
  length: number,
): number {
  if (format === 'text') {
    dissectText(t, at, length);
    return 0;
  }
  const [size, text] = LISTS[format];
  const separator = format === 'octets' ? '.' : ',';
  const count = Math.floor(length / size);
  const texts = Array.from({ length: count }, (_, i) => text(t, at + i * size));
  t.text += texts.join(separator);
  return length % size;
}

function dissectText(t: PacketText, at: number, length: number): void {
  t.text += '"';
  for (let p = at; p < at + length; p++) t.visible(t.u8(p));
  t.text += '"';
}

/** Four names a line. */
function dissectRequested(t: PacketText, at: number, length: number): void {
  for (let i = 0; i < length; i++) {
    const code = t.u8(at + i);
    t.text += i % 4 === 0 ? '\n\t      ' : ', ';
    t.text += `${DHCP_OPTION_NAMES.get(code)?.name ?? 'Unknown'} (${code})`;
  }
}

/** False when the data are too few to be what they should be. */
function hasAtLeast(t: PacketText, length: number, least: number): boolean {
  if (length >= least) return true;
  t.text += `[ERROR: length < ${least} bytes]`;
  return false;
}

function dissectNumber(
  t: PacketText,
  at: number,
  length: number,
  names: ReadonlyMap<number, string>,
): number {
  if (!hasAtLeast(t, length, 1)) return length;
  t.text += names.get(t.u8(at)) ?? `#${t.u8(at)}`;
  return length - 1;
}

/** A text, or a hardware address behind its type (RFC 2132 §9.14). */
function dissectClientId(t: PacketText, at: number, length: number): number {
  if (!hasAtLeast(t, length, 1)) return length;
  const type = t.u8(at);
  if (type === 0) {
    dissectText(t, at + 1, length - 1);
    return 0;
  }
  t.text += `${HARDWARE.get(type) ?? `hardware-type ${type},`} `;
  for (let i = 1; i < length; i++) {
    if (i > 1) t.text += ':';
    t.hex(at + i, 1);
  }
  return 0;
}

/** Flags, two codes that nobody uses any more, a name (RFC 4702 §2). */
function dissectClientName(t: PacketText, at: number, length: number): number {
  if (!hasAtLeast(t, length, 3)) return 0;
  const flags = t.u8(at);
  if (flags >>> 4 !== 0) t.text += `[ERROR: MBZ nibble 0x${(flags >>> 4).toString(16)} != 0] `;
  const letters = ['S', 'O', 'E', 'N'].filter((_, bit) => (flags & (1 << bit)) !== 0);
  if (letters.length > 0) t.text += `[${letters.join('')}] `;
  const [code, other] = [t.u8(at + 1), t.u8(at + 2)];
  if (code !== 0 || other !== 0) t.text += `${code}/${other} `;
  dissectText(t, at + 3, length - 3);
  return 0;
}

/** Networks, of each as many octets as its prefix needs, and routers (RFC 3442). */
function dissectRoutes(t: PacketText, at: number, length: number): number {
  if (!hasAtLeast(t, length, 5)) return 0;
  const end = at + length;
  let p = at;
  while (p < end) {
    if (p > at) t.text += ',';
    const width = t.u8(p);
    p += 1;
    if (width > 32) {
      t.text += `[ERROR: Mask width (${width}) > 32]`;
      return 0;
    }
    const octets = Math.ceil(width / 8);
    if (end - p < octets + 4) {
      t.text += `[ERROR: Remaining length (${end - p}) < ${octets + 4} bytes]`;
      return 0;
    }
    const network = [0, 1, 2, 3].map((i) => (i < octets ? t.u8(p + i) : 0));
    t.text += `(${width === 0 ? 'default' : `${network.join('.')}/${width}`}`;
    t.text += `:${t.ipv4(p + octets)})`;
    p += octets + 4;
  }
  return 0;
}
