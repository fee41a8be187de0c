import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Link, Loop, Loopback, Pipe, type PipeOptions } from '../../src/sim/index.ts';
import { type Instant, ms, seconds, us } from '../../src/stack/index.ts';
import { idOf, numbered, Recorder, TEST } from './help.ts';

/** A frame to send: when, after the one before, and how long it is. */
interface Sending {
  readonly gap: number;
  readonly length: number;
}

/** What became of frames 0, 1, …: arrivals by time, drops in the order of sending. */
interface Outcome {
  readonly arrivals: { id: number; at: Instant }[];
  readonly drops: number[];
}

/** Sends the frames over one pipe; each is numbered by its index. */
function run(options: PipeOptions, sendings: readonly Sending[]): Outcome {
  const loop = new Loop();
  const pipe = new Pipe(loop, options);
  const received = new Recorder();
  const dropped = new Recorder();
  pipe.attach(received);
  pipe.observeDrops(dropped);
  let at = 0;
  for (const [id, { gap, length }] of sendings.entries()) {
    at += gap;
    loop.schedule({ due: (now) => pipe.transmit(numbered(id, length), TEST, now) }, at);
  }
  loop.run();
  expect(new Set(dropped.seen.map(({ cause }) => cause))).toEqual(
    new Set(dropped.seen.length > 0 ? ['queue-full'] : []),
  );
  return { arrivals: received.seen.map(({ id, at }) => ({ id, at })), drops: dropped.ids };
}

/** The same by the definition, frame by frame. */
function expected(options: PipeOptions, sendings: readonly Sending[]): Outcome {
  const { latency = 0, rate = Infinity, queue = Infinity } = options;
  const arrivals: { id: number; at: Instant }[] = [];
  const drops: number[] = [];
  let begins: Instant[] = []; // of serialisation
  let free = 0;
  let now = 0;
  for (const [id, { gap, length }] of sendings.entries()) {
    now += gap;
    begins = begins.filter((begin) => begin > now);
    if (free > now && begins.length >= Number(queue)) {
      drops.push(id);
      continue;
    }
    const begin = Math.max(now, free);
    begins.push(begin);
    free = begin + (rate === Infinity ? 0 : Number(ceilDiv(BigInt(length) * 8_000_000_000n, rate)));
    arrivals.push({ id, at: free + (typeof latency === 'number' ? latency : latency(id)) });
  }
  return { arrivals, drops };
}

function ceilDiv(a: bigint, b: number): bigint {
  return (a + BigInt(b) - 1n) / BigInt(b);
}

const sending = fc.record({
  gap: fc.oneof(fc.constant(0), fc.nat({ max: 3_000 })),
  length: fc.integer({ min: 4, max: 200 }),
});
const sendings = fc.array(sending, { size: 'max', maxLength: 200 });

