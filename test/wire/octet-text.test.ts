/** Octets as text: nothing of them is lost. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  concat,
  fromUtf8,
  isEscaped,
  octetsToText,
  octetToText,
  textToOctets,
  utf8,
} from '../../src/wire/index.ts';

const character = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map(utf8);
/** Octets of which some spell characters, whole or cut. */
const octets = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      character,
      character.map((b) => b.slice(0, -1)),
    ),
    { maxLength: 10, size: 'max' },
  )
  .map((parts) => concat(...parts));

test('law: octets come back from their text', () => {
  let escaped = 0;
  fc.assert(
    fc.property(octets, (original) => {
      const text = octetsToText(original);
      expect(textToOctets(text)).toEqual(original);
      if (isEscaped(text)) escaped += 1;
      else expect(text).toBe(fromUtf8(original));
    }),
  );
  expect(escaped).toBeGreaterThan(50);
});

test('law: a text of characters is its UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(textToOctets(text)).toEqual(utf8(text));
      expect(octetsToText(utf8(text))).toBe(text);
      expect(isEscaped(text)).toBe(false);
    }),
  );
});

test('each octet alone', () => {
  for (let octet = 0; octet < 256; octet++) {
    expect(octetsToText(Uint8Array.of(octet))).toBe(octetToText(octet));
    expect(textToOctets(octetToText(octet))).toEqual(Uint8Array.of(octet));
  }
});

// prettier-ignore
test.each([
  ['a mark of byte order', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ['a replacement character', [0xef, 0xbf, 0xbd], '\ufffd'],
  ['a longer form of a slash', [0xc0, 0xaf], '\udcc0\udcaf'],
  ['a surrogate', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
  ['the last character', [0xf4, 0x8f, 0xbf, 0xbf], '\u{10ffff}'],
  ['what lies beyond', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
  ['a character that is cut', [0x61, 0xe2, 0x82], 'a\udce2\udc82'],
])('%s', (_, bytes, text) => {
  expect(octetsToText(Uint8Array.from(bytes))).toBe(text);
  expect(textToOctets(text)).toEqual(Uint8Array.from(bytes));
});
