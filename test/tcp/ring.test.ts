import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteRing } from '../../src/stack/tcp/ring.ts';
import { sameBytes } from '../../src/wire/index.ts';

/** The octet that belongs at a position. */
const octetAt = (position: number): number => Math.imul(position, 0x9e3779b1) >>> 24;

function octets(position: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => octetAt(position + i));
}

/** Two rings, so that what one gives back the other may get. */
const steps = fc.array(
  fc.record({
    ring: fc.constantFrom(0, 1),
    gap: fc.oneof(fc.constant(0), fc.nat(3_000)),
    length: fc.oneof(fc.nat(100), fc.nat(5_000)),
    read: fc.nat(6_000),
  }),
  { size: 'max', maxLength: 60 },
);

test('law: what was written is read, wherever it lies, whatever memory was used before', () => {
  let grown = 0;
  let emptied = 0;
  fc.assert(
    fc.property(steps, (list) => {
      const rings = [new ByteRing(), new ByteRing()];
      const ends = [0, 0];
      for (const { ring: which, gap, length, read } of list) {
        const ring = rings[which] as ByteRing;
        let end = ends[which] as number;
        // Ahead first, where the buffer of a receiver leaves a gap; then the gap is filled.
        ring.write(end + gap, octets(end + gap, length), 0, length);
        ring.write(end, octets(end, gap), 0, gap);
        end += gap + length;
        ends[which] = end;
        const take = Math.min(read, end - ring.start);
        const taken = new Uint8Array(take + 2);
        ring.read(ring.start, taken, 1, take);
        expect(sameBytes(taken.subarray(1, take + 1), octets(ring.start, take))).toBe(true);
        expect([taken[0], taken[take + 1]]).toEqual([0, 0]);
        if (ring.start + take === end) {
          ring.empty(end);
          emptied += 1;
        } else {
          ring.dropTo(ring.start + take);
          grown = Math.max(grown, end - ring.start);
        }
      }
      for (const ring of rings) ring.clear();
    }),
    { numRuns: 100 },
  );
  expect(grown).toBeGreaterThan(8_192);
  expect(emptied).toBeGreaterThan(500);
});
