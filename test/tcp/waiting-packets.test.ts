/**
 * The packets that wait in a receive buffer: what each takes of memory, which become one, and when
 * it is free again. Numbers are those that `ss -tm` shows on Linux 6.18.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COPIED_PACKETS,
  PAGE_FRAGMENTS,
  type PacketBuffers,
  SENT_PACKETS,
  TUN_PACKETS,
  tunPackets,
} from '../../src/stack/interfaces/packet-buffers.ts';
import { linux4 } from '../../src/stack/index.ts';
import { AheadQueue } from '../../src/stack/tcp/receive/ahead-queue.ts';
import { ReceiveQueue } from '../../src/stack/tcp/receive/receive-queue.ts';
import { ArrivingPacket } from '../../src/stack/tcp/receive/waiting-packet.ts';

const UNSHARED = Number.POSITIVE_INFINITY;
/** Half of the memory is payload. */
const HALF = 128;

function packet(buffers: PacketBuffers, payload: number, segment = payload): ArrivingPacket {
  const made = new ArrivingPacket();
  made.receive(buffers, 52, payload, segment);
  return made;
}

test('law: a packet that another arrived as before is as if it were the first', () => {
  const shape = fc.record({
    buffers: fc.constantFrom(COPIED_PACKETS, PAGE_FRAGMENTS, SENT_PACKETS, TUN_PACKETS),
    headers: fc.constantFrom(40, 52),
    payload: fc.constantFrom(1, 1448, 4344),
    segment: fc.constantFrom(1448, 4344),
  });
  fc.assert(
    fc.property(fc.array(shape, { minLength: 2, maxLength: 12 }), (shapes) => {
      const again = new ArrivingPacket();
      for (const { buffers, headers, payload, segment } of shapes) {
        const first = new ArrivingPacket();
        again.receive(buffers, headers, payload, segment);
        first.receive(buffers, headers, payload, segment);
        const { length, memory, room, pieces } = first;
        expect(again).toMatchObject({ length, memory, room, pieces });
      }
    }),
    { seed: 20261122, numRuns: 300 },
  );
});

/** Both queues of a receiver, as far as their packets go, by positions of the stream. */
class Receiver {
  readonly inOrder = new ReceiveQueue();
  readonly ahead = new AheadQueue();
  readonly buffers: PacketBuffers;
  next = 0;
  read = 0;

  constructor(buffers: PacketBuffers) {
    this.buffers = buffers;
  }

  arrive(start: number, length: number): void {
    const arrived = packet(this.buffers, length);
    if (start > this.next) {
      const taken = this.ahead.add(start, arrived, false, this.buffers, UNSHARED);
      if (taken === 'kept') this.ahead.charge(arrived);
      return;
    }
    const end = start + length;
    if (end <= this.next) return;
    this.inOrder.append(arrived, end - this.next, this.buffers, UNSHARED);
    this.next = end;
    for (let of = this.ahead.takeUpTo(end); of !== undefined; of = this.ahead.takeUpTo(this.next)) {
      if (of.end <= this.next) continue;
      this.inOrder.append(of, of.end - this.next, this.buffers, UNSHARED);
      this.next = of.end;
    }
  }

  readTo(position: number): void {
    this.read = position;
    this.inOrder.readTo(this.next - position);
  }

  get memory(): number {
    return this.inOrder.memory + this.ahead.memory;
  }
}

