/** The network emulator: statistics of each of its models over seeds, its order, its words. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Cause,
  cause,
  type Instant,
  ms,
  Netem,
  parseNetem,
  seconds,
  us,
  WordError,
} from '../../src/stack/index.ts';
import { chanceOf, CorrelatedChance } from '../../src/stack/traffic-control/chance.ts';
import { distributionTable } from '../../src/stack/traffic-control/distributions.ts';
import { put32, u32 } from '../../src/wire/index.ts';

const TEST: Cause = cause('test', 'a test sends it', 'none');

interface Outcome {
  readonly carried: { readonly id: number; readonly at: Instant }[];
  readonly lost: number[];
  readonly causes: Set<string>;
  readonly netem: Netem;
}

/** What becomes of `count` packets of 100 octets, one each `gap`. */
function emulate(words: string, count: number, gap = us(10), seed = 1n): Outcome {
  const options = parseNetem(words);
  const netem = new Netem({ ...options, seed: options.seed ?? seed }, () => 0);
  const outcome: Outcome = { carried: [], lost: [], causes: new Set(), netem };
  for (let id = 0; id < count; id++) {
    const frame = new Uint8Array(100);
    put32(frame, 0, id);
    netem.take(frame, TEST, id * gap, {
      carry: (bytes, _, at) => outcome.carried.push({ id: u32(bytes, 0), at }),
      drop: (bytes, { name }) => {
        outcome.lost.push(u32(bytes, 0));
        outcome.causes.add(name);
      },
    });
  }
  return outcome;
}

