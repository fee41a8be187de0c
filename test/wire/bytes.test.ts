import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concat,
  get16,
  get32,
  hex,
  padded4,
  printHex,
  put16,
  put32,
  put48,
  sameBytes,
  set16,
  set32,
  set64,
  u16,
  u32,
  u48,
  u8,
} from '../../src/wire/index.ts';
import {
  anyBytes,
  byteOrder,
  u16 as any16,
  u32 as any32,
  u48 as any48,
} from '../help/arbitraries.ts';

describe('numbers', () => {
  const b = hex`00 ff80 7f01 8001`;

  test('are read big-endian and unsigned', () => {
    expect([u8(b, 1), u16(b, 1), u32(b, 1), u48(b, 1)]).toEqual([
      0xff, 0xff80, 0xff80_7f01, 0xff80_7f01_8001,
    ]);
  });

  test.each([
    ['little-endian', 0x80ff, 0x017f_80ff],
    ['big-endian', 0xff80, 0xff80_7f01],
  ] as const)('are read %s', (order, short, long) => {
    expect(get16(b, 1, order)).toBe(short);
    expect(get32(b, 1, order)).toBe(long);
  });

  test('are read as they were written, and nothing beside them changes', () => {
    fc.assert(
      fc.property(any16, any32, any48, byteOrder, (short, long, address, order) => {
        const b = new Uint8Array(32).fill(0xee);
        put16(b, 1, short);
        put32(b, 3, long);
        put48(b, 7, address);
        set16(b, 13, short, order);
        set32(b, 15, long, order);
        expect([u16(b, 1), u32(b, 3), u48(b, 7)]).toEqual([short, long, address]);
        expect([get16(b, 13, order), get32(b, 15, order)]).toEqual([short, long]);
        expect([b[0], b[19]]).toEqual([0xee, 0xee]);
      }),
    );
  });

  test.each([
    ['little-endian', hex`ffff ffff ffff 1f00`],
    ['big-endian', hex`001f ffff ffff ffff`],
  ] as const)('of 64 bits are written %s', (order, bytes) => {
    const b = new Uint8Array(8);
    set64(b, 0, Number.MAX_SAFE_INTEGER, order);
    expect(b).toEqual(bytes);
  });

  test.each([0, 1, 2, 3, 4, 5].map((n) => [n, Math.ceil(n / 4) * 4]))('%i pads to %i', (n, to) => {
    expect(padded4(n)).toBe(to);
  });
});

describe('byte strings', () => {
  test('are equal when all octets are', () => {
    expect(sameBytes(hex`0102`, hex`0102`)).toBe(true);
    expect(sameBytes(hex`0102`, hex`0103`)).toBe(false);
    expect(sameBytes(hex`0102`, hex`010203`)).toBe(false);
  });

  test('concatenate in order', () => {
    expect(concat(hex`01`, hex``, hex`0203`)).toEqual(hex`010203`);
    expect(concat()).toEqual(hex``);
  });

  test('are written and read as hexadecimal digits', () => {
    expect(printHex(hex('0A fF'))).toBe('0aff');
    fc.assert(fc.property(anyBytes(), (b) => sameBytes(hex(printHex(b)), b)));
  });

  test.each(['0', '0g', '0x00'])('"%s" is no pairs of digits', (text) => {
    expect(() => hex(text)).toThrow(RangeError);
  });
});
