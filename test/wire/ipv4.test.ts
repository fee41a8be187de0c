import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concat,
  decodeIpv4,
  DecodeError,
  encodeIpv4,
  hex,
  IpProtocol,
  Ipv4Flag,
  isIpv4ChecksumOk,
  must,
  parseIpv4,
} from '../../src/wire/index.ts';
import { anyBytes, bytesOf, damaged, u16, u32, u8 } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

const HEADER = hex`4500 0018 0000 4000 4011 b8bc c0a8 0001 c0a8 00c7`;
const PACKET = concat(HEADER, hex`01020304`);

const fields = fc.record({
  tos: u8,
  id: u16,
  flags: fc.nat(7),
  fragmentOffset: fc.nat(0x1fff).map((units) => 8 * units),
  ttl: u8,
  protocol: u8,
  source: u32,
  destination: u32,
  options: fc.nat(10).chain((words) => bytesOf(4 * words)),
  payload: anyBytes(),
});

/** The packet with octet `at` replaced. */
function withOctet(at: number, octet: number): Uint8Array {
  const b = PACKET.slice();
  b[at] = octet;
  return b;
}

describe('ipv4', () => {
  test('a packet', () => {
    const packet = must(decodeIpv4(PACKET));
    expect(packet).toMatchObject({
      tos: 0,
      totalLength: 24,
      id: 0,
      flags: Ipv4Flag.dontFragment,
      fragmentOffset: 0,
      ttl: 64,
      protocol: IpProtocol.udp,
      checksum: 0xb8bc,
      source: parseIpv4('192.168.0.1'),
      destination: parseIpv4('192.168.0.199'),
    });
    expect(packet.options).toEqual(hex``);
    expect(packet.payload).toEqual(hex`01020304`);
    expect(isIpv4ChecksumOk(packet)).toBe(true);
    expect(encodeIpv4(packet)).toEqual(PACKET);
  });

  test.each(Array.from({ length: 20 }, (_, at) => at))('a flipped bit in octet %i shows', (at) => {
    const packet = decodeIpv4(withOctet(at, PACKET[at]! ^ 0x10));
    if (packet instanceof DecodeError) return;
    expect(isIpv4ChecksumOk(packet)).toBe(false);
  });

  test.each([
    ['version 3', withOctet(0, 0x35), 'bad-version', 0],
    ['version 6', withOctet(0, 0x65), 'bad-version', 0],
    ['header of 16 octets', withOctet(0, 0x44), 'bad-length', 0],
    ['header beyond the total length', withOctet(0, 0x47), 'truncated', 24],
    ['total length below the header', withOctet(3, 19), 'bad-length', 2],
    ['total length beyond the bytes', withOctet(3, 25), 'truncated', 24],
  ] as const)('%s', (_, b, reason, offset) => {
    expect(decodeIpv4(b)).toEqual(new DecodeError('ipv4', reason, offset));
  });

  test('a header alone is a packet', () => {
    expect(must(decodeIpv4(withOctet(3, 20))).payload).toEqual(hex``);
  });

  test('octets after the total length are not part of it', () => {
    const padded = concat(PACKET, new Uint8Array(6));
    expect(must(decodeIpv4(padded)).payload).toEqual(hex`01020304`);
  });

  test.each([
    ['whole, with DF', 0x40, 0, 0, false],
    ['first fragment', 0x20, 0, 0, true],
    ['middle fragment', 0x20, 185, 1480, true],
    ['last fragment', 0x00, 185, 1480, true],
    ['last possible offset', 0x1f, 0xff, 65_528, true],
  ])('%s', (_, high, low, offset, isFragment) => {
    const b = withOctet(6, high);
    b[7] = low;
    const packet = must(decodeIpv4(b));
    expect(packet.fragmentOffset).toBe(offset);
    expect(packet.isFragment).toBe(isFragment);
  });

  test('lengths and checksums that are given are kept, others computed', () => {
    const packet = must(decodeIpv4(PACKET));
    const { tos, id, flags, fragmentOffset, ttl, protocol, source, destination } = packet;
    const plain = { tos, id, flags, fragmentOffset, ttl, protocol, source, destination };
    const { options, payload } = packet;
    expect(encodeIpv4({ ...plain, options, payload })).toEqual(PACKET);
    const forged = encodeIpv4({ ...plain, options, payload, totalLength: 9, checksum: 0xbeef });
    expect([forged[3], forged[10], forged[11]]).toEqual([9, 0xbe, 0xef]);
  });

  test('options are padded to whole words, up to 40 octets', () => {
    const packet = must(decodeIpv4(PACKET));
    const { tos, id, flags, fragmentOffset, ttl, protocol, source, destination } = packet;
    const plain = { tos, id, flags, fragmentOffset, ttl, protocol, source, destination };
    const of = (octets: number) =>
      encodeIpv4({ ...plain, options: new Uint8Array(octets).fill(1), payload: hex`` });
    expect(must(decodeIpv4(of(5))).options).toEqual(hex`0101010101000000`);
    expect(must(decodeIpv4(of(40))).options).toHaveLength(40);
    expect(() => of(41)).toThrow(RangeError);
  });

  test('every shorter packet is truncated', () => {
    expect(decodedPrefixes('ipv4', decodeIpv4, PACKET)).toEqual([]);
  });

  test('what is encoded decodes to the same, with a right checksum', () => {
    fc.assert(
      fc.property(fields, (packet) => {
        const decoded = must(decodeIpv4(encodeIpv4(packet)));
        const { options, payload, ...numbers } = packet;
        expect(decoded).toMatchObject(numbers);
        expect(decoded.options).toEqual(options);
        expect(decoded.payload).toEqual(payload);
        expect(isIpv4ChecksumOk(decoded)).toBe(true);
      }),
    );
  });

  test('laws', () => {
    const shaped = damaged(fields.map(encodeIpv4));
    const bytes = fc.oneof({ weight: 3, arbitrary: shaped }, anyBytes());
    expect(
      losslessShare(bytes, decodeIpv4, (packet, b) =>
        concat(encodeIpv4(packet), b.subarray(packet.totalLength)),
      ),
    ).toBeGreaterThan(0.4);
  });
});
