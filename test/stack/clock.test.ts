/** A host's clock: when timers fire that are kept by ticks, in Linux's wheel or not. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostClock, ms, ns, seconds } from '../../src/stack/index.ts';

const wheel = { tick: ms(4), wheel: true };

describe('LINUX §6.2: HZ = 250, the wheel since 4.8', () => {
  // prettier-ignore
  test.each([
    [0, 4], [1, 8], [4, 8], [40, 44], [200, 204], [204, 208], [248, 252],
    [252, 256], [304, 320], [400, 416], [608, 640], [1216, 1248], [2432, 2560], [4864, 5120], [9728, 9984],
  ])('a delay of %d ms from a tick on fires after %d ms', (delay, fires) => {
    expect(new HostClock(wheel, 0, 0).after(0, ms(delay)) / 1e6).toBe(fires);
  });

  test('measured: 304 → 320, 608 → 644, 1216 → 1244, 2432 → 2496, 4864 → 5124, 9728 → 9980', () => {
    // At some phase of the wheel each of these is what comes out.
    for (const [delay, seen] of [
      [304, 320],
      [608, 644],
      [1216, 1244],
      [2432, 2496],
      [4864, 5124],
      [9728, 9980],
    ] as const) {
      const found = Array.from({ length: 4096 }, (_, tick) => {
        const now = tick * ms(4);
        return Math.round((new HostClock(wheel, 0, 0).after(now, ms(delay)) - now) / 1e6);
      });
      // A kernel may notice a tick late by one.
      expect(
        found.some((ms) => ms === seen || ms === seen - 4),
        `${delay} ms`,
      ).toBe(true);
    }
  });

  // prettier-ignore
  test.each([
    { below: 248, late: 4 }, { below: 2012, late: 32 }, { below: 16_124, late: 256 }, { below: 100_000, late: 2048 },
  ])('a delay below $below ms is at most $late ms late, and never early', ({ below, late }) => {
    fc.assert(
      fc.property(
        fc.nat({ max: ms(below) - 1 }),
        fc.nat({ max: seconds(1000) }),
        fc.nat({ max: ms(4) - 1 }),
        (delay, now, phase) => {
          const over = new HostClock(wheel, 0, phase).after(now, delay) - now - delay;
          expect(over).toBeGreaterThanOrEqual(0);
          expect(over).toBeLessThanOrEqual(ms(late) + ms(8));
        },
      ),
    );
  });
});

test.each([
  { tick: 0, two: 2 },
  { tick: 1, two: 2 },
  { tick: 4, two: 8 },
])(
  'TCP_TIMEOUT_MIN: two ticks of $tick ms are $two ms, those of exact timers 2',
  ({ tick, two }) => {
    expect(new HostClock({ tick: ms(tick), wheel: false }, 0, 0).twoTicks).toBe(ms(two));
  },
);

test('ticks without the wheel: rounded up, and one tick at least', () => {
  const clock = new HostClock({ tick: ms(1), wheel: false }, 0, 0);
  expect(clock.after(0, 0)).toBe(ms(1));
  expect(clock.after(0, ms(1))).toBe(ms(1));
  expect(clock.after(0, ms(40))).toBe(ms(40));
  expect(clock.after(0, ms(40.1))).toBe(ms(41));
});

test('no ticks: exactly on time', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (now, delay) => {
      expect(new HostClock({ tick: 0, wheel: false }, 0, 0).after(now, delay)).toBe(now + delay);
    }),
  );
});

test('a timer is on a tick, which the phase shifts, and never before its time', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(true, false),
      fc.nat({ max: seconds(100) }),
      fc.nat({ max: seconds(300) }),
      fc.nat({ max: ms(4) - 1 }),
      (isWheel, now, delay, phase) => {
        const due = new HostClock({ tick: ms(4), wheel: isWheel }, 0, phase).after(now, delay);
        expect((due + phase) % ms(4)).toBe(0);
        expect(due).toBeGreaterThan(now - 1);
        if (isWheel) expect(due).toBeGreaterThanOrEqual(now + delay);
      },
    ),
  );
});

test('uptime counts from before the simulation', () => {
  expect(new HostClock(wheel, seconds(5), 0).uptime(ns(7))).toBe(seconds(5) + 7);
});
