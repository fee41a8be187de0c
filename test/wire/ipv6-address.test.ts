/** IPv6 addresses: their text, their order, and what their bits say. */
import { isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  commonPrefixLength,
  hashIpv6,
  IPV6_ANY,
  ipv6Word,
  isInIpv6Prefix,
  isIpv4Mapped,
  isLinkLocalIpv6,
  isLoopbackIpv6,
  isMulticastIpv6,
  isUniqueLocalIpv6,
  linkLocalOf,
  mapIpv4,
  multicastMac,
  multicastScope,
  networkOf,
  parseIpv4,
  parseIpv6,
  parseIpv6Prefix,
  parseMac,
  printIpv4,
  printIpv6,
  printMac,
  putIpv6,
  readIpv6,
  solicitedNode,
  unmapIpv4,
  withEui64,
} from '../../src/wire/index.ts';
import { ipv6Address, u48 } from '../help/arbitraries.ts';

describe('text', () => {
  // RFC 5952 §2.2, §4 and §5; RFC 4291 §2.2.
  test.each([
    ['::', '::'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:0DB8:0:0:0:0:0002:0001', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['ff02::1:ff00:16', 'ff02::1:ff00:16'],
    ['fe80::', 'fe80::'],
    ['::ffff:c0a8:16d', '::ffff:192.168.1.109'],
    ['::ffff:192.168.1.109', '::ffff:192.168.1.109'],
    ['::13.1.68.3', '::13.1.68.3'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is printed as %s', (text, printed) => {
    expect(printIpv6(parseIpv6(text))).toBe(printed);
  });

  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    ':1:2:3:4:5:6:7',
    'fe80::1%eth0',
    '::1/128',
    ' ::1',
    '1.2.3.4',
    '::1.2.3',
    '::1.2.3.256',
    '::01.2.3.4',
    '::1.2.3.4.',
    '::1.2.3.4:5',
    '1.2.3.4::',
  ])('"%s" is none', (text) => {
    expect(() => parseIpv6(text)).toThrow(RangeError);
  });

  test('what is printed is read back, and is an address to Node.js', () => {
    let shortened = 0;
    fc.assert(
      fc.property(ipv6Address, (address) => {
        const text = printIpv6(address);
        if (text.includes('::')) shortened += 1;
        expect(parseIpv6(text)).toEqual(address);
        expect(isIPv6(text)).toBe(true);
        expect(text).toMatch(/^[0-9a-f:.]+$/);
      }),
      { numRuns: 1000 },
    );
    expect(shortened).toBeGreaterThan(300);
  });

  test('any text is an address or is refused, as Node.js has it', () => {
    const character = fc.constantFrom(...Array.from('0123456789abcdefF:::::..%/ g'));
    let accepted = 0;
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 24 }), ipv6Address, (noise, address) => {
        const whole = printIpv6(address);
        const at = noise.length % (whole.length + 1);
        const mixed = whole.slice(0, at) + noise.slice(0, 2) + whole.slice(at + (noise.length % 3));
        for (const text of [noise, mixed]) {
          const isOne = isIPv6(text) && !text.includes('%');
          if (isOne) accepted += 1;
          if (isOne) expect(typeof parseIpv6(text)).toBe('bigint');
          else expect(() => parseIpv6(text)).toThrow(RangeError);
        }
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });
});

describe('as octets', () => {
  test('what is written is read back, in the order of the text', () => {
    const b = new Uint8Array(18);
    putIpv6(b, 1, parseIpv6('102:304:506:708:90a:b0c:d0e:f10'));
    expect([...b]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0]);
    fc.assert(
      fc.property(ipv6Address, (address) => {
        putIpv6(b, 2, address);
        expect(readIpv6(b, 2)).toEqual(address);
      }),
    );
  });

  test('the words are those of the number, whatever was looked at in between', () => {
    fc.assert(
      fc.property(fc.array(ipv6Address, { minLength: 2, maxLength: 40 }), (addresses) => {
        const b = new Uint8Array(16 * addresses.length);
        for (const [i, address] of addresses.entries()) putIpv6(b, 16 * i, address);
        for (const [i, address] of addresses.entries()) {
          const digits = address.toString(16).padStart(32, '0');
          expect(Buffer.from(b.subarray(16 * i, 16 * i + 16)).toString('hex')).toBe(digits);
          expect(readIpv6(b, 16 * i)).toBe(address);
          expect(ipv6Word(address, 1)).toBe(Number.parseInt(digits.slice(8, 16), 16));
        }
      }),
    );
  });

  test('addresses that share a place of the table do not get mixed up', () => {
    const b = new Uint8Array(32);
    const [one, other] = [parseIpv6('fe80::1'), parseIpv6('2001:db8::1')];
    for (let i = 0; i < 3; i++) {
      putIpv6(b, 0, one);
      putIpv6(b, 16, other);
      expect([readIpv6(b, 0), readIpv6(b, 16)]).toEqual([one, other]);
      expect(hashIpv6(one)).not.toBe(hashIpv6(other));
    }
  });

  test('the hosts of a network fall into different places of a table', () => {
    const network = parseIpv6('2001:db8:1:2::');
    const places = new Set<number>();
    for (let i = 0; i < 1024; i++) {
      places.add(hashIpv6(network + BigInt(i)) & 4095);
    }
    expect(places.size).toBeGreaterThan(850); // chance alone would give 905
  });
});

