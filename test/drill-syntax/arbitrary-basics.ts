/** What arbitrary trees are made of. A place says nothing in them and is the same everywhere. */
import * as fc from 'fast-check';

export const place = { line: 1, column: 1 };

export const u8 = fc.integer({ min: 0, max: 0xff });
export const u16 = fc.integer({ min: 0, max: 0xffff });
export const u24 = fc.integer({ min: 0, max: 0xff_ffff });
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

export function optional<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

/** Words of scripts, and odd ones. None begins as the names do that the scripts here define. */
export const word = fc.oneof(
  fc.constantFrom('close', 'SOL_TCP', 'mss', 'ack', 'fd', 'S', 'abcd', 'e0b', '_', 'udp', 'mtu'),
  fc.stringMatching(/^[a-zA-C_][A-Za-z0-9_]{0,8}$/),
);

export const hexDigits = (maxOctets: number, minOctets = 0): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: minOctets, maxLength: maxOctets })
    .map((bytes) => [...bytes].map((octet) => octet.toString(16).padStart(2, '0')).join(''));

/** Raw text between quotes: a backslash always has a character behind it. */
export const quotable = (quote: string): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.string(), fc.constantFrom('\\\\', `\\${quote}`, '\n', ' ', '=', '//', '$x')))
    .map((pieces) =>
      pieces.map((piece) => (/^\\.$/s.test(piece) ? piece : withoutAny(piece, quote))).join(''),
    );

function withoutAny(text: string, quote: string): string {
  return text.replaceAll('\\', '').replaceAll(quote, '');
}

/** A time in microseconds. */
export const moment = fc.oneof(
  fc.constantFrom(0, 1, 100_000, 1_000_000, 8_640_000_000_000),
  fc.integer({ min: 0, max: 10_000_000 }),
);
