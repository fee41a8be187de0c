/** The ICMPv6 header and its checksum, which covers addresses too. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeIcmpv6,
  encodeIcmpv6,
  foldSum,
  hex,
  IpProtocol,
  isIcmpv6ChecksumOk,
  isIcmpv6Error,
  must,
  onesSum,
  parseIpv6,
  pseudoSumIpv6,
  putIpv6,
} from '../../src/wire/index.ts';
import { anyBytes, damaged, ipv6Address, u16, u32 } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

// An echo request with 8 octets of data.
const PING = hex`8000 9a5f 0007 0001 0102 0304 0506 0708`;
const pseudo = pseudoSumIpv6(parseIpv6('::1'), parseIpv6('::1'), IpProtocol.icmpv6, PING.length);

describe('icmpv6', () => {
  test('an echo request', () => {
    const message = must(decodeIcmpv6(PING));
    expect(message).toMatchObject({ type: 128, code: 0, rest: 0x00070001 });
    expect(message.payload).toEqual(hex`0102 0304 0506 0708`);
    expect(isIcmpv6Error(message.type)).toBe(false);
  });

  test('cut within its header is truncated', () => {
    expect(decodedPrefixes('icmpv6', decodeIcmpv6, PING, 8)).toEqual([]);
  });

  test('what is encoded has a right checksum, which any flipped bit makes wrong', () => {
    const { type, code, rest, payload } = must(decodeIcmpv6(PING));
    const b = encodeIcmpv6({ type, code, rest, payload }, pseudo);
    expect(isIcmpv6ChecksumOk(must(decodeIcmpv6(b)), pseudo)).toBe(true);
    for (let bit = 0; bit < 8 * b.length; bit++) {
      const flipped = b.slice();
      flipped[bit >>> 3]! ^= 1 << (bit & 7);
      expect(isIcmpv6ChecksumOk(must(decodeIcmpv6(flipped)), pseudo)).toBe(false);
    }
  });

  test('the pseudo-header sums to what its octets sum to (RFC 8200 §8.1)', () => {
    fc.assert(
      fc.property(ipv6Address, ipv6Address, u16, u32, (source, destination, protocol, length) => {
        const b = new Uint8Array(40);
        putIpv6(b, 0, source);
        putIpv6(b, 16, destination);
        new DataView(b.buffer).setUint32(32, length);
        new DataView(b.buffer).setUint16(38, protocol);
        const sum = pseudoSumIpv6(source, destination, protocol, length);
        expect(sum).toBe(foldSum(onesSum(b)));
      }),
    );
  });

  test('is lossless', () => {
    const share = losslessShare(
      fc.oneof(damaged(fc.constant(PING)), anyBytes(60)),
      decodeIcmpv6,
      (message) => encodeIcmpv6(message, 0),
    );
    expect(share).toBeGreaterThan(0.6);
  });
});
