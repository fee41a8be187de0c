/** Exact faults, the words that say which packets they are about, and links that change. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  both,
  corrupt,
  data,
  dataFrom,
  delay,
  drop,
  duplicate,
  either,
  everyNth,
  type Fault,
  fin,
  first,
  frames,
  from,
  hold,
  Link,
  type LinkChange,
  Loop,
  not,
  nth,
  pureAck,
  Random,
  rst,
  type Selection,
  syn,
  to,
} from '../../src/sim/index.ts';
import { ms, us } from '../../src/stack/index.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { idOf, numbered, Recorder, TEST } from './help.ts';
import { errno, listening, type Observed, pairOf, play, serverOf } from './lab.ts';

/** Sends `count` numbered frames, one each microsecond, over a link of 10 µs with these faults. */
function sendOver(faults: readonly Fault[], count: number, seed = 1): [Recorder, Recorder] {
  const loop = new Loop();
  const link = new Link(loop, { latency: us(10), faults, random: new Random(seed) });
  const [received, dropped] = [new Recorder(), new Recorder()];
  link.b.attach(received);
  link.a.observeDrops(dropped);
  for (let id = 0; id < count; id++) {
    loop.schedule({ due: (now) => link.a.transmit(numbered(id), TEST, now) }, us(id));
  }
  loop.run();
  return [received, dropped];
}

describe('faults', () => {
  const selection: fc.Arbitrary<Selection> = fc.oneof(
    fc.array(fc.nat({ max: 40 })).map((list) => frames(...list)),
    fc.integer({ min: 1, max: 9 }).map((n) => everyNth(n, () => true)),
    fc.integer({ min: 1, max: 9 }).map((n) => not(first(n, () => true))),
  );
  const exact = fc.oneof(
    selection.map(drop),
    selection.map(duplicate),
    fc.tuple(selection, fc.nat({ max: us(30) })).map(([which, time]) => delay(which, time)),
    fc.tuple(selection, selection).map(([which, release]) => hold(which, release)),
  );

  test.once('law: every frame arrives, is dropped, or is still held; never two of these', () => {
    let [dropped, repeated, held] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(exact, { maxLength: 4, size: 'max' }), (faults) => {
        const [received, drops] = sendOver(faults, 40);
        const arrived = new Set(received.ids);
        for (const id of drops.ids) expect(arrived).not.toContain(id);
        expect(new Set(drops.ids).size).toBe(drops.ids.length);
        const missing = 40 - arrived.size - drops.ids.length;
        if (!faults.some(({ name }) => name === 'hold')) expect(missing).toBe(0);
        dropped += drops.ids.length;
        repeated += received.ids.length - arrived.size;
        held += missing;
      }),
      { numRuns: 200 },
    );
    for (const count of [dropped, repeated, held]) expect(count).toBeGreaterThan(20);
  });

  test.once('each does what it says, to the frames that it is about', () => {
    expect(sendOver([drop(frames(0, 3, 99))], 5)[0].ids).toEqual([1, 2, 4]);
    expect(sendOver([drop(frames(3))], 5)[1].seen).toEqual([
      { id: 3, at: us(3), cause: 'dropped' },
    ]);
    expect(sendOver([duplicate(frames(1))], 3)[0].ids).toEqual([0, 1, 1, 2]);
    expect(sendOver([duplicate(frames(1), us(1.5))], 4)[0].ids).toEqual([0, 1, 2, 1, 3]);
    const [late] = sendOver([delay(frames(1), us(2.5))], 5);
    expect(late.ids).toEqual([0, 2, 3, 1, 4]);
    expect(late.times).toEqual([10, 12, 13, 13.5, 14].map(us));
    const [held] = sendOver([hold(frames(1, 2), frames(4))], 6);
    expect(held.ids).toEqual([0, 3, 4, 1, 2, 5]);
    expect(sendOver([hold(frames(1), frames(99))], 3)[0].ids).toEqual([0, 2]);
    expect(() => delay(syn, 1.5)).toThrow(RangeError);
  });

  test.once('a corrupted frame is a copy with another last bit', () => {
    const loop = new Loop();
    const link = new Link(loop, { faults: [corrupt(frames(0))], random: new Random(1) });
    const received = new Recorder();
    link.b.attach(received);
    const sent = numbered(6);
    link.a.transmit(sent, TEST, 0);
    loop.run();
    expect([idOf(sent), received.ids]).toEqual([6, [7]]);
  });

  test.once('a link with faults needs a stream of chance', () => {
    expect(() => new Link(new Loop(), { faults: [drop(syn)] })).toThrow('assertion failed');
  });
});

/** A client sends three lines, in a segment each, over a link with these faults. */
function conversation(faults: (client: Selections) => readonly Fault[]): Promise<Observed> {
  return play(({ network }) => {
    const family = familyOfTest();
    const client = network.host('client', { address: family.interfaceAddress(1) });
    const server = network.host('server', { address: family.interfaceAddress(2) });
    network.capture(server);
    const selections = { dataFrom: dataFrom(client), from: from(client), to: to(client) };
    network.link(client, server, { latency: ms(5), faults: faults(selections) });
    server.run('server', async (process) => {
      const connection = await listening(process).accept();
      expect(await connection.recvAll()).toHaveLength(60);
      await connection.close();
    });
    client.run('client', async (process) => {
      const connection = process.socket('stream');
      connection.setsockopt('TCP_NODELAY', 1);
      await connection.connect(serverOf());
      for (const length of [10, 20, 30]) {
        await connection.send(new Uint8Array(length));
        await process.sleep(ms(1));
      }
      await connection.close();
    });
  });
}

