/** Packets that come in fragments: joined, bounded, and given up (RFC 791, 815, 1122 §3.3.2). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cause, ms, seconds } from '../../src/stack/index.ts';
import { fragmentsOf } from '../../src/stack/ip/fragment-ipv4.ts';
import type { Fragment } from '../../src/stack/reassembly/incomplete-packet.ts';
import { Reassembly } from '../../src/stack/reassembly/reassembly.ts';
import { Slab } from '../../src/stack/slab.ts';
import { encodeFrame, type Ipv4Fields, put16, utf8 } from '../../src/wire/index.ts';
import { stream } from '../help/notation.ts';
import { HOST_ADDRESS, HOST_MAC, Laboratory, PEER_ADDRESS, PEER_MAC } from '../help/peer.ts';

/** A datagram of the peer's to port 7, cut for links of that MTU. */
function cut(payload: Uint8Array, mtu: number, header: Partial<Ipv4Fields> = {}): Uint8Array[] {
  const whole = encodeFrame({
    ethernet: { source: PEER_MAC, destination: HOST_MAC },
    ipv4: { source: PEER_ADDRESS, destination: HOST_ADDRESS, id: 7, ...header },
    udp: { sourcePort: 1000, destinationPort: 7 },
    payload,
  });
  return cutAgain(whole, mtu);
}

/** Its fragments, behind Ethernet headers such as it has. */
function cutAgain(frame: Uint8Array, mtu: number): Uint8Array[] {
  const fragments = fragmentsOf(frame, mtu, new Slab());
  for (const each of fragments) each.set(frame.subarray(0, 14));
  return fragments;
}

class Receiver extends Laboratory {
  readonly #socket = this.host.udpSocket();

  constructor() {
    super();
    this.#socket.bind(0, 7);
  }

  arrive(...frames: Uint8Array[]): void {
    for (const frame of frames) this.receive(frame);
  }

  get received(): Uint8Array | undefined {
    return this.#socket.receive()?.payload;
  }

  counted(): string {
    const { IpReasmReqds, IpReasmOKs, IpReasmFails, IpReasmTimeout } = this.host.counters;
    return `${IpReasmReqds} ${IpReasmOKs} ${IpReasmFails} ${IpReasmTimeout}`;
  }
}

test('law: what routers cut, once or twice, arrives whole in any order', () => {
  const r = new Receiver();
  const mtu = fc.integer({ min: 28, max: 600 });
  let cutTwice = 0;
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 1500, size: 'max' }),
      mtu,
      mtu,
      fc.infiniteStream(fc.nat()),
      (payload, first, second, order) => {
        const fragments = cut(payload, first).flatMap((each) => cutAgain(each, second));
        if (second < first) cutTwice += 1;
        const shuffled = fragments
          .map((frame) => ({ frame, place: order.next().value as number }))
          .toSorted((a, b) => a.place - b.place);
        r.arrive(...shuffled.map(({ frame }) => frame));
        expect(r.received).toEqual(payload);
      },
    ),
    { numRuns: 50 },
  );
  expect(cutTwice).toBeGreaterThan(10);
  expect(r.host.counters.IpReasmFails).toBe(0);
});

test('fragments of other packets do not mix: addresses, protocol and identification tell', () => {
  const r = new Receiver();
  const [a1, a2] = cut(stream(0, 100), 80, { id: 1 });
  const [b1, b2] = cut(stream(50, 100), 80, { id: 2 });
  const [c1] = cut(stream(70, 100), 80, { id: 1, source: PEER_ADDRESS + 1 });
  r.arrive(a1!, b2!, c1!, a2!, b1!);
  expect([r.received, r.received, r.received]).toEqual([
    stream(0, 100),
    stream(50, 100),
    undefined,
  ]);
  expect(r.counted()).toBe('5 2 0 0');
});

test('the header is the first fragment’s, options too; octets over eight are padding', () => {
  const r = new Receiver();
  const options = Uint8Array.of(7, 3, 4, 0);
  const [first, second] = cut(stream(0, 60), 64, { options });
  expect(second).toBeDefined();
  const padded = new Uint8Array(first!.length + 3);
  padded.set(first!);
  put16(padded, 16, first!.length - 14 + 3);
  put16(padded, 24, 0);
  put16(padded, 24, checksumOf(padded.subarray(14, 38)));
  r.arrive(second!, padded);
  expect(r.received).toEqual(stream(0, 60));
});

function checksumOf(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < header.length; i += 2) sum += header[i]! * 256 + header[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum ^ 0xffff;
}

describe('RFC 3168 §5.3: ECN of the whole', () => {
  test.each([
    [0, 0, 'IpExtInNoECTPkts'],
    [2, 2, 'IpExtInECT0Pkts'],
    [1, 1, 'IpExtInECT1Pkts'],
    [2, 3, 'IpExtInCEPkts'],
    [3, 1, 'IpExtInCEPkts'],
    [1, 2, 'IpExtInECT1Pkts'], // the first one's
    [0, 3, undefined],
    [2, 0, undefined],
  ] as const)('%d and %d', (one, other, counter) => {
    const r = new Receiver();
    const [first] = cut(stream(0, 100), 80, { tos: one });
    const [, second] = cut(stream(0, 100), 80, { tos: other });
    r.arrive(first!, second!);
    expect(r.received).toEqual(counter && stream(0, 100));
    if (counter === undefined) expect(r.drops).toEqual(['fragment-ecn', 'fragment-ecn']);
    else expect(r.host.counters[counter]).toBe(1);
  });
});

