/** Random packets of IPv6: chains of extension headers, ICMPv6 with all its options, quotes. */
import * as fc from 'fast-check';
import { concat, foldSum, hex, onesSum, put16, put32, utf8 } from '../../src/wire/index.ts';
import { checksum, mostly, octets, pick, u16, u32, u8 } from './shapes.ts';
import { tcp, type Transport, udp } from './transports.ts';

// ::, ::1, fe80::1, 2001:db8::1:0:0:2, ::ffff:10.0.0.1, ff02::16, and one without zeros
const ADDRESSES = [
  '00'.repeat(16),
  `${'00'.repeat(15)}01`,
  `fe80${'00'.repeat(13)}01`,
  '20010db8000000000001000000000002',
  `${'00'.repeat(10)}ffff0a000001`,
  `ff02${'00'.repeat(13)}16`,
  '20010db8111122223333444455556666',
].map((digits) => hex(digits));
const address = pick(...ADDRESSES);

const smallError = (weight: number): fc.Arbitrary<number> =>
  mostly(fc.constant(0), fc.integer({ min: -3, max: 3 }), weight);

/** Octets padded to whole units of eight. */
const padded = (b: Uint8Array): Uint8Array => concat(b, new Uint8Array(-b.length & 7));

// Options of hop-by-hop and destination options headers.

const option: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    mostly(pick(0x00, 0x01, 0x05, 0x05, 0xc2, 0xc9, 0xc9), u8),
    address,
    u32,
    octets(0, 4),
    smallError(8),
  )
  .map(([type, home, number, data, lengthError]) => {
    const word = new Uint8Array(4);
    put32(word, 0, number);
    let content = data;
    if (type === 0x00) return Uint8Array.of(0);
    if (type === 0x05) content = word.subarray(0, 2);
    if (type === 0xc2) content = word;
    if (type === 0xc9) content = concat(home, number % 2 === 0 ? Uint8Array.of(1, 0) : data);
    return concat(Uint8Array.of(type, Math.max(0, content.length + lengthError)), content);
  });

const optionsHeader = fc.array(option, { maxLength: 3 }).map((options) => {
  const list = concat(...options);
  const b = padded(concat(new Uint8Array(2), list));
  const space = b.length - 2 - list.length;
  if (space > 1) b.set([1, space - 2], 2 + list.length);
  return b;
});

const routingHeader = fc
  .tuple(
    mostly(pick(0, 2, 3, 4), u8),
    u8,
    mostly(fc.constant(0), u32),
    fc.array(address, { maxLength: 3 }),
    mostly(fc.constant(0), fc.constant(8), 5),
  )
  .map(([type, segmentsLeft, four, route, more]) => {
    const b = concat(new Uint8Array(8), ...route, new Uint8Array(more));
    b[2] = type;
    b[3] = segmentsLeft;
    put32(b, 4, four);
    return b;
  });

const fragmentHeader = fc
  .tuple(mostly(fc.constant(0), pick(1448, 8), 3), u32, fc.boolean())
  .map(([offset, id, hasMore]) => {
    const b = new Uint8Array(8);
    put16(b, 2, offset | (hasMore ? 1 : 0));
    put32(b, 4, id);
    return b;
  });

const authenticationHeader = fc
  .tuple(octets(12, 22), mostly(fc.constant(0), u16))
  .map(([data, reserved]) => {
    const b = concat(data, new Uint8Array(-data.length & 3));
    b[1] = b.length / 4 - 2;
    put16(b, 2, reserved);
    return b;
  });

/** Headers with their numbers; the length octet is filled in where headers are chained. */
const extension: fc.Arbitrary<readonly [number, Uint8Array]> = fc.oneof(
  fc.tuple(fc.constant(60), optionsHeader),
  fc.tuple(fc.constant(43), routingHeader),
  fc.tuple(fc.constant(44), fragmentHeader),
  fc.tuple(fc.constant(51), authenticationHeader),
);
const hopByHop: fc.Arbitrary<readonly [number, Uint8Array]> = fc.tuple(
  fc.constant(0),
  optionsHeader,
);
const none: fc.Arbitrary<(readonly [number, Uint8Array])[]> = fc.constant([]);

const chain = fc
  .tuple(
    mostly(none, fc.array(hopByHop, { minLength: 1, maxLength: 1 }), 2),
    mostly(none, fc.array(mostly(extension, hopByHop, 12), { maxLength: 3 }), 1),
    smallError(15),
  )
  .map(([first, others, lengthError]) => {
    const headers = [...first, ...others];
    return headers.map(([number, header], i): [number, Uint8Array] => {
      const b = header.slice();
      const error = i === 0 ? lengthError : 0;
      if (number !== 44 && number !== 51) b[1] = Math.max(0, b.length / 8 - 1 + error);
      return [number, b];
    });
  });

