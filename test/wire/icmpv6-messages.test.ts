/** What ICMPv6 messages say: values, their octets, and those of a Linux host that comes up. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeFrame,
  decodeIcmpv6,
  DecodeError,
  decodeListenerDelay,
  encodeIcmpv6,
  encodeNeighborOptions,
  GroupRecordType,
  hex,
  type Icmpv6Content,
  icmpv6Fields,
  LinkType,
  listNeighborOptions,
  must,
  type NeighborOption,
  parseIpv6,
  parseMac,
  readCapture,
  readIcmpv6,
  routerPreference,
} from '../../src/wire/index.ts';
import { anyBytes, damaged, ipv6Address, u16, u32, u8 } from '../help/arbitraries.ts';
import { losslessShare } from './laws.ts';

const router = parseIpv6('fe80::1');
const host = parseIpv6('2001:db8::2');
const mac = parseMac('02:00:00:00:01:6d');

const OPTIONS: readonly NeighborOption[] = [
  { kind: 'source-link-layer-address', mac },
  { kind: 'target-link-layer-address', mac },
  {
    kind: 'prefix-information',
    prefix: parseIpv6('2001:db8::'),
    prefixLength: 64,
    flags: 0xc0,
    validLifetime: 86_400,
    preferredLifetime: 14_400,
  },
  { kind: 'mtu', mtu: 1480 },
  { kind: 'redirected-header', packet: hex`6000000000003b40` },
  {
    kind: 'route-information',
    prefix: parseIpv6('2001:db8:1::'),
    prefixLength: 48,
    flags: 0x08,
    lifetime: 1800,
  },
  { kind: 'recursive-dns-servers', lifetime: 600, servers: [router, host] },
  { kind: 'dns-search-list', lifetime: 600, domains: ['example.org', 'lan'] },
  { kind: 'other', type: 14, data: hex`010203040506` },
];

describe('options of Neighbor Discovery', () => {
  test('as they are on the wire', () => {
    const b = encodeNeighborOptions([OPTIONS[0]!, OPTIONS[3]!, OPTIONS[5]!, OPTIONS[7]!]);
    expect(b).toEqual(hex`
      0101 0200 0000 016d
      0501 0000 0000 05c8
      1802 3008 0000 0708 2001 0db8 0001 0000
      1f04 0000 0000 0258 0765 7861 6d70 6c65 036f 7267 0003 6c61 6e00 0000 0000 0000`);
  });

  test.each(OPTIONS.map((option) => [option.kind, option] as const))('%s', (_, option) => {
    expect(must(listNeighborOptions(encodeNeighborOptions([option])))).toMatchObject([option]);
  });

  test('a search list with a dot within a label is kept as octets', () => {
    const b = hex`
      1f04 0000 0000 0258
      072e 7861 6d70 6c65 036f 7267 0003 6c61 6e00 0000 0000 0000`;
    const options = must(listNeighborOptions(b));
    expect(options.map(({ kind }) => kind)).toEqual(['other']);
    expect(encodeNeighborOptions(options)).toEqual(b);
  });

  test.each<[string, Uint8Array, DecodeError]>([
    [
      'of no length',
      hex`0100 0000 0000 0000`,
      new DecodeError('neighbor-options', 'bad-length', 1),
    ],
    ['cut short', hex`0102 0000 0000 0000`, new DecodeError('neighbor-options', 'truncated', 8)],
    ['of one octet', hex`01`, new DecodeError('neighbor-options', 'truncated', 1)],
  ])('%s make all of them void', (_, b, error) => {
    expect(listNeighborOptions(b)).toEqual(error);
  });

  test.each([
    ['an address of fourteen octets', hex`0102 0000 0000 0000 0000 0000 0000 0000`],
    ['a prefix of three units', hex`0303 4000 0000000000000000 000000000000000000000000`],
    ['an MTU of two units', hex`0502 0000 0000 05dc 0000 0000 0000 0000`],
    ['a route without room for its prefix', hex`1801 4000 0000 0000`],
    [
      'a route of four units',
      hex`1804 4000 0000000000000000 0000000000000000000000000000000000000000`,
    ],
    ['no DNS server', hex`1901 0000 0000 0000`],
    ['a name with a pointer', hex`1f02 0000 0000 0000 c000 0000 0000 0000`],
    ['a name that does not end', hex`1f02 0000 0000 0000 0761 6161 6161 6161`],
  ])('%s is data', (_, b) => {
    const options = must(listNeighborOptions(b));
    expect(options).toEqual([{ kind: 'other', type: b[0], data: b.subarray(2) }]);
    expect(encodeNeighborOptions(options)).toEqual(b);
  });

  test.each<[string, NeighborOption]>([
    ['part of a unit', { kind: 'other', type: 14, data: hex`00` }],
    ['more than 255 units', { kind: 'redirected-header', packet: new Uint8Array(2041) }],
    ['an empty label', { kind: 'dns-search-list', lifetime: 0, domains: ['a..b'] }],
  ])('%s is not written', (_, option) => {
    expect(() => encodeNeighborOptions([option])).toThrow(RangeError);
  });

  test('are lossless', () => {
    const list = fc.array(fc.constantFrom(...OPTIONS), { maxLength: 5 }).map(encodeNeighborOptions);
    const share = losslessShare(damaged(list), listNeighborOptions, encodeNeighborOptions);
    expect(share).toBeGreaterThan(0.3);
  });
});

const source = fc.array(ipv6Address, { maxLength: 2 });
const options = fc.array(fc.constantFrom(...OPTIONS), { maxLength: 3 });
const kinds = <T extends string>(...all: T[]): fc.Arbitrary<T> => fc.constantFrom(...all);

/** Everything that a message may say. */
const content: fc.Arbitrary<Icmpv6Content> = fc.oneof(
  fc.record({
    kind: kinds('destination-unreachable', 'time-exceeded'),
    code: u8,
    unused: u32,
    quote: anyBytes(60),
  }),
  fc.record({ kind: kinds('packet-too-big'), code: u8, mtu: u32, quote: anyBytes(60) }),
  fc.record({ kind: kinds('parameter-problem'), code: u8, pointer: u32, quote: anyBytes(60) }),
  fc.record({
    kind: kinds('echo-request', 'echo-reply'),
    identifier: u16,
    sequence: u16,
    data: anyBytes(40),
  }),
  fc.record({ kind: kinds('router-solicitation'), options }),
  fc.record({
    kind: kinds('router-advertisement'),
    hopLimit: u8,
    flags: u8,
    lifetime: u16,
    reachableTime: u32,
    retransmitTimer: u32,
    options,
  }),
  fc.record({ kind: kinds('neighbor-solicitation'), target: ipv6Address, options }),
  fc.record({ kind: kinds('neighbor-advertisement'), flags: u32, target: ipv6Address, options }),
  fc.record({
    kind: kinds('redirect'),
    reserved: u32,
    target: ipv6Address,
    destination: ipv6Address,
    options,
  }),
  fc.record({
    kind: kinds('listener-query', 'listener-report', 'listener-done'),
    maximumDelay: u16,
    group: ipv6Address,
  }),
  fc.record({
    kind: kinds('listener-query-2'),
    maximumDelayCode: u16,
    group: ipv6Address,
    flags: u8,
    queryIntervalCode: u8,
    sources: source,
  }),
  fc.record({
    kind: kinds('listener-report-2'),
    records: fc.array(fc.record({ type: u8, group: ipv6Address, sources: source }), {
      maxLength: 3,
    }),
    additional: anyBytes(9),
  }),
);

