import * as fc from 'fast-check';
import { assert, describe, expect, test } from 'vitest';
import { ByteQueue } from '../../src/wire/capture/byte-queue.ts';
import { concat, sameBytes } from '../../src/wire/index.ts';

/** Bytes that tell where they are. */
function numbered(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((from + i) * 7 + ((from + i) >>> 8)) & 0xff);
}

/** Takes the next `n` octets out, if they are there. */
function take(queue: ByteQueue, n: number): Uint8Array | undefined {
  if (!queue.has(n)) return undefined;
  const run = queue.bytes.subarray(queue.at, queue.at + n);
  queue.skip(n);
  return run;
}

describe('ByteQueue', () => {
  test('a run within a large chunk is a view of it', () => {
    const queue = new ByteQueue();
    const chunk = numbered(4096);
    queue.push(chunk);
    expect(take(queue, 100)?.buffer).toBe(chunk.buffer);
    expect(take(queue, 3996)?.buffer).toBe(chunk.buffer);
    expect(queue.copied).toBe(0);
  });

  test('what was handed out never changes', () => {
    const queue = new ByteQueue();
    const runs: [Uint8Array, Uint8Array][] = [];
    for (let i = 0; i < 20_000; i++) {
      queue.push(numbered(7, i));
      const run = take(queue, 5);
      if (run !== undefined) runs.push([run, run.slice()]);
    }
    expect(runs.every(([run, copy]) => sameBytes(run, copy))).toBe(true);
  });

  test('runs come out as pushed, whatever the chunks, and copying is linear', () => {
    const length = fc.oneof(
      fc.nat(3),
      fc.nat(3000),
      fc.constantFrom(2047, 2048, 2049, 65_536, 70_000),
    );
    fc.assert(
      fc.property(
        fc.array(length, { maxLength: 30, size: 'max' }),
        fc.array(length, { maxLength: 60, size: 'max' }),
        (pushes, takes) => {
          const queue = new ByteQueue();
          const taken: Uint8Array[] = [];
          let pushed = 0;
          for (const [i, n] of pushes.entries()) {
            queue.push(numbered(n, pushed));
            pushed += n;
            for (const wanted of takes.slice(2 * i, 2 * i + 2)) {
              const run = take(queue, wanted);
              if (run !== undefined) taken.push(run);
            }
            expect(queue.offset + queue.length).toBe(pushed);
          }
          const rest = take(queue, queue.length);
          expect(sameBytes(concat(...taken, rest!), numbered(pushed))).toBe(true);
          expect(queue.copied).toBeLessThanOrEqual(2 * pushed);
          expect(queue.has(1)).toBe(false);
        },
      ),
    );
  });

  test('asking again does not copy again', () => {
    const queue = new ByteQueue();
    queue.push(numbered(10));
    for (let i = 0; i < 100_000; i++) {
      queue.push(Uint8Array.of(i));
      if (!queue.has(10) || queue.has(200_000)) assert.fail(`after ${i} octets`);
    }
    expect(queue.copied).toBeLessThanOrEqual(2 * queue.length);
  });
});
