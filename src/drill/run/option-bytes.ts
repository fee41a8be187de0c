/**
 * TCP options as a script writes them, to and from the octets of a header. Every octet is the
 * author's: nothing is padded, nothing reordered.
 */
import {
  concat,
  DecodeError,
  hex,
  listTcpOptions,
  printHex,
  put16,
  put24,
  put32,
  seqToU32,
  type TcpOption,
  TcpOptionKind,
  u16,
} from '../../wire/index.ts';
import type { TcpOptionSpec } from '../syntax/script.ts';

const FAST_OPEN = 34; // RFC 7413 §4.1.1
const MD5_SIGNATURE = 19; // RFC 2385 §3
const EXPERIMENTAL = 254; // RFC 4727; the first two octets of data name the experiment, RFC 6994
const FAST_OPEN_EXPERIMENT = 0xf989;
const TARR_EXPERIMENT = 0x00ac; // draft-gomez-tcpm-ack-rate-request

const MD5_DIGEST_LENGTH = 16;

/** The option's octets; numbers are written as they are. */
export function encodeOption(option: TcpOptionSpec): Uint8Array {
  switch (option.kind) {
    case 'nop':
      return Uint8Array.of(1);
    case 'eol':
      return Uint8Array.of(0);
    case 'mss':
      return withHeader(2, number16(option.mss));
    case 'wscale':
      return withHeader(3, Uint8Array.of(option.shift));
    case 'sackOK':
      return withHeader(4);
    case 'sack':
      return withHeader(5, ...option.blocks.flatMap((b) => [number32(b.left), number32(b.right)]));
    case 'TS':
      return withHeader(8, number32(option.val ?? 0), number32(option.ecr));
    case 'FO':
      return withHeader(FAST_OPEN, hex(option.cookie));
    case 'FOEXP':
    case 'exp-FO':
      return withHeader(EXPERIMENTAL, number16(FAST_OPEN_EXPERIMENT), hex(option.cookie));
    case 'md5':
      return withHeader(MD5_SIGNATURE, md5Digest(option.digest));
    case 'ECN':
      return withHeader(
        option.counters[0]?.name === 'e1b'
          ? TcpOptionKind.accurateEcn1
          : TcpOptionKind.accurateEcn0,
        ...option.counters.map(({ value }) => number24(value)),
      );
    case 'AccECN0':
    case 'AccECN1':
      return withHeader(
        option.kind === 'AccECN0' ? TcpOptionKind.accurateEcn0 : TcpOptionKind.accurateEcn1,
        ...option.counters.map(number24),
      );
    case 'exp-tarr':
      return withHeader(
        EXPERIMENTAL,
        number16(TARR_EXPERIMENT),
        option.rate === undefined ? Uint8Array.of() : Uint8Array.of(option.rate),
      );
    case 'raw':
      return option.bytes;
  }
}

/** The octets of all options, one after the other. */
export function encodeOptions(options: readonly TcpOptionSpec[]): Uint8Array {
  return concat(...options.map(encodeOption));
}

/** The options of a header as a script would write them. */
export function decodeOptions(bytes: Uint8Array): TcpOptionSpec[] {
  const list = listTcpOptions(bytes);
  return describeOptions(list instanceof DecodeError ? bytes : list);
}

/** Options as a script would write them, or the octets where they make none. */
export function describeOptions(options: readonly TcpOption[] | Uint8Array): TcpOptionSpec[] {
  if (options instanceof Uint8Array) return [{ kind: 'raw', bytes: options }];
  return options.flatMap((option) => describeOption(option));
}

function describeOption(option: TcpOption): TcpOptionSpec[] {
  switch (option.kind) {
    case 'no-operation':
      return [{ kind: 'nop' }];
    case 'end-of-list':
      return describeEnd(option.padding);
    case 'maximum-segment-size':
      return [{ kind: 'mss', mss: option.mss }];
    case 'window-scale':
      return [{ kind: 'wscale', shift: option.shift }];
    case 'sack-permitted':
      return [{ kind: 'sackOK' }];
    case 'sack': {
      const blocks = option.blocks.map(({ left, right }) => ({
        left: seqToU32(left),
        right: seqToU32(right),
      }));
      return [{ kind: 'sack', blocks }];
    }
    case 'timestamps':
      return [{ kind: 'TS', val: option.tsVal, ecr: option.tsEcr, isEcrAbsolute: false }];
    case 'accurate-ecn':
      return [describeCounters(option.order, option.counters)];
    case 'other':
      return [describeOther(option.code, option.data)];
  }
}

/** A proper header is padded with zeros, which a script writes as so many `eol`. */
function describeEnd(padding: Uint8Array): TcpOptionSpec[] {
  const zeros = padding.findIndex((octet) => octet !== 0);
  const count = 1 + (zeros < 0 ? padding.length : zeros);
  const options: TcpOptionSpec[] = Array.from({ length: count }, () => ({ kind: 'eol' }));
  if (zeros >= 0) options.push({ kind: 'raw', bytes: padding.subarray(zeros) });
  return options;
}

function describeOther(code: number, data: Uint8Array): TcpOptionSpec {
  if (code === FAST_OPEN) return { kind: 'FO', cookie: printHex(data) };
  if (code === MD5_SIGNATURE && data.length === MD5_DIGEST_LENGTH) {
    return { kind: 'md5', digest: printHex(data) };
  }
  if (code === EXPERIMENTAL && data.length >= 2) {
    const experiment = u16(data, 0);
    if (experiment === FAST_OPEN_EXPERIMENT) {
      return { kind: 'FOEXP', cookie: printHex(data.subarray(2)) };
    }
    if (experiment === TARR_EXPERIMENT && data.length <= 3) {
      return { kind: 'exp-tarr', rate: data[2] };
    }
  }
  return { kind: 'raw', bytes: Uint8Array.of(code, data.length + 2, ...data) };
}

function describeCounters(order: 0 | 1, counters: readonly number[]): TcpOptionSpec {
  if (counters.length === 0) return { kind: order === 0 ? 'AccECN0' : 'AccECN1', counters };
  const names = ['e0b', 'ceb', 'e1b'] as const;
  const inOrder = order === 0 ? names : names.toReversed();
  return { kind: 'ECN', counters: counters.map((value, i) => ({ name: inOrder[i]!, value })) };
}

/** `valid` has the right length and is filled in by who knows the key; without one it is zeros. */
function md5Digest(digest: string): Uint8Array {
  return digest === 'valid' ? new Uint8Array(MD5_DIGEST_LENGTH) : hex(digest);
}

function withHeader(kind: number, ...data: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...data);
  return concat(Uint8Array.of(kind, bytes.length + 2), bytes);
}

function number16(n: number): Uint8Array {
  const b = new Uint8Array(2);
  put16(b, 0, n);
  return b;
}

function number24(n: number): Uint8Array {
  const b = new Uint8Array(3);
  put24(b, 0, n);
  return b;
}

function number32(n: number): Uint8Array {
  const b = new Uint8Array(4);
  put32(b, 0, n);
  return b;
}