const encode = (value: Icmpv6Content): Uint8Array => encodeIcmpv6(icmpv6Fields(value), 0);

describe('messages', () => {
  test('say what they were made to say', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(content, (value) => {
        const said = must(readIcmpv6(must(decodeIcmpv6(encode(value)))));
        expect(said).toMatchObject(value);
        seen.add(said.kind);
      }),
      { numRuns: 500 },
    );
    expect(seen.size).toBe(16);
  });

  test('are lossless, for any bytes', () => {
    const read = (b: Uint8Array, start: number, end: number) => {
      const message = decodeIcmpv6(b, start, end);
      if (message instanceof DecodeError) return message;
      const value = readIcmpv6(message);
      if (value instanceof DecodeError) return value;
      return { ...icmpv6Fields(value), checksum: message.checksum };
    };
    const share = losslessShare(damaged(content.map(encode)), read, (fields) =>
      encodeIcmpv6(fields, 0),
    );
    expect(share).toBeGreaterThan(0.5);
  });

  test.each([
    ['a neighbor solicitation of 23 octets', 135, 23, 'neighbor-discovery'],
    ['a redirect of 39 octets', 137, 39, 'neighbor-discovery'],
    ['a listener report of 23 octets', 131, 23, 'mld'],
    ['a query between the versions', 130, 26, 'mld'],
  ])('%s is refused', (_, type, length, layer) => {
    const b = new Uint8Array(length);
    b[0] = type;
    const error = new DecodeError(layer, 'truncated', length);
    expect(readIcmpv6(must(decodeIcmpv6(b)))).toEqual(error);
  });

  test('a report that counts more groups than there are is refused', () => {
    const error = readIcmpv6(must(decodeIcmpv6(hex`8f00 0000 0000 ffff`)));
    expect(error).toEqual(new DecodeError('mld', 'truncated', 8));
  });

  test.each([
    [0, 0],
    [0x7fff, 0x7fff],
    [0x8000, 0x8000],
    [0xffff, 8_387_584],
  ])('a response code of %i is a delay of %i ms (RFC 3810 §5.1.3)', (code, delay) => {
    expect(decodeListenerDelay(code)).toBe(delay);
  });

  test.each([
    [0x00, 'medium'],
    [0x08, 'high'],
    [0x10, 'medium'],
    [0x18, 'low'],
    [0xd8, 'low'],
  ])('flags of %i are of a router of %s preference', (flags, preference) => {
    expect(routerPreference(flags)).toBe(preference);
  });
});

