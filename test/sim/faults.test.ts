import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  after,
  corrupt,
  duplicate,
  type Fault,
  jitter,
  Link,
  Loop,
  loss,
  lossAt,
  partition,
  Random,
  reorder,
  until,
} from '../../src/sim/index.ts';
import { ms, us } from '../../src/stack/index.ts';
import { sameBytes } from '../../src/wire/index.ts';
import { idOf, numbered, Recorder, type Seen, TEST } from './help.ts';

interface Outcome {
  readonly sent: Uint8Array[];
  /** As the sender's end saw them go in: copies of the bytes at that time. */
  readonly copies: Uint8Array[];
  readonly received: Recorder;
  readonly drops: Seen[];
}

/** Sends `count` frames, one each microsecond, over a link of 10 µs with these faults. */
function run(faults: readonly Fault[], count: number, seed = 1): Outcome {
  const loop = new Loop();
  const random = new Random(seed).fork('link');
  const link = new Link(loop, { latency: us(10), faults, random });
  const received = new Recorder();
  const dropped = new Recorder();
  link.b.attach(received);
  link.a.observeDrops(dropped);
  const sent = Array.from({ length: count }, (_, id) => numbered(id, 8 + (id % 50)));
  const copies: Uint8Array[] = [];
  link.a.observeSent({ frame: (bytes) => copies.push(bytes.slice()) });
  for (const [id, frame] of sent.entries()) {
    loop.schedule({ due: (now) => link.a.transmit(frame, TEST, now) }, us(id));
  }
  loop.run();
  return { sent, copies, received, drops: dropped.seen };
}

function dropsOf(outcome: Outcome): number[] {
  return outcome.drops.map(({ id }) => id);
}

const probability = fc.nat({ max: 100 }).map((n) => n / 100);
const seed = fc.nat();

/** Any fault that leaves the frame's bytes alone, so that frames can be told apart. */
const fault: fc.Arbitrary<Fault> = fc.oneof(
  probability.map(loss),
  fc.array(fc.nat({ max: 100 })).map(lossAt),
  probability.map(duplicate),
  fc.tuple(probability, fc.nat({ max: us(30) })).map(([p, delay]) => reorder(p, delay)),
  fc.nat({ max: us(20) }).map(jitter),
  fc.tuple(fc.nat({ max: us(50) }), fc.nat({ max: us(100) })).map(([a, b]) => partition(a, b)),
);
const faults = fc.array(fault, { size: 'max', maxLength: 4 });

