import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timeOfTimestamp, timestampOfTime } from '../../src/wire/index.ts';
import { u32 } from '../help/arbitraries.ts';

/** The same in integers of any size. */
function exactTime(high: number, low: number, resolution: number) {
  const count = (BigInt(high) << 32n) | BigInt(low);
  const n = BigInt(resolution & 127);
  const units = resolution < 128 ? 10n ** n : 2n ** n;
  return {
    seconds: Number(count / units),
    nanoseconds: Number(((count % units) * 10n ** 9n) / units),
  };
}

describe('timestamps', () => {
  test.each([
    ['the epoch', 0, 0, 6, 0, 0],
    ['microseconds', 0x0006_0c3a, 0x3e1b_4a61, 6, 1_702_294_149, 876_321_000],
    ['nanoseconds', 0x17e5_f2a1, 0x0000_0001, 9, 1_722_049_205, 842_739_201],
    ['whole seconds', 1, 0, 0, 4_294_967_296, 0],
    ['milliseconds', 0, 1999, 3, 1, 999_000_000],
    ['picoseconds', 232, 3_567_587_327, 12, 0, 999_999_999],
    ['2⁻³² s', 7, 0x8000_0000, 0xa0, 7, 500_000_000],
    ['the largest count', 0xffff_ffff, 0xffff_ffff, 9, 18_446_744_073, 709_551_615],
  ])('%s', (_, high, low, resolution, seconds, nanoseconds) => {
    expect(timeOfTimestamp(high, low, resolution)).toEqual({ seconds, nanoseconds });
  });

  test('are exact, whatever the resolution octet is', () => {
    fc.assert(
      fc.property(u32, u32, fc.oneof(fc.nat(9), fc.nat(255)), (high, low, resolution) => {
        expect(timeOfTimestamp(high, low, resolution)).toEqual(exactTime(high, low, resolution));
      }),
      { numRuns: 2000 },
    );
  });

  const time = fc.record({ seconds: u32, nanoseconds: fc.nat(999_999_999) });

  test.each([0, 3, 6, 9])('of resolution %i: what is written is read, cut to the unit', (n) => {
    fc.assert(
      fc.property(time, ({ seconds, nanoseconds }) => {
        const { high, low } = timestampOfTime({ seconds, nanoseconds }, n);
        const unit = 10 ** (9 - n);
        const cut = Math.floor(nanoseconds / unit) * unit;
        expect(timeOfTimestamp(high, low, n)).toEqual({ seconds, nanoseconds: cut });
      }),
    );
  });

  test.each([12, 0x80, 0x94, 0xa0])('of resolution %i: at most one unit is lost', (n) => {
    fc.assert(
      fc.property(time, (original) => {
        const { high, low } = timestampOfTime({ ...original, seconds: original.seconds >>> 9 }, n);
        const back = timeOfTimestamp(high, low, n);
        const unit = n < 128 ? 1 : Math.ceil(1e9 / 2 ** (n & 127));
        const lost = original.nanoseconds - back.nanoseconds;
        expect(back.seconds).toBe(original.seconds >>> 9);
        expect(lost).toBeGreaterThanOrEqual(0);
        expect(lost).toBeLessThanOrEqual(unit);
      }),
    );
  });
});
