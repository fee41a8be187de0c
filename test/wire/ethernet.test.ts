import { describe, expect, test } from 'vitest';
import {
  concat,
  decodeEthernet,
  encodeEthernet,
  EtherType,
  hex,
  must,
  parseMac,
} from '../../src/wire/index.ts';
import { anyBytes } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

const FRAME = hex`020000000002 020000000001 0800 45000014`;

describe('ethernet', () => {
  test('a frame', () => {
    const frame = must(decodeEthernet(FRAME));
    expect(frame.destination).toBe(parseMac('02:00:00:00:00:02'));
    expect(frame.source).toBe(parseMac('02:00:00:00:00:01'));
    expect(frame.etherType).toBe(EtherType.ipv4);
    expect(frame.payload).toEqual(hex`45000014`);
    expect(encodeEthernet(frame)).toEqual(FRAME);
  });

  test('the payload is a view, and may be empty', () => {
    expect(must(decodeEthernet(FRAME)).payload.buffer).toBe(FRAME.buffer);
    expect(must(decodeEthernet(FRAME, 0, 14)).payload).toEqual(hex``);
  });

  test('the largest numbers', () => {
    const ones = new Uint8Array(14).fill(0xff);
    expect(encodeEthernet(must(decodeEthernet(ones)))).toEqual(ones);
  });

  test('nothing is padded to 60 octets, and padding stays payload', () => {
    const padded = concat(FRAME, new Uint8Array(42));
    expect(encodeEthernet(must(decodeEthernet(padded)))).toEqual(padded);
  });

  test('every shorter header is truncated', () => {
    expect(decodedPrefixes('ethernet', decodeEthernet, FRAME, 14)).toEqual([]);
  });

  test('laws', () => {
    expect(losslessShare(anyBytes(), decodeEthernet, encodeEthernet)).toBeGreaterThan(0.8);
  });
});
