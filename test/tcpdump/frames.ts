/**
 * Random frames with a shape: valid most of the time, so that every layer is reached, and with
 * everything that can be wrong some of the time. Even a quoted packet is one of these.
 */
import * as fc from 'fast-check';
import { concat, LinkType, pseudoSum, put16, put32, put48, utf8 } from '../../src/wire/index.ts';
import { ipv6 } from './ipv6-packets.ts';
import { checksum, mostly, octets, optionList, pick, u16, u32, u8 } from './shapes.ts';
import { arp, transport } from './transports.ts';

/** A frame as captured. */
export interface CapturedFrame {
  readonly bytes: Uint8Array;
  readonly originalLength: number;
}

// 10.0.0.1, 10.0.0.2, 192.168.1.109, 224.0.0.251, 127.0.0.1
const ADDRESSES = [0x0a000001, 0x0a000002, 0xc0a8016d, 0xe00000fb, 0x7f000001];

const IP_OPTION_LENGTHS: ReadonlyMap<number, readonly number[]> = new Map([
  [0, []],
  [1, []],
  [7, [7, 11, 3, 2, 8]],
  [68, [4, 8, 12, 20, 3, 10]],
  [82, [12]],
  [130, [11]],
  [131, [7, 11, 3]],
  [137, [7, 11, 6]],
  [148, [4, 3]],
]);

/** The pointer and the flags of routes and timestamps are small numbers, most of the time. */
const ipOptions = optionList(IP_OPTION_LENGTHS, (_kind, data) => {
  const b = data.slice();
  if (b[10]! > 30) b[0] = b[0]! % 24;
  if (b[11]! > 30) b[1] = b[1]! & 3;
  if (b[12]! > 128) b[1]! |= b[13]! & 0xf0;
  return b;
});

const header = fc.record({
  tos: mostly(fc.constant(0), u8, 3),
  id: u16,
  fragment: mostly(pick(0, 0x4000), mostly(pick(0x2000, 0x20b9, 0x00b9, 0x8000), u16, 4), 4),
  ttl: mostly(fc.constant(64), pick(0, 1, 255)),
  source: pick(...ADDRESSES),
  destination: pick(...ADDRESSES),
  options: mostly(fc.constant(new Uint8Array(0)), ipOptions, 2),
  lengthError: mostly(fc.constant(0), fc.integer({ min: -60, max: 60 }), 12),
  versionAndLength: mostly(fc.constant(0), mostly(fc.integer({ min: 0x40, max: 0x4f }), u8, 2), 20),
  checksum,
});

type Header = typeof header extends fc.Arbitrary<infer T> ? T : never;

function packetOf(h: Header, protocol: number, encode: (sum: (n: number) => number) => Uint8Array) {
  const payload = encode((length) => pseudoSum(h.source, h.destination, protocol, length));
  const headerLength = 20 + h.options.length;
  const b = new Uint8Array(headerLength);
  b[0] = 0x40 | (headerLength / 4);
  if (h.versionAndLength !== 0) b[0] = h.versionAndLength;
  b[1] = h.tos;
  put16(b, 2, Math.max(0, headerLength + payload.length + h.lengthError));
  put16(b, 4, h.id);
  put16(b, 6, h.fragment);
  b[8] = h.ttl;
  b[9] = protocol;
  put32(b, 12, h.source);
  put32(b, 16, h.destination);
  b.set(h.options, 20);
  h.checksum(b, 10, 0);
  return concat(b, payload);
}

/** A packet of IPv4; quotes are cut at some length, and quote no deeper than twice. */
const ipv4 = (depth: number): fc.Arbitrary<Uint8Array> => {
  const quoted: fc.Arbitrary<Uint8Array> =
    depth === 0
      ? octets(0, 40)
      : fc
          .tuple(ipv4(depth - 1), mostly(fc.constant(200), fc.integer({ min: 0, max: 60 }), 3))
          .map(([packet, length]) => packet.subarray(0, length));
  return fc
    .tuple(header, transport(quoted))
    .map(([h, [protocol, encode]]) => packetOf(h, protocol, encode));
};

const mac = pick(0x020000000001, 0x02000000016d, 0xffffffffffff, 0, 0x0080c2112233);
const UNKNOWN_TYPES = [0x0600, 0x0200, 0x6004, 0x8035, 0x893a, 0x1234, 0x9100];

/** What a frame carries, and its EtherType. */
const etherPayload: fc.Arbitrary<[number, Uint8Array]> = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(fc.constant(0x0800), ipv4(2)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant(0x86dd), ipv6(1)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant(0x0806), arp) },
  { weight: 1, arbitrary: fc.tuple(mostly(pick(...UNKNOWN_TYPES), u16), octets(0, 40)) },
);

const vlanTags = mostly(
  fc.constant(new Uint8Array(0)),
  fc
    .array(fc.tuple(pick(0x8100, 0x88a8, 0x9100), u16), { minLength: 1, maxLength: 2 })
    .map((tags) =>
      concat(...tags.map(([type, tag]) => Uint8Array.of(type >>> 8, type, tag >>> 8, tag))),
    ),
  10,
);

const typed = ([type, payload]: readonly [number, Uint8Array]): Uint8Array =>
  concat(Uint8Array.of(type >>> 8, type), payload);

