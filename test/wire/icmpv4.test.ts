import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeIcmpv4,
  encodeIcmpv4,
  hex,
  Icmpv4Type,
  isIcmpv4ChecksumOk,
  must,
  utf8,
} from '../../src/wire/index.ts';
import { anyBytes, u32, u8 } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

/** Echo request, identifier 1, sequence number 2, "ping". */
const ECHO = hex`0800 192c 0001 0002 70696e67`;

describe('icmpv4', () => {
  test('an echo request', () => {
    const message = must(decodeIcmpv4(ECHO));
    expect(message).toMatchObject({ type: Icmpv4Type.echoRequest, code: 0, rest: 0x0001_0002 });
    expect(message.payload).toEqual(utf8('ping'));
    expect(isIcmpv4ChecksumOk(message)).toBe(true);
    expect(encodeIcmpv4(message)).toEqual(ECHO);
  });

  test('a checksum left out is computed, one given is kept', () => {
    const fields = { type: 8, code: 0, rest: 0x0001_0002, payload: utf8('ping') };
    expect(encodeIcmpv4(fields)).toEqual(ECHO);
    const forged = must(decodeIcmpv4(encodeIcmpv4({ ...fields, checksum: 0 })));
    expect(forged.checksum).toBe(0);
    expect(isIcmpv4ChecksumOk(forged)).toBe(false);
  });

  test.each(Array.from(ECHO, (_, at) => at))('a flipped bit in octet %i shows', (at) => {
    const b = ECHO.slice();
    b[at]! ^= 4;
    expect(isIcmpv4ChecksumOk(must(decodeIcmpv4(b)))).toBe(false);
  });

  test('every shorter header is truncated', () => {
    expect(decodedPrefixes('icmpv4', decodeIcmpv4, ECHO, 8)).toEqual([]);
  });

  test('what is encoded decodes to the same, with a right checksum', () => {
    const fields = fc.record({ type: u8, code: u8, rest: u32, payload: anyBytes() });
    fc.assert(
      fc.property(fields, ({ payload, ...numbers }) => {
        const message = must(decodeIcmpv4(encodeIcmpv4({ ...numbers, payload })));
        expect(message).toMatchObject(numbers);
        expect(message.payload).toEqual(payload);
        expect(isIcmpv4ChecksumOk(message)).toBe(true);
      }),
    );
  });

  test('laws', () => {
    expect(losslessShare(anyBytes(), decodeIcmpv4, encodeIcmpv4)).toBeGreaterThan(0.8);
  });
});
