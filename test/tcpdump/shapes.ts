/** The small arbitraries that random frames are made of. */
import * as fc from 'fast-check';
import { complementSum, concat, foldSum, onesSum, put16 } from '../../src/wire/index.ts';

/** Any octets; the size is what is asked for, not what fast-check thinks sensible. */
export const octets = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength, size: 'max' });

export const u8: fc.Arbitrary<number> = fc.integer({ min: 0, max: 255 });
export const u16: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff });
export const u32: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff_ffff });

/** One of the values. */
export const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** A usual thing, and once in `weight + 1` times another. */
export const mostly = <T>(
  usual: fc.Arbitrary<T>,
  other: fc.Arbitrary<T>,
  weight = 7,
): fc.Arbitrary<T> => fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other });

/** How a checksum field is filled. */
export const checksum: fc.Arbitrary<(b: Uint8Array, at: number, pseudo: number) => void> = fc
  .tuple(pick('right', 'right', 'right', 'pseudo', 'none', 'any'), u16)
  .map(([mode, any]) => (b: Uint8Array, at: number, pseudo: number) => {
    if (at + 2 > b.length) return;
    put16(b, at, 0);
    if (mode === 'right') put16(b, at, complementSum(foldSum(pseudo + onesSum(b))));
    if (mode === 'pseudo') put16(b, at, pseudo);
    if (mode === 'any') put16(b, at, any);
  });

/** Options of kind, length and data: the length is usually one that the kind has. */
export function optionList(
  lengths: ReadonlyMap<number, readonly number[]>,
  dataOf: (kind: number, data: Uint8Array) => Uint8Array = (_kind, data) => data,
): fc.Arbitrary<Uint8Array> {
  const kinds = mostly(pick(...lengths.keys()), u8, 12);
  const option = fc.tuple(
    kinds,
    u8,
    mostly(fc.constant(true), fc.constant(false), 15),
    octets(40, 40),
  );
  return fc.array(option, { minLength: 1, maxLength: 6, size: 'max' }).map((options) => {
    const parts = options.map(([kind, which, isUsual, data]) => {
      if (kind <= 1) return Uint8Array.of(kind);
      const usual = lengths.get(kind) ?? [2, 3, 4, 6, 9];
      const length = isUsual ? usual[which % usual.length]! : which % 44;
      const content = dataOf(kind, data).subarray(0, Math.max(0, length - 2));
      return concat(Uint8Array.of(kind, length), content);
    });
    const all = concat(...parts);
    return concat(all, new Uint8Array(-all.length & 3)).subarray(0, 40);
  });
}
