import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ArpHardware,
  decodeSll,
  decodeSll2,
  hex,
  linuxCookedLength,
  type LinuxCookedHeader,
  must,
  SllPacketType,
  writeLinuxCooked,
} from '../../src/wire/index.ts';
import { anyBytes, cookedHeader } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

const SLL = hex`0004 0001 0006 02000000016d0000 0800`;
const SLL2 = hex`0806 0000 00000002 0304 00 06 0000000000000000`;

function encode(header: LinuxCookedHeader): Uint8Array {
  const b = new Uint8Array(linuxCookedLength(header));
  writeLinuxCooked(b, 0, header);
  return b;
}

describe('linux cooked', () => {
  test('version 1', () => {
    expect(decodeSll(SLL)).toEqual({
      version: 1,
      packetType: SllPacketType.fromUs,
      hardwareType: ArpHardware.ethernet,
      addressLength: 6,
      address: hex`02000000016d0000`,
      protocol: 0x0800,
      interfaceIndex: 0,
      reserved: 0,
    });
    expect(decodedPrefixes('linux-sll', decodeSll, SLL)).toEqual([]);
  });

  test('version 2', () => {
    expect(decodeSll2(SLL2)).toEqual({
      version: 2,
      packetType: SllPacketType.toUs,
      hardwareType: ArpHardware.loopback,
      addressLength: 6,
      address: new Uint8Array(8),
      protocol: 0x0806,
      interfaceIndex: 2,
      reserved: 0,
    });
    expect(decodedPrefixes('linux-sll2', decodeSll2, SLL2)).toEqual([]);
  });

  test('an address is eight octets with its padding', () => {
    const header = must(decodeSll(SLL));
    expect(() => encode({ ...header, address: hex`02000000016d` })).toThrow(RangeError);
  });

  test('what is encoded decodes to the same', () => {
    fc.assert(
      fc.property(cookedHeader, (header) => {
        const decode = header.version === 1 ? decodeSll : decodeSll2;
        expect(decode(encode(header))).toEqual(header);
      }),
    );
  });

  test('laws', () => {
    const headers = (length: number) => anyBytes(40).map((b) => b.subarray(0, length));
    expect(losslessShare(headers(SLL.length), decodeSll, encode)).toBeGreaterThan(0.4);
    expect(losslessShare(headers(SLL2.length), decodeSll2, encode)).toBeGreaterThan(0.4);
  });
});