interface Selections {
  readonly dataFrom: Selection;
  readonly from: Selection;
  readonly to: Selection;
}

/** The lengths of the data segments that arrive at the server. */
function arriving({ segments }: Observed): number[] {
  return segments
    .filter((text) => !text.startsWith('80 '))
    .map((text) => Number(text.split(' ')[2]))
    .filter((length) => length > 0);
}

describe('selections', () => {
  test('the second data segment of the client is dropped, once, and sent again', async () => {
    const seen = await conversation((client) => [drop(nth(2, client.dataFrom))]);
    expect(arriving(seen)).toEqual([10, 30, 20]);
    expect(seen.drops.map(({ cause }) => cause)).toEqual(['dropped']);
  });

  test('a number that never comes is refused', () => {
    expect(() => nth(0, data)).toThrow('nth takes a whole number, 1 or more, not 0');
    expect(() => everyNth(1.5, data)).toThrow('everyNth takes a whole number, 1 or more, not 1.5');
    expect(() => first(-1, data)).toThrow('first takes a whole number, 0 or more, not -1');
  });

  test('each of several that are joined counts all packets', async () => {
    const second = (client: Selections): Selection => nth(2, client.dataFrom);
    const third = (client: Selections): Selection => nth(3, client.dataFrom);
    const either2or3 = await conversation((client) => [
      drop(either(second(client), third(client))),
    ]);
    expect(either2or3.drops.length).toBe(2);
    expect(arriving(either2or3)[0]).toBe(10);
    const thirdAndThird = await conversation((client) => [drop(both(third(client), nth(3, data)))]);
    expect(thirdAndThird.drops.length).toBe(1);
  });

  test.each<[string, (client: Selections) => Selection, number]>([
    ['SYNs and SYN-ACKs', () => syn, 2],
    ['FINs', () => fin, 2],
    ['resets', () => rst, 0],
    ['data', () => data, 3],
    ['data to the client', (client) => both(data, client.to), 0],
    ['the first two of the client', (client) => first(2, client.from), 2],
    ['SYNs of the client, and data', (client) => either(both(syn, client.from), data), 4],
    ['each third that is no SYN', (client) => everyNth(3, both(client.dataFrom, not(syn))), 1],
    ['its acknowledgments', (client) => both(pureAck, client.from), 2],
  ])('%s', async (_, selection, count) => {
    const plain = await conversation(() => []);
    const twice = await conversation((client) => [duplicate(selection(client))]);
    // Sent twice, a segment may draw an acknowledgment: what is selected arrives twice at least.
    const more = twice.segments.length - plain.segments.length;
    expect(more >= Math.min(1, count) && (count > 0 || more === 0)).toBe(true);
  });
});

describe('a link that changes', () => {
  /** Sends a frame each microsecond for 8 µs, over a link that is changed. */
  function over(prepare: (link: Link) => void): Recorder {
    const loop = new Loop();
    const link = new Link(loop, { latency: us(10), random: new Random(1) });
    const received = new Recorder();
    link.b.attach(received);
    prepare(link);
    for (let id = 0; id < 8; id++) {
      loop.schedule({ due: (now) => link.a.transmit(numbered(id), TEST, now) }, us(id));
    }
    loop.run();
    return received;
  }

  test.once('goes down and comes up; what was under way arrives', () => {
    const received = over((link) => {
      link.down(us(2));
      link.up(us(5));
    });
    expect(received.ids).toEqual([0, 1, 5, 6, 7]);
  });

  test.once.each<[string, LinkChange, number[], number[]]>([
    ['longer', { latency: us(50) }, [0, 1, 2, 3, 4, 5, 6, 7], [10, 11, 12, 13, 54, 55, 56, 57]],
    ['shorter: overtaken', { latency: us(1) }, [4, 5, 6, 7, 0, 1, 2, 3], []],
    ['in the other direction only', { bToA: { latency: 1 } }, [0, 1, 2, 3, 4, 5, 6, 7], []],
    ['lossy', { netem: 'loss 100%' }, [0, 1, 2, 3], []],
    ['with a rule', { aToB: { faults: [drop(frames(6))] } }, [0, 1, 2, 3, 4, 5, 7], []],
  ])('becomes %s', (_, change, ids, times) => {
    const received = over((link) => link.change(us(4), change));
    expect(received.ids).toEqual(ids);
    if (times.length > 0) expect(received.times).toEqual(times.map(us));
  });

  test.once('a change to what is none fails when it happens', () => {
    expect(() => over((link) => link.change(us(4), { rate: 0 }))).toThrow(RangeError);
  });
});

test('errno is told of a link that stays down', async () => {
  await play(({ network }) => {
    const [client, , link] = pairOf(network);
    link.down(0);
    client.run('client', async (process) => {
      const socket = process.socket('stream');
      expect(await errno(() => socket.connect(serverOf()))).toBe('EHOSTUNREACH');
    });
  });
});