/** The delays of all packets, with room for all of them to be on their way. */
function delays(words: string, count: number, seed = 1n): number[] {
  return emulate(`${words} limit 1000000`, count, 0, seed).carried.map(({ at }) => at);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** The lengths of runs of numbers that follow each other. */
function runs(numbers: readonly number[]): number[] {
  const lengths: number[] = [];
  for (const [i, n] of numbers.entries()) {
    if (i > 0 && numbers[i - 1] === n - 1) lengths.push(lengths.pop()! + 1);
    else lengths.push(1);
  }
  return lengths;
}

describe('chance', () => {
  test('is even: mean, deviation, every bit', () => {
    const chance = chanceOf(42n);
    const drawn = Array.from({ length: 20_000 }, () => chance() / 2 ** 32);
    expect(mean(drawn)).toBeCloseTo(0.5, 2);
    expect(deviation(drawn)).toBeCloseTo(Math.sqrt(1 / 12), 2);
    for (let bit = 1; bit <= 32; bit++) {
      const ones = drawn.filter((x) => Math.floor(x * 2 ** bit) % 2 === 1).length;
      expect(Math.abs(ones - 10_000)).toBeLessThan(400);
    }
  });

  test('with a correlation, a number depends on the last one by that much', () => {
    for (const correlation of [0, 0.25, 0.5, 0.9]) {
      const chance = new CorrelatedChance(chanceOf(7n), Math.round(correlation * 0xffff_ffff));
      const drawn = Array.from({ length: 20_000 }, () => chance.next() / 2 ** 32);
      const middle = mean(drawn);
      const products = drawn.slice(1).map((x, i) => (x - middle) * (drawn[i]! - middle));
      expect(mean(products) / deviation(drawn) ** 2).toBeCloseTo(correlation, 1);
    }
  });

  test('law: the weighted mean is exact, rounded down', () => {
    const u32s = fc.nat({ max: 0xffff_ffff });
    fc.assert(
      fc.property(u32s, u32s, u32s, (last, value, correlation) => {
        const drawn = [last, value];
        const chance = new CorrelatedChance(() => drawn.shift()!, correlation);
        if (correlation === 0) drawn.shift();
        const weight = BigInt(correlation) + 1n;
        const exact = (BigInt(value) * (2n ** 32n - weight) + BigInt(last) * weight) >> 32n;
        expect(chance.next()).toBe(correlation === 0 ? value : Number(exact));
      }),
    );
  });
});

describe('loss', () => {
  test.each([
    ['loss 0%', 0],
    ['loss 1%', 0.01],
    ['loss random 30%', 0.3],
    ['loss 100%', 1],
    ['loss gemodel 1% 10%', 0.01 / 0.11],
    ['loss gemodel 2% 20% 50% 1%', (0.02 * 0.5 + 0.2 * 0.01) / 0.22],
    ['loss state 2% 20%', 0.02 / 0.22],
    ['loss state 0% 100% 0% 100% 5%', 0.05 / 1.05], // after a single loss there is none
  ])('%s loses %d', (words, share) => {
    const lost = [1n, 2n, 3n].map((seed) => emulate(words, 20_000, us(10), seed).lost.length);
    expect(Math.abs(mean(lost) / 20_000 - share)).toBeLessThanOrEqual(
      0.004 + 0.06 * share * (share < 1 ? 1 : 0),
    );
  });

  test.each([
    ['loss 10%', 1 / 0.9],
    ['loss gemodel 1% 10%', 10],
    ['loss gemodel 1% 25%', 4],
    ['loss state 1% 20%', 5],
  ])('%s comes in bursts of %d', (words, length) => {
    const bursts = [1n, 2n, 3n].flatMap((seed) => runs(emulate(words, 30_000, us(10), seed).lost));
    expect(Math.abs(mean(bursts) / length - 1)).toBeLessThan(0.15);
  });

  test('a list loses these packets and no other', () => {
    expect(emulate('loss list 3,7,8,50', 20).lost).toEqual([2, 6, 7]);
  });

  test('with a correlation losses come together, and there are fewer', () => {
    const [alone, together] = ['loss 30%', 'loss 30% 60%'].map(
      (words) => emulate(words, 30_000).lost,
    );
    expect(mean(runs(together!))).toBeGreaterThan(1.08 * mean(runs(alone!)));
    expect(together!.length).toBeLessThan(alone!.length);
  });
});

describe('delay', () => {
  test.each([
    ['delay 100ms', ms(100), 0],
    ['delay 100ms 10ms', ms(100), ms(10) / Math.sqrt(3)],
    ['delay 100ms 10ms distribution normal', ms(100), ms(10)],
    ['delay 100ms 10ms distribution pareto', ms(100) - ms(0.33), ms(8.2)],
    ['delay 100ms 10ms distribution paretonormal', ms(100) - ms(0.25), ms(8.34)],
    ['delay 10s 5s', seconds(10), seconds(5) / Math.sqrt(3)],
    ['delay 0ms 0ms', 0, 0],
  ])('%s has its mean and deviation', (words, middle, spread) => {
    const drawn = [1n, 2n].flatMap((seed) => delays(words, 8_000, seed));
    expect(Math.abs(mean(drawn) - middle)).toBeLessThanOrEqual(0.04 * spread);
    expect(Math.abs(deviation(drawn) - spread)).toBeLessThanOrEqual(0.04 * spread);
    expect(drawn.every(Number.isSafeInteger)).toBe(true);
  });

  test('the tables are those that iproute2 computes', () => {
    // Read off its files normal.dist, pareto.dist and paretonormal.dist; the normal ones have
    // errors of some units in the middle and of 1 % at the ends.
    const at = (name: 'normal' | 'pareto' | 'paretonormal', i: number): number =>
      distributionTable(name)![i]!;
    expect([0, 1, 2, 3, 4].map((i) => at('pareto', i))).toEqual([
      -5461, -5460, -5460, -5459, -5458,
    ]);
    expect([100, 2047, 4095].map((i) => at('pareto', i))).toEqual([-5371, -2625, 32_767]);
    for (const [i, entry] of [
      [100, -16_135],
      [2048, 0],
      [4092, 25_450],
    ] as const) {
      expect(Math.abs(at('normal', i) - entry)).toBeLessThanOrEqual(80);
    }
    for (const [i, entry] of [
      [0, -12_305],
      [100, -8062],
      [2048, -1966],
    ] as const) {
      expect(Math.abs(at('paretonormal', i) - entry)).toBeLessThanOrEqual(20);
    }
  });

  test('a correlated delay is like the last one', () => {
    const drawn = delays('delay 100ms 10ms 90%', 5_000);
    const steps = drawn.slice(1).map((delay, i) => Math.abs(delay - drawn[i]!));
    expect(mean(steps)).toBeLessThan(ms(2)); // 6.7 ms without
  });

  test('a jitter larger than the delay takes nobody back in time', () => {
    for (const { at, id } of emulate('delay 1ms 20ms distribution normal', 500).carried) {
      expect(at).toBeGreaterThanOrEqual(id * us(10));
    }
  });
});

describe('reordering', () => {
  test('a share goes at once, the others are delayed', () => {
    const { carried } = emulate('delay 10ms reorder 25%', 10_000);
    const atOnce = carried.filter(({ id, at }) => at === id * us(10)).length;
    expect(Math.abs(atOnce - 2500)).toBeLessThan(200);
  });

  test('with a gap every fifth goes at once', () => {
    const { carried } = emulate('delay 10ms gap 5', 25);
    const atOnce = carried.filter(({ id, at }) => at === id * us(10)).map(({ id }) => id);
    expect(atOnce).toEqual([4, 9, 14, 19, 24]);
  });
});

describe('a rate', () => {
  test('has packets wait for each other', () => {
    const { carried } = emulate('rate 8mbit', 3, 0); // 1 µs an octet
    expect(carried.map(({ at }) => at)).toEqual([100, 200, 300].map(us));
  });

  test('waiting counts towards the delay', () => {
    const { carried } = emulate('delay 150us rate 8mbit', 3, 0);
    expect(carried.map(({ at }) => at)).toEqual([250, 350, 450].map(us));
  });

  test.each([
    ['rate 8mbit 20', 120],
    ['rate 8mbit -20', 80],
    ['rate 8mbit 0 48 5', 159], // three cells of 53
    ['rate 1mbps', 100], // in octets
  ])('%s: a packet of 100 octets takes %d µs', (words, time) => {
    expect(emulate(words, 1).carried[0]!.at).toBe(us(time));
  });
});

describe('slots', () => {
  /** The instants at which packets left, with how many left at each. */
  const turns = ({ carried }: Outcome): [Instant, number][] => {
    const counts = new Map<Instant, number>();
    for (const { at } of carried) counts.set(at, (counts.get(at) ?? 0) + 1);
    return [...counts];
  };

  test('law: between two is the least delay or more; a slot holds what it may; nobody is early', () => {
    let [full, shared] = [0, 0];
    const milliseconds = fc.integer({ min: 1, max: 9 });
    const gaps = fc.integer({ min: us(50), max: ms(3) });
    fc.assert(
      fc.property(
        milliseconds,
        fc.nat({ max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        gaps,
        (least, more, most, gap) => {
          const words = `slot ${least}ms ${least + more}ms packets ${most} limit 10000`;
          const outcome = emulate(words, 60, gap, BigInt(gap));
          expect(outcome.carried.map(({ id }) => id)).toEqual([...Array(60).keys()]);
          for (const { id, at } of outcome.carried) expect(at).toBeGreaterThan(id * gap);
          const slots = turns(outcome);
          for (const [i, [at, count]] of slots.entries()) {
            expect(count).toBeLessThanOrEqual(most);
            if (i > 0) expect(at - slots[i - 1]![0]).toBeGreaterThanOrEqual(ms(least));
            if (count === most) full += 1;
            if (count > 1) shared += 1;
          }
        },
      ),
    );
    expect(full).toBeGreaterThan(200);
    expect(shared).toBeGreaterThan(200);
  });

  test('one is made when a packet comes and none is ahead; a bound of octets closes it', () => {
    expect(turns(emulate('slot 10ms', 4, ms(4)))).toEqual([
      [ms(10), 3],
      [ms(22), 1],
    ]);
    expect(turns(emulate('slot 10ms bytes 200', 5, us(1)))).toEqual([
      [ms(10), 2],
      [ms(20), 2],
      [ms(30), 1],
    ]);
    expect(turns(emulate('delay 5ms slot 1ms', 2, ms(4)))).toEqual([
      [ms(6), 1],
      [ms(10), 1],
    ]);
  });

  test('come evenly, or by a distribution', () => {
    const waits = (words: string): number[] =>
      turns(emulate(`${words} packets 1 limit 100000`, 4000, 0))
        .map(([at]) => at)
        .map((at, i, all) => at - (all[i - 1] ?? 0));
    const even = waits('slot 8ms 12ms');
    expect(Math.min(...even)).toBeGreaterThanOrEqual(ms(8));
    expect(Math.abs(mean(even) - ms(10))).toBeLessThan(us(100));
    expect(Math.abs(deviation(even) - ms(4) / Math.sqrt(12))).toBeLessThan(us(50));
    const normal = waits('slot distribution normal 10ms 1ms');
    expect(Math.abs(mean(normal) - ms(10))).toBeLessThan(us(100));
    expect(Math.abs(deviation(normal) - ms(1))).toBeLessThan(us(50));
  });
});

describe('netem', () => {
  const words = fc
    .tuple(
      fc.constantFrom('', 'delay 1ms', 'delay 1ms 1ms', 'delay 1ms reorder 30%', 'rate 8mbit'),
      fc.constantFrom('', 'loss 20%', 'loss gemodel 5% 30%', 'loss state 5% 30% 10% 50% 2%'),
      fc.constantFrom('', 'duplicate 30%', 'duplicate 30% 50%'),
      fc.constantFrom('', 'corrupt 10%'),
      fc.constantFrom('', 'limit 5', 'limit 40'),
    )
    .map((parts) => parts.join(' '));

  test('law: what comes in goes on or is dropped; nothing is lost uncounted', () => {
    let [limited, duplicated] = [0, 0];
    fc.assert(
      fc.property(words, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (words, seed) => {
        const { carried, lost, causes, netem } = emulate(words, 200, us(10), seed);
        expect(carried.length + lost.length).toBe(200 + netem.duplicated);
        if (causes.has('netem-limit')) limited += 1;
        duplicated += netem.duplicated;
      }),
    );
    expect(limited).toBeGreaterThan(10);
    expect(duplicated).toBeGreaterThan(200);
  });

  test('law: without jitter and reordering the order is kept', () => {
    const steady = words.filter((text) => !/1ms 1ms|reorder|corrupt/.test(text));
    fc.assert(
      fc.property(steady, fc.bigInt({ min: 0n, max: 99n }), (words, seed) => {
        const { carried } = emulate(words, 200, us(10), seed);
        const arrived = carried.toSorted((a, b) => a.at - b.at).map(({ id }) => id);
        expect(arrived).toEqual(arrived.toSorted((a, b) => a - b));
      }),
    );
  });

  test('law: same seed, same fate; another seed, another', () => {
    const all = 'delay 1ms 1ms loss 20% duplicate 20%';
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seed) => {
        const [one, two] = [emulate(all, 50, 0, seed), emulate(`${all} seed ${seed}`, 50, 0)];
        expect(two.carried).toEqual(one.carried);
        expect(emulate(all, 50, 0, seed ^ (1n << 20n)).carried).not.toEqual(one.carried);
      }),
    );
  });

  test('the limit is of packets on their way', () => {
    const { carried, lost, causes } = emulate('delay 1ms limit 10', 200, us(50));
    expect(carried.slice(0, 12).map(({ id }) => id)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21,
    ]);
    expect(lost.slice(0, 2)).toEqual([10, 11]);
    expect([...causes]).toEqual(['netem-limit']);
  });
});

