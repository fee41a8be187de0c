/**
 * Questions and resource records of DNS (RFC 1035 §4.1.2, §4.1.3). Of OPT (RFC 6891) what its own
 * fields say; its options, and the data of rare types, are not decoded.
 */
import { dissectName } from './dns-name.ts';
import type { PacketText } from './packet-text.ts';

// prettier-ignore
const TYPE_NAMES: readonly string[] = [
  '', 'A', 'NS', 'MD', 'MF', 'CNAME', 'SOA', 'MB', 'MG', 'MR', 'NULL', 'WKS', 'PTR', 'HINFO',
  'MINFO', 'MX', 'TXT', 'RP', 'AFSDB', 'X25', 'ISDN', 'RT', 'NSAP', 'NSAP_PTR', 'SIG', 'KEY', 'PX',
  'GPOS', 'AAAA', 'LOC', 'NXT', 'EID', 'NIMLOC', 'SRV', 'ATMA', 'NAPTR', 'KX', 'CERT', 'A6',
  'DNAME', 'SINK', 'OPT', 'APL', 'DS', 'SSHFP', 'IPSECKEY', 'RRSIG', 'NSEC', 'DNSKEY',
];

const LATER_TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [99, 'SPF'],
  [100, 'UINFO'],
  [101, 'UID'],
  [102, 'GID'],
  [103, 'UNSPEC'],
  [104, 'UNSPECA'],
  [249, 'TKEY'],
  [250, 'TSIG'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [253, 'MAILB'],
  [254, 'MAILA'],
  [255, 'ANY'],
  [256, 'URI'],
]);

const INTERNET = 1;
const CLASS_NAMES: ReadonlyMap<number, string> = new Map([
  [INTERNET, 'IN'],
  [3, 'CHAOS'],
  [4, 'HS'],
  [255, 'ANY'],
]);

/** Of multicast DNS (RFC 6762 §18.12, §18.13): an answer by unicast, or one in place of others. */
const TOP_BIT = 0x8000;

/** What a name's label begins with where it is a pointer, or of an extended type. */
const KIND = 0xc0;
const LABEL = 0x00;
const BITS = 0x41;

function typeName(type: number): string {
  return TYPE_NAMES[type] || (LATER_TYPE_NAMES.get(type) ?? `Type${type}`);
}

/** ` CHAOS`; nothing for the Internet's. */
function classText(kind: number): string {
  return kind === INTERNET ? '' : ` ${CLASS_NAMES.get(kind) ?? `(Class ${kind})`}`;
}

/** Where the name at `at` ends; undefined when it is cut short. */
export function skipName(t: PacketText, at: number): number | undefined {
  let p = at;
  for (;;) {
    if (!t.has(p, 1)) return undefined;
    const lead = t.u8(p);
    p += 1;
    if (lead === 0) return p;
    if ((lead & KIND) === KIND) return p + 1;
    if ((lead & KIND) === LABEL) p += lead;
    else if (lead !== BITS || !t.has(p, 1)) return undefined;
    else p += 1 + Math.ceil((t.u8(p) || 256) / 8);
  }
}

/** Where the record at `at` ends; undefined when it is cut short. */
export function skipRecord(t: PacketText, at: number): number | undefined {
  const p = skipName(t, at);
  return p === undefined || !t.has(p, 10) ? undefined : p + 10 + t.u16(p + 8);
}

/** The upper bits of a response code that an OPT record carries; undefined for another record. */
export function extendedCodeAt(t: PacketText, at: number): number | undefined {
  const p = skipName(t, at);
  return p !== undefined && t.has(p, 5) && t.u16(p) === OPT ? t.u8(p + 4) : undefined;
}

/** ` A? example.org.`: where the question ends; undefined when it is cut short. */
export function dissectQuestion(
  t: PacketText,
  at: number,
  start: number,
  isMulticast: boolean,
): number | undefined {
  const behindName = skipName(t, at);
  if (behindName === undefined || !t.has(behindName, 4)) return undefined;
  t.text += ` ${typeName(t.u16(behindName))}`;
  const kind = t.u16(behindName + 2);
  t.text += classText(isMulticast ? kind & ~TOP_BIT : kind);
  if (isMulticast) t.text += (kind & TOP_BIT) === 0 ? ' (QM)' : ' (QU)';
  t.text += '? ';
  const end = dissectName(t, at, start);
  return end === undefined ? undefined : end + 4;
}