describe('what is counted is free when its octets are', () => {
  const step = fc.record({
    ahead: fc.oneof(fc.constant(0), fc.integer({ min: -300, max: 3000 })),
    length: fc.oneof(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 3000 })),
    share: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
    collapses: fc.boolean(),
  });
  const seen = { gone: 0, merged: 0, kept: 0 };

  test('law: memory is for what waits, at least as much, and none with the last octet', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(COPIED_PACKETS, TUN_PACKETS, PAGE_FRAGMENTS, SENT_PACKETS),
        fc.array(step, { maxLength: 40, size: 'max' }),
        (buffers, steps) => {
          const receiver = new Receiver(buffers);
          const arrived = new Set<number>();
          for (const { ahead, length, share, collapses } of steps) {
            const start = Math.max(0, receiver.next + ahead);
            for (let at = start; at < start + length; at++) arrived.add(at);
            receiver.arrive(start, length);
            for (let at = receiver.read; at < receiver.next; at++) {
              if (!arrived.has(at)) throw new Error(`octet ${at} was never there`);
            }
            expect(arrived.has(receiver.next)).toBe(false);
            receiver.readTo(receiver.read + Math.floor((receiver.next - receiver.read) * share));
            if (collapses) {
              seen.gone +=
                receiver.inOrder.collapse(HALF, 576) + receiver.ahead.collapse(HALF, 5000, 576);
            }
            expect(receiver.inOrder.memory).toBeGreaterThanOrEqual(receiver.next - receiver.read);
            if (receiver.inOrder.count > 0) expect(receiver.inOrder.firstLength).toBeGreaterThan(0);
          }
          seen.merged += receiver.ahead.merged;
          seen.kept += receiver.ahead.last === undefined ? 0 : 1;
          const end = receiver.ahead.last?.end ?? receiver.next;
          receiver.arrive(receiver.next, Math.max(1, end - receiver.next));
          receiver.readTo(receiver.next);
          expect([receiver.memory, receiver.inOrder.count]).toEqual([0, 0]);
        },
      ),
      { numRuns: 60, seed: 20261122 },
    );
    for (const [name, count] of Object.entries(seen)) expect(count, name).toBeGreaterThan(20);
  });

  test('a FIN alone is a packet until the end is read, and part of one that is not read', () => {
    const queue = new ReceiveQueue();
    queue.appendEnd(packet(TUN_PACKETS, 0), TUN_PACKETS, UNSHARED);
    queue.readTo(0);
    expect(queue.memory).toBe(832);
    queue.readEnd();
    expect(queue.memory).toBe(0);
    queue.append(packet(TUN_PACKETS, 10), 10, TUN_PACKETS, UNSHARED);
    expect(queue.appendEnd(packet(TUN_PACKETS, 0), TUN_PACKETS, UNSHARED)).toBe(true);
    queue.readTo(0);
    expect(queue.memory).toBe(0);
  });
});

describe('a device keeps what arrives', () => {
  test.each([
    [1, 832],
    [152, 832],
    [153, 1280],
    [600, 1280],
    [664, 2304],
    [1460, 2304],
    [1688, 4352],
    [3000, 4352],
    [3736, 8448],
    [3992, 8448],
    [6000, 8448],
    [9000, 12_544],
    [20_000, 20_736],
    [40_000, 41_216],
  ])('TUN: %d octets behind 40 of headers take %d', (payload, memory) => {
    expect(TUN_PACKETS.memoryOf(40, payload)).toBe(memory);
  });

  test.each([
    [1, 768],
    [88, 768],
    [89, 1280],
    [600, 1280],
    [664, 2304],
  ])('TUN, before Linux 6.3: %d octets behind 40 of headers take %d', (payload, memory) => {
    const { smallBlock } = linux4.socketMemory;
    expect(tunPackets(smallBlock).memoryOf(40, payload)).toBe(memory);
  });

  test('TUN: what fits behind another is copied to it, unless a capture has that still', () => {
    const queue = new ReceiveQueue();
    const append = (length: number, sharedBehind: number): number => {
      queue.append(packet(TUN_PACKETS, length), length, TUN_PACKETS, sharedBehind);
      return queue.memory;
    };
    expect(append(10, UNSHARED)).toBe(832);
    expect(append(100, UNSHARED)).toBe(832);
    expect(append(31, UNSHARED)).toBe(1664); // of 256 octets 64 and headers of 52 are taken
    expect(append(1, -1)).toBe(2496);
    expect(append(1, 0)).toBe(2496);
  });

  test('TAP: packets in pieces of pages are hung together', () => {
    expect(PAGE_FRAGMENTS.memoryOf(52, 1448)).toBe(2176);
    const receiver = new Receiver(PAGE_FRAGMENTS);
    for (let i = 0; i < 12; i++) receiver.arrive(i * 1448, 1448);
    expect([receiver.memory, receiver.inOrder.count]).toEqual([2176 + 11 * 1920, 1]);
    for (let i = 13; i < 30; i++) receiver.arrive(i * 1448, 1448);
    receiver.arrive(12 * 1448, 1448);
    // ss: skmem:(r58112,…), the second packet having more pieces than the first has room for.
    expect([receiver.memory, receiver.inOrder.count]).toEqual([58_112, 2]);
    expect(receiver.ahead.memory).toBe(0);
  });

  test('TAP: of several pieces ahead of order, each is hung to the others in its turn', () => {
    const receiver = new Receiver(PAGE_FRAGMENTS);
    const lost = [11, 14, 18];
    for (let i = 0; i < 30; i++) if (!lost.includes(i)) receiver.arrive(i * 1448, 1448);
    for (const i of lost) receiver.arrive(i * 1448, 1448);
    expect([receiver.memory, receiver.inOrder.count]).toEqual([58_112, 2]);
  });

  test('veth and loopback: packets are hung together as their sender had them', () => {
    const receiver = new Receiver(SENT_PACKETS);
    receiver.arrive(0, 6);
    expect(receiver.memory).toBe(838); // ss: skmem:(r838,…)
    receiver.readTo(6);
    for (let i = 0; i < 40; i++) receiver.arrive(6 + i * 1448, 1448); // 17, 17 and 6
    const whole = 3 * 832 + 40 * 1448;
    expect([receiver.memory, receiver.inOrder.count]).toEqual([whole, 3]);
    expect(receiver.inOrder.firstLength).toBe(17 * 1448);
    receiver.readTo(6 + 17 * 1448 - 1);
    expect([receiver.memory, receiver.inOrder.count]).toEqual([whole, 3]);
    receiver.readTo(6 + 35 * 1448);
    expect([receiver.memory, receiver.inOrder.count]).toEqual([832 + 6 * 1448, 1]);
  });

  test('what reaches from one of the pages of its sender into the next takes two places', () => {
    const queue = new ReceiveQueue();
    const isJoined = (pieces: number): boolean => {
      const next = packet(SENT_PACKETS, 1448);
      next.pieces = pieces;
      return queue.append(next, 1448, SENT_PACKETS, UNSHARED);
    };
    for (let i = 0; i < 16; i++) isJoined(i === 9 ? 2 : 1);
    expect([isJoined(1), queue.count]).toEqual([false, 2]);
  });

  test('what was merged of segments is hung together as they would have been', () => {
    const [merged, single] = [new ReceiveQueue(), new ReceiveQueue()];
    const append = (queue: ReceiveQueue, payload: number): boolean =>
      queue.append(packet(PAGE_FRAGMENTS, payload, 1448), payload, PAGE_FRAGMENTS, UNSHARED);
    append(merged, 10 * 1448);
    for (let i = 0; i < 10; i++) append(single, 1448);
    expect([merged.memory, merged.count]).toEqual([single.memory, single.count]);
    expect(append(merged, 8 * 1448)).toBe(true);
    expect(append(merged, 1448)).toBe(false);
  });
});