describe('words', () => {
  test('the man page’s own example, and each option', () => {
    const text =
      'delay 100ms 10ms 25% distribution normal loss 1% reorder 25% 50% gap 5 rate 1mbit limit 99';
    expect(parseNetem(text)).toMatchObject({
      limit: 99,
      latency: ms(100),
      jitter: ms(10),
      delayCorrelation: 0x4000_0000,
      distribution: 'normal',
      loss: { model: 'random', probability: 42_949_673, correlation: 0 },
      reorder: { probability: 0x4000_0000, correlation: 0x8000_0000 },
      gap: 5,
      rate: { octetsPerSecond: 125_000, packetOverhead: 0, cellSize: 0, cellOverhead: 0 },
    });
    expect(parseNetem('delay 250us loss gemodel 1% ecn seed 18446744073709551615')).toMatchObject({
      latency: us(250),
      loss: { model: 'gemodel', transitions: { p: 42_949_673, r: 4_252_017_622 } },
      ecn: true,
      seed: 2n ** 64n - 1n,
    });
    expect(parseNetem(' latency 1.5s  duplicate 0.1% ').latency).toBe(seconds(1.5));
  });

  test.each([
    ['delay', 'netem: word 1: "delay" wants a time such as 10ms, nothing follows'],
    ['delay soon', 'netem: word 2: "delay" wants a time such as 10ms, not "soon"'],
    ['loss 1% delay 10parsec', 'netem: word 4: "delay" wants a time such as 10ms, not "10parsec"'],
    ['loss 101%', 'netem: word 2: "loss" wants a percentage of 0% to 100%, not "101%"'],
    ['loss list 0', 'netem: word 3: "loss" wants numbers of packets such as 3,7, not "0"'],
    ['speed 1mbit', 'netem: word 1: "speed" is no option of netem'],
    ['rate 0', 'netem: word 2: "rate" wants a rate such as 1mbit, not "0"'],
    ['rate 1mbit 0 48 -48', 'netem: word 5: a cell has octets to send'],
    ['slot', 'netem: word 1: "slot" wants a time such as 10ms, nothing follows'],
    ['slot 10ms 5ms', 'netem: word 3: the least delay of slots is above the most'],
    ['slot 10ms packets', 'netem: word 3: "packets" wants a whole number, nothing follows'],
    ['reorder 25%', 'netem: word 2: reordering wants a delay, which other packets have'],
    [
      'delay 1ms distribution normal',
      'netem: word 3: "distribution" wants a delay with jitter before it',
    ],
    [
      'delay 1ms 1ms distribution bell',
      'netem: word 5: "distribution" wants uniform, normal, pareto, paretonormal, not "bell"',
    ],
    [
      'seed 18446744073709551616',
      'netem: word 2: "seed" wants a number of 64 bits, not "18446744073709551616"',
    ],
  ])('%s: %s', (text, message) => {
    expect(() => parseNetem(text)).toThrow(new WordError(message));
  });

  test('law: any words are settings or an error of one line', () => {
    const vocabulary =
      'delay loss 1% 10ms gemodel state list 3,4 rate 1mbit gap 5 -1 limit x ecn 100% reorder slot packets'.split(
        ' ',
      );
    let good = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...vocabulary), { maxLength: 8 }), (words) => {
        try {
          emulate(words.join(' '), 20);
          good += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(WordError);
          expect((error as Error).message).toMatch(/^netem: word \d+: [^\n]+$/);
        }
      }),
      { numRuns: 300 },
    );
    expect(good).toBeGreaterThan(20);
  });
});
