import * as fc from 'fast-check';
import { assert, describe, expect, test } from 'vitest';
import {
  CaptureRecord,
  concat,
  decodePcapng,
  DecodeError,
  encodePcapng,
  encodePcapngOptions,
  fromUtf8,
  hex,
  LinkType,
  listHostNames,
  listPcapngOptions,
  must,
  parseIpv4,
  type PcapngBlock,
  PcapngOptionCode,
  PcapngWriter,
  printHex,
  readCapture,
  textsOf,
  utf8,
} from '../../src/wire/index.ts';
import { anyBytes, byteOrder, damaged, pcapngBlocks, u32 } from '../help/arbitraries.ts';
import { losslessShare, shifted } from './laws.ts';

/** A section header, little-endian, of unknown length. */
const SECTION = hex`0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000`;
/** Interface 0: Ethernet, nanoseconds. */
const INTERFACE = hex`
  01000000 20000000 0100 0000 00000400  0900 0100 09000000  0000 0000  20000000`;
/** A packet of three octets, its padding, and the comment "hi!". */
const PACKET = hex`
  06000000 30000000 00000000 00000000 02000000 03000000 03000000 01020300
  0100 0300 68692100  0000 0000  30000000`;
const FILE = concat(SECTION, INTERFACE, PACKET);

/** The same file, big-endian. */
const BIG_ENDIAN = hex`
  0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
  00000001 00000020 0001 0000 00040000  0009 0001 09000000  0000 0000  00000020
  00000006 00000030 00000000 00000000 00000002 00000003 00000003 01020300
  0001 0003 68692100  0000 0000  00000030`;

describe('pcapng', () => {
  test.each([
    ['little-endian', FILE],
    ['big-endian', BIG_ENDIAN],
    ['first one, then the other', concat(BIG_ENDIAN, FILE)],
  ])('a file, %s', (_, file) => {
    const blocks = must(decodePcapng(file));
    expect(blocks.slice(-3)).toMatchObject([
      { kind: 'section-header', sectionLengthHigh: 0xffff_ffff, sectionLengthLow: 0xffff_ffff },
      { kind: 'interface-description', linkType: LinkType.ethernet, snapLength: 262_144 },
      { kind: 'enhanced-packet', timestampLow: 2, originalLength: 3, bytes: hex`010203` },
    ]);
    expect(encodePcapng(blocks)).toEqual(file);
    const { records, error } = readCapture(file);
    expect(error).toBeUndefined();
    expect(records.at(-1)).toMatchObject({ nanoseconds: 2, comments: ['hi!'] });
  });

  test.each<[string, number, Uint8Array, string, number]>([
    ['another first block', 0, hex`0b`, 'bad-magic', 0],
    ['another byte-order magic', 8, hex`00`, 'bad-magic', 0],
    ['version 2.0', 12, hex`02`, 'bad-version', 12],
    ['a block of 0 octets', 32, hex`00`, 'bad-length', 32],
    ['a block of 8 octets', 32, hex`08`, 'bad-length', 32],
    ['a block of 33 octets', 32, hex`21`, 'bad-length', 32],
    ['a block over 16 MiB', 32, hex`04000001`, 'too-large', 32],
    ['two lengths that differ', 56, hex`24`, 'bad-length', 56],
    ['a captured length beyond the block', 80, hex`19`, 'bad-length', 80],
    ['a captured length of 2³² − 1', 80, hex`ffffffff`, 'bad-length', 80],
  ])('%s', (_, at, octets, reason, offset) => {
    const b = FILE.slice();
    b.set(octets, at);
    expect(decodePcapng(b)).toMatchObject({ layer: 'pcapng', reason, offset });
  });

  test.each([
    ['section header', 0x0a0d0d0a, 12],
    ['interface description', 1, 4],
    ['obsolete packet', 2, 16],
    ['simple packet', 3, 0],
    ['statistics', 5, 8],
    ['enhanced packet', 6, 16],
  ])('a %s that is too short for its type', (_, type, octets) => {
    const body = new Uint8Array(octets);
    body.set(hex`4d3c2b1a 0100`.subarray(0, octets));
    const block = encodePcapng([{ kind: 'other', type, body }]);
    expect(decodePcapng(concat(SECTION, block))).toMatchObject({
      reason: 'bad-length',
      offset: 32,
    });
  });

  test('every shorter file is truncated but at a block border', () => {
    const whole = Array.from({ length: FILE.length + 1 }, (_, end) => end).filter((end) => {
      const result = decodePcapng(FILE.subarray(0, end));
      if (!(result instanceof DecodeError)) return true;
      expect(result).toEqual(new DecodeError('pcapng', 'truncated', end));
      return false;
    });
    expect(whole).toEqual([28, 60, FILE.length]);
  });

  test.each<[string, PcapngBlock]>([
    [
      'odd padding',
      {
        kind: 'enhanced-packet',
        interfaceId: 0,
        timestampHigh: 0,
        timestampLow: 0,
        originalLength: 3,
        bytes: hex`010203`,
        options: hex``,
        padding: hex`ff`,
      },
    ],
    ['an unknown type', { kind: 'other', type: 0xbad, body: hex`01020304` }],
    ['an unknown type without a body', { kind: 'other', type: 0x8000_0000, body: hex`` }],
    ['names', { kind: 'name-resolution', body: hex`0100 0700 0a000001 610062ff 0000 0000` }],
  ])('%s is kept', (_, block) => {
    const file = concat(FILE, encodePcapng([block]));
    expect(must(decodePcapng(file)).at(-1)).toEqual(block);
    expect(encodePcapng(must(decodePcapng(file)))).toEqual(file);
  });

  test('laws', () => {
    expect(
      losslessShare(
        fc.oneof(pcapngBlocks.map(encodePcapng), damaged(pcapngBlocks.map(encodePcapng))),
        (b, start, end) => shifted(decodePcapng(b.subarray(start, end)), start),
        encodePcapng,
      ),
    ).toBeGreaterThan(0.5);
    fc.assert(
      fc.property(pcapngBlocks, (blocks) => {
        expect(decodePcapng(encodePcapng(blocks))).toMatchObject(blocks);
      }),
    );
  });
});

