/** Queueing disciplines at a link: what waits, what is dropped or marked, and who goes next. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Link, type LinkOptions, Loop, Random } from '../../src/sim/index.ts';
import {
  Administrator,
  type Instant,
  ms,
  parseQueue,
  seconds,
  us,
  WordError,
} from '../../src/stack/index.ts';
import { averageWeight } from '../../src/stack/traffic-control/red.ts';
import {
  decodeFrame,
  encodeFrame,
  isIpv4ChecksumOk,
  LinkType,
  parseIpv4,
  parseIpv6,
} from '../../src/wire/index.ts';
import { Recorder, TEST } from './help.ts';
import { play } from './lab.ts';

/** A UDP datagram of a flow, of 1,000 octets; ECN-capable where `ecn` is 1 or 2. */
function datagram(flow: number, ecn = 0, isIpv6 = false): Uint8Array {
  const ethernet = { source: 2, destination: 4 };
  const udp = { sourcePort: 1000 + flow, destinationPort: 9 };
  const header = isIpv6 ? 62 : 42;
  const payload = new Uint8Array(1000 - header);
  const network = isIpv6
    ? {
        ipv6: {
          source: parseIpv6('fd00::1'),
          destination: parseIpv6('fd00::2'),
          trafficClass: ecn,
        },
      }
    : { ipv4: { source: parseIpv4('10.0.0.1'), destination: parseIpv4('10.0.0.2'), tos: ecn } };
  return encodeFrame({ ethernet, ...network, udp, payload });
}

interface Sending {
  readonly at: Instant;
  readonly frame: Uint8Array;
}

interface Arrival {
  readonly frame: Uint8Array;
  readonly at: Instant;
}

/** Sends over a link of 8 Mbit/s, which takes a millisecond for each frame. */
function send(options: LinkOptions, sendings: readonly Sending[]): [Arrival[], Recorder] {
  const loop = new Loop();
  const link = new Link(loop, { rate: 8e6, random: new Random(1), ...options });
  const arrivals: Arrival[] = [];
  const drops = new Recorder();
  link.b.attach({ receive: (frame, _, at) => arrivals.push({ frame, at }) });
  link.a.observeDrops(drops);
  for (const { at, frame } of sendings) {
    loop.schedule({ due: (now) => link.a.transmit(frame, TEST, now) }, at);
  }
  loop.run();
  return [arrivals, drops];
}

/** `share` times what the link carries, for so long. */
function steady(share: number, time: Instant, frame: (i: number) => Uint8Array): Sending[] {
  const count = Math.floor((share * time) / ms(1));
  return Array.from({ length: count }, (_, i) => ({
    at: Math.floor((i * ms(1)) / share),
    frame: frame(i),
  }));
}

function causesOf(drops: Recorder): string[] {
  return [...new Set(drops.seen.map(({ cause }) => cause))];
}

const portOf = (frame: Uint8Array): number =>
  decodeFrame(LinkType.ethernet, frame).udp?.sourcePort ?? 0;