describe('what is collapsed', () => {
  test('is what takes more than its octets would: one copy for each page', () => {
    const queue = new ReceiveQueue();
    for (let i = 0; i < 60; i++) {
      queue.append(packet(TUN_PACKETS, 150), 150, TUN_PACKETS, -1);
    }
    expect(queue.memory).toBe(60 * 1280);
    expect(queue.collapse(HALF, 576)).toBe(60);
    expect([queue.memory, queue.count]).toEqual([4352 + 4352 + 2304, 3]);
  });

  test('is not what is full', () => {
    const queue = new ReceiveQueue();
    for (let i = 0; i < 3; i++) queue.append(packet(TUN_PACKETS, 1448), 1448, TUN_PACKETS, -1);
    expect(queue.collapse(HALF, 576)).toBe(0);
    expect(queue.memory).toBe(3 * 2304);
  });

  test('ahead of order is each run, but no single short packet', () => {
    const queue = new AheadQueue();
    for (const start of [100, 110, 120, 500]) {
      const short = packet(TUN_PACKETS, 10);
      expect(queue.add(start, short, false, TUN_PACKETS, -1)).toBe('kept');
      queue.charge(short);
    }
    expect(queue.memory).toBe(4 * 832);
    expect(queue.collapse(HALF, 5000, 576)).toBe(3);
    expect(queue.memory).toBe(2 * 832);
  });
});

test('law: of what waits ahead of order none lies within another, however segments overlap', () => {
  const segment = fc.record({
    start: fc.nat({ max: 400 }),
    length: fc.integer({ min: 1, max: 150 }),
    followsLast: fc.boolean(),
  });
  const seen = { joined: 0, kept: 0, repeated: 0 };
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 12 }), (segments) => {
      const queue = new AheadQueue();
      let last = 0;
      for (const { start, length, followsLast } of segments) {
        const at = followsLast ? last : start;
        last = at + length;
        const taken = queue.add(at, packet(SENT_PACKETS, length), false, SENT_PACKETS, UNSHARED);
        if (taken === 'kept') queue.charge(packet(SENT_PACKETS, length));
        seen[taken] += 1;
      }
      const { last: rightmost } = queue;
      const all: (readonly [start: number, end: number])[] = [];
      for (;;) {
        const next = queue.takeUpTo(Number.POSITIVE_INFINITY);
        if (next === undefined) break;
        all.push([next.start, next.end]);
      }
      for (const [i, [start, end]] of all.slice(1).entries()) {
        expect([start > all[i]![0], end > all[i]![1]], JSON.stringify(all)).toEqual([true, true]);
      }
      expect([rightmost?.end, queue.memory]).toEqual([all.at(-1)?.[1], 0]);
    }),
    { numRuns: 2000 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(300);
});
