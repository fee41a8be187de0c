/** Random TCP segments, UDP datagrams, ICMP messages and ARP packets. */
import * as fc from 'fast-check';
import { concat, put16, put32, utf8 } from '../../src/wire/index.ts';
import { dhcpMessage } from './dhcp-messages.ts';
import { dnsMessage } from './dns-messages.ts';
import { checksum, mostly, octets, optionList, pick, u16, u32, u8 } from './shapes.ts';

/** A transport's bytes, once the sum of the pseudo-header without the length is known. */
export type Transport = (pseudo: (length: number) => number) => Uint8Array;

const USUAL_PORTS = [
  1000, 1001, 40_000, 80, 8080, 25, 21, 43, 22, 23, 554, 8554, 10_288, 5060, 2049,
];
const port = mostly(pick(...USUAL_PORTS), u16, 10);

const TEXTS = [
  'GET /index.html HTTP/1.1\r\nHost: example.org\r\nAccept: */*\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'get  \tlower\n',
  'EHLO example.org\r\n',
  '220 ready\r\n250-one\r\n250 two',
  'SSH-2.0-OpenSSH_9.2p1 Debian\r\n',
  'SSH-2.0-\x01',
  'DESCRIBE rtsp://example.org/ RTSP/1.0\r\nCSeq: 1\r\n\r\n',
  'INVITE sip:a@example.org SIP/2.0\r\nVia: here\r\n',
  'RPY 0 1 . 264 0\r\n',
  'MSG\0',
  'line\rline\nline\ttab\n\n\x7f',
  ' leading\r',
  'a'.repeat(130),
];
const text = pick(TEXTS[0]!, TEXTS[0]!, TEXTS[0]!, TEXTS[8]!, ...TEXTS).map((line) => utf8(line));
const payload = fc.oneof(fc.constant(new Uint8Array(0)), octets(1, 40), octets(1, 8), text, text);

/** A message behind its length, as over TCP. */
const dnsOverTcp = fc
  .tuple(dnsMessage, mostly(fc.constant(0), pick(-1, 5)))
  .map(([message, lengthError]) => {
    const length = new Uint8Array(2);
    put16(length, 0, Math.max(0, message.length + lengthError));
    return concat(length, message);
  });

const TCP_OPTION_LENGTHS: ReadonlyMap<number, readonly number[]> = new Map([
  [0, []],
  [1, []],
  [2, [4]],
  [3, [3]],
  [4, [2]],
  [5, [10, 18, 26, 34, 12]],
  [6, [6]],
  [7, [6]],
  [8, [10]],
  [11, [6]],
  [12, [6]],
  [13, [6]],
  [19, [18]],
  [20, [4]],
  [28, [4]],
  [29, [16, 4, 3, 2, 20]],
  [30, [3, 4, 8, 10, 12, 12, 16, 18, 20, 20, 22, 24, 26, 28, 30]],
  [34, [2, 6, 10, 18, 5]],
  [66, [2, 6]],
  [254, [4, 8, 12, 3]],
]);

/** Experiments are fast open half of the time. */
const tcpOptions = optionList(TCP_OPTION_LENGTHS, (kind, data) =>
  kind === 254 && data[5]! % 2 === 0 ? concat(Uint8Array.of(0xf9, 0x89), data) : data,
);

/** The combinations that connections are made of, and any. */
const flags = mostly(pick(0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x14, 0x19, 0xc2, 0x52), u8, 4);
/** Near each other, so that relative numbers are small, and across 2³². */
const near = fc.integer({ min: -5000, max: 5000 }).map((n) => n >>> 0);
const sequence = mostly(near, u32);

export const tcp: fc.Arbitrary<Transport> = fc
  .record({
    source: port,
    to: mostly(fc.tuple(port, payload), fc.tuple(pick(53), dnsOverTcp), 20),
    sequence,
    acknowledgment: sequence,
    reserved: mostly(fc.constant(0), fc.integer({ min: 0, max: 15 })),
    flags,
    window: u16,
    urgent: mostly(fc.constant(0), u16),
    options: fc.oneof(fc.constant(new Uint8Array(0)), tcpOptions, tcpOptions),
    offsetError: mostly(fc.constant(0), fc.integer({ min: -12, max: 10 }), 15),
    checksum,
  })
  .map(({ to: [destination, data], ...segment }) => (pseudo) => {
    const b = new Uint8Array(20 + segment.options.length + data.length);
    put16(b, 0, segment.source);
    put16(b, 2, destination);
    put32(b, 4, segment.sequence);
    put32(b, 8, segment.acknowledgment);
    const words = Math.max(0, Math.min(15, 5 + segment.options.length / 4 + segment.offsetError));
    b[12] = (words << 4) | segment.reserved;
    b[13] = segment.flags;
    put16(b, 14, segment.window);
    put16(b, 18, segment.urgent);
    b.set(segment.options, 20);
    b.set(data, 20 + segment.options.length);
    segment.checksum(b, 16, pseudo(b.length));
    return b;
  });

