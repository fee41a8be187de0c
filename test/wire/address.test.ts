import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  broadcastOf,
  isInPrefix,
  isLoopbackIpv4,
  isMulticastIpv4,
  maskIpv4,
  parseIpv4,
  parseIpv4Prefix,
  parseMac,
  printIpv4,
  printMac,
} from '../../src/wire/index.ts';
import { u32, u48 } from '../help/arbitraries.ts';

describe('IPv4 addresses', () => {
  test.each([
    ['0.0.0.0', 0],
    ['127.0.0.1', 0x7f000001],
    ['192.168.1.109', 0xc0a8016d],
    ['255.255.255.255', 0xffffffff],
  ])('%s', (text, address) => {
    expect(parseIpv4(text)).toBe(address);
    expect(printIpv4(address)).toBe(text);
  });

  test.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.-4', '1.2.3.4 ', '1..3.4'])(
    '"%s" is none',
    (text) => {
      expect(() => parseIpv4(text)).toThrow(RangeError);
    },
  );

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(u32, (address) => {
        expect(parseIpv4(printIpv4(address))).toBe(address);
      }),
    );
  });

  test.each([
    ['126.255.255.255', false, false],
    ['127.0.0.0', true, false],
    ['127.255.255.255', true, false],
    ['128.0.0.0', false, false],
    ['223.255.255.255', false, false],
    ['224.0.0.0', false, true],
    ['239.255.255.255', false, true],
    ['240.0.0.0', false, false],
  ])('%s: loopback %s, multicast %s', (text, isLoopback, isMulticast) => {
    expect(isLoopbackIpv4(parseIpv4(text))).toBe(isLoopback);
    expect(isMulticastIpv4(parseIpv4(text))).toBe(isMulticast);
  });
});

describe('hardware addresses', () => {
  test.each([
    ['00:00:00:00:00:00', 0],
    ['02:00:00:00:01:6d', 0x02000000016d],
    ['ff:ff:ff:ff:ff:ff', 0xffffffffffff],
  ])('%s', (text, address) => {
    expect(parseMac(text)).toBe(address);
    expect(parseMac(text.toUpperCase())).toBe(address);
    expect(printMac(address)).toBe(text);
  });

  test.each(['', '02:00:00:00:01', '2:0:0:0:1:6d', '02-00-00-00-01-6d', '02:00:00:00:01:6g'])(
    '"%s" is none',
    (text) => {
      expect(() => parseMac(text)).toThrow(RangeError);
    },
  );

  test('what is printed is read back', () => {
    fc.assert(
      fc.property(u48, (address) => {
        expect(parseMac(printMac(address))).toBe(address);
      }),
    );
  });
});

describe('prefixes', () => {
  test.each([
    [0, '0.0.0.0', '255.255.255.255'],
    [1, '128.0.0.0', '255.255.255.255'],
    [8, '255.0.0.0', '192.255.255.255'],
    [24, '255.255.255.0', '192.168.1.255'],
    [31, '255.255.255.254', '192.168.1.7'],
    [32, '255.255.255.255', '192.168.1.7'],
  ])('192.168.1.7/%i', (length, mask, broadcast) => {
    const prefix = parseIpv4Prefix(`192.168.1.7/${length}`);
    expect(printIpv4(maskIpv4(length))).toBe(mask);
    expect(printIpv4(broadcastOf(prefix))).toBe(broadcast);
    expect(isInPrefix(prefix.address, prefix)).toBe(true);
    expect(isInPrefix(broadcastOf(prefix), prefix)).toBe(true);
    expect(isInPrefix((broadcastOf(prefix) + 1) % 2 ** 32, prefix)).toBe(length === 0);
  });

  test.each(['192.168.1.7', '192.168.1.7/', '192.168.1.7/33', '192.168.1/24', '1.2.3.4/x'])(
    '"%s" is none',
    (text) => {
      expect(() => parseIpv4Prefix(text)).toThrow(RangeError);
    },
  );
});
