/**
 * The bound of a receive buffer: whatever arrives in whatever order, what waits takes no more memory
 * than SO_RCVBUF or tcp_rmem say and two packets more, and what is read is the stream all the same.
 */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type HostProfile, linux6, ms } from '../../src/stack/index.ts';
import { memoryInUse } from '../../src/stack/tcp/receive-memory.ts';
import { COPIED_PACKETS, PAGE_FRAGMENTS, SENT_PACKETS } from '../../src/stack/packet-buffers.ts';
import { WaitingPackets } from '../../src/stack/tcp/segment-memory.ts';
import { test } from '../help/family-test.ts';
import { connected, type Conversation } from '../help/peer.ts';
import { check } from './world.ts';

/** A connection whose peer can send what it likes; nothing that the host sends is looked at. */
function receiver(options: Parameters<typeof connected>[0]): Conversation {
  return connected({ profile: linux6, ...options });
}

function settle(c: Conversation): void {
  c.after(0);
  c.laboratory.sent.length = 0;
}

function inUse({ tcb }: Conversation): number {
  if (tcb === undefined) throw new Error('the connection is gone');
  return memoryInUse(tcb);
}

function boundOf({ tcb }: Conversation): number {
  if (tcb === undefined) throw new Error('the connection is gone');
  return tcb.rcv.memory;
}

/** What the host's last acknowledgment expects next, and the window that it offers. */
function expected({ tcb, host }: Conversation): { next: number; window: number } {
  if (tcb === undefined) throw new Error('the connection is gone');
  expect(host.counters.TcpEstabResets).toBe(0);
  const { rcv } = tcb;
  const next = tcb.counts.octetsReceived + 1;
  return { next, window: rcv.wnd };
}

const SYN = '<mss 1460,sackOK,nop,nop,nop,wscale 7>';

describe('memory is bounded', () => {
  interface Arrival {
    /** Where it begins: so far behind what is expected, as a share of the window. */
    readonly ahead: number;
    readonly length: number;
    readonly reads: number;
  }
  const arrival: fc.Arbitrary<Arrival> = fc.record({
    ahead: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
    length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 }), fc.constant(1460)),
    reads: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(5000) },
    ),
  });
  const seen = { prunes: 0, aheadDrops: 0, collapses: 0, pruned: 0 };

  test.law('by SO_RCVBUF or by tcp_rmem, and no octet is another', (families) => {
    const rounds = fc.array(fc.tuple(arrival, fc.integer({ min: 1, max: 40 })), {
      maxLength: 16,
      size: 'max',
    });
    fc.assert(
      fc.property(
        families,
        rounds,
        fc.constantFrom(0, 1200, 4000),
        fc.boolean(),
        (family, arrivals, chosen, sacks) => {
          const syn = sacks ? SYN : '<mss 1460,nop,wscale 7>';
          const profile: HostProfile = {
            ...linux6,
            tcp: { ...linux6.tcp, receiveBuffer: { minimum: 1, default: 8000, maximum: 16_000 } },
          };
          const socket = chosen === 0 ? {} : { SO_RCVBUF: chosen };
          const c = receiver({ family, profile, syn, socket });
          const most = chosen === 0 ? 16_000 : 2 * chosen;
          for (const [{ ahead, length, reads }, times] of arrivals) {
            for (let i = 0; i < times; i++) {
              const { next, window } = expected(c);
              const from = next + Math.floor(ahead * window) + (ahead > 0 ? 3 * i : 0);
              c.peer(`. ${from}:${from + length}(${length}) ack 1`);
              check(boundOf(c) <= most, 'the buffer is no longer than it may be');
              check(inUse(c) <= most + 2 * COPIED_PACKETS.memoryOf(40, 1460), 'memory is bounded');
            }
            if (reads > 0) c.read(reads);
            settle(c);
          }
          while (c.read() > 0);
          settle(c);
          if (c.tcb?.receiveBuffer.hasGap === false) expect(inUse(c)).toBe(0);
          const { counters } = c.host;
          seen.prunes += counters.TcpExtPruneCalled;
          seen.aheadDrops += counters.TcpExtTCPOFODrop;
          seen.collapses += counters.TcpExtTCPRcvCollapsed;
          seen.pruned += counters.TcpExtOfoPruned;
        },
      ),
      { numRuns: 30, seed: 20261121 },
    );
    for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(5);
  });

  test.once('what is counted goes with what is read, and all of it with the last octet', () => {
    const device = fc.constantFrom(COPIED_PACKETS, PAGE_FRAGMENTS, SENT_PACKETS);
    const isOrdered = fc.boolean();
    const step = fc.record({
      length: fc.integer({ min: 1, max: 3000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        device,
        isOrdered,
        fc.array(step, { maxLength: 50, size: 'max' }),
        (buffers, ordered, steps) => {
          const packets = new WaitingPackets(buffers, 52, ordered);
          let octets = 0;
          for (const { length, share } of steps) {
            packets.append(length, length);
            octets += length;
            expect(packets.memory).toBeGreaterThanOrEqual(octets);
            const taken = Math.floor(octets * share);
            packets.take(taken, octets);
            octets -= taken;
            packets.collapse(octets, octets === 0 ? 0 : 1);
            expect(packets.memory >= octets && packets.count >= 0).toBe(true);
          }
          packets.take(octets, octets);
          expect([packets.memory, packets.count]).toEqual([0, 0]);
        },
      ),
    );
  });
});

