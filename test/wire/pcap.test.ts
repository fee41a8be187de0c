import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concat,
  decodePcap,
  DecodeError,
  decodePcapHeader,
  encodePcap,
  hex,
  LinkType,
  must,
  type PcapHeader,
  PcapWriter,
  writePcapHeader,
} from '../../src/wire/index.ts';
import { anyBytes, byteOrder, damaged, pcapFile, u32 } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare, shifted } from './laws.ts';

/** One packet of three octets, cut from 60, at 1.000002 s, as tcpdump writes it. */
const FILE = hex`
  d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000
  01000000 02000000 03000000 3c000000 010203`;

function encodeHeader(header: PcapHeader): Uint8Array {
  const b = new Uint8Array(24);
  writePcapHeader(b, 0, header);
  return b;
}

describe('pcap', () => {
  test('a file', () => {
    expect(decodePcap(FILE)).toEqual({
      header: {
        byteOrder: 'little-endian',
        resolution: 'microseconds',
        zone: 0,
        significantFigures: 0,
        snapLength: 262_144,
        linkType: LinkType.ethernet,
        linkTypeExtension: 0,
      },
      records: [{ seconds: 1, fraction: 2, originalLength: 60, bytes: hex`010203` }],
    });
  });

  test.each([
    ['little-endian', 'microseconds', hex`d4c3b2a1 0200 0400`],
    ['big-endian', 'microseconds', hex`a1b2c3d4 0002 0004`],
    ['little-endian', 'nanoseconds', hex`4d3cb2a1 0200 0400`],
    ['big-endian', 'nanoseconds', hex`a1b23c4d 0002 0004`],
  ] as const)('the magic number of %s %s', (order, resolution, magic) => {
    const header = must(decodePcapHeader(concat(magic, new Uint8Array(16))));
    expect(header).toMatchObject({ byteOrder: order, resolution });
  });

  test.each([
    ['no pcap file', 0, hex`00`, 'bad-magic', 0],
    ['the magic of a modified format', 0, hex`34cdb2a1`, 'bad-magic', 0],
    ['version 3.4', 4, hex`03`, 'bad-version', 4],
    ['version 2.3', 6, hex`03`, 'bad-version', 4],
    ['a captured length above 262,144', 32, hex`01000400`, 'too-large', 32],
    ['a captured length of 2³² − 1', 32, hex`ffffffff`, 'too-large', 32],
    ['a captured length beyond the file', 32, hex`04`, 'truncated', 43],
  ] as const)('%s', (_, at, octets, reason, offset) => {
    const b = FILE.slice();
    b.set(octets, at);
    expect(decodePcap(b)).toMatchObject({ layer: 'pcap', reason, offset });
  });

  test("D-Bus messages may be larger, libpcap's rule", () => {
    const b = FILE.slice();
    b.set(hex`01000400`, 32);
    b[20] = 231;
    expect(decodePcap(b)).toMatchObject({ reason: 'truncated' });
  });

  test('a check sequence length stands above the link type', () => {
    const b = FILE.slice();
    b[23] = 0x24;
    const { header } = must(decodePcap(b));
    expect([header.linkType, header.linkTypeExtension]).toEqual([1, 9]);
    expect(encodePcap(must(decodePcap(b)))).toEqual(b);
  });

  test('every shorter file is truncated but at a record border', () => {
    expect(decodedPrefixes('pcap', decodePcapHeader, FILE, 24)).toEqual([]);
    expect(must(decodePcap(FILE.subarray(0, 24))).records).toEqual([]);
    for (let end = 25; end < FILE.length; end++) {
      expect(decodePcap(FILE.subarray(0, end))).toEqual(new DecodeError('pcap', 'truncated', end));
    }
  });

  test('laws', () => {
    const bytes = fc.oneof(damaged(pcapFile.map(encodePcap)), pcapFile.map(encodePcap), anyBytes());
    expect(
      losslessShare(
        bytes,
        (b, start, end) => shifted(decodePcap(b.subarray(start, end)), start),
        encodePcap,
      ),
    ).toBeGreaterThan(0.3);
    expect(
      losslessShare(
        damaged(pcapFile.map(encodePcap)).map((b) => b.subarray(0, 24)),
        decodePcapHeader,
        encodeHeader,
      ),
    ).toBeGreaterThan(0.5);
  });
});

describe('PcapWriter', () => {
  const packet = { seconds: 1, nanoseconds: 2999, bytes: hex`010203`, originalLength: 60 };

  test('writes as tcpdump does', () => {
    const writer = new PcapWriter({ linkType: LinkType.ethernet });
    writer.packet(packet);
    expect(concat(...writer.take())).toEqual(FILE);
    expect(writer.take()).toEqual([]);
  });

  test('cuts packets at the snapshot length', () => {
    const writer = new PcapWriter({ linkType: LinkType.raw, snapLength: 2 });
    writer.packet({ seconds: 1, nanoseconds: 0, bytes: hex`010203` });
    const { records } = must(decodePcap(concat(...writer.take())));
    expect(records[0]).toMatchObject({ originalLength: 3, bytes: hex`0102` });
  });

  test('writes what is read back, however often it is taken', () => {
    const packets = fc.array(
      fc.record({
        seconds: u32,
        nanoseconds: fc.nat(999_999_999),
        bytes: anyBytes(300),
        isTaken: fc.boolean(),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(packets, byteOrder, fc.boolean(), (list, order, isNano) => {
        const resolution = isNano ? 'nanoseconds' : 'microseconds';
        const writer = new PcapWriter({ linkType: 1, byteOrder: order, resolution });
        const chunks: Uint8Array[] = [];
        for (const { isTaken, ...one } of list) {
          writer.packet(one);
          if (isTaken) chunks.push(...writer.take());
        }
        const file = must(decodePcap(concat(...chunks, ...writer.take())));
        expect(file.header).toMatchObject({ byteOrder: order, resolution });
        expect(file.records).toEqual(
          list.map(({ seconds, nanoseconds, bytes }) => ({
            seconds,
            fraction: isNano ? nanoseconds : Math.floor(nanoseconds / 1000),
            originalLength: bytes.length,
            bytes,
          })),
        );
      }),
    );
  });

  test('fills slabs without a gap, and takes packets larger than one', () => {
    const writer = new PcapWriter({ linkType: LinkType.raw });
    const sizes = [...Array.from({ length: 1200 }, () => 1500), 200_000, 200_000, 262_144, 1];
    for (const [i, size] of sizes.entries()) {
      writer.packet({ seconds: i, nanoseconds: 0, bytes: new Uint8Array(size).fill(i) });
    }
    const chunks = writer.take();
    expect(chunks.length).toBeLessThan(6);
    const { records } = must(decodePcap(concat(...chunks)));
    expect(records.map(({ bytes }) => bytes.length)).toEqual(sizes);
    expect(records.every(({ bytes }, i) => bytes.every((octet) => octet === (i & 0xff)))).toBe(
      true,
    );
  });
});
