/** IPv6 packets that come in fragments (RFC 8200 §4.5, RFC 5722, RFC 6946). */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cause, type Host, seconds } from '../../src/stack/index.ts';
import { fragmentsOfIpv6 } from '../../src/stack/ip/fragment-ipv6.ts';
import { Slab } from '../../src/stack/slab.ts';
import {
  decodeFrame,
  encodeFrame,
  IPV6_ANY,
  type Ipv6Extension,
  LinkType,
  parseIpv6,
  put16,
} from '../../src/wire/index.ts';
import { stream } from '../help/notation.ts';
import { Segment } from '../help/segment.ts';

const [ONE, TWO] = ['2001:db8::1', '2001:db8::2'].map(parseIpv6) as [bigint, bigint];
const BY_SENDER = cause('by-sender', 'the test sends it', 'none');

/** Host 2 with port 7 open, and what it sends. */
class Receiver {
  readonly segment = new Segment();
  readonly sent: Uint8Array[] = [];
  readonly host: Host = this.segment.host(2, { address: ['2001:db8::2/64'] });
  readonly #socket = this.host.udpSocket('AF_INET6');

  constructor() {
    this.segment.after(seconds(3)); // its addresses are its own
    this.#socket.bind(IPV6_ANY, 7);
    this.host.interfaces[1]!.observer = (frame) => void this.sent.push(frame.slice());
    this.segment.drops.length = 0;
  }

  arrive(...frames: Uint8Array[]): void {
    for (const each of frames)
      this.host.interfaces[1]!.receive(each, BY_SENDER, this.segment.loop.now);
  }

  get received(): Uint8Array | undefined {
    return this.#socket.receive()?.payload;
  }

  get drops(): string[] {
    return this.segment.drops.splice(0).map((drop) => drop.replace('2 ', ''));
  }

  /** ICMPv6 errors that it sent: type, code, and what follows. */
  get errors(): (number | undefined)[][] {
    return this.sent
      .splice(0)
      .map((bytes) => decodeFrame(LinkType.ethernet, bytes).icmpv6)
      .filter((message) => message !== undefined && message.type < 128)
      .map((message) => [message?.type, message?.code, message?.rest]);
  }
}

/** A datagram of host 1's to port 7. */
function datagram(
  payload: Uint8Array,
  trafficClass = 0,
  extensions: Ipv6Extension[] = [],
): Uint8Array {
  return encodeFrame({
    ethernet: { source: 0x02_00_00_00_00_01, destination: 0x02_00_00_00_00_02 },
    ipv6: { source: ONE, destination: TWO, trafficClass },
    extensions,
    udp: { sourcePort: 1000, destinationPort: 7 },
    payload,
  });
}

function cut(payload: Uint8Array, mtu: number, id = 7, trafficClass = 0): Uint8Array[] {
  const whole = datagram(payload, trafficClass);
  const fragments = fragmentsOfIpv6(whole, mtu, id, new Slab());
  for (const each of fragments) each.set(whole.subarray(0, 14));
  return fragments;
}

test('what one host sends in fragments another takes as a whole', () => {
  const segment = new Segment();
  const a = segment.host(1, { address: ['2001:db8::1/64'] });
  const b = segment.host(2, { address: ['2001:db8::2/64'] });
  segment.after(seconds(3));
  const socket = b.udpSocket('AF_INET6');
  socket.bind(IPV6_ANY, 7);
  a.udpSocket('AF_INET6').send(stream(0, 5000), TWO, 7, segment.loop.now);
  segment.after(seconds(1));
  expect(socket.receive()?.payload).toEqual(stream(0, 5000));
  expect([b.counters.Ip6ReasmReqds, b.counters.Ip6ReasmOKs]).toEqual([4, 1]);
});

test('law: fragments in any order, of two packets at once, give both', () => {
  const r = new Receiver();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 100, maxLength: 1200, size: 'max' }),
      fc.integer({ min: 56, max: 600 }),
      fc.infiniteStream(fc.nat()),
      (payload, mtu, order) => {
        const reversed = payload.toReversed();
        const shuffled = [...cut(payload, mtu, 1), ...cut(reversed, mtu, 2)]
          .map((frame) => ({ frame, place: order.next().value as number }))
          .toSorted((x, y) => x.place - y.place);
        r.arrive(...shuffled.map(({ frame }) => frame));
        const both = [r.received, r.received].map(String);
        expect(both.toSorted()).toEqual([payload, reversed].map(String).toSorted());
      },
    ),
    { numRuns: 40 },
  );
});

