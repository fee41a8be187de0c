/** Addresses of either family, as text and as octets. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeIp,
  isAnyAddress,
  isIpv6,
  parseIp,
  printIp,
  wordOfIp,
} from '../../src/wire/index.ts';
import { ipv6Address, u32 } from '../help/arbitraries.ts';

const address = fc.oneof(u32, ipv6Address);

test('what is printed is read back, as an address of the same family', () => {
  const families = new Set<number>();
  fc.assert(
    fc.property(address, (some) => {
      expect(parseIp(printIp(some))).toBe(some);
      expect(encodeIp(some)).toHaveLength(isIpv6(some) ? 16 : 4);
      families.add(encodeIp(some).length);
    }),
  );
  expect(families).toEqual(new Set([4, 16]));
});

test('an IPv4 address is never one of IPv6, mapped or not', () => {
  expect(parseIp('192.0.2.1')).not.toBe(parseIp('::ffff:192.0.2.1'));
  expect(parseIp('0.0.0.0')).not.toBe(parseIp('::'));
});

test('the unspecified addresses, and only those, are any address', () => {
  expect(['0.0.0.0', '::', '::1', '127.0.0.1'].map((text) => isAnyAddress(parseIp(text)))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('words for tables are of 32 bits', () => {
  fc.assert(fc.property(address, (some) => wordOfIp(some) === wordOfIp(some) >>> 0));
});

test('text that is none says so', () => {
  for (const text of ['', '1.2.3', '1::2::3', 'localhost', '1.2.3.4:80']) {
    expect(() => parseIp(text)).toThrow(RangeError);
  }
});
