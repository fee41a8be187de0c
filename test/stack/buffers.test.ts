/** Send and receive buffers, and the connection table, against naive models. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionTable, hashOfConnection } from '../../src/stack/tcp/connection-table.ts';
import { ReceiveBuffer } from '../../src/stack/tcp/receive/receive-buffer.ts';
import { SendBuffer } from '../../src/stack/tcp/send/send-buffer.ts';
import { sameBytes } from '../../src/wire/index.ts';
import { stream } from '../help/notation.ts';

describe('ReceiveBuffer', () => {
  test('law: does what a list of octets does, pieces in any order and overlapping', () => {
    let joined = 0;
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('insert' as const),
        offset: fc.oneof(fc.constant(0), fc.nat({ max: 3000 })),
        length: fc.integer({ min: 1, max: 1500 }),
      }),
      fc.record({ kind: fc.constant('read' as const), limit: fc.nat({ max: 4000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const buffer = new ReceiveBuffer();
        const have = new Set<number>(); // positions that arrived
        let next = 0;
        let read = 0;
        for (const s of steps) {
          if (s.kind === 'insert') {
            const from = next + s.offset;
            for (let i = 0; i < s.length; i++) have.add(from + i);
            const before = next;
            while (have.has(next)) next += 1;
            const bytes = stream(from, s.length);
            expect(buffer.insert(s.offset, bytes, 0, s.length)).toBe(next - before);
            if (next - before > s.length) joined += 1;
          } else {
            const length = Math.min(s.limit, next - read);
            expect(sameBytes(buffer.read(s.limit), stream(read, length))).toBe(true);
            read += length;
          }
          expect(buffer.readable).toBe(next - read);
          const ahead = [...have].filter((at) => at >= next).toSorted((a, b) => a - b);
          expect(buffer.length).toBe(next - read + ahead.length);
          expect(buffer.hasGap).toBe(ahead.length > 0);
          const starts = ahead.filter((at) => !have.has(at - 1)).map((at) => at - next);
          const ranges = buffer.ranges();
          expect(ranges.map(({ start }) => start)).toEqual(starts);
          expect(buffer.reach).toBe((ahead.at(-1) ?? next - 1) + 1 - next);
          for (const { start, end } of ranges) {
            let whole = !have.has(next + end);
            for (let at = start; at < end; at++) whole &&= have.has(next + at);
            const middle = Math.floor((start + end) / 2);
            expect(buffer.firstHeld(middle, end + 1000)).toEqual({ start: middle, end });
            expect(buffer.firstHeld(start - 1, middle + 1)).toEqual({ start, end: middle + 1 });
            expect(whole).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(joined).toBeGreaterThan(20);
  });

  test('readInto fills what it is given', () => {
    const buffer = new ReceiveBuffer();
    buffer.insert(0, stream(0, 10), 2, 10);
    const target = new Uint8Array(5);
    expect(buffer.readInto(target)).toBe(5);
    expect(target).toEqual(stream(2, 5));
    expect(buffer.readInto(target)).toBe(3);
    expect(buffer.readInto(target)).toBe(0);
  });

  test('clear throws everything away', () => {
    const buffer = new ReceiveBuffer();
    buffer.insert(0, stream(0, 10), 0, 10);
    buffer.insert(5, stream(15, 10), 0, 10);
    buffer.clear();
    expect([buffer.readable, buffer.length, buffer.hasGap]).toEqual([0, 0, false]);
    expect(buffer.insert(0, stream(10, 4), 0, 4)).toBe(4);
    expect(buffer.read(100)).toEqual(stream(10, 4));
  });
});

describe('SendBuffer', () => {
  test('law: keeps what is not acknowledged, in packets that end where they were told to', () => {
    let [sealed, split] = [0, 0];
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('write' as const),
        length: fc.integer({ min: 1, max: 3000 }),
        seals: fc.boolean(),
      }),
      fc.record({
        kind: fc.constantFrom('send' as const, 'acknowledge' as const),
        share: fc.integer({ min: 1, max: 100 }),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const buffer = new SendBuffer();
        // The model: where packets end, which of them are pushed, and how far they were sent.
        let ends: { at: number; pushed: boolean; sealed: boolean }[] = [];
        let [written, sent, acknowledged] = [0, 0, 0];
        for (const s of steps) {
          const next = ends.findIndex(({ at }) => at > sent);
          if (s.kind === 'write') {
            buffer.append(stream(written, s.length), 0, s.length);
            buffer.push();
            written += s.length;
            const last = ends.at(-1);
            if (last !== undefined && last.at > sent && !last.sealed) last.at = written;
            else ends.push({ at: written, pushed: true, sealed: false });
            if (s.seals) {
              buffer.endRecord();
              ends.at(-1)!.sealed = true;
              sealed += 1;
            }
          } else if (s.kind === 'send' && next >= 0) {
            const whole = ends[next]!.at - sent;
            expect(buffer.untilPacketEnd(sent - acknowledged)).toBe(whole);
            expect(buffer.isNextLast).toBe(next === ends.length - 1);
            const length = Math.ceil((whole * s.share) / 100);
            sent += length;
            buffer.sentTo(sent - acknowledged, false);
            if (length < whole) {
              ends.splice(next, 0, { at: sent, pushed: false, sealed: false });
              split += 1;
            }
          } else if (s.kind === 'acknowledge') {
            const octets = Math.floor(((sent - acknowledged) * s.share) / 100);
            buffer.acknowledge(octets);
            acknowledged += octets;
            ends = ends.filter(({ at }) => at > acknowledged);
          }
          const length = written - acknowledged;
          expect([buffer.length, buffer.packets]).toEqual([length, ends.length]);
          const offset = Math.floor(length / 3);
          const target = new Uint8Array(Math.min(length - offset, 700) + 2);
          buffer.copyTo(offset, target.length - 2, target, 1);
          const kept = stream(acknowledged + offset, target.length - 2);
          expect(sameBytes(target.subarray(1, -1), kept)).toBe(true);
          for (const at of [1, offset, sent - acknowledged, length]) {
            if (at < 1 || at > length) continue;
            const end = ends.find((it) => it.at === acknowledged + at);
            expect(buffer.isPushedAt(at)).toBe(end?.pushed ?? false);
          }
          const record = ends.find((it) => it.sealed && it.at > acknowledged + offset);
          const reach = (record?.at ?? Infinity) - acknowledged - offset;
          expect(buffer.untilRecordEnd(offset, 1460)).toBe(Math.min(reach, 1460));
        }
      }),
      { numRuns: 60 },
    );
    expect(sealed).toBeGreaterThan(100);
    expect(split).toBeGreaterThan(100);
  });
});

describe('ConnectionTable', () => {
  const make = (
    n: number,
  ): { hash: number } & Record<
    'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort',
    number
  > => {
    const tuple = {
      localAddress: 0x0a000001 + (n & 1),
      localPort: 80 + ((n >>> 1) & 3),
      remoteAddress: 0x0a000100 + ((n >>> 3) & 7),
      remotePort: 1000 + (n >>> 6),
    };
    const { localAddress, localPort, remoteAddress, remotePort } = tuple;
    return { ...tuple, hash: hashOfConnection(localAddress, localPort, remoteAddress, remotePort) };
  };

  test('law: finds what was added and not removed, whatever the order', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 300 })), { maxLength: 400, size: 'max' }),
        (steps) => {
          const table = new ConnectionTable<ReturnType<typeof make>>();
          const model = new Map<number, ReturnType<typeof make>>();
          const findsAsModel = (n: number): void => {
            const { localAddress, localPort, remoteAddress, remotePort } = make(n);
            const entry = table.find(localAddress, localPort, remoteAddress, remotePort);
            expect(entry).toBe(model.get(n));
          };
          for (const [adds, n] of steps) {
            findsAsModel(n);
            const entry = model.get(n);
            if (adds && entry === undefined) {
              const added = make(n);
              model.set(n, added);
              table.add(added);
            } else if (!adds) {
              table.remove(entry ?? make(n)); // one that the table does not hold is let be
              model.delete(n);
            }
            expect(table.size).toBe(model.size);
            findsAsModel(n);
          }
          for (let n = 0; n <= 300; n++) {
            findsAsModel(n);
            if (model.has(n)) found += 1;
          }
          expect(new Set(table.values())).toEqual(new Set(model.values()));
        },
      ),
      { numRuns: 30 },
    );
    expect(found).toBeGreaterThan(500);
  });
});