describe('a link', () => {
  test('carries frames both ways, each with its latency', () => {
    const loop = new Loop();
    const link = new Link(loop, { latency: ms(10), bToA: { latency: ms(3) } });
    const atA = new Recorder();
    const atB = new Recorder();
    link.a.attach(atA);
    link.b.attach(atB);
    const frame = numbered(1);
    link.a.transmit(frame, TEST, 0);
    link.b.transmit(numbered(2), TEST, 0);
    loop.run();
    expect(atB.seen).toEqual([{ id: 1, at: ms(10), cause: 'test' }]);
    expect(atB.frames[0]).toBe(frame); // the very bytes, not a copy
    expect(atA.seen).toEqual([{ id: 2, at: ms(3), cause: 'test' }]);
  });

  test('without latency delivers at the same instant, after what is due then already', () => {
    const loop = new Loop();
    const link = new Link(loop);
    const log: string[] = [];
    link.a.attach({ receive: (frame, _, now) => log.push(`a got ${idOf(frame)} at ${now}`) });
    link.b.attach({
      receive: (frame, cause, now) => {
        log.push(`b got ${idOf(frame)} at ${now}`);
        link.b.transmit(frame, cause, now);
      },
    });
    const send = (now: number): void => {
      for (const id of [1, 2]) link.a.transmit(numbered(id), TEST, now);
      log.push('sent');
    };
    loop.schedule({ due: send }, 5);
    loop.schedule({ due: () => log.push('due before') }, 5);
    loop.run();
    expect(log).toEqual([
      'sent',
      'due before',
      'b got 1 at 5',
      'b got 2 at 5',
      'a got 1 at 5',
      'a got 2 at 5',
    ]);
  });

  // prettier-ignore
  test.each([
    // rate, lengths, departures
    [8e9, [1_500], [1_500]],                       // 1 ns an octet
    [1e9, [1_514], [12_112]],
    [1e9, [64, 64, 64], [512, 1_024, 1_536]],
    [3e9, [4, 4], [11, 22]],                       // 10.67 ns each, rounded up
    [1, [4], [32_000_000_000]],                    // 32 s
    [100e9, [4], [1]],                             // 0.32 ns
    [64_000, [125, 125], [15_625_000, 31_250_000]],
  ])('at %d bit/s frames of %j octets leave at %j ns', (rate, lengths, departures) => {
    const outcome = run({ rate }, lengths.map((length) => ({ gap: 0, length })));
    expect(outcome.arrivals.map(({ at }) => at)).toEqual(departures);
  });

  test('serialisation begins when the frame before has left, or at once when it has', () => {
    const outcome = run({ rate: 8e9, latency: 1_000 }, [
      { gap: 0, length: 100 },
      { gap: 99, length: 100 }, // at 99: waits 1 ns
      { gap: 101, length: 100 }, // at 200: the link is free just now
      { gap: 101, length: 100 }, // at 301: it has been for 1 ns
    ]);
    expect(outcome.arrivals.map(({ at }) => at)).toEqual([1_100, 1_200, 1_300, 1_401]);
  });

  test('the queue counts those that wait behind the one being sent, and drops what is too much', () => {
    const frame = { gap: 0, length: 100 };
    const late = { gap: 100, length: 100 }; // just when the first has left
    const options = { rate: 8e9, queue: 2 };
    expect(run(options, [frame, frame, frame, frame]).drops).toEqual([3]);
    expect(run(options, [frame, frame, frame, late, late]).drops).toEqual([]);
    expect(run(options, [frame, frame, frame, { gap: 99, length: 100 }]).drops).toEqual([3]);
    expect(run({ ...options, queue: 0 }, [frame, frame, late, frame]).drops).toEqual([1, 3]);
    expect(run({ queue: 0 }, [frame, frame]).drops).toEqual([]); // without a rate nothing waits
  });

  test('law: what it does is what its definition says, frame by frame', () => {
    const options = fc.record(
      {
        latency: fc.oneof(fc.constant(0), fc.nat({ max: 1_000 }), fc.constant(ms(1))),
        rate: fc.constantFrom(1e9, 3e8, 8e9, 7e6),
        queue: fc.nat({ max: 20 }),
      },
      { requiredKeys: [] },
    );
    let dropped = 0;
    let arrived = 0;
    fc.assert(
      fc.property(options, sendings, (options, list) => {
        const outcome = run(options, list);
        expect(outcome).toEqual(expected(options, list)); // arrivals in the order of sending, too
        dropped += outcome.drops.length;
        arrived += outcome.arrivals.length;
      }),
    );
    expect(dropped).toBeGreaterThan(500);
    expect(arrived).toBeGreaterThan(500);
  });

  test('law: a latency by index holds exactly, even when a frame overtakes others by it', () => {
    const byIndex = fc.array(fc.nat({ max: 5_000 }), { minLength: 1, maxLength: 50 });
    let overtaken = 0;
    fc.assert(
      fc.property(byIndex, sendings, (latencies, list) => {
        const latency = (index: number): number => latencies[index % latencies.length] ?? 0;
        const { arrivals } = run({ latency, rate: 3e8 }, list);
        const model = expected({ latency, rate: 3e8 }, list).arrivals;
        expect(arrivals.toSorted((a, b) => a.id - b.id)).toEqual(model);
        expect(arrivals.map(({ at }) => at)).toEqual(
          model.map(({ at }) => at).toSorted((a, b) => a - b),
        );
        for (const [i, { id }] of arrivals.entries()) if (id !== i) overtaken += 1;
      }),
    );
    expect(overtaken).toBeGreaterThan(100);
  });

  test('its ring grows with what is under way, and goes round', () => {
    const loop = new Loop();
    const pipe = new Pipe(loop, { latency: us(10) });
    const received = new Recorder();
    pipe.attach(received);
    let id = 0;
    const sendMany = (now: number): void => {
      for (let i = 0; i < 7 * (id % 11); i++) pipe.transmit(numbered(id++), TEST, now);
      pipe.transmit(numbered(id++), TEST, now);
      if (id < 5_000) loop.schedule({ due: sendMany }, now + us(1));
    };
    loop.schedule({ due: sendMany }, 0);
    loop.run();
    expect(received.ids).toEqual(Array.from({ length: id }, (_, i) => i));
  });

  test('only the first frame of each direction is in the loop', () => {
    const loop = new Loop();
    const link = new Link(loop, { latency: ms(1) });
    for (let id = 0; id < 100; id++) link.a.transmit(numbered(id), TEST, 0);
    for (let id = 0; id < 100; id++) link.b.transmit(numbered(id), TEST, 0);
    expect(loop.pending).toBe(2);
    loop.run();
    expect(loop.events).toBe(200);
  });

  test('observers see frames when they are sent and when they arrive, before the receiver', () => {
    const loop = new Loop();
    const link = new Link(loop, { latency: 10, rate: 8e9, queue: 0 });
    const [tapA, sentA, arrivedB, drops] = Array.from({ length: 4 }, () => new Recorder());
    link.a.observe(tapA!);
    link.a.observeSent(sentA!);
    link.b.observeArrivals(arrivedB!);
    link.a.observeDrops(drops!);
    link.a.attach(new Recorder());
    const order: string[] = [];
    link.b.observeArrivals({ frame: () => order.push('observer') });
    link.b.attach({ receive: () => order.push('receiver') });
    link.a.transmit(numbered(1), TEST, 0);
    link.a.transmit(numbered(2), TEST, 0); // the queue is full: it never enters the link
    link.b.transmit(numbered(3), TEST, 0);
    loop.run();
    expect(tapA!.seen.map(({ id, at }) => [id, at])).toEqual([
      [1, 0],
      [3, 14],
    ]);
    expect(sentA!.ids).toEqual([1]);
    expect(arrivedB!.seen).toEqual([{ id: 1, at: 14, cause: 'test' }]);
    expect(drops!.seen).toEqual([{ id: 2, at: 0, cause: 'queue-full' }]);
    expect(order).toEqual(['observer', 'receiver']);
  });

  test('an end with nothing attached drops what arrives', () => {
    const loop = new Loop();
    const link = new Link(loop, { latency: 10 });
    const drops = new Recorder();
    link.a.observeDrops(drops);
    link.a.transmit(numbered(1), TEST, 0);
    loop.run();
    expect(drops.seen).toEqual([{ id: 1, at: 10, cause: 'unplugged' }]);
  });

  test('frames are sent at the present', () => {
    const loop = new Loop();
    const link = new Link(loop);
    expect(() => link.a.transmit(numbered(1), TEST, 1)).toThrow('assertion failed');
  });

  test.each<PipeOptions>([
    { latency: -1 },
    { latency: 0.5 },
    { latency: Infinity },
    { rate: 0 },
    { rate: Number.NaN },
    { queue: -1 },
  ])('%j is out of range', (options) => {
    expect(() => new Link(new Loop(), options)).toThrow(RangeError);
  });
});