describe('pcapng options', () => {
  test.each([
    ['nothing', hex``, []],
    ['an end mark', hex`0000 0000`, []],
    ['a comment', hex`0100 0100 61000000 0000 0000`, [{ code: 1, value: utf8('a') }]],
    ['no end mark', hex`0100 0100 61000000`, [{ code: 1, value: utf8('a') }]],
    ['an empty comment', hex`0100 0000 0000 0000`, [{ code: 1, value: hex`` }]],
    ['a length beyond the end', hex`0100 0500 61626364`, []],
    ['what stands after the end mark', hex`0000 0000 0100 0000`, []],
  ])('%s', (_, b, options) => {
    expect(listPcapngOptions(b, 'little-endian')).toEqual(options);
  });

  test('what is encoded is listed, in either byte order', () => {
    const options = fc.array(
      fc.record({ code: fc.integer({ min: 1, max: 0xffff }), value: anyBytes(40) }),
    );
    fc.assert(
      fc.property(options, byteOrder, (list, order) => {
        expect(listPcapngOptions(encodePcapngOptions(list, order), order)).toEqual(list);
      }),
    );
  });

  test('reading is total', () => {
    fc.assert(
      fc.property(anyBytes(), byteOrder, (b, order) => {
        const texts = listPcapngOptions(b, order).map(({ value }) => fromUtf8(value));
        const hosts = listHostNames(b, order);
        expect(4 * (texts.length + hosts.length)).toBeLessThanOrEqual(2 * b.length);
      }),
    );
  });

  test('an option longer than its length can say is refused', () => {
    const value = new Uint8Array(65_536);
    expect(() => encodePcapngOptions([{ code: 1, value }], 'little-endian')).toThrow(RangeError);
  });
});

