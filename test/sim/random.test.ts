import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/sim/index.ts';

function draw(random: Random, count = 8): number[] {
  return Array.from({ length: count }, () => random.u32());
}

const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const names = fc.string({ minLength: 1, maxLength: 12 });

describe('Random', () => {
  test('seed 1 gives these numbers: a change of them changes the bytes of every simulation', () => {
    const root = new Random(1);
    expect(draw(root, 4)).toEqual([1_161_911_306, 1_986_500_382, 2_969_485_644, 1_406_052_447]);
    const loss = root.fork('link a-b').fork('a to b').fork('loss');
    expect(draw(loss, 4)).toEqual([2_120_213_498, 3_799_014_774, 814_527_771, 1_238_663_806]);
    const dice = root.fork('dice');
    expect(Array.from({ length: 8 }, () => dice.below(6))).toEqual([3, 2, 0, 5, 4, 2, 4, 5]);
  });

  test('law: a fork depends on the seed and its path alone, not on what was drawn', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.array(names, { maxLength: 4 }),
        fc.nat({ max: 50 }),
        (seed, path, n) => {
          let fresh = new Random(seed);
          let used = new Random(seed);
          for (const name of path) {
            draw(used, n);
            used.fork('another').u32();
            fresh = fresh.fork(name);
            used = used.fork(name);
          }
          expect(draw(used)).toEqual(draw(fresh));
          expect(used.path).toBe(path.join('/'));
          expect(used.seed).toBe(seed);
        },
      ),
    );
  });

  test('law: another seed or another name gives another stream', () => {
    fc.assert(
      fc.property(seeds, seeds, names, names, (seedA, seedB, nameA, nameB) => {
        fc.pre(seedA !== seedB && nameA !== nameB);
        const root = new Random(seedA);
        const streams = [root, new Random(seedB), root.fork(nameA), root.fork(nameB)];
        streams.push(root.fork(nameA).fork(nameB), root.fork(nameB).fork(nameA));
        const drawn = streams.map((stream) => draw(stream).join());
        expect(new Set(drawn).size).toBe(streams.length);
      }),
    );
  });

  test('streams of names and seeds that differ little have about half of their bits in common', () => {
    const streams = [
      ...Array.from({ length: 20 }, (_, i) => new Random(i)),
      ...Array.from({ length: 20 }, (_, i) => new Random(1).fork(`link ${i}`)),
      ...Array.from({ length: 20 }, (_, i) => new Random(1).fork('x'.repeat(i))),
    ].map((stream) => draw(stream, 32));
    for (const [i, a] of streams.entries()) {
      for (const b of streams.slice(i + 1)) {
        if (a[0] === b[0]) continue; // fork('') is the root of seed 1
        let differing = 0;
        for (const [k, value] of a.entries()) differing += ones(value ^ (b[k] ?? 0));
        // 1,024 bits: a mean of 512 and a standard deviation of 16.
        expect(Math.abs(differing - 512)).toBeLessThan(6 * 16);
      }
    }
  });

  test('law: below(n) is whole, from 0 and less than n', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (seed, n) => {
        const drawn = new Random(seed).below(n);
        expect(Number.isInteger(drawn) && drawn >= 0 && drawn < n).toBe(true);
      }),
    );
    expect(() => new Random(1).below(0)).toThrow('assertion failed');
    expect(new Random(1).below(1)).toBe(0);
  });

  test('below(n) gives each number about as often', () => {
    const random = new Random(1).fork('dice');
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 70_000; i++) {
      const drawn = random.below(7);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    // A standard deviation of 93.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(5 * 93);
  });

  test.each([0.001, 0.01, 0.25, 0.5, 0.9])('chance(%d) is true that often', (probability) => {
    const random = new Random(1).fork(`chance ${probability}`);
    let hits = 0;
    for (let i = 0; i < 100_000; i++) if (random.chance(probability)) hits += 1;
    const deviation = Math.sqrt(100_000 * probability * (1 - probability));
    expect(Math.abs(hits - 100_000 * probability)).toBeLessThan(5 * deviation);
  });

  test('law: chance compares one number with the probability as a 32-bit integer', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1, noNaN: true }), (seed, probability) => {
        const random = new Random(seed);
        const same = new Random(seed);
        expect(random.chance(probability)).toBe(same.u32() < Math.round(probability * 2 ** 32));
        expect(random.u32()).toBe(same.u32());
        expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
      }),
    );
    expect(() => new Random(1).chance(1.1)).toThrow('assertion failed');
    expect(() => new Random(1).chance(Number.NaN)).toThrow('assertion failed');
  });

  test('bytes are the high octets of as many numbers', () => {
    const random = new Random(7);
    expect([...new Random(7).bytes(5)]).toEqual(draw(random, 5).map((n) => n >>> 24));
    expect(new Random(7).bytes(0)).toHaveLength(0);
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('%d is no seed', (seed) => {
    expect(() => new Random(seed)).toThrow(RangeError);
  });
});

function ones(n: number): number {
  let count = 0;
  for (let rest = n >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}
