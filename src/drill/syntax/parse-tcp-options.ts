/**
 * TCP options, in the order and with the padding that the author writes.
 *
 *     options := '<' option {',' option} '>' | '<' ... '>'
 *
 * Names and operands are those of tcpdump where it has them. The whole list must be a multiple of
 * four octets and fit into a TCP header (RFC 9293 §3.1): nothing is padded in silence.
 */

import type { Cursor } from './cursor.ts';
import type {
  EcnCounterSpec,
  PacketSpec,
  SackBlockSpec,
  TcpOptionSpec,
  TcpSpec,
} from './script.ts';
import { hex } from '../../wire/index.ts';
import type { Token } from './token.ts';
import { quoteForMessage } from './token.ts';

const MAX_U24 = 0xff_ffff;
const MAX_U32 = 0xffff_ffff;
/** What the 4-bit data offset leaves for options. */
export const MAX_OPTIONS_LENGTH = 40;
/** Seven bits (draft-ietf-tcpm-ack-rate-request). */
const MAX_TARR_RATE = 127;
const MD5_LENGTH = 16;

export function parseTcpOptions(
  cursor: Cursor,
  direction: PacketSpec['direction'],
): TcpSpec['options'] {
  const { place } = cursor.peek();
  // A `<` may also begin the next packet, but only behind a time.
  if (!cursor.accept('<')) return [];
  if (cursor.acceptKind('ellipsis')) {
    if (direction === 'inbound')
      cursor.refuse(place, '<...> can be expected only and not injected');
    cursor.expect('>', 'behind "<..."');
    return 'any';
  }
  const options: TcpOptionSpec[] = [];
  let length = 0;
  do {
    const option = parseOption(cursor, direction);
    length += tcpOptionLength(option);
    options.push(option);
    if (length > MAX_OPTIONS_LENGTH) {
      cursor.refuse(place, `these TCP options need more than ${MAX_OPTIONS_LENGTH} octets`);
    }
  } while (cursor.accept(','));
  if (!cursor.accept('>')) cursor.expected('"," or ">" behind a TCP option');
  if (length % 4 !== 0) {
    cursor.refuse(
      place,
      `these TCP options are ${length} octets, not a multiple of 4: nop is missing`,
    );
  }
  return options;
}

function parseOption(cursor: Cursor, direction: PacketSpec['direction']): TcpOptionSpec {
  const token = cursor.peek();
  if (token.kind === 'hex') return { kind: 'raw', bytes: parseRaw(cursor, token.text.slice(2)) };
  if (token.kind !== 'word') return cursor.expected('a TCP option');
  switch (token.text) {
    case 'nop':
    case 'eol':
    case 'sackOK':
      cursor.next();
      return { kind: token.text };
    case 'mss':
      cursor.next();
      return { kind: 'mss', mss: cursor.integer('"mss"', 0xffff) };
    case 'wscale':
      cursor.next();
      return { kind: 'wscale', shift: cursor.integer('"wscale"', 0xff) };
    case 'sack':
      cursor.next();
      return { kind: 'sack', blocks: parseSackBlocks(cursor) };
    case 'TS':
      cursor.next();
      return parseTimestamps(cursor, direction);
    case 'FO':
    case 'FOEXP':
      cursor.next();
      return { kind: token.text, cookie: parseCookie(cursor) };
    case 'md5':
      cursor.next();
      return { kind: 'md5', digest: parseDigest(cursor) };
    case 'ECN':
      cursor.next();
      return { kind: 'ECN', counters: parseEcnCounters(cursor) };
    case 'AccECN0':
    case 'AccECN1':
      cursor.next();
      return { kind: token.text, counters: parseAccEcnCounters(cursor, token.text) };
    case 'exp':
    case 'EXP':
      cursor.next();
      return parseExperimental(cursor);
    default:
      return { kind: 'raw', bytes: parseRaw(cursor, token.text) };
  }
}

function parseSackBlocks(cursor: Cursor): SackBlockSpec[] {
  const blocks: SackBlockSpec[] = [];
  do {
    const left = cursor.integer('the left edge of a SACK block', MAX_U32);
    cursor.expect(':', 'between the edges of a SACK block');
    blocks.push({ left, right: cursor.integer('the right edge of a SACK block', MAX_U32) });
    // The list of options refuses four and more with its length; this bounds the memory.
  } while (cursor.seesKind('integer') && blocks.length < MAX_OPTIONS_LENGTH);
  return blocks;
}

function parseTimestamps(cursor: Cursor, direction: PacketSpec['direction']): TcpOptionSpec {
  cursor.expect('val', 'behind "TS"');
  const { place } = cursor.peek();
  const isIgnored = cursor.acceptKind('ellipsis') !== undefined;
  if (isIgnored && direction === 'inbound') {
    cursor.refuse(place, '"val ..." can be expected only and not injected');
  }
  const val = isIgnored ? undefined : cursor.integer('"val"', MAX_U32);
  cursor.expect('ecr', 'behind "val" and its number');
  const ecr = cursor.integer('"ecr"', MAX_U32);
  return { kind: 'TS', val, ecr, isEcrAbsolute: cursor.accept('!') };
}

