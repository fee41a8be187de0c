/** Captures written here, judged by tcpdump and Wireshark's tools. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  concat,
  decodePcapng,
  encodeFrame,
  encodePcapng,
  LinkType,
  must,
  parseIpv4,
  parseMac,
  PcapngWriter,
  PcapWriter,
  readCapture,
  sameBytes,
  TcpFlag,
  toSeq,
  utf8,
} from '../../src/wire/index.ts';
import { hasTool, inScratch, runTool } from '../help/real-tools.ts';

const CLIENT = parseIpv4('192.168.1.109');
const SERVER = parseIpv4('192.168.1.178');

const SYN = encodeFrame({
  ethernet: { source: parseMac('02:00:00:00:01:6d'), destination: parseMac('02:00:00:00:01:b2') },
  ipv4: { source: CLIENT, destination: SERVER },
  tcp: { sourcePort: 40_014, destinationPort: 8000, seq: toSeq(7), flags: TcpFlag.syn },
});
const DATA = encodeFrame({
  ethernet: { source: parseMac('02:00:00:00:01:b2'), destination: parseMac('02:00:00:00:01:6d') },
  ipv4: { source: SERVER, destination: CLIENT },
  udp: { sourcePort: 8000, destinationPort: 40_014 },
  payload: utf8('hi'),
});

/** A capture at two interfaces, with everything that our writer can say. */
function annotated(byteOrder: 'little-endian' | 'big-endian'): Uint8Array {
  const writer = new PcapngWriter({
    byteOrder,
    hardware: 'petri dish',
    os: 'none at all',
    application: 'tcpetri 0.1',
    comments: ['seed 1'],
  });
  const linkType = LinkType.ethernet;
  writer.interface({ linkType, name: 'client-eth0', description: 'the client' });
  writer.interface({ linkType, name: 'server-eth0', comments: ['the other end'] });
  writer.names([
    { address: CLIENT, names: ['client.test'] },
    { address: SERVER, names: ['server.test'] },
  ]);
  const seconds = 1_700_000_000;
  writer.packet({
    seconds,
    nanoseconds: 123_456_789,
    bytes: SYN,
    interfaceId: 0,
    comments: ['active open (RFC 9293 §3.10.1)'],
    direction: 'outbound',
  });
  writer.packet({ seconds: seconds + 1, nanoseconds: 1, bytes: DATA, interfaceId: 1 });
  writer.packet({
    seconds: seconds + 2,
    nanoseconds: 0,
    bytes: DATA,
    interfaceId: 0,
    comments: ['one', 'two 🧫'],
    direction: 'inbound',
  });
  const start = { seconds, nanoseconds: 0 };
  const end = { seconds: seconds + 3, nanoseconds: 0 };
  writer.statistics(0, { start, end, received: 2, dropped: 0 });
  writer.statistics(1, { start, end, received: 1, dropped: 5 });
  return concat(...writer.take());
}

/** What a tool prints of a capture. */
function judge(capture: Uint8Array, tool: string, ...args: string[]): string {
  return inScratch((directory) => {
    const path = `${directory}/capture`;
    writeFileSync(path, capture);
    return runTool(tool, ...args.map((arg) => (arg === '@' ? path : arg)));
  });
}

const BOTH = ['little-endian', 'big-endian'] as const;

/** tshark's arguments to print these fields of each packet. */
function printing(fields: readonly string[]): string[] {
  const format = ['-r', '@', '-T', 'fields', '-E', 'separator=|', '-E', 'aggregator=;'];
  return [...format, ...fields.flatMap((field) => ['-e', field])];
}

