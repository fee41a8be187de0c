import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CaptureReader,
  CaptureRecord,
  concat,
  DecodeError,
  encodePcapng,
  encodePcapngOptions,
  hex,
  LinkType,
  type PcapngBlock,
  PcapngWriter,
  PcapWriter,
  readCapture,
  sameBytes,
} from '../../src/wire/index.ts';
import { anyBytes, captureBytes, chunksOf, damaged } from '../help/arbitraries.ts';

/** What reading the chunks one after the other gives. */
function readChunks(chunks: readonly Uint8Array[]) {
  const reader = new CaptureReader();
  const records: CaptureRecord[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    let record = reader.next();
    while (record instanceof CaptureRecord) {
      records.push(record);
      record = reader.next();
    }
  }
  return { records, error: reader.end(), copied: reader.copied };
}

/** Records as plain values, to be compared. */
function plain(records: readonly CaptureRecord[]) {
  return records.map((record) => ({
    linkType: record.linkType,
    seconds: record.seconds,
    nanoseconds: record.nanoseconds,
    capturedLength: record.capturedLength,
    originalLength: record.originalLength,
    bytes: record.bytes.slice(),
    interface: record.interface,
    comments: record.comments,
    direction: record.direction,
  }));
}

function octets(b: Uint8Array): Uint8Array[] {
  return Array.from(b, (octet) => Uint8Array.of(octet));
}

/** A capture of `count` packets of `length` octets. */
function capture(format: 'pcap' | 'pcapng', count: number, length = 100): Uint8Array {
  const writer =
    format === 'pcap' ? new PcapWriter({ linkType: 1 }) : new PcapngWriter({ os: 'none' });
  if (writer instanceof PcapngWriter) writer.interface({ linkType: 1, name: 'eth0' });
  for (let i = 0; i < count; i++) {
    writer.packet({ seconds: i, nanoseconds: 1000 * i, bytes: new Uint8Array(length).fill(i) });
  }
  return concat(...writer.take());
}

/** An interface description whose name is said to be 600 octets long, in a block of 24. */
const cutInterface: PcapngBlock = {
  kind: 'interface-description',
  linkType: LinkType.ethernet,
  reserved: 0,
  snapLength: 262_144,
  options: hex`0200 5802 61626364`,
};

describe('reading a capture', () => {
  test.each(['pcap', 'pcapng'] as const)('of format %s', (format) => {
    const reader = new CaptureReader();
    expect(reader.format).toBeUndefined();
    reader.push(capture(format, 2));
    const first = reader.next();
    expect(reader.format).toBe(format);
    expect(first).toMatchObject({ linkType: 1, interfaceId: 0, seconds: 0, capturedLength: 100 });
    expect(reader.next()).toMatchObject({ seconds: 1, nanoseconds: 1000, originalLength: 100 });
    expect(reader.next()).toBeUndefined();
    expect(reader.end()).toBeUndefined();
    expect(reader.interfaces).toHaveLength(1);
    expect(reader.section?.os).toBe(format === 'pcap' ? undefined : 'none');
  });

  test('tells what the current section says', () => {
    const writer = new PcapngWriter({ hardware: 'h', os: 'o', application: 'a', comments: ['c'] });
    writer.interface({ linkType: 1, name: 'eth0', description: 'd', comments: ['e'] });
    writer.names([{ address: 1, names: ['one'] }]);
    const reader = new CaptureReader();
    reader.push(concat(...writer.take()));
    expect(reader.next()).toBeUndefined();
    expect(reader.section).toEqual({
      byteOrder: 'little-endian',
      hardware: 'h',
      os: 'o',
      application: 'a',
      comments: ['c'],
    });
    expect(reader.interfaces).toEqual([
      {
        id: 0,
        linkType: 1,
        snapLength: 262_144,
        resolution: 9,
        offset: 0,
        name: 'eth0',
        description: 'd',
        comments: ['e'],
      },
    ]);
    expect(reader.names).toEqual([{ address: 1, names: ['one'] }]);
    reader.push(concat(...new PcapngWriter().take()));
    expect(reader.next()).toBeUndefined();
    expect([reader.interfaces, reader.names]).toEqual([[], []]);
  });

  test.each([
    ['no resolution: microseconds', [], 5, 7000],
    ['nanoseconds', [{ code: 9, value: hex`09` }], 0, 5_000_007],
    ['an offset', [{ code: 14, value: hex`ffffffffffffffff` }], 4, 7000],
    ['a resolution of two octets, which is none', [{ code: 9, value: hex`0909` }], 5, 7000],
  ])('%s', (_, options, seconds, nanoseconds) => {
    const file = pcapng(options, {
      kind: 'obsolete-packet',
      interfaceId: 0,
      dropsCount: 0xffff,
      timestampHigh: 0,
      timestampLow: 5_000_007,
      originalLength: 1,
      bytes: hex`01`,
      options: hex``,
    });
    expect(readCapture(file).records).toMatchObject([{ seconds, nanoseconds, bytes: hex`01` }]);
  });

  test('a simple packet ends where snapshot or original length says', () => {
    const { records } = readCapture(pcapng([], simple(5), simple(6), simple(7)));
    expect(records.map(({ bytes }) => bytes.length)).toEqual([5, 6, 6]); // snapshot length 6
  });

  test.each<[string, PcapngBlock, string, number]>([
    ['an interface that was not described', packetOf({ interfaceId: 1 }), 'bad-value', 56],
    ['a packet over 262,144 octets', packetOf({ bytes: new Uint8Array(262_145) }), 'too-large', 68],
    ['an interface whose option runs past its block', cutInterface, 'bad-length', 64],
  ])('%s is refused', (_, block, reason, offset) => {
    const { records, error } = readCapture(pcapng([], block));
    expect(records).toEqual([]);
    expect(error).toMatchObject({ layer: 'pcapng', reason, offset });
  });

  test.each([
    ['nothing', hex``, new DecodeError('capture', 'truncated', 0)],
    ['three octets', hex`d4c3b2`, new DecodeError('capture', 'truncated', 3)],
    ['text', hex`68656c6c 6f`, undefined],
    ['half a pcap header', hex`d4c3b2a1 02`, new DecodeError('pcap', 'truncated', 5)],
    ['half a section header', hex`0a0d0d0a 1c`, new DecodeError('pcapng', 'truncated', 5)],
  ])('%s is no capture', (_, b, error) => {
    expect(readCapture(b).error).toMatchObject(error ?? { reason: 'bad-magic', offset: 0 });
  });

  test.each(['pcap', 'pcapng'] as const)('an error of %s stays, after good records', (format) => {
    const good = capture(format, 3);
    const reader = new CaptureReader();
    reader.push(concat(good, new Uint8Array(40).fill(0xff)));
    for (let i = 0; i < 3; i++) expect(reader.next()).toBeInstanceOf(CaptureRecord);
    const error = reader.next();
    expect(error).toBeInstanceOf(DecodeError);
    expect(reader.next()).toBe(error);
    expect(reader.end()).toBe(error);
    const at = format === 'pcap' ? 8 : 4;
    expect((error as DecodeError).offset).toBe(good.length + at);
  });

  test('an absurd length is refused before it is waited for', () => {
    const reader = new CaptureReader();
    reader.push(capture('pcap', 0));
    reader.push(hex`00000000 00000000 ffffff7f 00000000`);
    expect(reader.next()).toMatchObject({ layer: 'pcap', reason: 'too-large', offset: 32 });
  });

  test('a capture cut anywhere gives the records before the cut', () => {
    for (const format of ['pcap', 'pcapng'] as const) {
      const whole = capture(format, 5);
      const all = plain(readCapture(whole).records);
      for (let end = 1; end < whole.length; end++) {
        const { records, error } = readCapture(whole.subarray(0, end));
        expect(plain(records)).toEqual(all.slice(0, records.length));
        expect(error ?? { reason: 'truncated', offset: end }).toMatchObject({
          reason: 'truncated',
          offset: end,
        });
      }
    }
  });
});

