/** What follows kind and length in a TCP option, kind by kind. */
import { dissectMptcp } from './mptcp.ts';
import { hex4, HEX_PAIRS, type PacketText } from './packet-text.ts';

/** What the options need to know of their segment. */
export interface OptionContext {
  /** Where the header begins. */
  readonly at: number;
  readonly headerLength: number;
  readonly payloadLength: number;
  readonly flags: number;
  /** What blocks of SACK are printed less. */
  readonly sackBase: number;
}

/** Option kinds (IANA, TCP parameters). */
export const Kind = {
  end: 0,
  noOperation: 1,
  maximumSegmentSize: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  echo: 6,
  echoReply: 7,
  timestamps: 8,
  connectionCount: 11,
  connectionCountNew: 12,
  connectionCountEcho: 13,
  md5: 19,
  scps: 20,
  userTimeout: 28,
  authentication: 29,
  mptcp: 30,
  fastOpen: 34,
  experiment: 254,
} as const;

/** The magic number of fast open before it had a kind of its own (RFC 7413 appendix A). */
const FAST_OPEN_EXPERIMENT = 0xf989;
const MD5_LENGTH = 16;

/** The option contradicts the header's length, or itself. */
export const BAD = -1;
/** The option was not captured. */
export const CUT = -2;

/** 0 when `length` octets at `at` lie within the header and were captured. */
function check(
  t: PacketText,
  at: number,
  length: number,
  end: number,
): 0 | typeof BAD | typeof CUT {
  if (at + length > end) return BAD;
  return t.has(at, length) ? 0 : CUT;
}

/**
 * Prints the data at `at` of an option of `length` octets; how many octets of it there should be.
 */
export function dissectTcpOption(
  t: PacketText,
  kind: number,
  at: number,
  length: number,
  end: number,
  segment: OptionContext,
): number {
  const dataLength = length - 2;
  switch (kind) {
    case Kind.end:
    case Kind.noOperation:
    case Kind.sackPermitted:
      return 0;
    case Kind.maximumSegmentSize:
      return check(t, at, 2, end) || print(t, ` ${t.u16(at)}`, 2);
    case Kind.windowScale:
      return check(t, at, 1, end) || print(t, ` ${t.u8(at)}`, 1);
    case Kind.sack:
      return dissectSack(t, at, dataLength, end, segment.sackBase);
    case Kind.echo:
    case Kind.echoReply:
    case Kind.connectionCount:
    case Kind.connectionCountNew:
    case Kind.connectionCountEcho:
      return check(t, at, 4, end) || print(t, ` ${t.u32(at)}`, 4);
    case Kind.timestamps:
      return check(t, at, 8, end) || print(t, ` val ${t.u32(at)} ecr ${t.u32(at + 4)}`, 8);
    case Kind.md5:
      return check(t, at, MD5_LENGTH, end) || dissectMd5(t, at, segment);
    case Kind.scps:
      return check(t, at, 2, end) || print(t, ` cap ${HEX_PAIRS[t.u8(at)]} id ${t.u8(at + 1)}`, 2);
    case Kind.userTimeout:
      return check(t, at, 2, end) || dissectUserTimeout(t, at);
    case Kind.authentication:
      return dissectAuthentication(t, at, dataLength, end);
    case Kind.mptcp:
      return check(t, at, dataLength, end) || dissectMptcpOption(t, at - 2, length, segment.flags);
    case Kind.fastOpen:
      return check(t, at, dataLength, end) || dissectFastOpen(t, at, dataLength, dataLength, ' ');
    case Kind.experiment:
      return check(t, at, dataLength, end) || dissectExperiment(t, at, dataLength);
    default:
      if (dataLength > 0) t.text += ' 0x';
      return dissectBytes(t, at, 0, dataLength, end);
  }
}

function print(t: PacketText, text: string, used: number): number {
  t.text += text;
  return used;
}

/**
 * Octets from `first` to `length` of the data in hexadecimal, each checked before it is printed.
 */
function dissectBytes(
  t: PacketText,
  at: number,
  first: number,
  length: number,
  end: number,
): number {
  for (let i = first; i < length; i++) {
    const fault = check(t, at, i + 1, end);
    if (fault !== 0) return fault;
    t.text += HEX_PAIRS[t.u8(at + i)];
  }
  return length;
}

function dissectSack(t: PacketText, at: number, length: number, end: number, base: number): number {
  if (length % 8 !== 0) return print(t, ' invalid sack', length);
  t.text += ` ${length / 8} `;
  for (let i = 0; i < length; i += 8) {
    const fault = check(t, at, i + 8, end);
    if (fault !== 0) return fault;
    const left = (t.u32(at + i) - base) >>> 0;
    const right = (t.u32(at + i + 4) - base) >>> 0;
    t.text += `{${left}:${right}}`;
  }
  return length;
}

/** RFC 2385. There is no option here for the secret, so no signature can be judged. */
function dissectMd5(t: PacketText, at: number, segment: OptionContext): number {
  const isWhole = t.has(segment.at + segment.headerLength, segment.payloadLength);
  t.text += isWhole ? ' shared secret not supplied with -M, ' : ' snaplen too short, ';
  t.text += "can't check - ";
  t.hex(at, MD5_LENGTH);
  return MD5_LENGTH;
}

/** RFC 5482: the lowest bit says minutes. */
function dissectUserTimeout(t: PacketText, at: number): number {
  const value = t.u16(at);
  const seconds = (value & 1) === 1 ? (value >>> 1) * 60 : value >>> 1;
  return print(t, ` 0x${value.toString(16)} ${seconds}`, 2);
}

/** RFC 5925. */
function dissectAuthentication(t: PacketText, at: number, length: number, end: number): number {
  if (length < 2) {
    t.invalid();
    return length;
  }
  for (const [i, name] of ['keyid', 'rnextkeyid'].entries()) {
    const fault = check(t, at, i + 1, end);
    if (fault !== 0) return fault;
    t.text += ` ${name} ${t.u8(at + i)}`;
  }
  if (length > 2) t.text += ' mac 0x';
  return dissectBytes(t, at, 2, length, end);
}

/** Multipath TCP reads no further than its option, whatever length its own fields announce. */
function dissectMptcpOption(t: PacketText, at: number, length: number, flags: number): number {
  const outerEnd = t.end;
  t.end = Math.min(t.end, at + length);
  const isGood = dissectMptcp(t, at, length, flags);
  t.end = outerEnd;
  return isGood ? length - 2 : BAD;
}

/** RFC 7413: a cookie of `length` octets at `at`, or the request for one. */
function dissectFastOpen(
  t: PacketText,
  at: number,
  length: number,
  used: number,
  prefix: string,
): number {
  t.text += prefix;
  if (length === 0) {
    t.text += ' cookiereq';
  } else if (length % 2 !== 0 || length < 4 || length > 16) {
    t.invalid();
  } else {
    t.text += ' cookie ';
    t.hex(at, length);
  }
  return used;
}

/** RFC 6994: two octets tell experiments apart. */
function dissectExperiment(t: PacketText, at: number, length: number): number {
  if (length < 2) return BAD;
  const magic = t.u16(at);
  if (magic !== FAST_OPEN_EXPERIMENT) return print(t, `-${hex4(magic)}`, length);
  return dissectFastOpen(t, at + 2, length - 2, length, '-tfo');
}
