import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  seqAdd,
  seqDiff,
  seqGe,
  seqGt,
  seqIn,
  seqLe,
  seqLt,
  seqMax,
  seqToU32,
  toSeq,
} from '../../src/wire/index.ts';
import { seq } from '../help/arbitraries.ts';

const HALF = 2 ** 31;
const WHOLE = 2 ** 32;

/** Where arithmetic that forgets the wrap goes wrong. */
const EDGES = [0, 1, HALF - 1, HALF, HALF + 1, WHOLE - 2, WHOLE - 1];

describe('sequence numbers', () => {
  test.each([
    [WHOLE, 0],
    [WHOLE + 5, 5],
    [-1, WHOLE - 1],
    [-HALF, HALF],
  ])('%i is taken modulo 2³²', (n, u32) => {
    expect(seqToU32(toSeq(n))).toBe(u32);
  });

  test.each(EDGES)('the order around %i', (start) => {
    const s = toSeq(start);
    for (const distance of [1, 1000, HALF - 1]) {
      const later = seqAdd(s, distance);
      expect(seqDiff(later, s)).toBe(distance);
      expect(seqDiff(s, later)).toBe(-distance);
      expect([seqLt(s, later), seqLe(s, later), seqGt(s, later), seqGe(s, later)]).toEqual([
        true,
        true,
        false,
        false,
      ]);
      expect([seqLt(later, s), seqLe(later, s), seqGt(later, s), seqGe(later, s)]).toEqual([
        false,
        false,
        true,
        true,
      ]);
      expect(seqMax(s, later)).toBe(later);
      expect(seqMax(later, s)).toBe(later);
    }
    expect([seqLt(s, s), seqLe(s, s), seqGt(s, s), seqGe(s, s)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  test.each(EDGES)('half the circle from %i is the one distance without an order', (start) => {
    const s = toSeq(start);
    const opposite = seqAdd(s, HALF);
    expect(seqDiff(opposite, s)).toBe(-HALF);
    expect(seqDiff(s, opposite)).toBe(-HALF);
  });

  test.each(EDGES)('a window from %i', (start) => {
    const s = toSeq(start);
    for (const size of [1, 65_535, HALF, WHOLE - 1]) {
      expect(seqIn(s, s, size)).toBe(true);
      expect(seqIn(toSeq(start + size - 1), s, size)).toBe(true);
      expect(seqIn(toSeq(start + size), s, size)).toBe(false);
      expect(seqIn(toSeq(start - 1), s, size)).toBe(false);
    }
    expect(seqIn(s, s, 0)).toBe(false);
    expect(seqIn(toSeq(start - 1), s, WHOLE)).toBe(true);
  });

  test('adding and taking the difference are inverse', () => {
    fc.assert(
      fc.property(seq, fc.integer({ min: -HALF, max: HALF - 1 }), (s, n) => {
        expect(seqDiff(seqAdd(s, n), s)).toBe(n);
        expect(seqAdd(seqAdd(s, n), -n)).toBe(s);
      }),
    );
  });

  test('moving both numbers changes no order', () => {
    fc.assert(
      fc.property(seq, seq, fc.integer({ min: -HALF, max: HALF - 1 }), (a, b, n) => {
        expect(seqLt(seqAdd(a, n), seqAdd(b, n))).toBe(seqLt(a, b));
        expect(seqDiff(seqAdd(a, n), seqAdd(b, n))).toBe(seqDiff(a, b));
      }),
    );
  });
});
