/** Ranges ahead of order: a list of octets is the model, and what an addition moves is counted. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Range, RangeList } from '../../src/stack/tcp/receive/range-list.ts';

/** The ranges that a set of positions makes. */
function rangesOf(octets: ReadonlySet<number>): Range[] {
  const ranges: Range[] = [];
  for (const at of [...octets].toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.end === at) last.end = at + 1;
    else ranges.push({ start: at, end: at + 1 });
  }
  return ranges;
}

/** A number below `n`, another each time, the same in each run. */
function lots(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** The numbers below `n` in some order. */
function shuffled(n: number, lot: (n: number) => number): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = lot(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}

test('law: does what a set of octets does, with one group and with many', () => {
  let most = 0;
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 20, max: 9000 }), (seed, span) => {
      const lot = lots(seed);
      const list = new RangeList();
      const octets = new Set<number>();
      for (let step = 0; step < 900; step++) {
        const what = lot(60);
        if (what === 0 && list.first !== undefined) {
          const { start, end } = list.first;
          for (let at = start; at < end; at++) octets.delete(at);
          list.shift();
        } else if (what === 1 && list.last !== undefined) {
          const { start, end } = list.last;
          for (let at = start; at < end; at++) octets.delete(at);
          list.pop();
        } else {
          const start = 1 + lot(span);
          const end = start + 1 + (what === 2 ? lot(span) : lot(3));
          const before = octets.size;
          for (let at = start; at < end; at++) octets.add(at);
          expect(list.add(start, end)).toBe(octets.size - before);
        }
        most = Math.max(most, list.count);
      }
      const ranges = rangesOf(octets);
      expect(list.toArray()).toEqual(ranges);
      expect([list.count, list.first, list.last]).toEqual([
        ranges.length,
        ranges[0],
        ranges.at(-1),
      ]);
      for (let i = 0; i < 20; i++) {
        const position = lot(span + 5);
        expect(list.firstBehind(position)).toEqual(ranges.find(({ end }) => end > position));
      }
      list.clear();
      expect([list.count, list.first, list.last]).toEqual([0, undefined, undefined]);
    }),
    { numRuns: 60 },
  );
  expect(most).toBeGreaterThan(200); // more than a group holds
});

/** How many elements of lists are moved or taken out while `run` runs. */
function movesIn(run: () => void): number {
  const prototype: object = Array.prototype;
  const original = Object.getOwnPropertyDescriptor(prototype, 'splice')!;
  const splice = original.value as (...values: unknown[]) => unknown;
  let moves = 0;
  Object.defineProperty(prototype, 'splice', {
    ...original,
    value(this: unknown[], ...values: unknown[]): unknown {
      moves += this.length - Number(values[0]);
      return splice.apply(this, values);
    },
  });
  try {
    run();
  } finally {
    Object.defineProperty(prototype, 'splice', original);
  }
  return moves;
}

test.each([100, 1000, 10_000, 100_000])(
  'a window of %i segments that arrives wholly shuffled costs each as much as in a small one',
  (segments) => {
    const list = new RangeList();
    const order = shuffled(segments, lots(segments));
    let next = 0;
    const moves = movesIn(() => {
      for (const segment of order) {
        list.add(10 * segment, 10 * segment + 10);
        while (list.first !== undefined && list.first.start <= next) {
          next = Math.max(next, list.first.end);
          list.shift();
        }
      }
    });
    expect(next).toBe(10 * segments);
    expect(list.count).toBe(0);
    expect(moves / segments).toBeLessThan(100);
  },
);