const llc: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    pick([0xaa, 0xaa, 3], [6, 6, 3], [0x42, 0x43, 0x7f], [0xf0, 0xf0, 0xaf], [0xfe, 0xfe, 0x01]),
    pick([0, 0, 0], [0, 0, 0xf8], [0x12, 0x34, 0x56]),
    etherPayload,
    mostly(fc.constant(0), fc.integer({ min: -30, max: 30 })),
    fc.boolean(),
  )
  .map(([saps, organization, payload, lengthError, isIp]) => {
    const behind =
      saps[0] === 0xaa ? concat(Uint8Array.from(organization), typed(payload)) : payload[1];
    const body = concat(Uint8Array.from(saps), isIp ? behind : behind.subarray(0, 8));
    return typed([Math.max(0, Math.min(1500, body.length + lengthError)), body]);
  });

const ethernet = fc
  .tuple(mac, mac, vlanTags, mostly(etherPayload.map(typed), llc, 12))
  .map(([destination, source, tags, rest]) => {
    const addresses = new Uint8Array(12);
    put48(addresses, 0, destination);
    put48(addresses, 6, source);
    return concat(addresses, tags, rest);
  });

const cookedType = mostly(fc.integer({ min: 0, max: 4 }), u8);
const cooked = (version: 1 | 2): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      cookedType,
      mostly(fc.constant(6), u8, 3),
      mac,
      etherPayload,
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([type, addressLength, address, [etherType, payload], index]) => {
      const b = new Uint8Array(version === 1 ? 16 : 20);
      if (version === 1) {
        b.set([0, type, 0, 1, 0, addressLength]);
        put48(b, 6, address);
        put16(b, 14, etherType);
      } else {
        put16(b, 0, etherType);
        put32(b, 4, index);
        b.set([0, 1, type, addressLength], 8);
        put48(b, 12, address);
      }
      return concat(b, payload);
    });

const family = mostly(
  pick([2, 0, 0, 0], [0, 0, 0, 2]),
  pick([6, 0, 0, 0], [0, 0, 0, 99], [1, 2, 3, 4]),
).map((four) => Uint8Array.from(four));
const bsdLoopback = fc.tuple(family, ipv4(1)).map((parts) => concat(...parts));

/** What is captured of a frame: all, all and a trailer, or a beginning; and octets overwritten. */
const captured = (frame: fc.Arbitrary<Uint8Array>): fc.Arbitrary<CapturedFrame> =>
  fc
    .record({
      frame,
      trailer: mostly(fc.constant(new Uint8Array(0)), octets(1, 20), 5),
      cut: mostly(fc.constant(1000), fc.nat(1000), 2),
      lost: mostly(fc.constant(0), fc.integer({ min: 1, max: 100 }), 20),
      damage: mostly(
        fc.constant<[number, number][]>([]),
        fc.array(fc.tuple(fc.nat(200), u8), { minLength: 1, maxLength: 3 }),
        6,
      ),
    })
    .map((shape) => {
      const whole = concat(shape.frame, shape.trailer);
      for (const [at, octet] of shape.damage) if (at < whole.length) whole[at] = octet;
      const length = Math.max(1, Math.ceil((whole.length * shape.cut) / 1000));
      return { bytes: whole.subarray(0, length), originalLength: whole.length + shape.lost };
    });

/** Frames by link type. */
export const FRAMES: ReadonlyMap<number, fc.Arbitrary<CapturedFrame>> = new Map([
  [LinkType.ethernet, captured(ethernet)],
  [LinkType.linuxSll, captured(cooked(1))],
  [LinkType.linuxSll2, captured(cooked(2))],
  [LinkType.null, captured(bsdLoopback)],
  [LinkType.loop, captured(bsdLoopback)],
  [LinkType.raw, captured(ipv4(1))],
  [LinkType.ipv4, captured(ipv4(1))],
  [LinkType.ipv6, captured(ipv6(2))],
]);

/** Half of them of numbers that many services have. */
const anyPort = mostly(fc.nat(1100), fc.nat(65_535), 1);

/** Frames whose every address is 127.0.0.1, which has a name on every machine, and of all ports. */
export const LOOPBACK_FRAMES: fc.Arbitrary<CapturedFrame> = fc
  .tuple(mac, mac, header, pick(6, 17, 47, 1, 99), anyPort, anyPort, octets(4, 12))
  .map(([destination, source, h, protocol, sourcePort, destinationPort, rest]) => {
    const local = { ...h, source: 0x7f000001, destination: 0x7f000001, options: new Uint8Array(0) };
    const packet = packetOf(local, protocol, () => {
      const b = new Uint8Array(protocol === 6 ? 20 : 8);
      put16(b, 0, sourcePort);
      put16(b, 2, destinationPort);
      if (protocol === 17) put16(b, 4, 8 + rest.length);
      if (protocol === 6) b[12] = 0x50;
      if (protocol === 1) b.set([8, 0, 0, 0]);
      return concat(b, protocol === 1 ? utf8('ping') : rest);
    });
    const addresses = new Uint8Array(14);
    put48(addresses, 0, destination);
    put48(addresses, 6, source);
    put16(addresses, 12, 0x0800);
    const bytes = concat(addresses, packet);
    return { bytes, originalLength: bytes.length };
  });

/** When frames are captured: mostly in order. */
export const capturedAt: fc.Arbitrary<{ seconds: number; nanoseconds: number }> = fc.record({
  seconds: mostly(fc.integer({ min: 1_700_000_000, max: 1_700_100_000 }), u32, 20),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
});