function pcapng(
  options: Parameters<typeof encodePcapngOptions>[0],
  ...blocks: PcapngBlock[]
): Uint8Array {
  return encodePcapng([
    {
      kind: 'section-header',
      byteOrder: 'little-endian',
      minorVersion: 0,
      sectionLengthHigh: 0,
      sectionLengthLow: 0,
      options: hex``,
    },
    {
      kind: 'interface-description',
      linkType: LinkType.raw,
      reserved: 0,
      snapLength: 6,
      options: encodePcapngOptions(options, 'little-endian'),
    },
    ...blocks,
  ]);
}

function simple(originalLength: number): PcapngBlock {
  return { kind: 'simple-packet', originalLength, data: hex`01020304 05060708` };
}

function packetOf(fields: object): PcapngBlock {
  return {
    kind: 'enhanced-packet',
    interfaceId: 0,
    timestampHigh: 0,
    timestampLow: 0,
    originalLength: 1,
    bytes: hex`01`,
    options: hex``,
    ...fields,
  };
}

describe('laws', () => {
  test('reading is total, on mutated captures and on noise', () => {
    let intact = 0;
    const runs = 2000;
    fc.assert(
      fc.property(fc.oneof(damaged(captureBytes), captureBytes, anyBytes(300)), (b) => {
        const { records, error } = readCapture(b);
        for (const { comments, direction } of records)
          expect([comments, direction]).toHaveLength(2);
        if (error === undefined) intact += 1;
        expect(error?.offset ?? 0).toBeLessThanOrEqual(b.length);
      }),
      { numRuns: runs },
    );
    expect(intact / runs).toBeGreaterThan(0.3);
  });

  test('it does not matter how the capture is cut into chunks', () => {
    const split = fc
      .oneof(captureBytes, damaged(captureBytes))
      .chain((b) => fc.tuple(fc.constant(b), chunksOf(b)));
    fc.assert(
      fc.property(split, ([b, chunks]) => {
        const whole = readChunks([b]);
        for (const other of [readChunks(chunks), readChunks(octets(b))]) {
          expect(plain(other.records)).toEqual(plain(whole.records));
          expect(other.error).toEqual(whole.error);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('records stay what they were while the reading goes on', () => {
    const b = capture('pcapng', 300, 1000);
    const { records } = readChunks(octets(b));
    expect(records).toHaveLength(300);
    const intact = records.map(({ bytes }, i) => sameBytes(bytes, new Uint8Array(1000).fill(i)));
    expect(intact).not.toContain(false);
  });

  test.each([1, 7, 100, 2048, 5000, 65_536])('chunks of %i octets are read in linear time', (n) => {
    for (const format of ['pcap', 'pcapng'] as const) {
      for (const length of [60, 1500, 60_000]) {
        const b = capture(format, Math.ceil(200_000 / length), length);
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < b.length; at += n) chunks.push(b.subarray(at, at + n));
        expect(readChunks(chunks).copied).toBeLessThanOrEqual(3 * b.length);
      }
    }
  });

  test('chunks that hold whole records are not copied', () => {
    const b = capture('pcap', 100, 1500);
    expect(readChunks([b]).copied).toBe(0);
  });
});