test('RFC 5722: an overlap gives up the whole packet, in silence', () => {
  const r = new Receiver();
  const [first, second] = cut(stream(0, 100), 104);
  const [, , third] = cut(stream(0, 100), 80);
  r.arrive(first!, third!, second!);
  expect(r.received).toBeUndefined();
  expect(r.drops).toEqual(['fragment-overlap', 'fragment-overlap', 'fragment-overlap']);
  expect(r.errors).toEqual([]);
});

test('after 60 s a packet is given up; its sender is told if the beginning came', () => {
  const r = new Receiver();
  r.host.addNeighbor(r.host.interfaces[1]!, ONE, 0x02_00_00_00_00_01, r.segment.loop.now);
  const [first] = cut(stream(0, 100), 104, 1);
  const [, second] = cut(stream(0, 100), 104, 2);
  r.arrive(first!, second!);
  r.segment.after(seconds(60) - 1);
  expect(r.drops).toEqual([]);
  r.segment.after(seconds(4));
  expect(r.drops).toEqual(['fragment-timeout', 'fragment-timeout']);
  expect(r.errors).toEqual([[3, 1, 0]]);
  expect(r.host.counters.Ip6ReasmTimeout).toBe(2);
  expect(r.host.counters.Ip6ReasmFails).toBe(2);
});

test('a piece whose length is no multiple of eight draws a parameter problem, the rest goes on', () => {
  const r = new Receiver();
  r.host.addNeighbor(r.host.interfaces[1]!, ONE, 0x02_00_00_00_00_01, r.segment.loop.now);
  const [first, second] = cut(stream(0, 100), 104);
  const odd = first!.slice(0, -3);
  put16(odd, 18, odd.length - 54);
  r.arrive(odd);
  expect(r.drops).toEqual(['fragment-not-in-eights']);
  expect(r.errors).toEqual([[4, 0, 4]]);
  r.arrive(first!, second!);
  expect(r.received).toEqual(stream(0, 100));
});

test('one that would end behind the longest packet draws one, too', () => {
  const r = new Receiver();
  r.host.addNeighbor(r.host.interfaces[1]!, ONE, 0x02_00_00_00_00_01, r.segment.loop.now);
  const last = cut(stream(0, 100), 104)[1]!;
  put16(last, 56, 0xfff8);
  r.arrive(last);
  expect(r.drops).toEqual(['fragment-too-long']);
  expect(r.errors).toEqual([[4, 0, 42]]);
});

test('RFC 6946: a fragment header on a whole packet waits for nothing', () => {
  const r = new Receiver();
  const fragment = { kind: 'fragment', fragmentOffset: 0, moreFragments: false, id: 9 } as const;
  r.arrive(cut(stream(50, 100), 104, 9)[1]!);
  r.arrive(datagram(stream(0, 100), 0, [fragment]));
  expect(r.received).toEqual(stream(0, 100));
  expect(r.host.counters.Ip6ReasmReqds).toBe(1);
});

test('RFC 3168 §5.3: congestion that one fragment met, the packet met', () => {
  const r = new Receiver();
  const [first] = cut(stream(0, 100), 104, 3, 2);
  const [, second] = cut(stream(0, 100), 104, 3, 3);
  r.arrive(second!, first!);
  expect(r.received).toEqual(stream(0, 100));
  expect(r.host.counters.Ip6InCEPkts).toBe(1);
});

test('extension headers before the fragment header stay; those behind it come with the rest', () => {
  const r = new Receiver();
  const hopByHop = { kind: 'hop-by-hop', options: Uint8Array.of(1, 4, 0, 0, 0, 0) } as const;
  const destination = { ...hopByHop, kind: 'destination-options' } as const;
  const whole = datagram(stream(0, 100), 0, [hopByHop, destination]);
  const pieces = [0, 64].map((offset) => {
    const b = new Uint8Array(whole.length);
    b.set(whole.subarray(0, 62));
    b[54] = 44; // hop-by-hop leads to the fragment header
    b.set([60, 0, offset >> 8, offset | (offset === 0 ? 1 : 0), 0, 0, 0, 5], 62);
    const piece = whole.subarray(62 + offset, offset === 0 ? 126 : whole.length);
    b.set(piece, 70);
    put16(b, 18, 16 + piece.length);
    return b.subarray(0, 70 + piece.length);
  });
  r.arrive(pieces[1]!, pieces[0]!);
  expect(r.drops).toEqual([]);
  expect(r.received).toEqual(stream(0, 100));
});