// ICMPv6.

const word = (n: number): Uint8Array => {
  const b = new Uint8Array(4);
  put32(b, 0, n);
  return b;
};
const seconds = mostly(u32, fc.constant(0xffffffff), 3);

const name = fc
  .array(mostly(pick('example', 'org', 'lan', 'a\x01b'), pick('\xe9t\xe9', 'x'.repeat(63))), {
    maxLength: 5,
  })
  .map((labels) => {
    const parts = labels.map((label) => {
      const text = Uint8Array.from(label.split(''), (c) => c.charCodeAt(0));
      return concat(Uint8Array.of(text.length), text);
    });
    return concat(...parts, Uint8Array.of(0));
  });
const oddName = pick(hex`c008`, hex`c0ff`, hex`4200`, hex`8100`, hex`03616263c010`, hex`3f61`);

/** The body of a Neighbor Discovery option, by its type. */
const discoveryOption: fc.Arbitrary<Uint8Array> = fc
  .record({
    type: mostly(pick(1, 2, 3, 3, 4, 5, 7, 8, 14, 24, 24, 25, 31, 31), u8, 12),
    prefixLength: pick(0, 48, 64, 128),
    flags: mostly(pick(0, 0x40, 0x80, 0xc0, 0x08, 0x18), u8),
    first: seconds,
    second: seconds,
    address,
    more: fc.array(address, { maxLength: 2 }),
    names: fc.array(mostly(name, oddName, 5), { maxLength: 3 }),
    routeLength: pick(0, 8, 16, 16),
    data: octets(6, 14),
    lengthError: smallError(20),
  })
  .map((o) => {
    const lead = Uint8Array.of(o.type, 0, o.prefixLength, o.flags);
    const four = (type: number, ...rest: Uint8Array[]): Uint8Array =>
      concat(Uint8Array.of(type, 0, 0, 0), ...rest);
    const bodies: Readonly<Record<number, Uint8Array>> = {
      1: concat(Uint8Array.of(1, 0), o.data.subarray(0, 6)),
      3: concat(lead, word(o.first), word(o.second), word(0), o.address),
      5: four(5, word(o.first)),
      7: four(7, word(o.first)),
      8: four(8, word(o.first)),
      24: concat(lead, word(o.first), o.address.subarray(0, o.routeLength)),
      25: four(25, word(o.first), o.address, ...o.more),
      31: four(31, word(o.first), ...o.names),
    };
    const b = padded(bodies[o.type] ?? concat(Uint8Array.of(o.type, 0), o.data));
    b[1] = Math.max(0, b.length / 8 + o.lengthError);
    return b;
  });
const discoveryOptions = fc
  .array(discoveryOption, { maxLength: 3 })
  .map((options) => concat(...options));

const record = fc
  .tuple(mostly(fc.integer({ min: 1, max: 6 }), u8), address, fc.array(address, { maxLength: 2 }))
  .map(([type, group, sources]) =>
    concat(Uint8Array.of(type, 0, 0, sources.length), group, ...sources),
  );

/** What follows the first four octets of a message. */
type Body = fc.Arbitrary<Uint8Array>;

const withOptions = (...parts: readonly Body[]): Body =>
  fc
    .tuple(fc.tuple(...parts), discoveryOptions)
    .map(([fixed, options]) => concat(...fixed, options));

const query: Body = fc
  .tuple(u16, address, mostly(u8, pick(0, 2, 10)), u8, fc.array(address, { maxLength: 2 }), u8)
  .map(([delay, group, flags, interval, sources, which]) => {
    const b = concat(new Uint8Array(4), group);
    put16(b, 0, delay);
    if (which % 3 === 0) return b;
    const count = which % 16 === 1 ? 200 : sources.length;
    return concat(b, Uint8Array.of(flags, interval, 0, count), ...sources);
  });

const report: Body = fc
  .tuple(fc.array(record, { maxLength: 3 }), smallError(8))
  .map(([records, error]) =>
    concat(Uint8Array.of(0, 0, 0, Math.max(0, records.length + error)), ...records),
  );

