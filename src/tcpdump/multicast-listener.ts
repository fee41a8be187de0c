/**
 * Multicast Listener Discovery, versions 1 (RFC 2710) and 2 (RFC 3810). How much of the groups and
 * sources shows depends on `-v`.
 */
import type { PacketText } from './packet-text.ts';

/** The octets of a query of version 1, and of version 2 without sources. */
const QUERY_1_LENGTH = 24;
const QUERY_2_LENGTH = 28;
const ADDRESS_LENGTH = 16;
/** Of a group record: type, lengths, address. */
const RECORD_LENGTH = 20;
const HEADER_LENGTH = 8;

const RECORD_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'is_in'],
  [2, 'is_ex'],
  [3, 'to_in'],
  [4, 'to_ex'],
  [5, 'allow'],
  [6, 'block'],
]);

/** A message of version 1 at `at`; nothing of one that is cut short. */
export function dissectListener(t: PacketText, at: number): void {
  if (!t.has(at, QUERY_1_LENGTH)) return;
  t.text += `max resp delay: ${t.u16(at + 4)} `;
  t.text += `addr: ${t.ipv6(at + 8)}`;
}

/** A query of `length` octets at `at`; the length tells the version (RFC 3810 §8.1). */
export function dissectQuery(t: PacketText, at: number, length: number): void {
  if (length === QUERY_1_LENGTH) return dissectListener(t, at);
  if (length < QUERY_2_LENGTH) {
    t.text += ` unknown-version (len ${length}) `;
    return;
  }
  t.text += ' v2';
  const isVerbose = t.flags.verbose > 0;
  const delay = t.u16(at + 4);
  if (isVerbose) t.text += ` [max resp delay=${floating(delay, 12)}]`;
  t.text += ` [gaddr ${t.ipv6(at + 8)}`;
  if (isVerbose) {
    const flags = t.u8(at + 24);
    if ((flags & 8) !== 0) t.text += ' sflag';
    if ((flags & 7) !== 0) t.text += ` robustness=${flags & 7}`;
    t.text += ` qqi=${floating(t.u8(at + 25), 4)}`;
  }
  const sources = t.u16(at + 26);
  if (sources > 0) {
    if (length < QUERY_2_LENGTH + sources * ADDRESS_LENGTH) {
      t.text += ' [invalid number of sources]';
    } else if (t.flags.verbose > 1) {
      dissectSources(t, at + QUERY_2_LENGTH, sources);
    } else {
      t.text += `, ${sources} source(s)`;
    }
  }
  t.text += ']';
}

/**
 * RFC 3810 §5.1.3, §5.1.9: with the highest bit clear the number itself, else a mantissa of
 * `bits` bits below three of an exponent.
 */
function floating(code: number, bits: number): number {
  if (code < 8 << bits) return code;
  const mantissa = (code & ((1 << bits) - 1)) | (1 << bits);
  return mantissa << (((code >>> bits) & 7) + 3);
}

/** A report of version 2, of `length` octets. */
export function dissectReport(t: PacketText, at: number, length: number): void {
  if (length < HEADER_LENGTH) {
    t.text += ` [invalid len ${length}]`;
    return;
  }
  const records = t.u16(at + 6);
  t.text += `, ${records} group record(s)`;
  if (t.flags.verbose === 0) return;
  const end = at + length;
  let p = at + HEADER_LENGTH;
  for (let i = 0; i < records; i++) {
    if (p + RECORD_LENGTH > end) {
      t.text += ' [invalid number of groups]';
      return;
    }
    t.text += ` [gaddr ${t.ipv6(p + 4)}`;
    const type = t.u8(p);
    t.text += ` ${RECORD_NAMES.get(type) ?? ` [v2-report-#${type}]`}`;
    const sources = t.u16(p + 2);
    const next = p + RECORD_LENGTH + sources * ADDRESS_LENGTH;
    if (next > end) {
      t.text += ` [invalid number of sources ${sources}]`;
      return;
    }
    if (t.flags.verbose === 1) t.text += `, ${sources} source(s)`;
    else dissectSources(t, p + RECORD_LENGTH, sources);
    t.text += ']';
    p = next;
  }
}

function dissectSources(t: PacketText, at: number, count: number): void {
  t.text += ' {';
  for (let i = 0; i < count; i++) t.text += ` ${t.ipv6(at + i * ADDRESS_LENGTH)}`;
  t.text += ' }';
}
