/** What a host remembers of its peers: how much of it, how long, and what the next connection does. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ms, seconds } from '../../src/stack/index.ts';
import { HostClock } from '../../src/stack/clock.ts';
import type { Route } from '../../src/stack/ip/routing.ts';
import { MetricsCache } from '../../src/stack/tcp/metrics/metrics-cache.ts';
import { type IpAddress, parseIp } from '../../src/wire/index.ts';
import { test } from '../help/family-test.ts';
import { type Conversation, listening } from '../help/peer.ts';

/** The longest chain of the table; entries about one peer are all in one. */
const CHAIN = 6;

function cacheOf(): MetricsCache {
  return new MetricsCache(new HostClock({ tick: 0, wheel: false }, 0, 0));
}

/** A route that says nothing of its destination. */
const ROUTE = { metrics: { destination: undefined } } as Route;

const addresses: fc.Arbitrary<IpAddress> = fc
  .tuple(fc.constantFrom('10.0.0.', 'fd00::'), fc.integer({ min: 1, max: 9 }))
  .map(([network, host]) => parseIp(`${network}${host}`));

describe('the table', () => {
  test.once('finds what was made last, and of a full chain forgets what was written first', () => {
    const use = fc.record({
      localAddress: addresses,
      remoteAddress: fc.constantFrom(parseIp('10.1.0.1'), parseIp('fd01::1')),
      pause: fc.constantFrom(0, ms(1), seconds(1)),
    });
    let forgotten = 0;
    fc.assert(
      fc.property(fc.array(use, { minLength: 20, maxLength: 40 }), (uses) => {
        const cache = cacheOf();
        let now = 0;
        for (const { localAddress, remoteAddress, pause } of uses) {
          now += pause;
          const path = { localAddress, remoteAddress, route: ROUTE };
          const before = cache.entries().filter((it) => it.destination === remoteAddress);
          const isKnown = cache.find(path, now) !== undefined;
          const times = before.map(({ writtenAt }) => writtenAt);
          const metrics = cache.findOrMake(path, now);
          if (isKnown) metrics.writtenAt = now;
          expect(cache.find(path, now)).toBe(metrics);
          const after = cache.entries().filter((it) => it.destination === remoteAddress);
          expect(after.length).toBe(isKnown ? before.length : Math.min(before.length + 1, CHAIN));
          if (isKnown || before.length < CHAIN) continue;
          forgotten += 1;
          times.splice(times.indexOf(Math.min(...times)), 1, now);
          expect(after.map(({ writtenAt }) => writtenAt)).toEqual(expect.arrayContaining(times));
        }
      }),
      { numRuns: 15 },
    );
    expect(forgotten).toBeGreaterThan(10);
  });

  test.once('forgets those that are meant, and no other', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(addresses, addresses)), addresses, (paths, meant) => {
        const cache = cacheOf();
        for (const [localAddress, remoteAddress] of paths) {
          cache.findOrMake({ localAddress, remoteAddress, route: ROUTE }, 0);
        }
        const others = cache.entries().filter(({ source }) => source !== meant);
        const count = cache.entries().length - others.length;
        expect(cache.forget(({ source }) => source === meant)).toBe(count);
        expect(cache.entries()).toEqual(others);
      }),
    );
  });
});

/** A connection from another port each time; how long each of three round trips takes. */
interface Course {
  readonly handshake: number;
  readonly data: number;
  readonly end: number;
}

/** Takes a connection from beginning to end; returns SRTT at the end and the first timeout. */
function converse(
  c: Conversation,
  { handshake, data, end }: Course,
): { srtt: number; rto: number } {
  c.peer('S 0:0(0) win 65535');
  c.sends('S. 0:0(0) ack 1');
  c.after(handshake);
  c.peer('. 1:1(0) ack 1');
  c.accept();
  const { rtt } = c.tcb!;
  const { rto } = rtt;
  c.write(100);
  c.sends('P. 1:101(100) ack 1');
  c.after(data);
  c.peer('F. 1:1(0) ack 101');
  c.sends('. 101:101(0) ack 2');
  c.close();
  c.sends('F. 101:101(0) ack 2');
  c.after(end);
  c.peer('. 2:2(0) ack 102');
  c.is('CLOSED');
  return { srtt: rtt.srtt, rto };
}

describe('connections one after the other', () => {
  // Shorter than any timeout, probes of the tail included.
  const tenths = fc.integer({ min: 1, max: 15 });
  const courses = fc
    .tuple(fc.integer({ min: 1, max: 9 }), tenths, tenths)
    .map(([n, data, end]) => ({ handshake: ms(10 * n), data: ms(n * data), end: ms(n * end) }));

  test.law('the longest round trips are believed, and set the next first timeout', (families) => {
    let recalled = 0;
    fc.assert(
      fc.property(families, fc.array(courses, { minLength: 2, maxLength: 5 }), (family, all) => {
        const c = listening({ family });
        let longest = 0;
        for (const [i, course] of all.entries()) {
          const before = c.host.tcp.metrics.entries()[0]?.rtt ?? 0;
          const next = c.another({ peerPort: 41_000 + i });
          const { srtt, rto } = converse(next, course);
          const remembered = ms(Math.floor((before * 125) / ms(1)));
          const isRecalled = before * 125 > course.handshake;
          recalled += isRecalled ? 1 : 0;
          const [first, least] = isRecalled ? [remembered, 2 * remembered] : [course.handshake, 0];
          expect(rto).toBe(first + Math.max(ms(200), least));
          const [metrics] = c.host.tcp.metrics.entries();
          longest = Math.max(longest, srtt);
          expect(metrics!.rtt * 125).toBeGreaterThan(srtt - 1000);
          expect(metrics!.rtt * 125).toBeLessThanOrEqual(longest);
          expect(metrics!.cwnd).toBeGreaterThanOrEqual(10);
        }
      }),
      { numRuns: 12 },
    );
    expect(recalled).toBeGreaterThan(3);
  });

  test('after an hour nothing of them is believed', () => {
    const slow = { handshake: ms(90), data: ms(90), end: ms(90) };
    const quick = { handshake: ms(10), data: ms(10), end: ms(10) };
    const c = listening();
    converse(c.another({ peerPort: 41_000 }), slow);
    c.after(seconds(3599));
    expect(converse(c.another({ peerPort: 41_001 }), quick).rto).toBe(ms(290));
    c.after(seconds(3600) + ms(1));
    expect(converse(c.another({ peerPort: 41_002 }), quick).rto).toBe(ms(210));
  });
});

describe('Linux tcp_peer_is_proven()', () => {
  test.each([
    ['nobody has proved to be alive', false, 7],
    ['the peer has, in an earlier connection', true, 16],
  ])('without cookies the last quarter of the backlog is kept: %s', (_, isProven, taken) => {
    const c = listening({ backlog: 64 });
    c.host.settings.tcp.listen.synCookies = 0;
    c.host.settings.tcp.listen.synBacklog = 8;
    if (isProven) {
      converse(c.another({ peerPort: 999 }), { handshake: ms(10), data: ms(10), end: ms(10) });
    }
    for (let i = 0; i < 16; i++) c.another({ peerPort: 1024 + i }).peer('S 0:0(0) win 1000');
    c.after(ms(0));
    expect(c.laboratory.sent.splice(0).length).toBe(taken);
  });
});