describe('faults', () => {
  test('law: every frame arrives at least once or is reported dropped once, never both', () => {
    let dropped = 0;
    let repeated = 0;
    fc.assert(
      fc.property(faults, seed, (faults, seed) => {
        const outcome = run(faults, 100, seed);
        const drops = dropsOf(outcome);
        const arrived = new Set(outcome.received.ids);
        expect(new Set(drops).size).toBe(drops.length);
        expect([...arrived, ...drops].toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: 100 }, (_, id) => id),
        );
        for (const { cause } of outcome.drops) expect(['lost', 'link-down']).toContain(cause);
        for (const frame of outcome.received.frames) {
          expect(frame).toBe(outcome.sent[idOf(frame)]); // not one bit else, not even a copy
        }
        dropped += drops.length;
        repeated += outcome.received.ids.length - arrived.size;
      }),
    );
    expect(dropped).toBeGreaterThan(500);
    expect(repeated).toBeGreaterThan(500);
  });

  test('law: without delays the order is kept', () => {
    const faults = [loss(0.2), duplicate(0.3), lossAt([5])];
    fc.assert(
      fc.property(seed, (seed) => {
        const { ids } = run(faults, 100, seed).received;
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }),
    );
  });

  test('law: same seed, same result; each direction has its own chance', () => {
    fc.assert(
      fc.property(faults, seed, (faults, seed) => {
        const first = run(faults, 60, seed);
        const second = run(faults, 60, seed);
        expect(second.received.seen).toEqual(first.received.seen);
        expect(second.drops).toEqual(first.drops);
      }),
    );
    const loop = new Loop();
    const link = new Link(loop, { faults: [loss(0.5)], random: new Random(1) });
    const [dropsA, dropsB] = [new Recorder(), new Recorder()];
    link.a.observeDrops(dropsA);
    link.b.observeDrops(dropsB);
    for (let id = 0; id < 64; id++) {
      link.a.transmit(numbered(id), TEST, 0);
      link.b.transmit(numbered(id), TEST, 0);
    }
    expect(dropsA.ids).not.toEqual(dropsB.ids);
  });

  test('law: one more fault does not change what another does', () => {
    fc.assert(
      fc.property(faults, faults, seed, (before, behind, seed) => {
        const others = [...before, ...behind].filter(({ name }) => name !== 'loss');
        const alone = run([loss(0.3)], 80, seed);
        const inCompany = run([...others, loss(0.3), corrupt(0.5)], 80, seed);
        const drops = new Set(dropsOf(inCompany));
        for (const id of dropsOf(alone)) expect(drops).toContain(id);
        const doNotDrop = others.filter(({ name }) => name !== 'loss-at' && name !== 'partition');
        const inThatCompany = run([corrupt(0.5), ...doNotDrop, loss(0.3)], 80, seed);
        expect(dropsOf(inThatCompany)).toEqual(dropsOf(alone));
      }),
    );
  });

  test('two faults of one name have chances of their own', () => {
    const one = dropsOf(run([loss(0.5)], 200)).length;
    const two = dropsOf(run([loss(0.5), loss(0.5)], 200)).length;
    expect(one).toBeLessThan(130);
    expect(two).toBeGreaterThan(130);
  });

  test('a link with faults needs a stream of chance', () => {
    expect(() => new Link(new Loop(), { faults: [loss(0.1)] })).toThrow('assertion failed');
  });
});

describe('loss', () => {
  test.each([0.01, 0.1, 0.5])('of %d loses about that share', (share) => {
    const lost = run([loss(share)], 10_000).drops.length;
    expect(Math.abs(lost - 10_000 * share)).toBeLessThan(5 * Math.sqrt(10_000 * share));
  });

  test('of 0 loses nothing and of 1 everything', () => {
    expect(run([loss(0)], 100).drops).toEqual([]);
    expect(run([loss(1)], 100).received.seen).toEqual([]);
    expect(() => loss(1.5)).toThrow(RangeError);
    expect(() => loss(Number.NaN)).toThrow(RangeError);
  });

  test('at indices loses these', () => {
    const outcome = run([lossAt([0, 3, 4, 99])], 6);
    expect(dropsOf(outcome)).toEqual([0, 3, 4]);
    expect(outcome.received.ids).toEqual([1, 2, 5]);
    expect(outcome.drops[1]).toEqual({ id: 3, at: us(3), cause: 'lost' });
  });
});

describe('duplicate', () => {
  test('gives a second copy right behind the first', () => {
    const { received } = run([duplicate(1)], 3);
    expect(received.ids).toEqual([0, 0, 1, 1, 2, 2]);
    expect(received.times).toEqual([10, 10, 11, 11, 12, 12].map(us));
  });
});

describe('delays', () => {
  test('reorder lets others overtake', () => {
    const only: Fault = {
      name: 'the second only',
      bind: (random) => {
        const impair = reorder(1, us(2.5)).bind(random);
        return (passage) => {
          if (passage.index === 1) impair(passage);
        };
      },
    };
    const { received } = run([only], 5);
    expect(received.ids).toEqual([0, 2, 3, 1, 4]);
    expect(received.times).toEqual([10, 12, 13, 13.5, 14].map(us));
  });

  test('jitter delays each by 0 to its maximum', () => {
    const { received } = run([jitter(us(4))], 2_000);
    const delays = received.seen.map(({ id, at }) => at - us(id) - us(10));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(us(4));
    expect(Math.min(...delays)).toBeLessThan(20);
    expect(Math.max(...delays)).toBeGreaterThan(us(4) - 20);
    expect(received.ids).not.toEqual(received.ids.toSorted((a, b) => a - b));
    expect(run([jitter(0)], 50).received.times).toEqual(run([], 50).received.times);
    expect(() => jitter(-1)).toThrow(RangeError);
    expect(() => reorder(0.5, 1.5)).toThrow(RangeError);
  });
});