describe('kinds', () => {
  const kindsOf = (text: string): string => {
    const address = parseIpv6(text);
    const kinds: string[] = [];
    if (address === IPV6_ANY) kinds.push('unspecified');
    if (isLoopbackIpv6(address)) kinds.push('loopback');
    if (isMulticastIpv6(address)) kinds.push(`multicast ${multicastScope(address)}`);
    if (isLinkLocalIpv6(address)) kinds.push('link-local');
    if (isUniqueLocalIpv6(address)) kinds.push('unique-local');
    if (isIpv4Mapped(address)) kinds.push('mapped');
    return kinds.join(', ');
  };

  test.each([
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::2', ''],
    ['::ffff:127.0.0.1', 'loopback, mapped'],
    ['::ffff:10.0.0.1', 'mapped'],
    ['::fffe:10.0.0.1', ''],
    ['fe7f:ffff::', ''],
    ['fe80::', 'link-local'],
    ['febf:ffff::', 'link-local'],
    ['fec0::', ''],
    ['fbff::', ''],
    ['fc00::', 'unique-local'],
    ['fdff::', 'unique-local'],
    ['feff::', ''],
    ['ff02::1', 'multicast 2'],
    ['ff0e::1', 'multicast 14'],
  ])('%s: %s', (text, kinds) => {
    expect(kindsOf(text)).toBe(kinds);
  });

  test('mapped addresses stand for IPv4 addresses', () => {
    expect(printIpv6(mapIpv4(parseIpv4('192.0.2.1')))).toBe('::ffff:192.0.2.1');
    expect(printIpv4(unmapIpv4(parseIpv6('::ffff:192.0.2.1'))!)).toBe('192.0.2.1');
    expect(unmapIpv4(parseIpv6('::192.0.2.1'))).toBeUndefined();
  });

  test('interface identifiers of hardware addresses (RFC 4291 appendix A)', () => {
    const mac = parseMac('34:56:78:9a:bc:de');
    expect(printIpv6(linkLocalOf(mac))).toBe('fe80::3656:78ff:fe9a:bcde');
    const network = parseIpv6('2001:db8:1:2:ffff::1');
    expect(printIpv6(withEui64(network, mac))).toBe('2001:db8:1:2:3656:78ff:fe9a:bcde');
    fc.assert(
      fc.property(u48, (any) => {
        const octets = printMac(any)
          .split(':')
          .map((pair) => Number.parseInt(pair, 16));
        const b = new Uint8Array(16);
        putIpv6(b, 0, linkLocalOf(any));
        const [first, ...others] = octets;
        expect([...b.subarray(8)]).toEqual([
          first! ^ 2,
          ...others.slice(0, 2),
          0xff,
          0xfe,
          ...others.slice(2),
        ]);
      }),
    );
  });

  test('whom to ask for an address, and where multicast goes on Ethernet', () => {
    const asked = solicitedNode(parseIpv6('fe80::2aa:ff:fe28:9c5a'));
    expect(printIpv6(asked)).toBe('ff02::1:ff28:9c5a');
    expect(printMac(multicastMac(asked))).toBe('33:33:ff:28:9c:5a');
  });
});

describe('prefixes', () => {
  test.each([
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/0', '::'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/1', '::'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/32', '2001:db8::'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/33', '2001:db8:8000::'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/64', '2001:db8:aaaa:bbbb::'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/127', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:fffe'],
    ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff'],
  ])('%s is of %s', (text, network) => {
    const prefix = parseIpv6Prefix(text);
    expect(printIpv6(networkOf(prefix.address, prefix.length))).toBe(network);
    expect(isInIpv6Prefix(parseIpv6(network), prefix)).toBe(true);
  });

  test('an address lies in a network when the leading bits agree', () => {
    let inside = 0;
    fc.assert(
      fc.property(ipv6Address, fc.nat(127), fc.nat(128), (address, bit, length) => {
        const b = new Uint8Array(16);
        putIpv6(b, 0, address);
        b[bit >>> 3]! ^= 0x80 >>> (bit & 7);
        const other = readIpv6(b, 0);
        if (bit >= length) inside += 1;
        expect(isInIpv6Prefix(other, { address, length })).toBe(bit >= length);
        expect(commonPrefixLength(address, other)).toBe(bit);
        expect(networkOf(address, length) === networkOf(other, length)).toBe(bit >= length);
      }),
    );
    expect(inside).toBeGreaterThan(20);
    expect(commonPrefixLength(parseIpv6('::1'), parseIpv6('::1'))).toBe(128);
  });

  test.each(['2001:db8::', '2001:db8::/', '2001:db8::/129', '2001:db8/32', '::/x'])(
    '"%s" is none',
    (text) => {
      expect(() => parseIpv6Prefix(text)).toThrow(RangeError);
    },
  );
});