/** A record: where it ends; undefined when it is cut short. */
export function dissectRecord(
  t: PacketText,
  at: number,
  start: number,
  isMulticast: boolean,
): number | undefined {
  let p: number | undefined;
  if (t.flags.verbose > 0) {
    t.text += ' ';
    p = dissectName(t, at, start);
    if (p === undefined) return undefined;
  } else p = skipName(t, at);
  if (p === undefined || !t.has(p, 10)) return t.end;
  const type = t.u16(p);
  const kind = t.u16(p + 2);
  if (type !== OPT) t.text += classText(isMulticast ? kind & ~TOP_BIT : kind);
  if (isMulticast && (kind & TOP_BIT) !== 0) t.text += ' (Cache flush)';
  if (type !== OPT && t.flags.verbose > 2) t.text += ` [${duration(t.u32(p + 4))}]`;
  t.text += ` ${typeName(type)}`;
  const end = p + 10 + t.u16(p + 8);
  if (end > t.end) return undefined;
  if (type === OPT) {
    t.text += ` UDPsize=${isMulticast ? kind & ~TOP_BIT : kind}`;
    if ((t.u16(p + 6) & DNSSEC_OK) !== 0) t.text += ' DO';
    if (end > p + 10) t.miss('options of EDNS');
    return end;
  }
  return dissectData(t, type, p + 10, end, start) ? end : undefined;
}

const OPT = 41;
/** RFC 3225. */
const DNSSEC_OK = 0x8000;

/** False when the data are cut short. */
function dissectData(t: PacketText, type: number, at: number, end: number, start: number): boolean {
  switch (typeName(type)) {
    case 'A':
      if (!t.has(at, 4)) return false;
      t.text += ` ${t.ipv4(at)}`;
      return true;
    case 'AAAA':
      if (!t.has(at, 16)) return false;
      t.text += ` ${t.ipv6(at)}`;
      return true;
    case 'NS':
    case 'CNAME':
    case 'PTR':
    case 'DNAME':
      t.text += ' ';
      return dissectName(t, at, start) !== undefined;
    case 'MX':
      return dissectBehind(t, at, 2, start, () => ` ${t.u16(at)}`);
    case 'SRV':
      return dissectBehind(
        t,
        at,
        6,
        start,
        () => `:${t.u16(at + 4)} ${t.u16(at)} ${t.u16(at + 2)}`,
      );
    case 'SOA':
      return t.flags.verbose === 0 || dissectAuthority(t, at, start);
    case 'TXT':
      return dissectTexts(t, at, end);
    case 'A6':
    case 'UNSPECA':
    case 'URI':
      t.miss('rare records of DNS');
      return true;
    default:
      return true;
  }
}

/** A name behind numbers, which are printed after it. */
function dissectBehind(
  t: PacketText,
  at: number,
  length: number,
  start: number,
  numbers: () => string,
): boolean {
  t.text += ' ';
  if (!t.has(at, 2) || dissectName(t, at + length, start) === undefined) return false;
  t.text += numbers();
  return true;
}

/** Two names and five numbers (RFC 1035 §3.3.13). */
function dissectAuthority(t: PacketText, at: number, start: number): boolean {
  let p: number | undefined = at;
  for (let names = 0; names < 2; names++) {
    t.text += ' ';
    p = dissectName(t, p, start);
    if (p === undefined) return false;
  }
  if (!t.has(p, 20)) return false;
  for (let i = 0; i < 20; i += 4) t.text += ` ${t.u32(p + i)}`;
  return true;
}

/** Texts with their lengths before them. */
function dissectTexts(t: PacketText, at: number, end: number): boolean {
  for (let p = at; p < end; p += 1 + t.u8(p)) {
    t.text += ' "';
    const last = p + 1 + t.u8(p);
    for (let i = p + 1; i < last; i++) {
      if (!t.has(i, 1)) return false;
      t.visible(t.u8(i));
    }
    t.text += '"';
  }
  return true;
}

const UNITS: readonly (readonly [letter: string, seconds: number])[] = [
  ['y', 31_536_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

/** A time to live: `1d12h`. */
function duration(seconds: number): string {
  let text = '';
  let left = seconds;
  for (const [letter, unit] of UNITS) {
    if (left >= unit) text += `${Math.floor(left / unit)}${letter}`;
    left %= unit;
  }
  return text === '' ? '0s' : text;
}
