import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeTcp,
  DecodeError,
  encodeTcp,
  hex,
  isTcpChecksumOk,
  must,
  parseIpv4,
  pseudoSum,
  segmentLength,
  seqToU32,
  type TcpFields,
  TcpFlag,
  toSeq,
  utf8,
} from '../../src/wire/index.ts';
import { anyBytes, damaged, seq, tcpOptions, u16 } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

/** Ports 40014 and 8000, PSH ACK, timestamps, four octets of payload. */
const SEGMENT = hex`
  9c4e 1f40 d043de6d 75e64c52 8018 01f6 e147 0000
  0101 080a 2c395705 81fe1887  61626364`;
const PSEUDO = pseudoSum(parseIpv4('192.168.1.109'), parseIpv4('192.168.1.178'), 6, SEGMENT.length);

const fields: fc.Arbitrary<TcpFields> = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  seq,
  ack: seq,
  flags: fc.nat(0xfff),
  window: u16,
  urgentPointer: u16,
  options: tcpOptions,
  payload: anyBytes(),
});

/** The segment with a data offset of that many words. */
function withOffset(words: number): Uint8Array {
  const b = SEGMENT.slice();
  b[12] = words << 4;
  return b;
}

describe('tcp', () => {
  test('a segment', () => {
    const segment = must(decodeTcp(SEGMENT));
    expect(segment).toMatchObject({
      sourcePort: 40_014,
      destinationPort: 8000,
      flags: TcpFlag.psh | TcpFlag.ack,
      window: 502,
      urgentPointer: 0,
    });
    expect([seqToU32(segment.seq), seqToU32(segment.ack)]).toEqual([0xd043de6d, 0x75e64c52]);
    expect(segment.options).toEqual(hex`0101 080a 2c395705 81fe1887`);
    expect(segment.payload).toEqual(utf8('abcd'));
    expect(segment.payloadLength).toBe(4);
    expect(encodeTcp(segment, 0)).toEqual(SEGMENT);
    expect(isTcpChecksumOk(segment, PSEUDO)).toBe(true);
  });

  test.each(Array.from(SEGMENT, (_, at) => at))('a flipped bit in octet %i shows', (at) => {
    const b = SEGMENT.slice();
    b[at]! ^= 1;
    expect(isTcpChecksumOk(must(decodeTcp(b)), PSEUDO)).toBe(false);
  });

  test('a checksum left out is computed, one given is kept', () => {
    const { sourcePort, destinationPort, seq: from, ack, flags, window } = must(decodeTcp(SEGMENT));
    const { options, payload } = must(decodeTcp(SEGMENT));
    const plain = { sourcePort, destinationPort, seq: from, ack, flags, window, urgentPointer: 0 };
    expect(encodeTcp({ ...plain, options, payload }, PSEUDO)).toEqual(SEGMENT);
    const forged = encodeTcp({ ...plain, options, payload, checksum: 0xbeef }, PSEUDO);
    expect(must(decodeTcp(forged)).checksum).toBe(0xbeef);
  });

  test.each([0, 1, 2, 3, 4])('a data offset of %i words is too small', (words) => {
    expect(decodeTcp(withOffset(words))).toEqual(new DecodeError('tcp', 'bad-length', 12));
  });

  test.each([5, 6, 7, 8, 9])('a data offset of %i words', (words) => {
    const segment = must(decodeTcp(withOffset(words)));
    expect(segment.options).toHaveLength(4 * (words - 5));
    expect(segment.payload).toHaveLength(SEGMENT.length - 4 * words);
  });

  test.each([10, 15])('a data offset of %i words is beyond the bytes', (words) => {
    expect(decodeTcp(withOffset(words))).toEqual(
      new DecodeError('tcp', 'truncated', SEGMENT.length),
    );
  });

  test('options are padded by zeros to whole words, up to 40 octets (MUST-69)', () => {
    const segment = must(decodeTcp(SEGMENT));
    const { sourcePort, destinationPort, seq: from, ack, flags, window } = segment;
    const plain = { sourcePort, destinationPort, seq: from, ack, flags, window, urgentPointer: 0 };
    const of = (octets: number) =>
      encodeTcp({ ...plain, options: new Uint8Array(octets).fill(1), payload: hex`` }, 0);
    expect(must(decodeTcp(of(3))).options).toEqual(hex`01010100`);
    expect(must(decodeTcp(of(40))).options).toHaveLength(40);
    expect(() => of(41)).toThrow(RangeError);
  });

  test.each([
    ['nothing', 0, 0, 0],
    ['SYN', TcpFlag.syn, 0, 1],
    ['FIN with data', TcpFlag.fin | TcpFlag.ack, 4, 5],
    ['SYN FIN with data', TcpFlag.syn | TcpFlag.fin, 4, 6],
    ['RST with data', TcpFlag.rst, 4, 4],
    ['every other flag', 0xfff & ~(TcpFlag.syn | TcpFlag.fin), 0, 0],
  ])('SEG.LEN of %s (RFC 9293 §3.3.1)', (_, flags, octets, length) => {
    const b = encodeTcp(
      {
        sourcePort: 1,
        destinationPort: 2,
        seq: toSeq(0),
        ack: toSeq(0),
        flags,
        window: 0,
        urgentPointer: 0,
        options: hex``,
        payload: new Uint8Array(octets),
      },
      0,
    );
    const segment = must(decodeTcp(b));
    expect(segment.flags).toBe(flags);
    expect(segmentLength(segment)).toBe(length);
  });

  test('every shorter header is truncated', () => {
    expect(decodedPrefixes('tcp', decodeTcp, SEGMENT, 32)).toEqual([]);
  });

  test('what is encoded decodes to the same, with a right checksum', () => {
    fc.assert(
      fc.property(fields, u16, (segment, pseudo) => {
        const decoded = must(decodeTcp(encodeTcp(segment, pseudo)));
        const { options, payload, ...numbers } = segment;
        expect(decoded).toMatchObject(numbers);
        expect(decoded.options).toEqual(options);
        expect(decoded.payload).toEqual(payload);
        expect(isTcpChecksumOk(decoded, pseudo)).toBe(true);
      }),
    );
  });

  test('laws', () => {
    const shaped = damaged(fields.map((segment) => encodeTcp(segment, 0)));
    const bytes = fc.oneof({ weight: 3, arbitrary: shaped }, anyBytes());
    expect(losslessShare(bytes, decodeTcp, (segment) => encodeTcp(segment, 0))).toBeGreaterThan(
      0.6,
    );
  });
});
