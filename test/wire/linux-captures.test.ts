/**
 * What a real Linux kernel sent, captured with tcpdump: every frame decodes, its checksums are what
 * the path explains, and frames and files encode back to the same bytes.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  concat,
  decodeFrame,
  decodePcap,
  encodeFrame,
  encodePcap,
  type Frame,
  LinkType,
  must,
  PcapngWriter,
  PcapWriter,
  printHex,
  pseudoSum,
  readCapture,
  sameBytes,
  verifyFrame,
} from '../../src/wire/index.ts';
import { hasTool, inScratch, runTool } from '../help/real-tools.ts';

function read(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../fixtures/linux/${name}.pcap`, import.meta.url)));
}

function framesOf(name: string): Frame[] {
  const { records, error } = readCapture(read(name));
  expect(error).toBeUndefined();
  return records.map(({ linkType, bytes }) => decodeFrame(linkType, bytes));
}

/**
 * The transport protocol and what is to be said of its checksum. On a path that needs no checksums,
 * such as loopback, Linux leaves the pseudo-header's sum in the field: `partial`.
 */
function verdictOf(frame: Frame): string {
  const { ipv4, tcp, udp, icmpv4, icmpv6 } = frame;
  const icmp = icmpv4 ? 'icmp' : icmpv6 ? 'icmpv6' : undefined;
  const layer = tcp ? 'tcp' : udp ? 'udp' : (icmp ?? (frame.arp ? 'arp' : 'none'));
  const segment = tcp ?? udp;
  const verdict = verifyFrame(frame).transport;
  if (verdict !== 'bad' || ipv4 === undefined || segment === undefined)
    return `${layer} ${verdict}`;
  const length = segment.end - segment.start;
  const pseudo = pseudoSum(ipv4.source, ipv4.destination, ipv4.protocol, length);
  return `${layer} ${segment.checksum === pseudo ? 'partial' : 'bad'}`;
}

function count(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

const CAPTURES: [string, number, Record<string, number>][] = [
  ['loopback-hello', LinkType.ethernet, { 'tcp partial': 8 }],
  ['closed-port', LinkType.ethernet, { 'tcp partial': 2, 'tcp ok': 2 }],
  ['lan-fourway', LinkType.ethernet, { 'tcp ok': 13 }],
  ['lost-tail', LinkType.ethernet, { 'tcp ok': 17, 'tcp not-checkable': 13 }],
  ['sack-three-holes', LinkType.ethernet, { 'tcp ok': 35, 'tcp not-checkable': 33 }],
  ['udp-loopback', LinkType.ethernet, { 'udp partial': 6 }],
  ['udp-unreachable', LinkType.ethernet, { 'udp partial': 4, 'icmp ok': 1 }],
  ['arp-resolve', LinkType.ethernet, { 'arp absent': 4, 'tcp ok': 9, 'icmp ok': 4 }],
  [
    'ipv6-lan',
    LinkType.ethernet,
    { 'icmpv6 ok': 26, 'tcp ok': 17, 'udp ok': 1, 'none not-checkable': 7 }, // 7 fragments
  ],
  ['any-sll1', LinkType.linuxSll, { 'arp absent': 2, 'tcp ok': 11, 'tcp partial': 13 }],
  ['any-sll2', LinkType.linuxSll2, { 'arp absent': 2, 'tcp ok': 11, 'tcp partial': 14 }],
];

describe.each(CAPTURES)('%s', (name, linkType, verdicts) => {
  test('every frame decodes, with the checksums that its path explains', () => {
    const frames = framesOf(name);
    expect(count(frames.map(verdictOf))).toEqual(verdicts);
    expect(new Set(frames.map((frame) => frame.linkType))).toEqual(new Set([linkType]));
    const headers = new Set(frames.map((frame) => verifyFrame(frame).ipv4));
    expect(['ok', 'absent']).toEqual(expect.arrayContaining([...headers]));
  });

  test('only the snapshot length cuts frames short', () => {
    const { records } = readCapture(read(name));
    for (const { bytes, originalLength } of records) {
      const { error } = decodeFrame(linkType, bytes);
      expect(error?.reason).toBe(bytes.length < originalLength ? 'truncated' : undefined);
    }
  });

  test('frames and file encode back to the same bytes', () => {
    const file = read(name);
    expect(sameBytes(encodePcap(must(decodePcap(file))), file)).toBe(true);
    for (const frame of framesOf(name)) {
      expect(printHex(encodeFrame(frame))).toBe(printHex(frame.bytes));
    }
  });

  test('the writers write it again', () => {
    const file = read(name);
    const { records } = readCapture(file);
    const { snapLength } = records[0]!.interface;
    const pcap = new PcapWriter({ linkType, snapLength });
    const pcapng = new PcapngWriter();
    pcapng.interface({ linkType, snapLength });
    for (const record of records) {
      pcap.packet(record);
      pcapng.packet(record);
    }
    expect(sameBytes(concat(...pcap.take()), file)).toBe(true);
    const again = readCapture(concat(...pcapng.take())).records;
    expect(again.map(plain)).toEqual(records.map(plain));
  });

  test.skipIf(!hasTool('editcap'))('editcap converts it, and the same records are read', () => {
    const { records } = readCapture(read(name));
    inScratch((directory) => {
      for (const format of ['pcapng', 'nsecpcap', 'pcap']) {
        const path = `${directory}/converted`;
        runTool('editcap', '-F', format, `test/fixtures/linux/${name}.pcap`, path);
        const converted = readCapture(new Uint8Array(readFileSync(path)));
        expect(converted.error).toBeUndefined();
        expect(converted.records.map(plain)).toEqual(records.map(plain));
      }
    });
  });
});

function plain(record: ReturnType<typeof readCapture>['records'][number]) {
  const { linkType, seconds, nanoseconds, originalLength, bytes } = record;
  return { linkType, seconds, nanoseconds, originalLength, bytes: printHex(bytes) };
}
