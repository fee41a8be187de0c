/**
 * The options of an IPv4 header (RFC 791 §3.1): {@link listIpv4Options} gives the exact list,
 * padding and unknown kinds included, and encodes back to the same bytes. What a source route means
 * to a host is in `source-route.ts`.
 *
 * Pointers count octets from 1, the option's kind, to the first free place.
 */
import type { Ipv4Address } from './address.ts';
import { concat, put16, put32, u16, u32 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';

/** Option kinds (IANA, IP option numbers); above 127 they are copied into every fragment. */
export const Ipv4OptionKind = {
  endOfList: 0,
  noOperation: 1,
  recordRoute: 7,
  timestamp: 68,
  looseSourceRoute: 131,
  strictSourceRoute: 137,
  routerAlert: 148, // RFC 2113
} as const;

/** How a timestamp option is filled. */
export const TimestampFlag = { only: 0, withAddress: 1, prespecified: 3 } as const;

/** Where a packet was, or is to go. */
export interface RouteOption {
  readonly kind: 'record-route' | 'loose-source-route' | 'strict-source-route';
  readonly pointer: number;
  readonly addresses: readonly Ipv4Address[];
}

/** When a packet was where. */
export interface TimestampOption {
  readonly kind: 'timestamp';
  readonly pointer: number;
  /** How many hosts found no room, 0–15. */
  readonly overflow: number;
  /** See {@link TimestampFlag}. */
  readonly flag: number;
  /** Milliseconds since midnight UTC; by flag, addresses before them. */
  readonly words: readonly number[];
}

export type Ipv4Option =
  /** Ends the list; `padding` is every octet after it. */
  | { readonly kind: 'end-of-list'; readonly padding: Uint8Array }
  | { readonly kind: 'no-operation' }
  | RouteOption
  | TimestampOption
  | { readonly kind: 'router-alert'; readonly value: number }
  /** A kind unknown here, or a known one whose length is not its own. */
  | { readonly kind: 'other'; readonly code: number; readonly data: Uint8Array };

const ROUTE_KINDS = {
  'record-route': Ipv4OptionKind.recordRoute,
  'loose-source-route': Ipv4OptionKind.looseSourceRoute,
  'strict-source-route': Ipv4OptionKind.strictSourceRoute,
} as const;

/** Whether every fragment of a packet has the option (RFC 791 §3.1). */
export function isCopiedOption(kind: number): boolean {
  return kind >= 128;
}

/** The options in `b[start, end)`, every octet accounted for, or why they cannot be told apart. */
export function listIpv4Options(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): Ipv4Option[] | DecodeError {
  const options: Ipv4Option[] = [];
  let at = start;
  while (at < end) {
    const kind = b[at]!;
    if (kind === Ipv4OptionKind.endOfList) {
      options.push({ kind: 'end-of-list', padding: b.subarray(at + 1, end) });
      return options;
    }
    if (kind === Ipv4OptionKind.noOperation) {
      options.push({ kind: 'no-operation' });
      at += 1;
      continue;
    }
    if (at + 2 > end) return new DecodeError('ipv4-options', 'truncated', end);
    const length = b[at + 1]!;
    if (length < 2) return new DecodeError('ipv4-options', 'bad-length', at + 1);
    if (at + length > end) return new DecodeError('ipv4-options', 'truncated', end);
    options.push(readOption(b, at, length));
    at += length;
  }
  return options;
}

function readOption(b: Uint8Array, at: number, length: number): Ipv4Option {
  const code = b[at]!;
  switch (code) {
    case Ipv4OptionKind.recordRoute:
      if (length % 4 === 3) return readRoute('record-route', b, at, length);
      break;
    case Ipv4OptionKind.looseSourceRoute:
      if (length % 4 === 3) return readRoute('loose-source-route', b, at, length);
      break;
    case Ipv4OptionKind.strictSourceRoute:
      if (length % 4 === 3) return readRoute('strict-source-route', b, at, length);
      break;
    case Ipv4OptionKind.timestamp:
      if (length < 4 || length % 4 !== 0) break;
      return {
        kind: 'timestamp',
        pointer: b[at + 2]!,
        overflow: b[at + 3]! >>> 4,
        flag: b[at + 3]! & 15,
        words: readWords(b, at + 4, at + length),
      };
    case Ipv4OptionKind.routerAlert:
      if (length === 4) return { kind: 'router-alert', value: u16(b, at + 2) };
      break;
    default:
  }
  return { kind: 'other', code, data: b.subarray(at + 2, at + length) };
}

function readRoute(
  kind: RouteOption['kind'],
  b: Uint8Array,
  at: number,
  length: number,
): RouteOption {
  return { kind, pointer: b[at + 2]!, addresses: readWords(b, at + 3, at + length) };
}

function readWords(b: Uint8Array, start: number, end: number): number[] {
  const words: number[] = [];
  for (let at = start; at < end; at += 4) words.push(u32(b, at));
  return words;
}

/** The options' bytes; a header pads them to whole words. */
export function encodeIpv4Options(options: readonly Ipv4Option[]): Uint8Array {
  return concat(...options.map(encodeOption));
}

function encodeOption(option: Ipv4Option): Uint8Array {
  switch (option.kind) {
    case 'end-of-list':
      return concat(Uint8Array.of(Ipv4OptionKind.endOfList), option.padding);
    case 'no-operation':
      return Uint8Array.of(Ipv4OptionKind.noOperation);
    case 'record-route':
    case 'loose-source-route':
    case 'strict-source-route': {
      const pointer = Uint8Array.of(option.pointer);
      return typed(ROUTE_KINDS[option.kind], concat(pointer, octetsOf(option.addresses)));
    }
    case 'timestamp': {
      const lead = Uint8Array.of(option.pointer, (option.overflow << 4) | option.flag);
      return typed(Ipv4OptionKind.timestamp, concat(lead, octetsOf(option.words)));
    }
    case 'router-alert': {
      const b = typed(Ipv4OptionKind.routerAlert, new Uint8Array(2));
      put16(b, 2, option.value);
      return b;
    }
    case 'other':
      return typed(option.code, option.data);
  }
}

function typed(kind: number, data: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(kind, 2 + data.length), data);
}

function octetsOf(words: readonly number[]): Uint8Array {
  const b = new Uint8Array(4 * words.length);
  for (const [i, word] of words.entries()) put32(b, 4 * i, word);
  return b;
}
