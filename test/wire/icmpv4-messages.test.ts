/** What ICMP messages of IPv4 say, and the extensions behind what they quote. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeIcmpExtensions,
  decodeIcmpv4,
  DecodeError,
  encodeIcmpExtensions,
  encodeIcmpv4,
  hex,
  icmpExtensionsAt,
  type Icmpv4Content,
  icmpv4Fields,
  isIcmpExtensionsChecksumOk,
  must,
  readIcmpv4,
} from '../../src/wire/index.ts';
import { anyBytes, damaged, u16, u32, u8 } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

const kinds = <T extends string>(...all: T[]): fc.Arbitrary<T> => fc.constantFrom(...all);
const pair = { identifier: u16, sequence: u16, data: anyBytes(20) };
const error = { code: u8, quote: anyBytes(40) };

/** Everything that a message may say. */
const content: fc.Arbitrary<Icmpv4Content> = fc.oneof(
  fc.record({ kind: kinds('destination-unreachable'), ...error, mtu: u16, unused: u16 }),
  fc.record({ kind: kinds('source-quench', 'time-exceeded'), ...error, unused: u32 }),
  fc.record({ kind: kinds('redirect'), ...error, gateway: u32 }),
  fc.record({
    kind: kinds('parameter-problem'),
    ...error,
    pointer: u8,
    unused: fc.nat(0xffffff),
  }),
  fc.record({
    kind: kinds('echo-request', 'echo-reply', 'information-request', 'information-reply'),
    ...pair,
  }),
  fc.record({
    kind: kinds('timestamp-request', 'timestamp-reply'),
    ...pair,
    originate: u32,
    receive: u32,
    transmit: u32,
  }),
  fc.record({ kind: kinds('address-mask-request', 'address-mask-reply'), ...pair, mask: u32 }),
  fc.record({
    kind: kinds('router-advertisement'),
    lifetime: u16,
    routers: fc.array(fc.record({ address: u32, preference: u32 }), { maxLength: 3 }),
    data: anyBytes(9),
  }),
  fc.record({
    kind: kinds('other'),
    type: fc.constantFrom(10, 30, 255),
    code: u8,
    rest: u32,
    payload: anyBytes(20),
  }),
);

const encode = (value: Icmpv4Content): Uint8Array => encodeIcmpv4(icmpv4Fields(value));

describe('messages', () => {
  test('"fragmentation needed" tells the MTU of the next hop (RFC 1191 §4)', () => {
    const message = must(decodeIcmpv4(hex`0304 0000 0000 0578 4500`));
    expect(readIcmpv4(message)).toEqual({
      kind: 'destination-unreachable',
      code: 4,
      mtu: 1400,
      unused: 0,
      quote: hex`4500`,
    });
  });

  test('say what they were made to say', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(content, (value) => {
        const said = must(readIcmpv4(must(decodeIcmpv4(encode(value)))));
        expect(said).toMatchObject(value);
        seen.add(said.kind);
      }),
      { numRuns: 500 },
    );
    expect(seen.size).toBe(15);
  });

  test('are lossless, for any bytes', () => {
    const read = (b: Uint8Array, start: number, end: number) => {
      const message = decodeIcmpv4(b, start, end);
      if (message instanceof DecodeError) return message;
      const value = readIcmpv4(message);
      if (value instanceof DecodeError) return value;
      return { ...icmpv4Fields(value), checksum: message.checksum };
    };
    const bytes = fc.oneof({ weight: 4, arbitrary: damaged(content.map(encode)) }, anyBytes(60));
    expect(losslessShare(bytes, read, encodeIcmpv4)).toBeGreaterThan(0.6);
  });

  test.each([
    ['a timestamp of 19 octets', 13, 19],
    ['an address mask of 11 octets', 18, 11],
  ])('%s is refused', (_, type, length) => {
    const b = new Uint8Array(length);
    b[0] = type;
    const refusal = new DecodeError('icmpv4', 'truncated', length);
    expect(readIcmpv4(must(decodeIcmpv4(b)))).toEqual(refusal);
  });

  test.each<[string, Uint8Array, DecodeError]>([
    ['fewer than it counts', hex`0900 0000 0102 0708`, new DecodeError('icmpv4', 'truncated', 8)],
    ['of three words', hex`0900 0000 0003 0708`, new DecodeError('icmpv4', 'bad-value', 5)],
  ])('an advertisement of routers: %s', (_, b, refusal) => {
    expect(readIcmpv4(must(decodeIcmpv4(b)))).toEqual(refusal);
  });
});

describe('extensions', () => {
  const labels = encodeIcmpExtensions({
    objects: [
      { classNumber: 1, classType: 1, data: hex`00010101` },
      { classNumber: 2, classType: 0, data: hex`` },
    ],
  });

  test('are objects behind a header with a checksum', () => {
    expect(labels.subarray(0, 2)).toEqual(hex`2000`);
    expect(labels.subarray(4)).toEqual(hex`0008 0101 00010101 0004 0200`);
    expect(isIcmpExtensionsChecksumOk(labels)).toBe(true);
    expect(isIcmpExtensionsChecksumOk(hex`2000 0000 0004 0101`)).toBe(true);
    const wrong = labels.slice();
    wrong[9] = 2;
    expect(isIcmpExtensionsChecksumOk(wrong)).toBe(false);
  });

  test('cut within an object are truncated', () => {
    expect(decodedPrefixes('icmp-extensions', decodeIcmpExtensions, labels)).toEqual([4, 12]);
  });

  test.each<[string, Uint8Array, DecodeError]>([
    ['of version 1', hex`1000 0000`, new DecodeError('icmp-extensions', 'bad-version', 0)],
    [
      'with an object of no length',
      hex`2000 0000 0000 0101`,
      new DecodeError('icmp-extensions', 'bad-length', 4),
    ],
  ])('%s are refused', (_, b, refusal) => {
    expect(decodeIcmpExtensions(b)).toEqual(refusal);
  });

  test('begin where the length says, in words of the family', () => {
    expect(icmpExtensionsAt(0, 4)).toBeUndefined();
    expect(icmpExtensionsAt(32, 4)).toBe(128);
    expect(icmpExtensionsAt(16, 8)).toBe(128);
  });

  test('are lossless', () => {
    const list = fc
      .array(fc.record({ classNumber: u8, classType: u8, data: anyBytes(12) }), { maxLength: 4 })
      .map((objects) => encodeIcmpExtensions({ objects }));
    const share = losslessShare(damaged(list), decodeIcmpExtensions, encodeIcmpExtensions);
    expect(share).toBeGreaterThan(0.4);
  });
});