describe('PcapngWriter', () => {
  const packet = { seconds: 0, nanoseconds: 2, bytes: hex`010203` };

  test.each([
    ['little-endian', FILE],
    ['big-endian', BIG_ENDIAN],
  ] as const)('writes %s', (order, file) => {
    const writer = new PcapngWriter({ byteOrder: order });
    expect(writer.interface({ linkType: LinkType.ethernet })).toBe(0);
    writer.packet({ ...packet, comments: ['hi!'] });
    expect(printHex(concat(...writer.take()))).toBe(printHex(file));
    expect(writer.take()).toEqual([]);
  });

  test('describes section and interfaces', () => {
    const section = {
      hardware: 'petri dish',
      os: 'none',
      application: 'tcpetri',
      comments: ['seed 1'],
    };
    const first = { linkType: 1, name: 'eth0', description: 'client', comments: ['a', 'b'] };
    const writer = new PcapngWriter(section);
    writer.interface(first);
    writer.interface({ linkType: 1, resolution: 6, snapLength: 96, os: 'none', hardware: 'none' });
    const blocks = must(decodePcapng(concat(...writer.take())));
    const [header, interface0] = blocks;
    if (header?.kind !== 'section-header' || interface0?.kind !== 'interface-description') {
      assert.fail('order of blocks');
    }
    const options = listPcapngOptions(header.options, 'little-endian');
    expect(options.map(({ code, value }) => [code, fromUtf8(value)])).toEqual([
      [PcapngOptionCode.comment, 'seed 1'],
      [PcapngOptionCode.sectionHardware, 'petri dish'],
      [PcapngOptionCode.sectionOs, 'none'],
      [PcapngOptionCode.sectionApplication, 'tcpetri'],
    ]);
    const described = listPcapngOptions(interface0.options, 'little-endian');
    expect(textsOf(described, PcapngOptionCode.comment)).toEqual(['a', 'b']);
    expect(textsOf(described, PcapngOptionCode.interfaceName)).toEqual(['eth0']);
    expect(textsOf(described, PcapngOptionCode.interfaceDescription)).toEqual(['client']);
    expect(blocks[2]).toMatchObject({ snapLength: 96 });
  });

  test('cuts packets at the snapshot length, of which 0 is none', () => {
    const writer = new PcapngWriter();
    writer.interface({ linkType: 1, snapLength: 2 });
    writer.interface({ linkType: 1, snapLength: 0 });
    writer.packet({ ...packet, interfaceId: 0 });
    writer.packet({ ...packet, interfaceId: 1 });
    const { records } = readCapture(concat(...writer.take()));
    expect(records.map(({ bytes, originalLength }) => [bytes.length, originalLength])).toEqual([
      [2, 3],
      [3, 3],
    ]);
  });

  test('refuses interfaces that were not described', () => {
    const writer = new PcapngWriter();
    expect(() => writer.packet(packet)).toThrow(RangeError);
    expect(() => writer.statistics(0, { end: packet })).toThrow(RangeError);
  });

  test('names addresses', () => {
    const hosts = [
      { address: parseIpv4('192.168.1.109'), names: ['client', 'client.example'] },
      { address: parseIpv4('192.168.1.178'), names: ['sérver'] },
      { address: 0x2001_0db8_0000_0000_0000_0000_0000_0001n, names: ['six', 'six.example'] },
    ];
    for (const order of ['little-endian', 'big-endian'] as const) {
      const writer = new PcapngWriter({ byteOrder: order });
      writer.names(hosts);
      writer.names([]);
      const [, block] = must(decodePcapng(concat(...writer.take())));
      if (block?.kind !== 'name-resolution') assert.fail('no names');
      expect(listHostNames(block.body, order)).toEqual(hosts);
    }
  });

  test('reports statistics', () => {
    const writer = new PcapngWriter();
    writer.interface({ linkType: 1 });
    writer.statistics(0, { start: packet, end: packet, received: 2 ** 40, dropped: 3 });
    const block = must(decodePcapng(concat(...writer.take()))).at(-1);
    if (block?.kind !== 'interface-statistics') assert.fail('no statistics');
    expect(block).toMatchObject({ interfaceId: 0, timestampHigh: 0, timestampLow: 2 });
    expect(listPcapngOptions(block.options, 'little-endian')).toEqual([
      { code: PcapngOptionCode.statisticsStart, value: hex`00000000 02000000` },
      { code: PcapngOptionCode.statisticsEnd, value: hex`00000000 02000000` },
      { code: PcapngOptionCode.statisticsReceived, value: hex`0000000000010000` },
      { code: PcapngOptionCode.statisticsDropped, value: hex`0300000000000000` },
    ]);
  });

  test.each([
    ['of nothing', ''],
    ['with a section sign', 'retransmission (RFC 6298 §5.4)'],
    ['of every UTF-8 length', 'a\u00e9\u20ac\u{1f9eb}'],
    [
      'of the limits of each length',
      '\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{10ffff}',
    ],
    ['as long as an option can hold', 'x'.repeat(65_535)],
  ])('a comment %s', (_, text) => {
    expect(commentsOf([text])).toEqual([text]);
  });

  test.each([
    ['ASCII', 'x'.repeat(65_536), 'x'.repeat(65_535)],
    ['three-octet characters', '€'.repeat(21_846), '€'.repeat(21_845)],
    ['two-octet characters', 'é'.repeat(32_768), 'é'.repeat(32_767)],
    ['half a surrogate pair', 'a\ud83ez', 'a\ufffdz'],
  ])('a comment of %s that does not fit', (_, text, kept) => {
    expect(commentsOf([text])).toEqual([kept]);
  });

  test('comments are read back in order', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 4 });
    fc.assert(
      fc.property(texts, (list) => {
        expect(commentsOf(list)).toEqual(list);
      }),
    );
  });

  test('packets are read back as they were written', () => {
    const packets = fc.array(
      fc.record(
        {
          seconds: u32,
          nanoseconds: fc.nat(999_999_999),
          bytes: anyBytes(300),
          interfaceId: fc.nat(2),
          originalLength: u32,
          comments: fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 2 }),
          direction: fc.constantFrom('inbound' as const, 'outbound' as const),
        },
        { requiredKeys: ['seconds', 'nanoseconds', 'bytes', 'interfaceId'] },
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(packets, byteOrder, (list, order) => {
        const writer = new PcapngWriter({ byteOrder: order });
        for (let i = 0; i < 3; i++) writer.interface({ linkType: 1, name: `eth${i}` });
        for (const one of list) writer.packet(one);
        const { records, error } = readCapture(concat(...writer.take()));
        expect(error).toBeUndefined();
        expect(records).toHaveLength(list.length);
        for (const [i, record] of records.entries()) {
          const one = list[i]!;
          expect(record).toMatchObject({
            ...one,
            comments: one.comments ?? [],
            originalLength: one.originalLength ?? one.bytes.length,
          });
          expect(record.direction).toBe(one.direction);
          expect(record.interface.name).toBe(`eth${one.interfaceId}`);
        }
      }),
    );
  });

  test('records that were read can be written, and give the same file', () => {
    const writer = new PcapngWriter();
    writer.interface({ linkType: LinkType.ethernet });
    for (const record of readCapture(FILE).records) writer.packet(record);
    expect(concat(...writer.take())).toEqual(FILE);
  });
});

function commentsOf(comments: readonly string[]): string[] {
  const writer = new PcapngWriter();
  writer.interface({ linkType: 1 });
  writer.packet({ seconds: 0, nanoseconds: 0, bytes: hex`01`, comments });
  writer.packet({ seconds: 0, nanoseconds: 0, bytes: hex`02` });
  const { records, error } = readCapture(concat(...writer.take()));
  expect(error).toBeUndefined();
  expect(records).toHaveLength(2);
  expect(records[0]).toBeInstanceOf(CaptureRecord);
  return records[0]!.comments;
}