describe('a loopback', () => {
  test('gives frames back to their sender, in order, each once', () => {
    const loop = new Loop();
    const loopback = new Loopback(loop);
    const captured = new Recorder();
    const received = new Recorder();
    loopback.attach(received);
    loopback.observe(captured);
    const send = (now: number): void => {
      for (const id of [1, 2, 3]) loopback.transmit(numbered(id), TEST, now);
      expect(received.seen).toEqual([]); // not before the event is over
    };
    loop.schedule({ due: send }, seconds(1));
    loop.run();
    expect(received.ids).toEqual([1, 2, 3]);
    expect(received.times).toEqual([seconds(1), seconds(1), seconds(1)]);
    expect(captured.ids).toEqual([1, 2, 3]);
  });

  test('answers sent on arrival come behind what is under way, at the same instant', () => {
    const loop = new Loop();
    const loopback = new Loopback(loop);
    const ids: number[] = [];
    loopback.attach({
      receive: (frame, cause, now) => {
        const id = idOf(frame);
        ids.push(id);
        if (id < 10) loopback.transmit(numbered(id + 10), cause, now);
      },
    });
    for (const id of [1, 2, 3]) loopback.transmit(numbered(id), TEST, 0);
    loop.run();
    expect(ids).toEqual([1, 2, 3, 11, 12, 13]);
    expect(loop.now).toBe(0);
  });

  test('replays recorded latencies by the frame’s index', () => {
    const loop = new Loop();
    const recorded = [us(31), us(12), us(12)];
    const loopback = new Loopback(loop, (index) => recorded[index] ?? us(20));
    const received = new Recorder();
    loopback.attach(received);
    for (let id = 0; id < 4; id++) loopback.transmit(numbered(id), TEST, 0);
    loop.run();
    expect(received.ids).toEqual([1, 2, 3, 0]);
    expect(received.times).toEqual([us(12), us(12), us(20), us(31)]);
  });
});