test('short segments close the window sooner: each packet takes memory', () => {
  const c = receiver({ socket: { SO_RCVBUF: 4096 }, syn: SYN });
  let sent = 0;
  // Far enough apart that no packet fits behind the one before: as a device would that merges none.
  while (expected(c).window >= 80 && sent < 200) {
    const { next } = expected(c);
    c.peer(`. ${next}:${next + 80}(80) ack 1`);
    settle(c);
    sent += 1;
  }
  const octets = sent * 80;
  expect(octets).toBeLessThan(3500); // of 4096 that long segments would have filled
  expect(inUse(c)).toBeLessThanOrEqual(8192 + COPIED_PACKETS.memoryOf(40, 80));
  expect(c.read()).toBe(octets);
  settle(c);
  expect(inUse(c)).toBe(0);
});

test('what comes in order has precedence: what waits ahead of it goes', () => {
  const c = receiver({ socket: { SO_RCVBUF: 2304 }, syn: SYN });
  for (let i = 0; i < 12; i++) c.peer(`. ${101 + 150 * i}:${102 + 150 * i}(1) ack 1`);
  settle(c);
  expect(c.host.counters.TcpExtTCPOFODrop).toBeGreaterThan(0);
  c.peer('. 1:101(100) ack 1');
  c.after(ms(0));
  settle(c);
  expect(c.host.counters.TcpExtOfoPruned).toBe(1);
  expect(c.read()).toBeGreaterThanOrEqual(100);
  settle(c);
});

test.once('SO_RCVBUF tells of the buffer as it has grown, until the program sets it', () => {
  const c = receiver({ syn: SYN });
  const buffer = (): number => c.socket?.getOption('SO_RCVBUF') ?? 0;
  expect(buffer()).toBe(131_072);
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 20 && expected(c).window >= 1460; i++) {
      const { next } = expected(c);
      c.peer(`. ${next}:${next + 1460}(1460) ack 1`);
      settle(c);
    }
    c.after(ms(10));
    c.read();
    settle(c);
  }
  expect(buffer()).toBeGreaterThan(131_072);
  expect(buffer()).toBe(boundOf(c));
  c.socket?.setOption('SO_RCVBUF', 50_000, c.now);
  expect(buffer()).toBe(100_000);
});

test('packets in pieces of pages are hung together, as windows of Linux 6.18 on a TAP show', () => {
  expect(PAGE_FRAGMENTS.memoryOf(52, 1448)).toBe(2176);
  const inOrder = new WaitingPackets(PAGE_FRAGMENTS, 52);
  for (let i = 0; i < 12; i++) inOrder.append(1448, 1448);
  expect([inOrder.memory, inOrder.count]).toEqual([2176 + 11 * 1920, 1]);
  const ahead = new WaitingPackets(PAGE_FRAGMENTS, 52);
  ahead.add(1448, 1448);
  for (let i = 0; i < 16; i++) ahead.append(1448, 1448);
  inOrder.append(1448, 1448);
  ahead.move(17 * 1448, 17 * 1448, 1, 1, inOrder);
  // ss: skmem:(r58112,…), the second packet having more pieces than the first has room for.
  expect([inOrder.memory, inOrder.count]).toEqual([58_112, 2]);
  expect([ahead.memory, ahead.count]).toEqual([0, 0]);
});

