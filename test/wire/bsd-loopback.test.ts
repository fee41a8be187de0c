import { describe, expect, test } from 'vitest';
import {
  BsdFamily,
  type BsdLoopbackHeader,
  decodeBsdLoop,
  decodeBsdLoopback,
  hex,
  writeBsdLoopback,
} from '../../src/wire/index.ts';
import { anyBytes } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

function encode(header: BsdLoopbackHeader): Uint8Array {
  const b = new Uint8Array(4);
  writeBsdLoopback(b, 0, header);
  return b;
}

describe('bsd loopback', () => {
  test.each([
    ['IPv4, little-endian', hex`02000000`, BsdFamily.ipv4, 'little-endian'],
    ['IPv4, big-endian', hex`00000002`, BsdFamily.ipv4, 'big-endian'],
    ["IPv6 on Apple's systems", hex`1e000000`, BsdFamily.ipv6Darwin, 'little-endian'],
    ['the largest little-endian number', hex`ffff0000`, 0xffff, 'little-endian'],
    ['one more', hex`00000100`, 0x100, 'big-endian'],
    ['zero', hex`00000000`, 0, 'little-endian'],
    ['all ones', hex`ffffffff`, 0xffffffff, 'big-endian'],
  ] as const)('%s', (_, b, family, byteOrder) => {
    expect(decodeBsdLoopback(b)).toEqual({ family, byteOrder });
  });

  test('LOOP is always big-endian', () => {
    expect(decodeBsdLoop(hex`00000002`)).toEqual({ family: 2, byteOrder: 'big-endian' });
    expect(decodeBsdLoop(hex`02000000`)).toEqual({ family: 0x02000000, byteOrder: 'big-endian' });
  });

  test('every shorter header is truncated', () => {
    expect(decodedPrefixes('bsd-loopback', decodeBsdLoopback, hex`02000000`)).toEqual([]);
    expect(decodedPrefixes('bsd-loopback', decodeBsdLoop, hex`00000002`)).toEqual([]);
  });

  test('laws', () => {
    const bytes = anyBytes(12).map((b) => b.subarray(0, 4));
    expect(losslessShare(bytes, decodeBsdLoopback, encode)).toBeGreaterThan(0.5);
    expect(losslessShare(bytes, decodeBsdLoop, encode)).toBeGreaterThan(0.5);
  });
});
