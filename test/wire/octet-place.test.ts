import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bufferOf, forgetPlace, offsetOf, partOf } from '../../src/wire/index.ts';

test('law: an array lies where it says itself, whichever was asked about before', () => {
  const memory = new ArrayBuffer(64);
  const arrays = [
    new Uint8Array(memory, 3, 40),
    new Uint8Array(memory, 8, 56),
    new Uint8Array(memory, 3, 40),
    new Uint8Array(20),
    new Uint8Array(0),
  ];
  const questions = fc.record({
    index: fc.nat({ max: arrays.length - 1 }),
    range: fc.tuple(fc.nat({ max: 56 }), fc.nat({ max: 56 })),
    what: fc.constantFrom('buffer', 'offset', 'part', 'forget'),
  });
  let changes = 0;
  fc.assert(
    fc.property(fc.array(questions), (list) => {
      for (const { index, range, what } of list) {
        const b = arrays[index]!;
        const [from, to] = range.map((at) => Math.min(at, b.length)).toSorted((x, y) => x - y);
        if (index !== list[0]!.index) changes += 1;
        if (what === 'buffer') expect(bufferOf(b)).toBe(b.buffer);
        else if (what === 'offset') expect(offsetOf(b)).toBe(b.byteOffset);
        else if (what === 'forget') forgetPlace();
        else {
          const part = partOf(b, from!, to!);
          expect([part.buffer, part.byteOffset, part.length]).toEqual([
            b.buffer,
            b.byteOffset + from!,
            to! - from!,
          ]);
        }
      }
    }),
  );
  expect(changes).toBeGreaterThan(100);
});