describe('every discipline', () => {
  const words = fc.constantFrom(
    'pfifo limit 5',
    'bfifo limit 5kb',
    'red limit 20kb avpkt 1000',
    'codel limit 20 target 1ms interval 5ms',
    'fq_codel limit 20 target 1ms interval 5ms',
    'fq_codel limit 9 flows 2 quantum 300 ecn',
    'tbf rate 6mbit burst 3kb limit 6kb',
  );
  const sendings = fc
    .array(
      fc.record({
        gap: fc.nat({ max: us(1500) }),
        flow: fc.nat({ max: 3 }),
        ecn: fc.nat({ max: 2 }),
      }),
      {
        minLength: 20,
        maxLength: 120,
        size: 'max',
      },
    )
    .map((list) => {
      let at = 0;
      return list.map(({ gap, flow, ecn }) => ({ at: (at += gap), frame: datagram(flow, ecn) }));
    });

  test('law: what came in has come out or was dropped; each flow in its order', () => {
    let [dropped, marked] = [0, 0];
    fc.assert(
      fc.property(words, sendings, (queue, list) => {
        const [arrivals, drops] = send({ queue }, list);
        expect(arrivals.length + drops.seen.length).toBe(list.length);
        for (let flow = 0; flow < 4; flow++) {
          const sent = list.filter(({ frame }) => portOf(frame) === 1000 + flow);
          const order = arrivals
            .filter(({ frame }) => portOf(frame) === 1000 + flow)
            .map(({ frame }) => sent.findIndex((it) => it.frame === frame))
            .filter((place) => place >= 0); // a marked one is a copy
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
        dropped += drops.seen.length;
        marked += arrivals.filter(({ frame }) => !list.some((it) => it.frame === frame)).length;
      }),
    );
    expect(dropped).toBeGreaterThan(200);
    expect(marked).toBeGreaterThan(20);
  });

  test('does nothing to a link that is not busy', () => {
    const list = steady(0.9, ms(50), () => datagram(0));
    for (const queue of [
      'pfifo',
      'red limit 60kb avpkt 1000',
      'codel',
      'fq_codel',
      'tbf rate 8mbit burst 5kb limit 5kb',
    ]) {
      const [arrivals, drops] = send({ queue }, list);
      expect(drops.seen).toEqual([]);
      expect(arrivals.map(({ at }) => at)).toEqual(list.map(({ at }) => at + ms(1)));
    }
  });
});

test('pfifo with a limit is the link’s own queue of that length', () => {
  const list = steady(1.7, ms(60), (i) => datagram(i % 3));
  const [own, ownDrops] = send({ queue: 7 }, list);
  const [words, drops] = send({ queue: 'pfifo limit 7' }, list);
  expect(words).toEqual(own);
  expect(drops.times).toEqual(ownDrops.times);
});

describe('codel', () => {
  test('leaves a burst alone that is over within an interval', () => {
    const burst = Array.from({ length: 90 }, () => ({ at: 0, frame: datagram(0) }));
    expect(send({ queue: 'codel' }, burst)[1].seen).toEqual([]);
  });

  test('drops after an interval above the target, at shorter and shorter distances', () => {
    const list = steady(1.3, seconds(2), () => datagram(0));
    const [, drops] = send({ queue: 'codel' }, list);
    expect(causesOf(drops)).toEqual(['codel']);
    const [first = 0, second = 0, third = 0, fourth = 0] = drops.times;
    // The wait grows by 0.3 ms each: above 5 ms with the 17th or so; the rest is RFC 8289's law.
    expect(first).toBeGreaterThan(ms(100));
    expect(first).toBeLessThan(ms(130));
    for (const [distance, count] of [
      [second - first, 1],
      [third - second, 2],
      [fourth - third, 3],
    ] as const) {
      expect(Math.abs(distance - ms(100) / Math.sqrt(count))).toBeLessThan(ms(1.01));
    }
  });

  test('marks instead of dropping, what is ECN-capable and of either family', () => {
    for (const isIpv6 of [false, true]) {
      const list = steady(1.3, seconds(1), () => datagram(0, 2, isIpv6));
      const [arrivals, drops] = send({ queue: 'codel ecn' }, list);
      expect(drops.seen).toEqual([]);
      const frames = arrivals.map(({ frame }) => decodeFrame(LinkType.ethernet, frame));
      const marked = frames.filter(
        ({ ipv4, ipv6 }) => ((ipv4?.tos ?? ipv6?.trafficClass ?? 0) & 3) === 3,
      );
      expect(marked.length).toBeGreaterThan(5);
      for (const { ipv4 } of marked)
        if (ipv4 !== undefined) expect(isIpv4ChecksumOk(ipv4)).toBe(true);
      const plain = steady(1.3, seconds(1), () => datagram(0, 0, isIpv6));
      expect(send({ queue: 'codel ecn' }, plain)[1].seen.length).toBeGreaterThan(5);
    }
  });
});

describe('fq_codel', () => {
  test('a flow that sends little does not wait for one that fills the link', () => {
    const heavy = steady(1.5, ms(300), () => datagram(0));
    const light = Array.from({ length: 20 }, (_, i) => ({
      at: ms(30 + 10 * i),
      frame: datagram(1),
    }));
    const list = [...heavy, ...light].toSorted((a, b) => a.at - b.at);
    const waits = (queue: string): number[] =>
      send({ queue }, list)[0]
        .filter(({ frame }) => portOf(frame) === 1001)
        .map(({ frame, at }) => at - list.find((it) => it.frame === frame)!.at);
    expect(Math.max(...waits('fq_codel'))).toBeLessThanOrEqual(ms(3)); // who is sent, and itself
    expect(Math.max(...waits('pfifo limit 100'))).toBeGreaterThan(ms(60));
  });

  test('flows that fill the link have equal shares; the longest pays for a full queue', () => {
    const list = steady(4, ms(400), (i) => datagram(i % 4 === 0 ? 0 : 1));
    const [arrivals, drops] = send({ queue: 'fq_codel limit 100' }, list);
    const early = arrivals.filter(({ at }) => at < ms(400));
    const share = early.filter(({ frame }) => portOf(frame) === 1000).length / early.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
    expect(causesOf(drops)).toContain('queue-limit');
  });
});

describe('red', () => {
  test('drops early, by chance, before the queue is full; above the maximum all', () => {
    const words = 'red limit 100kb avpkt 1000 min 5kb max 15kb burst 8 probability 0.1';
    const [, mild] = send(
      { queue: words },
      steady(1.05, seconds(3), () => datagram(0)),
    );
    expect(causesOf(mild)).toEqual(['red-early']);
    expect(Math.abs(mild.seen.length / 3150 - 0.05)).toBeLessThan(0.015); // what is too much
    const [, wild] = send(
      { queue: words },
      steady(3, seconds(1), () => datagram(0)),
    );
    expect(causesOf(wild)).toContain('red-forced');
    const [, marked] = send(
      { queue: `${words} ecn` },
      steady(1.05, seconds(3), () => datagram(0, 1)),
    );
    expect(causesOf(marked)).not.toContain('red-early');
  });

  test('the weight of the average follows from the burst', () => {
    const options = {
      limit: 0,
      minimum: 30_000,
      maximum: 90_000,
      averagePacket: 1000,
      probability: 0,
      bandwidth: 0,
      ecn: false,
    };
    expect(averageWeight({ ...options, burst: 55 })).toBe(1 / 32); // tc-red(8)'s numbers
  });
});

describe('tbf', () => {
  /** Two milliseconds of 4 Mbit/s. */
  const FRAME = datagram(0);
  const burstOf = fc.integer({ min: 1000, max: 6000 });
  const sendings = fc
    .array(fc.integer({ min: 0, max: us(2500) }), { minLength: 20, maxLength: 80, size: 'max' })
    .map((gaps) => {
      let at = 0;
      return gaps.map((gap) => ({ at: (at += gap), frame: FRAME }));
    });

  /** When packets were let go: a millisecond before they arrive, which the link takes. */
  const departures = (arrivals: readonly Arrival[]): Instant[] =>
    arrivals.map(({ at }) => at - ms(1));

  test('law: in any time no more than a burst and what the rate allows; nothing waits longer', () => {
    let [waited, dropped] = [0, 0];
    fc.assert(
      fc.property(burstOf, fc.constantFrom(3000, 60_000), sendings, (burst, limit, list) => {
        const queue = `tbf rate 4mbit burst ${burst} limit ${limit}`;
        const [arrivals, drops] = send({ queue }, list);
        expect(arrivals.length + drops.seen.length).toBe(list.length);
        const times = departures(arrivals);
        for (const [i, from] of times.entries()) {
          for (let j = i; j < times.length; j++) {
            const allowed = 2000 * burst + times[j]! - from;
            expect(ms(2) * (j - i + 1)).toBeLessThanOrEqual(allowed);
          }
        }
        if (drops.seen.length === 0) {
          expect(times).toEqual(earliest(list, burst));
          waited += times.filter((at, i) => at > list[i]!.at).length;
        }
        dropped += drops.seen.length;
      }),
    );
    expect(waited).toBeGreaterThan(500);
    expect(dropped).toBeGreaterThan(200);
  });

  /** When each can go at the earliest: tokens counted in nanoseconds, 2,000 for an octet. */
  function earliest(list: readonly Sending[], burst: number): Instant[] {
    const [full, packet] = [2000 * burst, ms(2)];
    let [tokens, at] = [full, 0];
    return list.map((sending, i) => {
      const begin = Math.max(sending.at, i === 0 ? 0 : at + ms(1));
      const there = Math.min(full, tokens + begin - at);
      const wait = Math.max(0, packet - there);
      tokens = there + wait - packet;
      at = begin + wait;
      return at;
    });
  }

  test('a peak rate spreads the burst', () => {
    const burst = Array.from({ length: 5 }, () => ({ at: 0, frame: datagram(0) }));
    const times = (words: string): Instant[] => departures(send({ queue: words }, burst)[0]);
    const words = 'tbf rate 1mbit burst 10kb limit 10kb';
    expect(times(words)).toEqual([0, 1, 2, 3, 4].map(ms)); // as fast as the link
    expect(times(`${words} peakrate 2mbit mtu 1000`)).toEqual([0, 4, 8, 12, 16].map(ms));
  });

  test('a packet longer than the bucket never goes', () => {
    const [arrivals, drops] = send({ queue: 'tbf rate 1mbit burst 900 limit 10kb' }, [
      { at: 0, frame: datagram(0) },
    ]);
    expect(arrivals).toEqual([]);
    expect(causesOf(drops)).toEqual(['queue-burst']);
  });

  test('settings change while packets wait, which then go by the new ones', () => {
    const loop = new Loop();
    const queue = 'tbf rate 8kbit burst 1000 limit 100kb';
    const link = new Link(loop, { rate: 8e6, queue, random: new Random(1) });
    const received = new Recorder();
    link.b.attach(received);
    for (let i = 0; i < 4; i++) link.a.transmit(datagram(i), TEST, 0);
    link.change(ms(500), { queue: 'tbf rate 80kbit burst 1000 limit 100kb' });
    loop.run();
    expect(received.times).toEqual([1, 501, 601, 701].map(ms));
  });
});

describe('changes', () => {
  test('those that wait go over to the new queue', () => {
    const loop = new Loop();
    const link = new Link(loop, { rate: 8e6, queue: 'codel', random: new Random(1) });
    const received = new Recorder();
    link.b.attach(received);
    for (let i = 0; i < 10; i++) link.a.transmit(datagram(i), TEST, 0);
    link.change(ms(2.5), { queue: 'fq_codel' });
    link.change(ms(5.5), { queue: 100 });
    loop.run();
    expect(received.times).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(ms));
  });
});

