import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concat,
  decodeUdp,
  DecodeError,
  encodeUdp,
  hex,
  isUdpChecksumOk,
  must,
  parseIpv4,
  pseudoSum,
  udpChecksum,
  utf8,
} from '../../src/wire/index.ts';
import { anyBytes, damaged, u16 } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

/** From 192.168.0.1:53 to 192.168.0.199:1024, "hi". */
const PSEUDO = pseudoSum(parseIpv4('192.168.0.1'), parseIpv4('192.168.0.199'), 17, 10);
const DATAGRAM = hex`0035 0400 000a 1123 6869`;

describe('udp', () => {
  test('a datagram', () => {
    const datagram = must(decodeUdp(DATAGRAM));
    expect(datagram).toMatchObject({ sourcePort: 53, destinationPort: 1024, length: 10 });
    expect(datagram.payload).toEqual(utf8('hi'));
    expect(isUdpChecksumOk(datagram, PSEUDO)).toBe(true);
    expect(encodeUdp(datagram, PSEUDO)).toEqual(DATAGRAM);
  });

  test('a checksum or length left out is computed, one given is kept', () => {
    const fields = { sourcePort: 53, destinationPort: 1024, payload: utf8('hi') };
    expect(encodeUdp(fields, PSEUDO)).toEqual(DATAGRAM);
    const forged = encodeUdp({ ...fields, length: 7, checksum: 1 }, PSEUDO);
    expect(forged).toEqual(hex`0035 0400 0007 0001 6869`);
  });

  test('checksum 0 is "none", and a computed 0 is sent as all ones (RFC 768)', () => {
    const fields = { sourcePort: 53, destinationPort: 1024, payload: utf8('hi'), checksum: 0 };
    expect(isUdpChecksumOk(must(decodeUdp(encodeUdp(fields, PSEUDO))), PSEUDO)).toBe(true);
    expect(udpChecksum(0xffff)).toBe(0xffff);
    const zero = { ...fields, checksum: undefined, payload: hex`ba9a` };
    const pseudo = 0xffff - 53 - 1024 - 10 - 0xba9a;
    expect(must(decodeUdp(encodeUdp(zero, pseudo))).checksum).toBe(0xffff);
  });

  test.each([
    ['length 0', 0, 'bad-length', 4],
    ['length 7', 7, 'bad-length', 4],
    ['length beyond the bytes', 11, 'truncated', 10],
  ] as const)('%s', (_, length, reason, offset) => {
    const b = DATAGRAM.slice();
    b[5] = length;
    expect(decodeUdp(b)).toEqual(new DecodeError('udp', reason, offset));
  });

  test('octets after the length are not part of it', () => {
    expect(must(decodeUdp(concat(DATAGRAM, hex`ffff`))).payload).toEqual(utf8('hi'));
    const empty = DATAGRAM.slice();
    empty[5] = 8;
    expect(must(decodeUdp(empty)).payload).toEqual(hex``);
  });

  test('every shorter datagram is truncated', () => {
    expect(decodedPrefixes('udp', decodeUdp, DATAGRAM)).toEqual([]);
  });

  const fields = fc.record({ sourcePort: u16, destinationPort: u16, payload: anyBytes() });

  test('what is encoded decodes to the same, with a right checksum', () => {
    fc.assert(
      fc.property(fields, u16, ({ payload, ...ports }, pseudo) => {
        const datagram = must(decodeUdp(encodeUdp({ ...ports, payload }, pseudo)));
        expect(datagram).toMatchObject(ports);
        expect(datagram.payload).toEqual(payload);
        expect(datagram.checksum).not.toBe(0);
        expect(isUdpChecksumOk(datagram, pseudo)).toBe(true);
      }),
    );
  });

  test('laws', () => {
    const shaped = damaged(fields.map((datagram) => encodeUdp(datagram, 0)));
    expect(
      losslessShare(
        fc.oneof({ weight: 3, arbitrary: shaped }, anyBytes()),
        decodeUdp,
        (datagram, b) => concat(encodeUdp(datagram, 0), b.subarray(datagram.length)),
      ),
    ).toBeGreaterThan(0.4);
  });
});
