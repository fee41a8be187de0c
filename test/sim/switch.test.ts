import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AGEING_TIME, Link, Loop, Switch } from '../../src/sim/index.ts';
import { type Instant, ms, seconds } from '../../src/stack/index.ts';
import {
  encodeEthernet,
  EtherType,
  hex,
  type MacAddress,
  MAC_BROADCAST,
  parseMac,
} from '../../src/wire/index.ts';
import { Recorder, TEST } from './help.ts';

const MULTICAST = parseMac('01:00:5e:00:00:01');
const SPANNING_TREE = parseMac('01:80:c2:00:00:00');

/** Station number n's address. */
function mac(n: number): MacAddress {
  return parseMac('02:00:00:00:00:00') + n;
}

function frame(destination: MacAddress, source: MacAddress): Uint8Array {
  return encodeEthernet({ destination, source, etherType: EtherType.ipv4, payload: hex`cafe` });
}

/** A switch with a link to a station at each port, and a log of which ports frames came out of. */
class Bench {
  readonly loop: Loop = new Loop();
  readonly switch: Switch = new Switch();
  readonly drops: Recorder = new Recorder();
  readonly links: Link[];
  #arrivals: number[] = [];

  constructor(ports: number) {
    this.links = Array.from({ length: ports }, () => new Link(this.loop));
    for (const [port, { a, b }] of this.links.entries()) {
      this.switch.connect(b);
      a.attach({ receive: () => this.#arrivals.push(port) });
    }
    this.switch.observeDrops(this.drops);
  }

  /** Sends a frame into a port; the ports it comes out of, in order. */
  send(port: number, bytes: Uint8Array, at: Instant = this.loop.now): number[] {
    this.#arrivals = [];
    this.loop.runUntil(at);
    this.links[port]!.a.transmit(bytes, TEST, at);
    this.loop.run();
    return this.#arrivals;
  }

  get causes(): string[] {
    return this.drops.seen.map(({ cause }) => cause);
  }
}

describe('a switch', () => {
  test('floods until it has seen the destination, and then forwards to its port alone', () => {
    const bench = new Bench(4);
    expect(bench.send(2, frame(mac(1), mac(2)))).toEqual([0, 1, 3]); // port order, not back
    expect(bench.send(1, frame(mac(2), mac(1)))).toEqual([2]);
    expect(bench.send(2, frame(mac(1), mac(2)))).toEqual([1]);
    expect(bench.send(0, frame(mac(9), mac(0)))).toEqual([1, 2, 3]);
    expect(bench.causes).toEqual([]);
  });

  test.each([
    ['broadcast', MAC_BROADCAST],
    ['multicast', MULTICAST],
  ])('floods %s always', (_, group) => {
    const bench = new Bench(3);
    expect(bench.send(1, frame(group, mac(1)))).toEqual([0, 2]);
    expect(bench.send(0, frame(mac(1), group))).toEqual([1]); // a group as source changes nothing
    expect(bench.send(1, frame(group, mac(1)))).toEqual([0, 2]);
  });

  test('hands on the very bytes, at the instant they arrive, with their cause', () => {
    const bench = new Bench(2);
    const seen = new Recorder();
    const bytes = frame(mac(1), mac(0));
    bench.links[1]!.a.attach(seen);
    bench.send(0, bytes, ms(5));
    expect(seen.frames[0]).toBe(bytes);
    expect(seen.seen[0]).toMatchObject({ at: ms(5), cause: 'test' });
  });

  test('learns again when a station moves', () => {
    const bench = new Bench(3);
    bench.send(0, frame(MAC_BROADCAST, mac(7)));
    expect(bench.send(2, frame(mac(7), mac(2)))).toEqual([0]);
    bench.send(1, frame(MAC_BROADCAST, mac(7)));
    expect(bench.send(2, frame(mac(7), mac(2)))).toEqual([1]);
  });

  test('forgets an address 300 s after it was last seen, not earlier', () => {
    const bench = new Bench(3);
    bench.send(0, frame(MAC_BROADCAST, mac(0)), seconds(1));
    bench.send(0, frame(MAC_BROADCAST, mac(0)), seconds(2)); // seen again
    expect(bench.send(1, frame(mac(0), mac(1)), seconds(2) + AGEING_TIME - 1)).toEqual([0]);
    expect(bench.send(1, frame(mac(0), mac(1)), seconds(2) + AGEING_TIME)).toEqual([0, 2]);
    expect(bench.send(0, frame(mac(1), mac(0)))).toEqual([1]);
    expect(bench.send(1, frame(mac(0), mac(1)))).toEqual([0]);
    expect(AGEING_TIME).toBe(seconds(300));
  });

  test('drops what is for the port that it came from, what bridges keep, and runts', () => {
    const bench = new Bench(3);
    bench.send(0, frame(MAC_BROADCAST, mac(8)));
    expect(bench.send(0, frame(mac(8), mac(0)))).toEqual([]);
    expect(bench.send(0, frame(mac(0), mac(0)))).toEqual([]);
    expect(bench.send(0, frame(SPANNING_TREE, mac(0)))).toEqual([]);
    expect(bench.send(0, frame(SPANNING_TREE + 15, mac(0)))).toEqual([]);
    expect(bench.send(0, frame(SPANNING_TREE + 16, mac(0)))).toEqual([1, 2]);
    expect(bench.send(0, frame(mac(1), mac(0)).subarray(0, 13))).toEqual([]);
    expect(bench.send(0, new Uint8Array(0).subarray(0))).toEqual([]);
    expect(bench.causes).toEqual([
      'same-port',
      'same-port',
      'reserved-group',
      'reserved-group',
      'runt',
      'runt',
    ]);
    expect(bench.send(0, frame(mac(1), mac(0)).subarray(0, 14))).toEqual([1, 2]);
  });

  test('law: goes by where and when each address was last seen', () => {
    const step = fc.record({
      port: fc.nat({ max: 3 }),
      source: fc.nat({ max: 4 }),
      destination: fc.nat({ max: 5 }),
      pause: fc.constantFrom(0, 1, seconds(100), seconds(299), seconds(300)),
    });
    let forwarded = 0;
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 60 }), (steps) => {
        const bench = new Bench(4);
        const last = new Map<number, { port: number; at: Instant }>();
        let now = 0;
        for (const { port, source, destination, pause } of steps) {
          now += pause;
          last.set(source, { port, at: now });
          const to = destination === 5 ? MAC_BROADCAST : mac(destination);
          const known = last.get(destination);
          const others = [0, 1, 2, 3].filter((other) => other !== port);
          const isKnown = known !== undefined && now - known.at < seconds(300);
          const expected = isKnown ? others.filter((other) => other === known.port) : others;
          expect(bench.send(port, frame(to, mac(source)), now)).toEqual(expected);
          if (expected.length === 1) forwarded += 1;
        }
      }),
    );
    expect(forwarded).toBeGreaterThan(200);
  });
});