test.each([
  ['cake', '"cake" is no queue: pfifo, bfifo, red, codel, fq_codel and tbf are'],
  ['codel target', 'codel: word 1: "target" wants a time such as 10ms, nothing follows'],
  ['codel flows 3', 'codel: word 1: "flows" is no option of codel'],
  ['fq_codel flows 0', 'fq_codel: word 2: "flows" wants 1 or more'],
  ['tbf rate 1mbit', 'tbf: word 2: "rate" and "burst" are needed'],
  ['tbf rate 1mbit burst 10kb', 'tbf: word 4: either "limit" or "latency" is needed'],
  ['tbf rate 1mbit burst x', 'tbf: word 4: "burst" wants a size such as 10kb, not "x"'],
  ['tbf rate 1mbit burst 1kb limit 9kb peakrate 2mbit', 'tbf: word 8: "peakrate" wants an "mtu"'],
  ['tbf rate 1mbit overhead 4', 'tbf: word 3: "overhead" is no option of tbf'],
  ['red limit 60kb', 'red: word 2: "limit" and "avpkt" are needed'],
  [
    'red limit 60kb avpkt 1000 min 9kb max 8kb',
    'red: word 8: min is below max, and max within limit',
  ],
])('%s: %s', (text, message) => {
  expect(() => parseQueue(text)).toThrow(new WordError(message));
});