test('a Linux host that comes up', () => {
  const file = readFileSync(new URL('../fixtures/linux/ipv6-lan.pcap', import.meta.url));
  const said = readCapture(new Uint8Array(file)).records.flatMap(({ bytes }) => {
    const { ipv6, icmpv6 } = decodeFrame(LinkType.ethernet, bytes);
    if (icmpv6 === undefined) return [];
    return [{ hopLimit: ipv6!.hopLimit, ...must(readIcmpv6(icmpv6)) }];
  });
  expect(said[0]).toMatchObject({
    kind: 'listener-report-2',
    hopLimit: 1,
    records: [
      {
        type: GroupRecordType.changeToExclude,
        group: parseIpv6('ff02::1:ff00:1b2'),
        sources: [],
      },
    ],
  });
  const first = (kind: string) => said.find((message) => message.kind === kind);
  expect(first('neighbor-solicitation')).toMatchObject({
    hopLimit: 255,
    target: parseIpv6('fe80::ff:fe00:1b2'),
    options: [{ kind: 'other', type: 14 }], // a nonce (RFC 7527)
  });
  expect(first('router-solicitation')).toMatchObject({
    options: [{ kind: 'source-link-layer-address' }],
  });
  expect(first('destination-unreachable')).toMatchObject({ code: 4 });
});

test('noise is a message or a refusal', () => {
  fc.assert(
    fc.property(u8, anyBytes(120), (type, bytes) => {
      const b = Uint8Array.of(type, ...bytes);
      const message = decodeIcmpv6(b);
      if (message instanceof DecodeError) return;
      const value = readIcmpv6(message);
      if (value instanceof DecodeError) expect(value.offset).toBeLessThanOrEqual(b.length);
      else
        expect(encodeIcmpv6({ ...icmpv6Fields(value), checksum: message.checksum }, 0)).toEqual(b);
    }),
    { numRuns: 1000 },
  );
});