/** Hexadecimal digits, if any follow; all-digit ones are an integer to the lexer. */
function parseCookie(cursor: Cursor): string {
  const token = cursor.acceptKind('word') ?? cursor.acceptKind('integer');
  return token === undefined ? '' : hexDigits(cursor, token, 'a cookie', MAX_OPTIONS_LENGTH);
}

function parseDigest(cursor: Cursor): string {
  if (cursor.accept('valid')) return 'valid';
  const token =
    cursor.acceptKind('word') ??
    cursor.acceptKind('integer') ??
    cursor.expected('a digest in hexadecimal digits behind "md5"');
  return hexDigits(cursor, token, 'a digest', MD5_LENGTH);
}

function parseRaw(cursor: Cursor, digits: string): Uint8Array {
  const token = cursor.next();
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(digits)) {
    cursor.refuse(token.place, `expected a TCP option, found ${quoteForMessage(token.text)}`);
  }
  return hex(hexDigits(cursor, { ...token, text: digits }, 'an option', MAX_OPTIONS_LENGTH));
}

function hexDigits(cursor: Cursor, token: Token, what: string, maxLength: number): string {
  const { text, place } = token;
  if (!/^[0-9a-fA-F]*$/.test(text) || text.length % 2 !== 0) {
    const shown = quoteForMessage(text);
    cursor.refuse(place, `expected ${what} in pairs of hexadecimal digits, found ${shown}`);
  }
  if (text.length / 2 > maxLength) {
    cursor.refuse(place, `${what} may have up to ${maxLength} octets, this has ${text.length / 2}`);
  }
  return text;
}

/** `e0b N [ceb N [e1b N]]`, or with `e0b` and `e1b` changed. */
function parseEcnCounters(cursor: Cursor): EcnCounterSpec[] {
  const first = cursor.sees('e1b') ? 'e1b' : 'e0b';
  const last = first === 'e1b' ? 'e0b' : 'e1b';
  if (!cursor.sees(first)) cursor.expected('e0b or e1b behind "ECN"');
  const counters: EcnCounterSpec[] = [];
  for (const name of [first, 'ceb', last] as const) {
    if (!cursor.accept(name)) break;
    counters.push({ name, value: cursor.integer(`"${name}"`, MAX_U24) });
  }
  return counters;
}

/** `ee0b N [eceb N [ee1b N]]` for AccECN0; `ee1b` comes first for AccECN1. All may be missing. */
function parseAccEcnCounters(cursor: Cursor, kind: 'AccECN0' | 'AccECN1'): number[] {
  const counters: number[] = [];
  for (const name of accEcnNames(kind)) {
    if (!cursor.accept(name)) break;
    counters.push(cursor.integer(`"${name}"`, MAX_U24));
  }
  return counters;
}

/** The order of the counters in the option (RFC 9768 §3.2.3). */
export function accEcnNames(kind: 'AccECN0' | 'AccECN1'): readonly string[] {
  return kind === 'AccECN0' ? ['ee0b', 'eceb', 'ee1b'] : ['ee1b', 'eceb', 'ee0b'];
}

/** `exp-FO [cookie]` or `exp-tarr [rate]`. */
function parseExperimental(cursor: Cursor): TcpOptionSpec {
  cursor.expect('-', 'behind "exp"');
  if (cursor.accept('FO')) return { kind: 'exp-FO', cookie: parseCookie(cursor) };
  cursor.expect('tarr', 'or "FO" behind "exp-"');
  const rate = cursor.seesKind('integer') ? cursor.integer('the rate', MAX_TARR_RATE) : undefined;
  return { kind: 'exp-tarr', rate };
}

/** The octets that the options of a segment take, as written. */
export function tcpOptionsLength(options: TcpSpec['options']): number {
  if (options === 'any') return 0;
  return options.reduce((length, option) => length + tcpOptionLength(option), 0);
}

/** The octets that one option takes in the header. */
export function tcpOptionLength(option: TcpOptionSpec): number {
  switch (option.kind) {
    case 'nop':
    case 'eol':
      return 1;
    case 'mss':
      return 4;
    case 'wscale':
      return 3;
    case 'sackOK':
      return 2;
    case 'sack':
      return 2 + 8 * option.blocks.length;
    case 'TS':
      return 10;
    case 'FO':
      return 2 + option.cookie.length / 2;
    case 'FOEXP':
    case 'exp-FO':
      return 4 + option.cookie.length / 2;
    case 'md5':
      return 2 + (option.digest === 'valid' ? MD5_LENGTH : option.digest.length / 2);
    case 'ECN':
    case 'AccECN0':
    case 'AccECN1':
      return 2 + 3 * option.counters.length;
    case 'exp-tarr':
      return option.rate === undefined ? 4 : 5;
    case 'raw':
      return option.bytes.length;
  }
}
