/** Laws that every decoder keeps, as checks that the codecs' tests share. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { DecodeError, sameBytes } from '../../src/wire/index.ts';

/** A decoder of a header in `b[start, end)`. */
export type Decoder<T> = (b: Uint8Array, start: number, end: number) => T | DecodeError;

/** The lengths below `length` at which `b` is not refused as truncated at its end: none, please. */
export function decodedPrefixes<T>(
  layer: string,
  decode: Decoder<T>,
  b: Uint8Array,
  length: number = b.length,
): number[] {
  expect(decode(b, 0, length)).not.toBeInstanceOf(DecodeError);
  return Array.from({ length }, (_, end) => end).filter((end) => {
    const error = decode(b, 0, end);
    if (!(error instanceof DecodeError)) return true;
    return error.layer !== layer || error.reason !== 'truncated' || error.offset !== end;
  });
}

/**
 * Checks that the decoder returns for all bytes, that a refusal's offset lies within them, that what
 * decodes encodes to the same bytes, and that it does not matter where in an array the bytes lie.
 * Gives the share of inputs that decoded, to be asserted, lest the law be empty.
 */
export function losslessShare<T>(
  bytes: fc.Arbitrary<Uint8Array>,
  decode: Decoder<T>,
  encode: (value: T, input: Uint8Array) => Uint8Array,
  runs = 1000,
): number {
  let decoded = 0;
  fc.assert(
    fc.property(bytes, fc.nat(9), (b, lead) => {
      const value = decode(b, 0, b.length);
      const moved = new Uint8Array(lead + b.length + 5).fill(0xa5);
      moved.set(b, lead);
      const there = decode(moved, lead, lead + b.length);
      if (value instanceof DecodeError || there instanceof DecodeError) {
        expect(there).toEqual(shifted(value, lead));
        expect((there as DecodeError).offset).toBeLessThanOrEqual(lead + b.length);
        return;
      }
      decoded += 1;
      expect(sameBytes(encode(value, b), b)).toBe(true);
      expect(sameBytes(encode(there, b), b)).toBe(true);
    }),
    { numRuns: runs },
  );
  return decoded / runs;
}

/** The same refusal of bytes that lie `lead` octets further on. */
export function shifted<T>(value: T | DecodeError, lead: number): T | DecodeError {
  if (!(value instanceof DecodeError)) return value;
  return new DecodeError(value.layer, value.reason, value.offset + lead, value.detail);
}