describe.skipIf(!hasTool('tshark'))('tshark', () => {
  test.each(BOTH)('reads times, comments, interfaces, directions and names, %s', (order) => {
    const fields = [
      'frame.time_epoch',
      'frame.comment',
      'frame.interface_name',
      'frame.interface_description',
      'frame.packet_flags_direction',
      'ip.src_host',
      '_ws.malformed',
    ];
    const text = judge(annotated(order), 'tshark', '-N', 'n', ...printing(fields));
    expect(text.trimEnd().split('\n')).toEqual([
      '1700000000.123456789|active open (RFC 9293 §3.10.1)|client-eth0|the client|0x00000002|client.test|',
      '1700000001.000000001||server-eth0|||server.test|',
      '1700000002.000000000|one;two 🧫|client-eth0|the client|0x00000001|server.test|',
    ]);
  });

  test('finds the checksums of what is written by hand right', () => {
    const layers = ['ip', 'tcp', 'udp'];
    const checks = layers.flatMap((layer) => ['-o', `${layer}.check_checksum:TRUE`]);
    const fields = layers.map((layer) => `${layer}.checksum.status`);
    const text = judge(annotated('little-endian'), 'tshark', ...checks, ...printing(fields));
    expect(text.trimEnd().split('\n')).toEqual(['1|1|', '1||1', '1||1']);
  });
});

describe.skipIf(!hasTool('capinfos'))('capinfos', () => {
  test.each(BOTH)('reads what section and interfaces say, %s', (order) => {
    const text = judge(annotated(order), 'capinfos', '@');
    for (const line of [
      /Number of packets: +3/,
      /Capture hardware: +petri dish/,
      /Capture oper-sys: +none at all/,
      /Capture application: +tcpetri 0.1/,
      /Capture comment: +seed 1/,
      /Number of interfaces in file: 2/,
      /Name = server-eth0/,
      /Description = the client/,
      /Time resolution = 0x09/,
      /Number of stat entries = 1/,
      /Capture length = 262144/,
      /Number of resolved IPv4 addresses in file: 2/,
    ]) {
      expect(text).toMatch(line);
    }
  });
});

describe.skipIf(!hasTool('tcpdump'))('tcpdump', () => {
  const args = ['-r', '@', '-nn', '-tt', '--nano'];
  const lines = [
    '1700000000.123456789 IP 192.168.1.109.40014 > 192.168.1.178.8000: Flags [S], seq 7, win 65535, length 0',
    '1700000001.000000001 IP 192.168.1.178.8000 > 192.168.1.109.40014: UDP, length 2',
    '1700000002.000000000 IP 192.168.1.178.8000 > 192.168.1.109.40014: UDP, length 2',
  ];

  test.each(BOTH)('reads pcapng, %s', (order) => {
    expect(
      judge(annotated(order), 'tcpdump', ...args)
        .trimEnd()
        .split('\n'),
    ).toEqual(lines);
  });

  test.each(
    BOTH.flatMap((order) => [[order, 'microseconds'] as const, [order, 'nanoseconds'] as const]),
  )('reads pcap, %s, %s', (byteOrder, resolution) => {
    const writer = new PcapWriter({ linkType: LinkType.ethernet, byteOrder, resolution });
    for (const record of readCapture(annotated('little-endian')).records) writer.packet(record);
    const text = judge(concat(...writer.take()), 'tcpdump', ...args);
    const isNano = resolution === 'nanoseconds';
    const expected = isNano ? lines : lines.map((line) => line.replace(/(\.\d{6})\d{3}/, '$1000'));
    expect(text.trimEnd().split('\n')).toEqual(expected);
  });
});

describe.skipIf(!hasTool('editcap'))('editcap', () => {
  test('edits our comments, and what it writes is read and encodes back to itself', () => {
    inScratch((directory) => {
      const path = `${directory}/ours`;
      writeFileSync(path, annotated('little-endian'));
      runTool('editcap', '-a', '2:added by editcap', path, `${directory}/edited`);
      const edited = new Uint8Array(readFileSync(`${directory}/edited`));
      expect(readCapture(edited).records.map(({ comments }) => comments)).toEqual([
        ['active open (RFC 9293 §3.10.1)'],
        ['added by editcap'],
        ['one', 'two 🧫'],
      ]);
      expect(sameBytes(encodePcapng(must(decodePcapng(edited))), edited)).toBe(true);
    });
  });
});
