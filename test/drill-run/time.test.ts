import { describe, expect, test } from 'vitest';
import { configure, type GivenOption } from '../../src/drill/run/configuration.ts';
import { ScriptError } from '../../src/drill/run/live.ts';
import { type Due, dueTime, isInTime, patienceFor, toleranceOf } from '../../src/drill/run/time.ts';
import type { ScriptEvent } from '../../src/drill/syntax/script.ts';
import { script } from './specs.ts';

const INJECT = '< . 1:1(0) ack 1 win 1';
const EXPECT = '> . 1:1(0) ack 1';
const CALL = 'close(3) = 0';

function event(text: string): ScriptEvent {
  return script(`0 close(3) = 0 ${text}`).events[1]!;
}

/** The event's time, after one that was due at 1 s and finished at 1.003 s. */
function after(previous: string, next: string): Due {
  const due: Due = { kind: 'point', from: 1_000_000, to: 1_000_000, base: 0 };
  return dueTime(event(next), { event: event(previous), due }, 1_003_000);
}

describe('when an event is due', () => {
  test.each([
    // From when the one before has finished …
    [`1 ${CALL}`, `+.1 ${CALL}`, 1_103_000],
    [`1 ${EXPECT}`, `+.1 ${INJECT}`, 1_103_000],
    [`1 ${INJECT}`, `+.1 ${EXPECT}`, 1_103_000],
    [`1 ${INJECT}`, `+.1 ${CALL}`, 1_103_000],
    // … but for packets injected in a row.
    [`1 ${INJECT}`, `+.1 ${INJECT}`, 1_100_000],
    [`1 ${INJECT}`, `+0 ${INJECT}`, 1_000_000],
    // Absolute times are what they are.
    [`1 ${CALL}`, `2.5 ${CALL}`, 2_500_000],
    [`1 ${CALL}`, `* ${EXPECT}`, 1_003_000],
  ])('%s, then %s: %i µs', (previous, next, from) => {
    expect(after(previous, next).from).toBe(from);
  });

  test('a range has two ends', () => {
    expect(after(`1 ${CALL}`, `+.1~+.3 ${EXPECT}`)).toMatchObject({
      kind: 'range',
      from: 1_103_000,
      to: 1_303_000,
    });
    expect(after(`1 ${CALL}`, `2~3 ${EXPECT}`)).toMatchObject({ from: 2_000_000, to: 3_000_000 });
  });
});

describe('tolerance', () => {
  const tolerance = (step: number, ...options: GivenOption[]): number => {
    const configuration = configure([], options);
    if (configuration instanceof ScriptError) throw new Error(configuration.message);
    return toleranceOf(configuration, step);
  };

  test.each([
    [0, 4000],
    [32_000, 4000],
    [32_007, 4000],
    [32_008, 4001],
    [1_000_000, 125_000],
    [-5, 4000],
  ])('a step of %i µs has %i µs', (step, expected) => {
    expect(tolerance(step)).toBe(expected);
  });

  test('options change both of its terms', () => {
    expect(tolerance(1000, { name: 'tolerance_usecs', value: '9000' })).toBe(9000);
    expect(tolerance(1_000_000, { name: 'tolerance_percent', value: '1' })).toBe(10_000);
  });

  const point: Due = { kind: 'point', from: 1000, to: 1000, base: 0 };
  const any: Due = { ...point, kind: 'any' };
  const range: Due = { kind: 'range', from: 1000, to: 2000, base: 0 };
  test.each([
    [point, 899, false],
    [point, 900, true],
    [point, 1100, true],
    [point, 1101, false],
    [range, 899, false],
    [range, 900, true],
    [range, 2100, true],
    [range, 2101, false],
    [any, 1e9, true],
  ])('%j at %i µs with a tolerance of 100: %s', (due, at, inTime) => {
    expect(isInTime(at, due, 100)).toBe(inTime);
  });
});

describe('patience', () => {
  const previous = {
    event: event(`0 ${CALL}`),
    due: { kind: 'point', from: 1_000_000, to: 1_000_000, base: 0 },
  } as const;

  test.each([
    ['1', 2],
    ['1.9', 2],
    ['2', 3],
    ['9.5', 10],
    ['2~5', 6],
  ])('for a packet due at %s s after an event at 1 s: %i s', (time, expected) => {
    const due = dueTime(event(`${time} ${EXPECT}`), previous, 1_000_000);
    expect(patienceFor(due, previous)).toBe(expected * 1e6);
  });

  test('* waits for ever', () => {
    const due = dueTime(event(`* ${EXPECT}`), previous, 1_000_000);
    expect(patienceFor(due, previous)).toBe(Number.POSITIVE_INFINITY);
  });
});
