/**
 * The options of a TCP header (RFC 9293 §3.2), at two levels: {@link listTcpOptions} gives the
 * exact list, order, padding and unknown kinds included, and encodes back to the same bytes;
 * {@link readTcpOptions} gives what a host acts on.
 */
import { EMPTY, put16, put24, put32, u16, u24, u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';
import { type Seq, seqToU32, toSeq } from './seq.ts';

/** Option kinds (IANA, TCP parameters). */
export const TcpOptionKind = {
  endOfList: 0,
  noOperation: 1,
  maximumSegmentSize: 2, // RFC 9293 §3.7.1
  windowScale: 3, // RFC 7323 §2.2
  sackPermitted: 4, // RFC 2018 §2
  sack: 5, // RFC 2018 §3
  timestamps: 8, // RFC 7323 §3.2
  signature: 19, // RFC 2385 §3
  accurateEcn0: 172, // RFC 9768 §3.2.3
  accurateEcn1: 174,
} as const;

/** One SACK block: the octets from `left` up to, not including, `right`. */
export interface SackBlock {
  readonly left: Seq;
  readonly right: Seq;
}

/** One option as it stands in a header. */
export type TcpOption =
  /** Ends the list; `padding` is every octet after it, zeros in a proper header (MUST-69). */
  | { readonly kind: 'end-of-list'; readonly padding: Uint8Array }
  | { readonly kind: 'no-operation' }
  | { readonly kind: 'maximum-segment-size'; readonly mss: number }
  /** The shift count, as on the wire: above 14 it counts as 14 (RFC 7323 §2.3). */
  | { readonly kind: 'window-scale'; readonly shift: number }
  | { readonly kind: 'sack-permitted' }
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlock[] }
  | { readonly kind: 'timestamps'; readonly tsVal: number; readonly tsEcr: number }
  /**
   * Counters of octets by their ECN field, 24 bits each: at most three, from the front of the order
   * ECT(0), CE, ECT(1), or of its reverse in order 1 (RFC 9768 §3.2.3).
   */
  | {
      readonly kind: 'accurate-ecn';
      readonly order: 0 | 1;
      readonly counters: readonly number[];
    }
  /**
   * A kind unknown here, or a known one whose length is not its own; `data` excludes both octets.
   */
  | { readonly kind: 'other'; readonly code: number; readonly data: Uint8Array };

const COUNTER_LENGTH = 3;
/** All three counters of AccECN. */
const ACCURATE_ECN_LONGEST = 2 + 3 * COUNTER_LENGTH;

function readOption(b: Uint8Array, at: number, length: number): TcpOption {
  const kind = b[at]!;
  switch (kind) {
    case TcpOptionKind.maximumSegmentSize:
      if (length === 4) return { kind: 'maximum-segment-size', mss: u16(b, at + 2) };
      break;
    case TcpOptionKind.windowScale:
      if (length === 3) return { kind: 'window-scale', shift: b[at + 2]! };
      break;
    case TcpOptionKind.sackPermitted:
      if (length === 2) return { kind: 'sack-permitted' };
      break;
    case TcpOptionKind.sack:
      if (length > 2 && (length - 2) % 8 === 0) {
        return { kind: 'sack', blocks: readSackBlocks(b, at + 2, at + length) };
      }
      break;
    case TcpOptionKind.timestamps:
      if (length === 10)
        return { kind: 'timestamps', tsVal: u32(b, at + 2), tsEcr: u32(b, at + 6) };
      break;
    case TcpOptionKind.accurateEcn0:
    case TcpOptionKind.accurateEcn1:
      if (length <= ACCURATE_ECN_LONGEST && (length - 2) % COUNTER_LENGTH === 0) {
        const order = kind === TcpOptionKind.accurateEcn0 ? 0 : 1;
        return { kind: 'accurate-ecn', order, counters: readCounters(b, at + 2, at + length) };
      }
      break;
    default:
  }
  return { kind: 'other', code: kind, data: b.subarray(at + 2, at + length) };
}

