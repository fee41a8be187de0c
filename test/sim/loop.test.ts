import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Due, LimitError, Loop } from '../../src/sim/index.ts';
import { ms, NEVER } from '../../src/stack/index.ts';

/** Something due that does `action` each time. */
function doing(action: (now: number) => void): Due {
  return { due: action };
}

describe('Loop', () => {
  test('time passes from event to event', () => {
    const loop = new Loop();
    const seen: number[] = [];
    for (const at of [30, 10, 20])
      loop.schedule(
        doing((now) => seen.push(now, loop.now)),
        at,
      );
    expect([loop.now, loop.next, loop.pending]).toEqual([0, 10, 3]);
    expect(loop.step()).toBe(true);
    expect([loop.now, loop.next, loop.pending]).toEqual([10, 20, 2]);
    loop.run();
    expect(seen).toEqual([10, 10, 20, 20, 30, 30]);
    expect(loop.step()).toBe(false);
    expect([loop.now, loop.next, loop.events]).toEqual([30, NEVER, 3]);
  });

  test('what an event schedules for the present comes after what was scheduled for it before', () => {
    const loop = new Loop();
    const seen: string[] = [];
    const third = doing(() => seen.push('third'));
    loop.schedule(
      doing((now) => {
        seen.push('first');
        loop.schedule(third, now);
      }),
      5,
    );
    loop.schedule(
      doing(() => seen.push('second')),
      5,
    );
    loop.run();
    expect(seen).toEqual(['first', 'second', 'third']);
  });

  test('law: events happen sorted by (time, order scheduled), those that events schedule too', () => {
    // Each event schedules as many others, at such distances, as its entry says.
    const plans = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 3 }), {
      size: 'max',
      maxLength: 200,
    });
    fc.assert(
      fc.property(plans, fc.array(fc.nat({ max: 20 }), { minLength: 1 }), (plan, first) => {
        const loop = new Loop();
        const scheduled: { at: number; order: number }[] = [];
        const happened: { at: number; order: number }[] = [];
        const add = (at: number): void => {
          const entry = { at, order: scheduled.length };
          scheduled.push(entry);
          const event = doing((now) => {
            expect(now).toBe(at);
            happened.push(entry);
            for (const distance of plan[entry.order] ?? []) add(now + distance);
          });
          loop.schedule(event, at);
        };
        for (const at of first) add(at);
        loop.run();
        const sorted = scheduled.toSorted((a, b) => a.at - b.at || a.order - b.order);
        expect(happened).toEqual(sorted);
      }),
    );
  });

  test('runUntil takes what is due at its instant, leaves the rest, and ends there', () => {
    const loop = new Loop();
    const seen: number[] = [];
    for (const at of [10, 20, 20, 21])
      loop.schedule(
        doing((now) => seen.push(now)),
        at,
      );
    loop.runUntil(20);
    expect(seen).toEqual([10, 20, 20]);
    expect(loop.now).toBe(20);
    loop.runUntil(20);
    loop.runUntil(500);
    expect(seen).toEqual([10, 20, 20, 21]);
    expect(loop.now).toBe(500);
    expect(() => loop.runUntil(499)).toThrow('assertion failed: time does not run backwards');
  });

  test('nothing can be scheduled in the past, between nanoseconds, or never', () => {
    const loop = new Loop();
    const nothing = doing(() => undefined);
    loop.runUntil(10);
    loop.schedule(nothing, 10);
    expect(() => loop.schedule(nothing, 9)).toThrow(
      'assertion failed: an event is scheduled in the past',
    );
    for (const at of [10.5, NEVER, 2 ** 53]) {
      expect(() => loop.schedule(nothing, at)).toThrow('assertion failed');
    }
    expect(() => loop.schedule(nothing, Number.NaN)).toThrow('assertion failed');
    expect(loop.pending).toBe(1);
  });

  test('at rest: nothing but the background is scheduled, which happens in its time all the same', () => {
    const loop = new Loop();
    const seen: number[] = [];
    const note = doing((now) => seen.push(now));
    expect(loop.isAtRest).toBe(true);
    for (const at of [1, 3]) loop.scheduleInBackground(note, at);
    expect(loop.isAtRest).toBe(true);
    loop.schedule(note, 2);
    expect(loop.isAtRest).toBe(false);
    while (!loop.isAtRest) loop.step();
    expect([seen, loop.next]).toEqual([[1, 2], 3]);
    loop.run();
    expect([seen, loop.isAtRest]).toEqual([[1, 2, 3], true]);
  });

  test('a simulation that never ends is stopped by the number of its events', () => {
    const loop = new Loop({ events: 1_000 });
    const again = doing((now) => loop.schedule(again, now));
    loop.schedule(again, ms(7));
    expect(() => loop.run()).toThrow(LimitError);
    expect(() => loop.run()).toThrow(
      'the simulation does not end: the limit of 1000 events is reached at 0.007 s',
    );
    expect(loop.events).toBe(1_000);
  });

  test('… or by its time, whose last instant may still be used', () => {
    const loop = new Loop({ time: ms(3) });
    const again = doing((now) => loop.schedule(again, now + ms(1)));
    loop.schedule(again, 0);
    expect(() => loop.run()).toThrow(
      'the simulation does not end: ' +
        'the next event is due at 0.004 s, after the limit of 0.003 s',
    );
    expect([loop.now, loop.events]).toEqual([ms(3), 4]);
  });
});
