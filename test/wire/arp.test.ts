import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ARP_IPV4_LENGTH,
  ArpOperation,
  concat,
  decodeArp,
  encodeArp,
  hex,
  must,
  parseIpv4,
  parseMac,
  readIpv4OverEthernet,
  sameBytes,
  writeIpv4OverEthernet,
} from '../../src/wire/index.ts';
import { anyBytes, arpPacket, damaged } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

/** Who has 192.168.1.178? Tell 192.168.1.109. */
const REQUEST = hex`
  0001 0800 06 04 0001  02000000016d c0a8016d  000000000000 c0a801b2`;

describe('arp', () => {
  test('a request', () => {
    const meaning = readIpv4OverEthernet(must(decodeArp(REQUEST)));
    expect(meaning).toEqual({
      operation: ArpOperation.request,
      senderMac: parseMac('02:00:00:00:01:6d'),
      senderAddress: parseIpv4('192.168.1.109'),
      targetMac: 0,
      targetAddress: parseIpv4('192.168.1.178'),
    });
    const b = new Uint8Array(ARP_IPV4_LENGTH + 1);
    writeIpv4OverEthernet(b, 1, meaning!);
    expect(b.subarray(1)).toEqual(REQUEST);
  });

  test('what follows the packet is its trailer', () => {
    const arp = must(decodeArp(concat(REQUEST, new Uint8Array(18))));
    expect(arp.trailer).toEqual(new Uint8Array(18));
    expect(encodeArp(arp)).toHaveLength(46);
  });

  test.each([
    ['hardware type', 1],
    ['protocol type', 3],
    ['hardware length', 4],
    ['protocol length', 5],
  ])('another %s is not IPv4 over Ethernet', (_, at) => {
    const b = concat(REQUEST, new Uint8Array(40));
    b[at]! += 1;
    expect(readIpv4OverEthernet(must(decodeArp(b)))).toBeUndefined();
  });

  test.each([
    ['no addresses', hex`0001 0800 00 00 0001`],
    ['EUI-64', hex`0020 0800 08 04 0002 0102030405060708 01020304 1112131415161718 11121314`],
  ])('%s decode too', (_, b) => {
    expect(encodeArp(must(decodeArp(b)))).toEqual(b);
  });

  test('the longest addresses', () => {
    const b = new Uint8Array(8 + 4 * 255).fill(0xff);
    expect(encodeArp(must(decodeArp(b)))).toEqual(b);
    expect(decodedPrefixes('arp', decodeArp, b)).toEqual([]);
  });

  test('addresses of differing lengths are not encoded', () => {
    const arp = must(decodeArp(REQUEST));
    expect(() => encodeArp({ ...arp, targetHardware: hex`00` })).toThrow(RangeError);
    expect(() => encodeArp({ ...arp, targetProtocol: hex`00` })).toThrow(RangeError);
  });

  test('every shorter packet is truncated', () => {
    expect(decodedPrefixes('arp', decodeArp, REQUEST)).toEqual([]);
  });

  test('what is encoded decodes to the same', () => {
    fc.assert(
      fc.property(arpPacket, (arp) => {
        expect(decodeArp(encodeArp(arp))).toEqual(arp);
      }),
    );
  });

  test('laws', () => {
    const bytes = fc.oneof(damaged(arpPacket.map(encodeArp)), anyBytes(1200));
    expect(losslessShare(bytes, decodeArp, encodeArp)).toBeGreaterThan(0.5);
    fc.assert(
      fc.property(arpPacket, (arp) => {
        const meaning = readIpv4OverEthernet(arp);
        if (meaning === undefined) return;
        const b = new Uint8Array(ARP_IPV4_LENGTH);
        writeIpv4OverEthernet(b, 0, meaning);
        expect(sameBytes(b, encodeArp(arp))).toBe(true);
      }),
    );
  });
});
