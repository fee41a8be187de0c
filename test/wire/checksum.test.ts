import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  complementSum,
  foldSum,
  hex,
  onesSum,
  parseIpv4,
  pseudoSum,
} from '../../src/wire/index.ts';
import { anyBytes, u16, u32 } from '../help/arbitraries.ts';

/** RFC 1071 §4.1, word by word. */
function naiveSum(b: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < b.length; at += 2) {
    sum += (b[at]! << 8) | (b[at + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff; // the end-around carry
  }
  return sum;
}

/** Zero has two forms in ones' complement arithmetic. */
function normal(sum: number): number {
  return sum === 0xffff ? 0 : sum;
}

/** Octets that are neither regular nor mostly zero. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * i * 31 + i * 7 + 251) & 0xff);
}

describe('the sum', () => {
  test("of RFC 1071's example", () => {
    expect(onesSum(hex`0001 f203 f4f5 f6f7`)).toBe(0xddf2);
    expect(complementSum(0xddf2)).toBe(0x220d);
  });

  test('of an IPv4 header with its checksum is all ones', () => {
    expect(onesSum(hex`4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7`)).toBe(0xffff);
  });

  test('of nothing is zero, and an odd octet is padded on the right', () => {
    expect(onesSum(hex``)).toBe(0);
    expect(onesSum(hex`ab`)).toBe(0xab00);
  });

  test('equals the naive one at every alignment and length', () => {
    const all = pattern(8 + 300);
    const wrong: string[] = [];
    for (let start = 0; start < 8; start++) {
      for (let length = 0; length <= 300; length++) {
        const end = start + length;
        const naive = naiveSum(all.subarray(start, end));
        if (normal(onesSum(all, start, end)) !== normal(naive)) wrong.push(`${start}–${end}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('equals the naive one in views at every alignment, up to a full packet', () => {
    const buffer = pattern(65_544).buffer;
    for (const length of [1, 63, 64, 65, 536, 1460, 1480, 9000, 65_535]) {
      for (let offset = 0; offset < 8; offset++) {
        const view = new Uint8Array(buffer, offset, length);
        expect(normal(onesSum(view))).toBe(normal(naiveSum(view)));
      }
    }
  });

  test('of all ones does not overflow', () => {
    expect(onesSum(new Uint8Array(65_535).fill(0xff))).toBe(foldSum(32_767 * 0xffff + 0xff00));
    expect(onesSum(new Uint8Array(65_536).fill(0xff))).toBe(0xffff);
  });

  test('may be taken in parts of even length', () => {
    fc.assert(
      fc.property(anyBytes(600), fc.nat(300), (b, half) => {
        const cut = Math.min(2 * half, b.length & ~1);
        const parts = foldSum(onesSum(b, 0, cut) + onesSum(b, cut));
        expect(normal(parts)).toBe(normal(onesSum(b)));
      }),
    );
  });

  test('forgets no buffer: alternating ones give the same sums', () => {
    const buffers = [pattern(200), pattern(300), pattern(400)];
    const sums = buffers.map((b) => onesSum(b));
    for (let i = 0; i < 30; i++) expect(onesSum(buffers[i % 3]!)).toBe(sums[i % 3]);
  });
});

describe('folding', () => {
  test.each([
    [0, 0],
    [0xffff, 0xffff],
    [0x10000, 1],
    [0x1ffff, 1],
    [0xfffffffff, 0xf],
    [Number.MAX_SAFE_INTEGER, 0x1f],
  ])('%i gives %i', (sum, folded) => {
    expect(normal(foldSum(sum))).toBe(normal(folded % 0xffff));
    expect(foldSum(sum)).toBeLessThanOrEqual(0xffff);
  });

  test('keeps the sum modulo 65,535', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (sum) => {
        expect(foldSum(sum) % 0xffff).toBe(sum % 0xffff);
      }),
    );
  });
});

describe('the pseudo-header', () => {
  test('is source, destination, zero, protocol, length (RFC 9293 §3.1)', () => {
    fc.assert(
      fc.property(
        u32,
        u32,
        fc.constantFrom(6, 17),
        u16,
        (source, destination, protocol, length) => {
          const header = new Uint8Array(12);
          const view = new DataView(header.buffer);
          view.setUint32(0, source);
          view.setUint32(4, destination);
          view.setUint16(8, protocol);
          view.setUint16(10, length);
          expect(normal(pseudoSum(source, destination, protocol, length))).toBe(
            normal(naiveSum(header)),
          );
        },
      ),
    );
  });

  test('is what a host leaves in the field when its device computes checksums', () => {
    const loopback = parseIpv4('127.0.0.1');
    expect(pseudoSum(loopback, loopback, 6, 40)).toBe(0xfe30);
  });
});
