/**
 * What holds for every congestion control: as an object that sees numbers, and under two hosts whose
 * link loses, repeats and reorders what they send.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CONGESTION_ALGORITHMS,
  type CongestionAlgorithm,
  type HostProfile,
} from '../../src/stack/index.ts';
import { congestionControl } from '../../src/stack/tcp/congestion/algorithms.ts';
import { CongestionWindow } from '../../src/stack/tcp/congestion/congestion-window.ts';
import { RateSample } from '../../src/stack/tcp/congestion/rate-sample.ts';
import { WindowedMaximum } from '../../src/stack/tcp/congestion/windowed-maximum.ts';
import { worlds } from './random-worlds.ts';
import { connectionsLeft, expectNothingToDo, run } from './world.ts';
import { LINUX_CUBIC } from '../../src/stack/tcp/congestion/cubic.ts';

const MILLISECOND = 1_000_000;

/** One acknowledgment, or a loss, mark or timeout in its place. */
type Step = {
  readonly kind: 'ack' | 'loss' | 'mark' | 'timeout';
  readonly acked: number;
  readonly lost: number;
  readonly rtt: number;
};

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('ack', 'ack', 'ack', 'ack', 'ack', 'loss', 'mark', 'timeout'),
    acked: fc.integer({ min: 0, max: 20 }),
    lost: fc.integer({ min: 0, max: 3 }),
    rtt: fc.integer({ min: 1, max: 400 }).map((n) => n * MILLISECOND),
  }),
  { maxLength: 120 },
);

/** Drives one control as the sender would; returns the windows that it chose. */
function drive(name: CongestionAlgorithm, all: readonly Step[]): number[] {
  const control = congestionControl(name, LINUX_CUBIC, true, 7);
  const window = new CongestionWindow(10);
  const sample = new RateSample();
  const seen: number[] = [];
  let now = 0;
  for (const { kind, acked, lost, rtt } of all) {
    now += rtt;
    const una = sample.totalDelivered * 1000;
    if (kind === 'ack') {
      sample.priorDelivered = sample.totalDelivered;
      sample.totalDelivered += acked;
      sample.acked = acked;
      sample.lost = lost;
      sample.totalLost += lost;
      sample.delivered = acked;
      sample.interval = rtt;
      sample.rtt = rtt;
      sample.smoothedRtt = rtt;
      sample.minimumRtt = Math.min(sample.minimumRtt, rtt);
      sample.deliveredAt = now;
      sample.cwnd = window.cwnd;
      sample.inFlight = window.cwnd;
      const next = una + window.cwnd * 1000;
      control.acknowledged?.({ delivered: sample.totalDelivered, marked: 0, una, next });
      control.segmentsAcked?.(window, rtt, una, next, now);
      if (control.control !== undefined) control.control(window, sample, now);
      else control.avoidCongestion(window, acked, { srtt: rtt, minimum: rtt }, now);
    } else {
      window.priorCwnd = window.cwnd;
      window.ssthresh = control.thresholdAfterLoss(window, kind === 'mark' ? 'mark' : 'loss');
      if (kind === 'timeout') {
        control.timedOut?.();
        window.cwnd = 1;
      } else if (control.control === undefined) {
        window.cwnd = window.ssthresh;
      }
    }
    seen.push(window.cwnd);
  }
  return seen;
}

describe.each(CONGESTION_ALGORITHMS)('%s', (name) => {
  test('the window is never below one segment, and the same again for the same run', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const windows = drive(name, all);
        expect(windows.every((cwnd) => Number.isInteger(cwnd) && cwnd >= 1)).toBe(true);
        expect(drive(name, all)).toEqual(windows);
      }),
      { numRuns: 200, seed: 20240701 },
    );
  });

  test('a sender that is limited by the window gets more', () => {
    const ack: Step = { kind: 'ack', acked: 10, lost: 0, rtt: 50 * MILLISECOND };
    expect(drive(name, [ack]).at(-1)).toBeGreaterThan(10);
  });
});

test('none at all: after whatever happens the next acknowledgment lets everything go', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const windows = drive('none', [...all, { kind: 'ack', acked: 1, lost: 1, rtt: MILLISECOND }]);
      expect(windows.at(-1)).toBe(1 << 30);
    }),
    { numRuns: 50, seed: 20240702 },
  );
});

/** The share of the window that is left after a loss: RFC 5681 (4), RFC 9438 §4.6, RFC 8257 §3.5. */
test.each([
  ['reno', 50],
  ['cubic', 70],
  ['dctcp', 50],
] as const)('%s goes on with %d of 100 segments after a loss', (name, left) => {
  const window = new CongestionWindow(100);
  const threshold = congestionControl(name, LINUX_CUBIC, true, 0).thresholdAfterLoss(
    window,
    'loss',
  );
  expect(Math.abs(threshold - left)).toBeLessThanOrEqual(1);
});

test('DCTCP takes back what was marked: nothing, half of the window, and between', () => {
  const windows = 400;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), (percent) => {
      const control = congestionControl('dctcp', LINUX_CUBIC, true, 0);
      for (let i = 1; i <= windows; i++) {
        const delivered = i * 100;
        control.acknowledged?.({ delivered, marked: i * percent, una: i, next: i });
      }
      const window = new CongestionWindow(1000);
      const fallen = 1000 - control.thresholdAfterLoss(window, 'mark');
      // α is kept in 1024ths, and g in it rounds: RFC 8257 §4.2.
      expect(Math.abs(fallen - 5 * percent)).toBeLessThanOrEqual(10);
    }),
    { numRuns: 101, seed: 20240702 },
  );
});

test('the windowed maximum is that of a recent round, and never less than the newest', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 60 }), (values) => {
      const filter = new WindowedMaximum(10);
      for (const [round, value] of values.entries()) {
        filter.add(round, value);
        const recent = values.slice(Math.max(0, round - 10), round + 1);
        expect(recent).toContain(filter.value);
        expect(filter.value).toBeGreaterThanOrEqual(value);
      }
    }),
    { numRuns: 300, seed: 20240703 },
  );
});

/** The profile with another congestion control, ECN offered and accepted. */
function withControl(
  profile: HostProfile,
  algorithm: CongestionAlgorithm,
  mode: number,
): HostProfile {
  const { tcp } = profile;
  const congestion = { ...tcp.congestion, algorithm };
  return {
    ...profile,
    tcp: { ...tcp, congestion, ecn: { ...tcp.ecn, mode } },
  };
}

test.each([...CONGESTION_ALGORITHMS.map((name) => [name, 1] as const), ['cubic', 3]] as const)(
  '%s, tcp_ecn=%d: under faults all octets arrive, nothing is left',
  (name, mode) => {
    fc.assert(
      fc.property(worlds(fc.constant(undefined)), (world) => {
        const { client, server } = world;
        const outcome = run(
          {
            ...world,
            client: { ...client, profile: withControl(client.profile, name, mode) },
            server: { ...server, profile: withControl(server.profile, name, mode) },
          },
          new Map(),
        );
        expect([outcome.client.error, outcome.server.error]).toEqual([undefined, undefined]);
        expect(outcome.server.read).toBe(outcome.client.toWrite.length);
        expect(outcome.client.read).toBe(outcome.server.toWrite.length);
        expectNothingToDo(outcome);
        expect(connectionsLeft(outcome)).toEqual([]);
      }),
      { numRuns: 25, seed: 20240704 },
    );
  },
);