describe('a queue of a host', () => {
  /** A small datagram behind a burst of large ones: how long after they were sent it arrives. */
  async function wait(queue: string): Promise<Instant> {
    let [sent, arrived] = [0, 0];
    await play(({ network }) => {
      const [client, server] = network.pair({ rate: 1e6, latency: ms(1) });
      new Administrator(client.stack).run(`tc qdisc add dev eth0 root ${queue}`.split(' '), '', 0);
      server.run('server', async (process) => {
        const socket = process.socket('datagram');
        socket.bind(7);
        await socket.recv();
        arrived = process.now;
      });
      client.run('client', async (process) => {
        const bulk = process.socket('datagram');
        const small = process.socket('datagram');
        bulk.send(new Uint8Array(1), { address: '10.0.0.2', port: 9 }); // for ARP
        await process.sleep(ms(100));
        for (let i = 0; i < 50; i++) {
          bulk.send(new Uint8Array(1200), { address: '10.0.0.2', port: 9 });
        }
        sent = process.now;
        small.send(new Uint8Array(10), { address: '10.0.0.2', port: 7 });
      });
    });
    return arrived - sent;
  }

  test('waits for the link: first come, first served, or a flow at a time', async () => {
    expect(await wait('pfifo')).toBeGreaterThan(ms(490)); // 50 of 9.9 ms
    expect(await wait('fq_codel')).toBeLessThan(ms(25)); // the one that is being sent
    expect(await wait('netem delay 300ms rate 10mbit')).toBeGreaterThan(ms(790));
  });
});