describe('a packet that does not get complete', () => {
  test('is given up after 30 s, and its sender told if the beginning came (RFC 1122 §3.3.2)', () => {
    const r = new Receiver();
    const [first] = cut(stream(0, 100), 80);
    r.arrive(first!);
    r.after(seconds(30) - 1);
    expect(r.drops).toEqual([]);
    r.after(1);
    expect(r.drops).toEqual(['fragment-timeout']);
    const { frame, cause } = r.sent.shift()!;
    expect([frame.icmpv4?.type, frame.icmpv4?.code, cause.name]).toEqual([
      11,
      1,
      'reassembly-exceeded',
    ]);
    expect(frame.payload ?? frame.icmpv4?.payload).toEqual(first!.subarray(14));
    expect(r.counted()).toBe('1 0 1 1');
  });

  test('in silence without the beginning', () => {
    const r = new Receiver();
    const [, second] = cut(stream(0, 100), 80);
    r.arrive(second!);
    r.after(seconds(31));
    expect(r.drops).toEqual(['fragment-timeout']);
    expect(r.sent).toEqual([]);
  });

  test('after ipfrag_time', () => {
    const r = new Receiver();
    r.host.sysctl.write('net.ipv4.ipfrag_time', '2');
    r.arrive(cut(stream(0, 100), 80)[1]!);
    r.after(seconds(2));
    expect(r.drops).toEqual(['fragment-timeout']);
  });

  test('a new one begins with the same identification', () => {
    const r = new Receiver();
    const [first, second] = cut(stream(0, 100), 80);
    r.arrive(second!);
    r.after(seconds(30));
    r.arrive(first!, second!);
    expect(r.received).toEqual(stream(0, 100));
  });

  test('at an overlap: all of it goes, and what comes later begins anew', () => {
    const r = new Receiver();
    const [first, second] = cut(stream(0, 100), 80);
    const [, , third] = cut(stream(0, 100), 60);
    r.arrive(first!, third!, second!);
    expect(r.received).toBeUndefined();
    expect(r.drops).toEqual(['fragment-overlap', 'fragment-overlap', 'fragment-overlap']);
    expect(r.host.counters.IpExtReasmOverlaps).toBe(1);
    expect(r.counted()).toBe('3 0 1 0');
    r.arrive(first!, first!, second!);
    expect(r.received).toEqual(stream(0, 100));
    expect(r.drops.at(-1)).toBe('fragment-duplicate');
  });

  test('longer than any packet is (the ping of death)', () => {
    const r = new Receiver();
    const ethernet = { source: PEER_MAC, destination: HOST_MAC };
    const ipv4 = { source: PEER_ADDRESS, destination: HOST_ADDRESS, protocol: 1, id: 9 };
    const frames = Array.from({ length: 45 }, (_, i) =>
      encodeFrame({
        ethernet,
        ipv4: { ...ipv4, fragmentOffset: 1480 * i, flags: i === 44 ? 0 : 1 },
        payload: new Uint8Array(i === 44 ? 415 : 1480),
      }),
    );
    r.arrive(...frames);
    expect(new Set(r.drops)).toEqual(new Set(['fragment-too-long']));
    expect(r.counted()).toBe('45 0 1 0');
  });
});

describe('ipfrag_max_dist: fragments of one sender between two of one packet', () => {
  test.each([
    [64, 63, true],
    [64, 64, false],
    [0, 200, true],
  ])('%d of them, and %d came', (distance, others, arrives) => {
    const r = new Receiver();
    r.host.sysctl.write('net.ipv4.ipfrag_max_dist', String(distance));
    const [first, second] = cut(stream(0, 100), 80);
    r.arrive(first!);
    for (let id = 100; id < 100 + others; id++) r.arrive(cut(stream(0, 100), 80, { id })[0]!);
    r.arrive(second!);
    expect(r.received).toEqual(arrives ? stream(0, 100) : undefined);
    expect(r.drops).toEqual(arrives ? [] : ['fragment-distance']);
  });
});

describe('memory', () => {
  test('law: never above the bound by more than a packet, and none is kept when time is over', () => {
    let refused = 0;
    const bound = 20_000;
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            key: fc.nat(20),
            offset: fc.nat(30),
            length: fc.nat(3),
            last: fc.boolean(),
            pause: fc.nat(2000),
          }),
          { minLength: 50, maxLength: 100, size: 'max' },
        ),
        (parts) => {
          const events = {
            dropped: (): void => {},
            abandoned: (_: readonly Fragment[], why: Cause): void => {
              if (why.name === 'fragment-memory') refused += 1;
            },
            expired: (): void => {},
            wakeAt: (): void => {},
          };
          const reassembly = new Reassembly(
            { timeout: seconds(30), memory: bound, distance: 0 },
            events,
          );
          let now = 0;
          const frame = new Uint8Array(1000);
          for (const { key, offset, length, last, pause } of parts) {
            now += ms(pause);
            reassembly.wake(now);
            expect(reassembly.deadline).toBeGreaterThan(now);
            const fragment = { frame, from: 0, to: 8 * length, offset: 8 * offset, isLast: last };
            reassembly.receive(`${key}`, key % 3, fragment, now);
            expect(reassembly.memory).toBeLessThan(bound + 2000);
          }
          reassembly.wake(now + seconds(30));
          expect([reassembly.memory, reassembly.deadline]).toEqual([0, Infinity]);
        },
      ),
    );
    expect(refused).toBeGreaterThan(100);
  });

  test('ipfrag_high_thresh 0: no fragment is taken', () => {
    const r = new Receiver();
    r.host.sysctl.write('net.ipv4.ipfrag_high_thresh', '0');
    r.arrive(...cut(utf8('x'.repeat(100)), 80));
    expect(r.drops).toEqual(['fragment-memory', 'fragment-memory']);
    expect(r.counted()).toBe('2 0 2 0');
  });
});
