/** Times as tools put them into packets: `struct timeval`, read back as a machine of 64 bits would. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { putTime, TIME_LENGTH } from '../../src/sim/tools/c-layout.ts';

const MICROSECOND = 1000;
/** Instants are integers; theirs go on until the year 2255. */
const LATEST = Number.MAX_SAFE_INTEGER;

test('a time is its seconds and microseconds, and touches no octet beside it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LATEST }), fc.integer({ min: 0, max: 7 }), (time, at) => {
      const bytes = new Uint8Array(at + TIME_LENGTH + 1).fill(0xaa);
      putTime(bytes, at, time);
      const view = new DataView(bytes.buffer, at);
      const seconds = Number(view.getBigInt64(0, true));
      const microseconds = Number(view.getBigInt64(8, true));
      expect(seconds * 1_000_000 + microseconds).toBe(Math.floor(time / MICROSECOND));
      expect(microseconds).toBeLessThan(1_000_000);
      expect(bytes.at(-1)).toBe(0xaa);
    }),
  );
});
