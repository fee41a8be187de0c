import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Calendar } from '../../src/sim/index.ts';

/** The calendar's seconds and nanoseconds of an instant, after JavaScript's own calendar. */
function expected(start: string, now: number): { seconds: number; nanoseconds: number } {
  const [whole = '', fraction = ''] = start.replace('Z', '').split('.');
  const sum = BigInt(fraction.padEnd(9, '0')) + BigInt(now);
  return {
    seconds: Date.parse(`${whole}Z`) / 1000 + Number(sum / 1_000_000_000n),
    nanoseconds: Number(sum % 1_000_000_000n),
  };
}

describe('dates', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-12-31T23:59:59Z', 31_535_999],
    ['1972-02-29T00:00:00Z', 68_169_600],
    ['1972-03-01T00:00:00Z', 68_256_000],
    ['1999-12-31T23:59:59Z', 946_684_799],
    ['2000-02-29T12:00:00Z', 951_825_600], // a leap year, for it divides by 400
    ['2038-01-19T03:14:08Z', 0x8000_0000],
    ['2100-03-01T00:00:00Z', 4_107_542_400], // not one: it divides by 100
    ['2105-12-31T23:59:59Z', 4_291_747_199],
  ])('%s is %i s after 1970', (text, seconds) => {
    expect(new Calendar(text).timeOf(0)).toEqual({ seconds, nanoseconds: 0 });
  });

  test.each([
    ['2026-01-01T12:07:24.9Z', 900_000_000],
    ['2026-01-01T12:07:24.920952Z', 920_952_000],
    ['2026-01-01T12:07:24.000000001Z', 1],
    ['2026-01-01T12:07:24.999999999Z', 999_999_999],
  ])('%s has %i ns', (text, nanoseconds) => {
    expect(new Calendar(text).timeOf(0).nanoseconds).toBe(nanoseconds);
  });

  test.each([
    ['', 'not a date'],
    ['yesterday', 'not a date'],
    ['2026-1-1T00:00:00Z', 'not a date'],
    ['2026-01-01', 'not a date'],
    ['2026-01-01T00:00:00', 'not a date'], // of which zone?
    ['2026-01-01T00:00:00+01:00', 'not a date'],
    ['2026-01-01T00:00:00.Z', 'not a date'],
    ['2026-01-01T00:00:00.0000000001Z', 'not a date'],
    ['2026-01-01T00:00:00Z\n', 'not a date'],
    ['2026-00-01T00:00:00Z', 'no such date'],
    ['2026-13-01T00:00:00Z', 'no such date'],
    ['2026-01-00T00:00:00Z', 'no such date'],
    ['2026-04-31T00:00:00Z', 'no such date'],
    ['2026-02-29T00:00:00Z', 'no such date'],
    ['2100-02-29T00:00:00Z', 'no such date'],
    ['1969-12-31T23:59:59Z', 'no such date'],
    ['2106-01-01T00:00:00Z', 'no such date'],
    ['2026-01-01T24:00:00Z', 'no such time'],
    ['2026-01-01T00:60:00Z', 'no such time'],
    ['2016-12-31T23:59:60Z', 'no such time'], // a leap second has no number of its own
  ])('%j is refused: %s', (text, why) => {
    expect(() => new Calendar(text)).toThrow(RangeError);
    expect(() => new Calendar(text)).toThrow(why);
  });

  test('every day of 136 years is one day after the one before', () => {
    const days = (4_291_747_200 / 86_400) | 0;
    for (let day = 0; day < days; day += 1) {
      const text = `${new Date(day * 86_400_000).toISOString().slice(0, 10)}T00:00:00Z`;
      expect(new Calendar(text).timeOf(0).seconds).toBe(day * 86_400);
    }
  });
});

describe('instants', () => {
  test('nanoseconds carry into the next second, minute, day and year', () => {
    const calendar = new Calendar('2025-12-31T23:59:59.999999999Z');
    expect(calendar.timeOf(0)).toEqual({ seconds: 1_767_225_599, nanoseconds: 999_999_999 });
    expect(calendar.timeOf(1)).toEqual({ seconds: 1_767_225_600, nanoseconds: 0 });
    expect(calendar.timeOf(1_000_000_000)).toEqual({
      seconds: 1_767_225_600,
      nanoseconds: 999_999_999,
    });
  });

  const aStart = fc
    .record({
      seconds: fc.integer({ min: 0, max: 4_291_747_199 }),
      nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
    })
    .map(({ seconds, nanoseconds }) => {
      const date = new Date(seconds * 1000).toISOString().slice(0, 19);
      return `${date}.${String(nanoseconds).padStart(9, '0')}Z`;
    });
  const anInstant = fc.oneof(
    fc.maxSafeInteger().map(Math.abs),
    fc.integer({ min: 0, max: 2_000_000_000 }),
  );

  test('are on the calendar where JavaScript has them', () => {
    fc.assert(
      fc.property(aStart, anInstant, (start, now) => {
        expect(new Calendar(start).timeOf(now)).toEqual(expected(start, now));
      }),
    );
  });

  test('at() of the date that an instant has is the instant', () => {
    fc.assert(
      fc.property(aStart, anInstant, (start, now) => {
        const calendar = new Calendar(start);
        const { seconds, nanoseconds } = calendar.timeOf(now);
        fc.pre(seconds <= 4_291_747_199);
        const date = new Date(seconds * 1000).toISOString().slice(0, 19);
        expect(calendar.at(`${date}.${String(nanoseconds).padStart(9, '0')}Z`)).toBe(now);
      }),
    );
  });

  const noon = new Calendar('2026-01-01T12:00:00.5Z');

  test.each([
    ['12:00:00.5', 0],
    ['12:00:00.500000001', 1],
    ['12:00:01', 500_000_000],
    ['23:59:59', 43_198_500_000_000],
    ['2026-01-02T00:00:00Z', 43_199_500_000_000],
    ['2026-04-15T00:00:00Z', 8_942_399_500_000_000],
  ])('at(%j) is %i', (text, instant) => {
    expect(noon.at(text)).toBe(instant);
  });

  test.each([
    ['12:00:00', 'before the scenario begins'],
    ['12:00:00.499999999', 'before the scenario begins'],
    ['2025-12-31T23:59:59Z', 'before the scenario begins'],
    ['2026-04-16T12:00:00Z', '104 days'], // not a whole number of nanoseconds any more
    ['2105-12-31T23:59:59Z', '104 days'],
    ['24:00:00', 'no such time'],
    ['12:60:00', 'no such time'],
    ['noon', 'not a date'],
    ['12:00', 'not a date'],
  ])('at(%j) is refused: %s', (text, why) => {
    expect(() => noon.at(text)).toThrow(RangeError);
    expect(() => noon.at(text)).toThrow(why);
  });
});