function readSackBlocks(b: Uint8Array, start: number, end: number): SackBlock[] {
  const blocks: SackBlock[] = [];
  for (let at = start; at + 8 <= end; at += 8) {
    blocks.push({ left: toSeq(u32(b, at)), right: toSeq(u32(b, at + 4)) });
  }
  return blocks;
}

function readCounters(b: Uint8Array, start: number, end: number): number[] {
  const counters: number[] = [];
  for (let at = start; at < end; at += COUNTER_LENGTH) counters.push(u24(b, at));
  return counters;
}

/** The options in `b[start, end)`, every octet accounted for, or why they cannot be told apart. */
export function listTcpOptions(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): TcpOption[] | DecodeError {
  const options: TcpOption[] = [];
  let at = start;
  while (at < end) {
    const kind = b[at]!;
    if (kind === TcpOptionKind.endOfList) {
      options.push({ kind: 'end-of-list', padding: b.subarray(at + 1, end) });
      return options;
    }
    if (kind === TcpOptionKind.noOperation) {
      options.push({ kind: 'no-operation' });
      at += 1;
      continue;
    }
    if (at + 1 >= end) return new DecodeError('tcp-options', 'truncated', end);
    const length = b[at + 1]!;
    if (length < 2) return new DecodeError('tcp-options', 'bad-length', at + 1);
    if (at + length > end) return new DecodeError('tcp-options', 'truncated', end);
    options.push(readOption(b, at, length));
    at += length;
  }
  return options;
}

function optionLength(option: TcpOption): number {
  switch (option.kind) {
    case 'end-of-list':
      return 1 + option.padding.length;
    case 'no-operation':
      return 1;
    case 'maximum-segment-size':
      return 4;
    case 'window-scale':
      return 3;
    case 'sack-permitted':
      return 2;
    case 'sack':
      return 2 + 8 * option.blocks.length;
    case 'timestamps':
      return 10;
    case 'accurate-ecn':
      return 2 + COUNTER_LENGTH * option.counters.length;
    case 'other':
      return 2 + option.data.length;
  }
}

function writeOption(b: Uint8Array, at: number, option: TcpOption, length: number): void {
  switch (option.kind) {
    case 'end-of-list':
      b[at] = TcpOptionKind.endOfList;
      b.set(option.padding, at + 1);
      return;
    case 'no-operation':
      b[at] = TcpOptionKind.noOperation;
      return;
    case 'maximum-segment-size':
      b[at] = TcpOptionKind.maximumSegmentSize;
      put16(b, at + 2, option.mss);
      break;
    case 'window-scale':
      b[at] = TcpOptionKind.windowScale;
      b[at + 2] = option.shift;
      break;
    case 'sack-permitted':
      b[at] = TcpOptionKind.sackPermitted;
      break;
    case 'sack':
      b[at] = TcpOptionKind.sack;
      for (const [i, block] of option.blocks.entries()) {
        put32(b, at + 2 + 8 * i, seqToU32(block.left));
        put32(b, at + 6 + 8 * i, seqToU32(block.right));
      }
      break;
    case 'timestamps':
      b[at] = TcpOptionKind.timestamps;
      put32(b, at + 2, option.tsVal);
      put32(b, at + 6, option.tsEcr);
      break;
    case 'accurate-ecn':
      b[at] = option.order === 0 ? TcpOptionKind.accurateEcn0 : TcpOptionKind.accurateEcn1;
      for (const [i, counter] of option.counters.entries()) {
        put24(b, at + 2 + COUNTER_LENGTH * i, counter);
      }
      break;
    case 'other':
      b[at] = option.code;
      b.set(option.data, at + 2);
      break;
  }
  b[at + 1] = length;
}