const bodiesOf = (quoted: Body): ReadonlyMap<number, Body> => {
  const error = fc.tuple(mostly(u32, pick(0, 1280, 1400), 1).map(word), quoted);
  const errorBody = error.map((parts) => concat(...parts));
  const four = u32.map(word);
  const advertisement = fc
    .tuple(u8, mostly(pick(0, 0x40, 0x80, 0x88), u8), u16, u32, u32)
    .map(([limit, flags, lifetime, reachable, retransmit]) => {
      const b = concat(Uint8Array.of(limit, flags, 0, 0), word(reachable), word(retransmit));
      put16(b, 2, lifetime);
      return b;
    });
  const mobile = fc.array(address, { maxLength: 2 }).map((list) => concat(word(0x70000), ...list));
  return new Map<number, Body>([
    [1, errorBody],
    [2, errorBody],
    [3, errorBody],
    [4, errorBody],
    [128, four],
    [129, four],
    [130, query],
    [131, query],
    [132, query],
    [133, withOptions(four)],
    [134, withOptions(advertisement)],
    [135, withOptions(four, address)],
    [136, withOptions(four, address)],
    [137, withOptions(four, address, address)],
    [141, four],
    [143, report],
    [144, four],
    [145, mobile],
    [146, four],
    [147, withOptions(four)],
  ]);
};

/** ICMPv6; errors quote packets of `quoted`. */
const icmpv6 = (quoted: Body): fc.Arbitrary<Transport> => {
  const bodies = bodiesOf(quoted);
  const known = fc.oneof(
    ...[...bodies].map(([type, body]) => ({
      weight: type < 5 ? 4 : 3,
      arbitrary: fc.tuple(fc.constant(type), body),
    })),
  );
  return fc
    .record({
      message: mostly(known, fc.tuple(u8, octets(0, 40)), 20),
      code: mostly(fc.integer({ min: 0, max: 4 }), u8),
      tail: mostly(fc.constant(utf8('')), octets(1, 20), 4),
      length: mostly(fc.constant(2000), fc.integer({ min: 0, max: 30 }), 12),
      checksum,
    })
    .map(({ message: [type, body], code, tail, length, checksum: fill }) => (pseudo) => {
      const b = concat(Uint8Array.of(type, code, 0, 0), body, tail).slice(0, length);
      fill(b, 2, pseudo(b.length));
      return b;
    });
};

/** What an IPv6 packet carries, with its protocol's number. */
const carried = (quoted: Body): fc.Arbitrary<[number, Transport]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant(6), tcp) },
    { weight: 2, arbitrary: fc.tuple(fc.constant(17), udp) },
    { weight: 12, arbitrary: fc.tuple(fc.constant(58), icmpv6(quoted)) },
    {
      weight: 2,
      arbitrary: fc.tuple(
        mostly(pick(59, 1, 50, 108, 99), u8, 4),
        octets(0, 30).map((bytes) => () => bytes),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constant(41),
        quoted.map((packet) => () => packet),
      ),
    },
  );

/** A packet; quotes are cut at some length, and quote no deeper than `depth`. */
export const ipv6 = (depth: number): fc.Arbitrary<Uint8Array> => {
  const quoted: Body =
    depth === 0
      ? octets(0, 60)
      : fc
          .tuple(ipv6(depth - 1), mostly(fc.constant(1232), fc.integer({ min: 0, max: 90 }), 3))
          .map(([packet, length]) => packet.subarray(0, length));
  return fc
    .record({
      version: mostly(fc.constant(0x60000000), u32, 30),
      classAndLabel: mostly(fc.constant(0), fc.integer({ min: 0, max: 0xfffffff })),
      length: mostly(
        fc.constant((n: number) => n),
        fc.oneof(
          fc.integer({ min: -60, max: 60 }).map((error) => (n: number) => Math.max(0, n + error)),
          fc.constant(() => 0),
        ),
        10,
      ),
      hopLimit: u8,
      source: address,
      destination: address,
      chain,
      carried: carried(quoted),
    })
    .map((h) => {
      const [protocol, encode] = h.carried;
      const numbers = [...h.chain.map(([number]) => number), protocol];
      for (const [i, [, header]] of h.chain.entries()) header[0] = numbers[i + 1]!;
      const b = new Uint8Array(40);
      b.set(h.source, 8);
      b.set(h.destination, 24);
      const content = encode((length) => foldSum(onesSum(b, 8) + protocol + length));
      const payload = concat(...h.chain.map(([, header]) => header), content);
      put32(b, 0, h.version + h.classAndLabel);
      put16(b, 4, h.length(payload.length));
      b[6] = numbers[0]!;
      b[7] = h.hopLimit;
      return concat(b, payload);
    });
};
