/** Laws that every decoder keeps, as checks that the codecs' tests share. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { DecodeError, sameBytes } from '../../src/wire/index.ts';

/** A decoder of a header in `b[start, end)`. */
export type Decoder<T> = (b: Uint8Array, start: number, end: number) => T | DecodeError;

/** Every prefix of `b` that is shorter than `length` is refused as truncated, at its end. */
export function expectTruncated<T>(
  layer: string,
  decode: Decoder<T>,
  b: Uint8Array,
  length: number = b.length,
): void {
  for (let end = 0; end < length; end++) {
    expect(decode(b, 0, end)).toEqual(new DecodeError(layer, 'truncated', end));
  }
  expect(decode(b, 0, length)).not.toBeInstanceOf(DecodeError);
}

/**
 * The decoder returns for all bytes, a refusal's offset lies within them, what decodes encodes to
 * the same bytes, and it does not matter where in an array the bytes lie. At least `share` of the
 * inputs must have decoded, lest the law be empty.
 */
export function expectLossless<T>(
  bytes: fc.Arbitrary<Uint8Array>,
  decode: Decoder<T>,
  encode: (value: T, input: Uint8Array) => Uint8Array,
  share: number,
  runs = 1000,
): void {
  let decoded = 0;
  fc.assert(
    fc.property(bytes, fc.nat(9), (b, lead) => {
      const value = decode(b, 0, b.length);
      const moved = new Uint8Array(lead + b.length + 5).fill(0xa5);
      moved.set(b, lead);
      const there = decode(moved, lead, lead + b.length);
      if (value instanceof DecodeError) {
        expect(value.offset).toBeGreaterThanOrEqual(0);
        expect(value.offset).toBeLessThanOrEqual(b.length);
        expect(there).toEqual(
          new DecodeError(value.layer, value.reason, value.offset + lead, value.detail),
        );
        return;
      }
      decoded += 1;
      expect(sameBytes(encode(value, b), b)).toBe(true);
      expect(there).not.toBeInstanceOf(DecodeError);
      expect(sameBytes(encode(there as T, b), b)).toBe(true);
    }),
    { numRuns: runs },
  );
  expect(decoded / runs).toBeGreaterThan(share);
}
