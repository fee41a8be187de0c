import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkList } from '../../src/wire/capture/chunk-list.ts';
import { concat, sameBytes } from '../../src/wire/index.ts';

/** Appends octets that are told apart from their neighbours. */
function append(list: ChunkList, written: number[], length: number): void {
  const at = list.reserve(length);
  for (let i = 0; i < length; i++) {
    const octet = (written.length * 31) & 0xff;
    list.bytes[at + i] = octet;
    written.push(octet);
  }
  list.at += length;
}

test('law: taken or lent, the chunks are what was written; those taken stay as they were', () => {
  const steps = fc.array(fc.oneof(fc.nat(3_000), fc.constantFrom('take', 'drain', 'drain')), {
    size: 'max',
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const chunks = new ChunkList();
      const written: number[] = [];
      const given: Uint8Array[] = [];
      for (const step of [...list, 'take']) {
        if (typeof step === 'number') append(chunks, written, step);
        else if (step === 'take') given.push(...chunks.take());
        else chunks.drain((chunk) => given.push(chunk.slice()));
      }
      expect(sameBytes(concat(...given), Uint8Array.from(written))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('what is lent is written to again, so that a long capture needs no more memory', () => {
  const chunks = new ChunkList();
  const buffers = new Set<ArrayBufferLike>();
  let length = 0;
  for (let i = 0; i < 4_000; i++) {
    chunks.reserve(1_500);
    chunks.at += 1_500;
    if (i % 500 !== 499) continue;
    chunks.drain((chunk) => {
      buffers.add(chunk.buffer);
      length += chunk.length;
    });
  }
  expect(length).toBe(4_000 * 1_500);
  expect(buffers.size).toBe(1);
});
