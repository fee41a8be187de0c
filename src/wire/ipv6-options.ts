/**
 * The options of hop-by-hop and destination options headers (RFC 8200 §4.2): type, length, data.
 * {@link listIpv6Options} gives the exact list, padding and unknown types included, and encodes
 * back to the same bytes.
 *
 * Jumbograms (RFC 2675) are refused: no link here carries packets of more than 65,575 octets.
 */
import { concat, EMPTY, put16, u16 } from './bytes.ts';
import { DecodeError } from './decode-error.ts';

/** Option types (IANA, IPv6 parameters). */
export const Ipv6OptionType = {
  pad1: 0x00,
  padN: 0x01,
  routerAlert: 0x05, // RFC 2711
  jumboPayload: 0xc2, // RFC 2675
} as const;

/** What a router alert announces (IANA, IPv6 router alert values). */
export const RouterAlert = { multicastListenerDiscovery: 0, rsvp: 1 } as const;

/** One option as it stands in a header. */
export type Ipv6Option =
  /** One octet. */
  | { readonly kind: 'pad1' }
  /** Two octets and `data`, zeros in a proper header. */
  | { readonly kind: 'padN'; readonly data: Uint8Array }
  /** Asks routers to look into the packet; see {@link RouterAlert}. */
  | { readonly kind: 'router-alert'; readonly value: number }
  /** A type unknown here, or a known one whose length is not its own. */
  | { readonly kind: 'other'; readonly code: number; readonly data: Uint8Array };

/** What a host does with an option of a type that it does not know (RFC 8200 §4.2). */
export type UnknownOptionAction =
  | 'skip'
  | 'discard'
  /** Discards, and reports a parameter problem of code 2. */
  | 'report'
  | 'report-unless-multicast';

const ACTIONS: readonly UnknownOptionAction[] = [
  'skip',
  'discard',
  'report',
  'report-unless-multicast',
];

/** The two highest bits of an unknown option's type say what to do with it. */
export function unknownOptionAction(type: number): UnknownOptionAction {
  return ACTIONS[(type >>> 6) & 3]!;
}

/** The options in `b[start, end)`, every octet accounted for, or why they cannot be told apart. */
export function listIpv6Options(
  b: Uint8Array,
  start = 0,
  end: number = b.length,
): Ipv6Option[] | DecodeError {
  const options: Ipv6Option[] = [];
  let at = start;
  while (at < end) {
    const type = b[at]!;
    if (type === Ipv6OptionType.pad1) {
      options.push({ kind: 'pad1' });
      at += 1;
      continue;
    }
    if (at + 2 > end) return new DecodeError('ipv6-options', 'truncated', end);
    const dataAt = at + 2;
    const dataEnd = dataAt + b[at + 1]!;
    if (dataEnd > end) return new DecodeError('ipv6-options', 'truncated', end);
    if (type === Ipv6OptionType.jumboPayload) {
      return new DecodeError('ipv6-options', 'unsupported', at, 'jumbo payload');
    }
    options.push(readOption(b, type, dataAt, dataEnd));
    at = dataEnd;
  }
  return options;
}

function readOption(b: Uint8Array, type: number, at: number, end: number): Ipv6Option {
  if (type === Ipv6OptionType.padN) return { kind: 'padN', data: b.subarray(at, end) };
  if (type === Ipv6OptionType.routerAlert && end - at === 2) {
    return { kind: 'router-alert', value: u16(b, at) };
  }
  return { kind: 'other', code: type, data: b.subarray(at, end) };
}

/** The options' bytes. Nothing is padded: an extension header pads the list that it is given. */
export function encodeIpv6Options(options: readonly Ipv6Option[]): Uint8Array {
  return concat(...options.map(encodeOption));
}

function encodeOption(option: Ipv6Option): Uint8Array {
  switch (option.kind) {
    case 'pad1':
      return Uint8Array.of(Ipv6OptionType.pad1);
    case 'padN':
      return typed(Ipv6OptionType.padN, option.data);
    case 'router-alert': {
      const b = typed(Ipv6OptionType.routerAlert, new Uint8Array(2));
      put16(b, 2, option.value);
      return b;
    }
    case 'other':
      return typed(option.code, option.data);
  }
}

function typed(type: number, data: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(type, data.length), data);
}

/** What pads a list by that many octets, 0–7: nothing, one Pad1, or one PadN. */
export function ipv6Padding(octets: number): Uint8Array {
  if (octets === 0) return EMPTY;
  if (octets === 1) return Uint8Array.of(Ipv6OptionType.pad1);
  return typed(Ipv6OptionType.padN, new Uint8Array(octets - 2));
}