describe('corrupt', () => {
  test('law: exactly one bit differs, in a copy; the sender’s bytes stay', () => {
    const places = new Set<number>();
    fc.assert(
      fc.property(seed, (seed) => {
        const { sent, copies, received, drops } = run([corrupt(1)], 60, seed);
        expect(drops).toEqual([]);
        for (const [id, frame] of received.frames.entries()) {
          const original = sent[id]!;
          expect(sameBytes(original, copies[id]!)).toBe(true);
          expect(sameBytes(original, numbered(id, 8 + (id % 50)))).toBe(true);
          expect(frame.buffer).not.toBe(original.buffer);
          expect(frame).toHaveLength(original.length);
          const differing = bitsDiffering(original, frame);
          expect(differing).toHaveLength(1);
          places.add(differing[0]! % 64);
        }
      }),
      { numRuns: 30 },
    );
    expect(places.size).toBe(64); // every bit can be hit
  });

  test('leaves the rest alone, and an empty frame too', () => {
    const { sent, received } = run([corrupt(0.25)], 1_000);
    const intact = received.frames.filter((frame, id) => frame === sent[id]).length;
    expect(Math.abs(intact - 750)).toBeLessThan(70);
    const loop = new Loop();
    const link = new Link(loop, { faults: [corrupt(1)], random: new Random(1) });
    const lengths: number[] = [];
    link.b.attach({ receive: (frame) => lengths.push(frame.length) });
    link.a.transmit(new Uint8Array(0), TEST, 0);
    loop.run();
    expect(lengths).toEqual([0]);
  });
});

describe('when faults happen', () => {
  test('a partition takes the link down from its start until just before its end', () => {
    const outcome = run([partition(us(2), us(5))], 8);
    expect(outcome.received.ids).toEqual([0, 1, 5, 6, 7]); // what was under way arrives
    expect(outcome.drops).toEqual([2, 3, 4].map((id) => ({ id, at: us(id), cause: 'link-down' })));
    expect(run([partition(us(6))], 8).received.ids).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('law: once faults stop, everything arrives, once and unchanged', () => {
    fc.assert(
      fc.property(faults, seed, (list, seed) => {
        const stopping = [...list, corrupt(0.5)].map((fault) => until(us(40), fault));
        const { sent, received } = run(stopping, 100, seed);
        const late = received.frames.filter((frame) => sent.indexOf(frame) >= 40);
        expect(late.map(idOf)).toEqual(Array.from({ length: 60 }, (_, i) => 40 + i));
      }),
    );
  });

  test('until its end a fault does what it would without one; after its start, from then on', () => {
    const whole = dropsOf(run([loss(0.5)], 100));
    expect(dropsOf(run([until(us(30), loss(0.5))], 100))).toEqual(whole.filter((id) => id < 30));
    expect(dropsOf(run([after(us(30), loss(1))], 40))).toEqual([
      30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
    ]);
    const between = after(us(10), until(us(12), loss(1)));
    expect(dropsOf(run([between], 40))).toEqual([10, 11]);
    expect(until(ms(1), loss(1)).name).toBe('loss');
  });
});

/** The numbers of the bits in which two byte strings of one length differ. */
function bitsDiffering(a: Uint8Array, b: Uint8Array): number[] {
  const bits: number[] = [];
  for (let bit = 0; bit < 8 * a.length; bit++) {
    const mask = 1 << (bit & 7);
    if ((a[bit >>> 3]! & mask) !== (b[bit >>> 3]! & mask)) bits.push(bit);
  }
  return bits;
}