test('of several pieces ahead of order, each is hung to the others as it comes in order', () => {
  const inOrder = new WaitingPackets(PAGE_FRAGMENTS, 52);
  const ahead = new WaitingPackets(PAGE_FRAGMENTS, 52);
  const few = [2, 3, 11]; // segments 13–14, 16–18 and 20–30, as in a capture of Linux 6.18
  for (const segments of few) {
    ahead.add(1448, 1448);
    for (let i = 1; i < segments; i++) ahead.append(1448, 1448);
  }
  for (let i = 0; i < 11; i++) inOrder.append(1448, 1448);
  let left = 16;
  for (const [i, segments] of few.entries()) {
    inOrder.append(1448, 1448);
    ahead.move(segments * 1448, left * 1448, 1, 3 - i, inOrder);
    left -= segments;
  }
  expect([inOrder.memory, inOrder.count, ahead.memory]).toEqual([58_112, 2, 0]);
});

test('packets on a veth or on loopback are hung together as their sender had them', () => {
  const packets = new WaitingPackets(SENT_PACKETS, 52);
  packets.append(6, 6);
  expect(packets.memory).toBe(838); // ss: skmem:(r838,…)
  packets.clear();
  for (let i = 0; i < 18; i++) packets.append(1448, 1448);
  expect([packets.memory, packets.count]).toEqual([2 * 832 + 18 * 1448, 2]);
});

test('what reaches from one of the pages of its sender into the next takes two places', () => {
  const packets = new WaitingPackets(SENT_PACKETS, 52);
  packets.append(1448, 1448);
  for (let i = 1; i < 16; i++) packets.append(1448, 1448, i === 9 ? 1 : 0);
  expect([packets.append(1448, 1448), packets.count]).toEqual([false, 2]);
});

test('what was merged of segments is hung together as they would have been', () => {
  const [merged, single] = [
    new WaitingPackets(PAGE_FRAGMENTS, 52),
    new WaitingPackets(PAGE_FRAGMENTS, 52),
  ];
  merged.append(10 * 1448, 1448);
  for (let i = 0; i < 10; i++) single.append(1448, 1448);
  expect([merged.memory, merged.count]).toEqual([single.memory, single.count]);
  expect(merged.append(8 * 1448, 1448)).toBe(true);
  expect(merged.append(1448, 1448)).toBe(false);
});

test('what was hung together in order goes packet by packet, as windows of Linux 6.18 show', () => {
  const packets = new WaitingPackets(SENT_PACKETS, 52, true);
  for (let i = 0; i < 40; i++) packets.append(1448, 1448); // 17, 17 and 6
  const whole = packets.memory;
  packets.take(17 * 1448 - 1, 40 * 1448);
  expect([packets.memory, packets.count]).toEqual([whole, 3]);
  packets.take(1 + 17 * 1448 + 1448, 23 * 1448 + 1);
  expect([packets.memory, packets.count]).toEqual([832 + 6 * 1448, 1]);
  packets.take(5 * 1448, 5 * 1448);
  expect([packets.memory, packets.count]).toEqual([0, 0]);
});

test('the first packet that waits has its own length, or the usual one where that is not kept', () => {
  const inOrder = new WaitingPackets(SENT_PACKETS, 52, true);
  for (let i = 0; i < 20; i++) inOrder.append(1448, 1448);
  expect(inOrder.firstOf(20 * 1448)).toBe(17 * 1448);
  const copied = new WaitingPackets(COPIED_PACKETS, 52, true);
  for (let i = 0; i < 20; i++) copied.append(1448, 1448);
  expect(copied.firstOf(20 * 1448)).toBe(1448);
});