export const udp: fc.Arbitrary<Transport> = fc
  .record({
    source: port,
    to: mostly(
      fc.tuple(mostly(port, pick(5060), 3), payload),
      fc.oneof(
        fc.tuple(pick(53, 53, 5353), mostly(dnsMessage, octets(0, 12), 20)),
        fc.tuple(pick(67, 68), mostly(dhcpMessage, octets(0, 12), 20)),
      ),
      3,
    ),
    lengthError: mostly(fc.constant(0), fc.integer({ min: -12, max: 12 })),
    checksum,
  })
  .map(({ to: [destination, data], ...datagram }) => (pseudo) => {
    const b = new Uint8Array(8 + data.length);
    put16(b, 0, datagram.source);
    put16(b, 2, destination);
    put16(b, 4, Math.max(0, b.length + datagram.lengthError));
    b.set(data, 8);
    datagram.checksum(b, 6, pseudo(b.length));
    return b;
  });

/** The objects of RFC 4884 behind a header, with right or wrong lengths. */
const extensions = fc
  .record({
    version: mostly(fc.constant(0x20), u8),
    objects: fc.array(
      fc.record({
        kind: mostly(pick(1, 2), u8),
        type: mostly(fc.constant(1), u8),
        lengthError: mostly(fc.constant(0), fc.integer({ min: -6, max: 6 })),
        data: fc.oneof(octets(4, 4), octets(0, 20)),
      }),
      { maxLength: 3 },
    ),
    checksum,
  })
  .map(({ version, objects, checksum: fill }) => {
    const parts = objects.map(({ kind, type, lengthError, data }) => {
      const header = Uint8Array.of(0, 0, kind, type);
      put16(header, 0, Math.max(0, 4 + data.length + lengthError));
      return concat(header, data);
    });
    const b = concat(Uint8Array.of(version, 0, 0, 0), ...parts);
    fill(b, 2, 0);
    return b;
  });

const ICMP_TYPES = [0, 3, 3, 3, 3, 3, 3, 4, 5, 8, 9, 10, 11, 11, 11, 12, 13, 14, 15, 16, 17, 18];

/** ICMP; errors quote packets of `quoted`. */
export const icmp = (quoted: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Transport> =>
  fc
    .record({
      type: mostly(pick(...ICMP_TYPES), u8, 12),
      code: mostly(pick(0, 0, 1, 2, 3, 3, 3, 3, 4), fc.integer({ min: 0, max: 17 }), 2),
      rest: mostly(
        fc.oneof(u32, fc.constant(0), fc.constant(1400)),
        fc
          .tuple(fc.integer({ min: 0, max: 5 }), pick(2, 2, 3), u16)
          .map(([count, size, lifetime]) => ((count << 24) | (size << 16) | lifetime) >>> 0),
        1,
      ),
      body: fc.oneof(
        { weight: 4, arbitrary: quoted },
        { weight: 1, arbitrary: octets(0, 60) },
        {
          weight: 1,
          arbitrary: fc.tuple(quoted, extensions).map(([packet, objects]) => {
            const padded = new Uint8Array(128);
            padded.set(packet.subarray(0, 128));
            return concat(padded, objects);
          }),
        },
      ),
      checksum,
    })
    .map((message) => () => {
      const b = new Uint8Array(8 + message.body.length);
      b[0] = message.type;
      b[1] = message.code;
      put32(b, 4, message.rest);
      b.set(message.body, 8);
      message.checksum(b, 2, 0);
      return b;
    });

/** What IP carries, with its protocol's number. */
export const transport = (quoted: fc.Arbitrary<Uint8Array>): fc.Arbitrary<[number, Transport]> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constant(6), tcp) },
    { weight: 4, arbitrary: fc.tuple(fc.constant(17), udp) },
    { weight: 5, arbitrary: fc.tuple(fc.constant(1), icmp(quoted)) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constant(4),
        quoted.map((packet) => () => packet),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        u8,
        octets(0, 30).map((bytes) => () => bytes),
      ),
    },
  );

/** ARP of all operations, mostly for IPv4 over Ethernet. */
export const arp: fc.Arbitrary<Uint8Array> = fc
  .record({
    hardwareType: mostly(fc.constant(1), mostly(pick(6, 7, 23, 24, 32), u16, 1)),
    protocolType: mostly(fc.constant(0x0800), mostly(pick(0x1000, 0x86dd), u16, 1)),
    hardwareLength: mostly(fc.constant(6), fc.integer({ min: 0, max: 20 })),
    protocolLength: mostly(fc.constant(4), fc.integer({ min: 0, max: 20 })),
    operation: mostly(pick(1, 1, 2, 3, 4, 8, 9, 10), u16, 12),
    body: fc.oneof(octets(20, 20), octets(80, 80)),
    target: fc.boolean(),
  })
  .map((packet) => {
    const b = new Uint8Array(8);
    put16(b, 0, packet.hardwareType);
    put16(b, 2, packet.protocolType);
    b[4] = packet.hardwareLength;
    b[5] = packet.protocolLength;
    put16(b, 6, packet.operation);
    const body = packet.body.slice();
    if (packet.target) body.fill(0, 10, 16);
    return concat(b, body);
  });
