/**
 * Recovery from loss costs the same for each segment, however many are in flight: the steps along
 * the lists of the retransmission queue are counted, in windows of some hundred segments and of ten
 * thousand.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { Lab } from '../../bench/lab.ts';
import { transfer } from '../../bench/bulk.ts';
import { drop, type Fault, type PipeOptions, Random } from '../../src/sim/index.ts';
import { OrderedSlots } from '../../src/stack/tcp/recovery/ordered-slots.ts';
import { SentSegments } from '../../src/stack/tcp/recovery/sent-segments.ts';

const SEGMENT = 1448;

/** Whatever looks at a segment or goes from one to another. */
const STEPS = [
  [OrderedSlots.prototype, ['next', 'previous', 'insert', 'remove', 'insertAfter']],
  [SentSegments.prototype, ['endOf', 'sentAt', 'transmissionOf', 'is', 'isWaiting', 'mark']],
] as const;

const originals = STEPS.flatMap(([prototype, names]) =>
  names.map((name) => ({
    prototype,
    name,
    descriptor: Object.getOwnPropertyDescriptor(prototype, name)!,
  })),
);

afterEach(() => {
  for (const { prototype, name, descriptor } of originals) {
    Object.defineProperty(prototype, name, descriptor);
  }
});

interface Counts {
  steps: number;
  mostInFlight: number;
  pushed: number;
}

/** Counts steps from here on. */
function count(): Counts {
  const counts: Counts = { steps: 0, mostInFlight: 0, pushed: 0 };
  for (const { prototype, name, descriptor } of originals) {
    const original = descriptor.value as (...values: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      ...descriptor,
      value(this: unknown, ...values: unknown[]): unknown {
        counts.steps += 1;
        if (this instanceof SentSegments) {
          counts.mostInFlight = Math.max(counts.mostInFlight, this.count);
        }
        return original.apply(this, values);
      },
    });
  }
  return counts;
}

/** Loses every twentieth frame in the middle of the transfer, when the window is open. */
function lossBetween(from: number, to: number): Fault {
  return drop((_, index) => index >= from && index < to && index % 20 === 0);
}

/** Steps for each segment of a transfer of some windows, each of so many segments. */
function stepsPerSegment(window: number, impairments: PipeOptions): number {
  const counts = count();
  const random = new Random(1);
  const latency = 6000 * window; // so that the link holds a window: 12 µs a segment, both ways
  const buffers = 2 * window * SEGMENT;
  const length = 2 * buffers;
  const prepare = ({ client, server }: Lab): void => {
    Object.assign(client.settings.tcp.congestion, { initialWindow: window, algorithm: 'reno' });
    for (const host of [client, server]) {
      expect(host.sysctl.write('/proc/sys/net/core/rmem_max', '1000000000')).toBe('written');
      expect(host.sysctl.write('/proc/sys/net/core/wmem_max', '1000000000')).toBe('written');
    }
  };
  const link = { latency, rate: 1e9, random, aToB: { latency, rate: 1e9, ...impairments } };
  transfer(length, link, buffers, 65_536, prepare);
  expect(counts.mostInFlight).toBeGreaterThan(0.6 * window);
  return counts.steps / (length / SEGMENT);
}

describe('a step of recovery costs as much in a window of 10,000 segments as of 200', () => {
  test.each([
    {
      what: 'one in twenty lost',
      impairments: (w: number) => ({ faults: [lossBetween(w, 3 * w)] }),
    },
    {
      what: 'their order changed',
      impairments: () => ({ netem: 'delay 500us 500us limit 1000000' }),
    },
  ])('$what', ({ impairments }) => {
    const few = stepsPerSegment(200, impairments(200));
    const many = stepsPerSegment(10_000, impairments(10_000));
    expect(many).toBeLessThan(1.5 * few);
  });
});