/** The octets of the options one after the other, without padding to a word. */
export function encodeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  let total = 0;
  for (const option of options) total += optionLength(option);
  const b = new Uint8Array(total);
  let at = 0;
  for (const option of options) {
    const length = optionLength(option);
    writeOption(b, at, option, length);
    at += length;
  }
  return b;
}

/** What is absent from {@link TcpOptionValues.mss} and {@link TcpOptionValues.windowScale}. */
export const ABSENT = -1;

/** What a host learns from the options of one segment; of repeated options the last counts. */
export interface TcpOptionValues {
  /** In octets, or {@link ABSENT}. */
  mss: number;
  /** The shift count as on the wire, or {@link ABSENT}. */
  windowScale: number;
  sackPermitted: boolean;
  hasTimestamps: boolean;
  tsVal: number;
  tsEcr: number;
  /** The raw SACK blocks, 8 octets each. */
  sack: Uint8Array;
  /** The MD5 digest that signs the segment (RFC 2385), or empty. */
  signature: Uint8Array;
  /** The AccECN option from its kind on, of whatever length (RFC 9768 §3.2.3), or empty. */
  accurateEcn: Uint8Array;
  /** Whether a length octet was impossible; the options before it are read (MUST-7). */
  malformed: boolean;
}

/** `NOP NOP timestamps(10)`, the form that nearly every segment has (RFC 7323, appendix A). */
export const NOP_NOP_TIMESTAMPS = 0x0101080a;
/** The octets of that form. */
export const TIMESTAMPS_LENGTH = 12;

/**
 * What the options in `b[start, end)` mean. Unknown kinds are skipped by their length (MUST-6);
 * an impossible length ends the reading and is reported (MUST-7).
 */
export function readTcpOptions(b: Uint8Array, start: number, end: number): TcpOptionValues {
  const values: TcpOptionValues = {
    mss: ABSENT,
    windowScale: ABSENT,
    sackPermitted: false,
    hasTimestamps: false,
    tsVal: 0,
    tsEcr: 0,
    sack: EMPTY,
    signature: EMPTY,
    accurateEcn: EMPTY,
    malformed: false,
  };
  let at = start;
  if (end - at >= 12 && u32(b, at) === NOP_NOP_TIMESTAMPS) {
    values.hasTimestamps = true;
    values.tsVal = u32(b, at + 4);
    values.tsEcr = u32(b, at + 8);
    at += 12;
  }
  while (at < end) {
    const kind = b[at]!;
    if (kind === TcpOptionKind.endOfList) break;
    if (kind === TcpOptionKind.noOperation) {
      at += 1;
      continue;
    }
    const length = at + 1 < end ? b[at + 1]! : 0;
    if (length < 2 || at + length > end) {
      values.malformed = true;
      break;
    }
    readValue(values, b, at, kind, length);
    at += length;
  }
  return values;
}

function readValue(
  values: TcpOptionValues,
  b: Uint8Array,
  at: number,
  kind: number,
  length: number,
): void {
  if (kind === TcpOptionKind.maximumSegmentSize && length === 4) {
    values.mss = u16(b, at + 2);
  } else if (kind === TcpOptionKind.windowScale && length === 3) {
    values.windowScale = b[at + 2]!;
  } else if (kind === TcpOptionKind.sackPermitted && length === 2) {
    values.sackPermitted = true;
  } else if (kind === TcpOptionKind.sack && length > 2 && (length - 2) % 8 === 0) {
    values.sack = b.subarray(at + 2, at + length);
  } else if (kind === TcpOptionKind.timestamps && length === 10) {
    values.hasTimestamps = true;
    values.tsVal = u32(b, at + 2);
    values.tsEcr = u32(b, at + 6);
  } else if (kind === TcpOptionKind.signature && length === 18) {
    values.signature = b.subarray(at + 2, at + length);
  } else if (kind === TcpOptionKind.accurateEcn0 || kind === TcpOptionKind.accurateEcn1) {
    values.accurateEcn = b.subarray(at, at + length);
  }
}
