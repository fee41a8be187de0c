/** The IPv6 header, its extension headers and their options. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concat,
  decodeIpv6,
  decodeIpv6Extensions,
  DecodeError,
  encodeIpv6,
  encodeIpv6Options,
  finalIpv6Destination,
  fragmentOf,
  hex,
  type Ipv6Extension,
  ipv6ExtensionLength,
  ipv6ExtensionNumber,
  listIpv6Options,
  must,
  parseIpv6,
  printIpv6,
  putIpv6,
  unknownOptionAction,
  writeIpv6Extension,
} from '../../src/wire/index.ts';
import { anyBytes, bytesOf, damaged, ipv6Address, ipv6Extensions } from '../help/arbitraries.ts';
import { decodedPrefixes, losslessShare } from './laws.ts';

// Linux joins a group before it has an address: the header, without the report in it.
const REPORT = hex`
  6000 0000 0008 00 01
  0000 0000 0000 0000 0000 0000 0000 0000
  ff02 0000 0000 0000 0000 0000 0000 0016
  3a00 0502 0000 0100`;

describe('the header', () => {
  test('of a report of listeners', () => {
    const packet = must(decodeIpv6(REPORT));
    expect(packet).toMatchObject({
      trafficClass: 0,
      flowLabel: 0,
      payloadLength: 8,
      nextHeader: 0,
      hopLimit: 1,
      source: parseIpv6('::'),
      destination: parseIpv6('ff02::16'),
    });
    expect(packet.payload).toEqual(hex`3a00050200000100`);
  });

  test('has a traffic class and a flow label across its octets', () => {
    const packet = must(decodeIpv6(concat(hex`6abc def1 0000`, REPORT.subarray(6, 40))));
    expect(packet).toMatchObject({ trafficClass: 0xab, flowLabel: 0xcdef1, payloadLength: 0 });
  });

  test('cut anywhere is truncated', () => {
    expect(decodedPrefixes('ipv6', decodeIpv6, REPORT)).toEqual([]);
  });

  test('of another version is refused', () => {
    expect(decodeIpv6(hex`45`)).toEqual(new DecodeError('ipv6', 'bad-version', 0));
  });

  test('is lossless', () => {
    const packet = fc
      .tuple(ipv6Address, ipv6Address, bytesOf(8), anyBytes(60))
      .map(([source, destination, first, payload]) => {
        const b = concat(first, new Uint8Array(32), payload);
        b[0] = 0x60 | (b[0]! & 15);
        b[4] = 0;
        b[5] = payload.length;
        putIpv6(b, 8, source);
        putIpv6(b, 24, destination);
        return b;
      });
    const share = losslessShare(damaged(packet), decodeIpv6, (value, input) =>
      concat(encodeIpv6(value), input.subarray(40 + value.payloadLength)),
    );
    expect(share).toBeGreaterThan(0.5);
  });
});

/** The chain that begins with `first`, in an array of its own. */
const chainOf = (first: number, b: Uint8Array) =>
  decodeIpv6Extensions(concat(Uint8Array.of(first), b), 0, 1, 1 + b.length);

/** The chain's octets, before a header of the number `last`. */
function encodeChain(extensions: readonly Ipv6Extension[], last: number): Uint8Array {
  const length = extensions.reduce((sum, extension) => sum + ipv6ExtensionLength(extension), 0);
  const b = new Uint8Array(length);
  let at = 0;
  for (const [i, extension] of extensions.entries()) {
    const next = extensions[i + 1];
    const following = next === undefined ? last : ipv6ExtensionNumber(next);
    at += writeIpv6Extension(b, at, extension, following);
  }
  return b;
}

describe('extension headers', () => {
  test('of every kind', () => {
    const address = '20010db8 00000000 00000000 00000001';
    const b = hex(`
      3c00 0502 0000 0100
      2b00 0104 0000 0000
      2c02 0001 0000 0000 ${address}
      3300 0000 0000 beef
      0601 0000 00000001 00000002`);
    expect(chainOf(0, b)).toMatchObject({
      protocol: 6,
      protocolAt: 1 + 48,
      payloadAt: 1 + b.length,
      error: undefined,
      extensions: [
        { kind: 'hop-by-hop', options: hex`050200000100` },
        { kind: 'destination-options', options: hex`010400000000` },
        { kind: 'routing', type: 0, segmentsLeft: 1, data: hex(`00000000 ${address}`) },
        { kind: 'fragment', fragmentOffset: 0, moreFragments: false, id: 0xbeef },
        { kind: 'authentication', data: hex`00000000000100000002` },
      ],
    });
  });

  test.each<[string, number, Uint8Array, DecodeError]>([
    ['of seven octets', 60, hex`3b000104000000`, new DecodeError('ipv6-extension', 'truncated', 8)],
    [
      'longer than they are',
      43,
      hex`3b01000000000000`,
      new DecodeError('ipv6-extension', 'truncated', 9),
    ],
    [
      'hop-by-hop behind another',
      60,
      hex`0000010400000000 3b00010400000000`,
      new DecodeError('ipv6-extension', 'bad-value', 1, 'hop-by-hop not first'),
    ],
  ])('%s are refused', (_, first, b, error) => {
    expect(chainOf(first, b).error).toEqual(error);
  });

  test.each<[string, string, boolean]>([
    ['the first piece', '11000001 0000beef', true],
    ['a later piece', '11000009 0000beef', true],
    ['the last piece', '110005a8 0000beef', true],
    ['a whole packet', '11000000 0000beef', false],
    ['a whole packet, reserved bits set', '11ff0006 0000beef', false],
  ])('of fragments: %s', (_, text, isPiece) => {
    const b = concat(hex(text), hex`3c00 0104 0000 0000`);
    b[0] = 60;
    const { extensions, protocol } = chainOf(44, b);
    expect(fragmentOf(extensions) !== undefined).toBe(isPiece);
    expect(extensions).toHaveLength(isPiece ? 1 : 2);
    expect(protocol).toBe(isPiece ? 60 : 0x3c);
  });

  test('are lossless, for any chain', () => {
    let kinds = 0;
    fc.assert(
      fc.property(ipv6Extensions, fc.constantFrom(6, 17, 58, 59), (extensions, last) => {
        const b = encodeChain(extensions, last);
        const first = extensions[0] === undefined ? last : ipv6ExtensionNumber(extensions[0]);
        const chain = chainOf(first, b);
        expect(chain).toMatchObject({ extensions, protocol: last, payloadAt: 1 + b.length });
        expect(encodeChain(chain.extensions, 0)).toEqual(b);
        kinds += new Set(extensions.map(({ kind }) => kind)).size;
      }),
    );
    expect(kinds).toBeGreaterThan(100);
  });

  test('are lossless as far as they go, for any bytes', () => {
    let refused = 0;
    let decoded = 0;
    fc.assert(
      fc.property(fc.constantFrom(0, 43, 44, 51, 60), damaged(chainBytes), (first, b) => {
        const chain = chainOf(first, b);
        expect(encodeChain(chain.extensions, 0)).toEqual(b.subarray(0, chain.payloadAt - 1));
        if (chain.error !== undefined) {
          refused += 1;
          expect(chain.error.offset).toBeLessThanOrEqual(1 + b.length);
        }
        if (chain.extensions.length > 0) decoded += 1;
      }),
      { numRuns: 2000 },
    );
    expect(decoded).toBeGreaterThan(800);
    expect(refused).toBeGreaterThan(200);
  });

  test('of 65,535 octets are read once', () => {
    const b = new Uint8Array(65_528);
    for (let at = 0; at < b.length; at += 8) b.set(hex`3c00 0104 0000 0000`, at);
    expect(chainOf(60, b).extensions).toHaveLength(8191);
  });

  test('are padded to whole headers when they are written', () => {
    const padded = (options: Uint8Array): Uint8Array =>
      encodeChain([{ kind: 'hop-by-hop', options }], 58);
    expect(padded(hex`05020000`)).toEqual(hex`3a00 0502 0000 0100`);
    expect(padded(hex`0502000000`)).toEqual(hex`3a00 0502 0000 00 00`);
    expect(padded(hex``)).toEqual(hex`3a00 0104 0000 0000`);
  });

  test.each<[string, Ipv6Extension]>([
    ['part of a unit', { kind: 'routing', type: 0, segmentsLeft: 0, data: hex`0000` }],
    ['less than a unit', { kind: 'authentication', data: hex`0000` }],
    ['more than fit', { kind: 'hop-by-hop', options: new Uint8Array(2048) }],
  ])('of %s are not written', (_, extension) => {
    expect(() => encodeChain([extension], 59)).toThrow(RangeError);
  });
});

const chainBytes: fc.Arbitrary<Uint8Array> = ipv6Extensions.map((extensions) =>
  encodeChain(extensions, 44),
);

describe('whom a packet is for in the end', () => {
  const here = parseIpv6('2001:db8::1');
  const [a, b] = ['20010db8000000000000000000000aaa', '20010db8000000000000000000000bbb'];

  test.each<[string, number, number, string, string]>([
    ['without segments left', 0, 0, `00000000 ${a}`, '2001:db8::1'],
    ['by a source route', 0, 1, `00000000 ${a} ${b}`, '2001:db8::bbb'],
    ['a mobile node', 2, 1, `00000000 ${a}`, '2001:db8::aaa'],
    ['by segments, the last of which is first', 4, 1, `01000000 ${a} ${b}`, '2001:db8::aaa'],
    ['by compressed addresses', 3, 2, 'ee200000 0aaa 0bbb 0000', '2001:db8::bbb'],
    ['by compressed addresses that are cut short', 3, 1, 'e0000000 00000000', '2001:db8::1'],
    ['by a route of odd length', 0, 1, '00000000 0000000000000000', '2001:db8::1'],
    ['by another kind of route', 9, 1, `00000000 ${a}`, '2001:db8::1'],
  ])('%s', (_, type, segmentsLeft, data, final) => {
    const routing = { kind: 'routing' as const, type, segmentsLeft, data: hex(data) };
    expect(printIpv6(finalIpv6Destination(here, [routing]))).toBe(final);
  });
});

describe('options', () => {
  test('are listed with their padding', () => {
    const b = hex`00 0502 0001 0100 0103 000000 c910 00 05 03 000000 3e01 ff`;
    expect(listIpv6Options(b.subarray(0, 12))).toEqual([
      { kind: 'pad1' },
      { kind: 'router-alert', value: 1 },
      { kind: 'padN', data: hex`` },
      { kind: 'padN', data: hex`000000` },
    ]);
    expect(listIpv6Options(hex`0503 000000 3e01 ff`)).toEqual([
      { kind: 'other', code: 5, data: hex`000000` },
      { kind: 'other', code: 0x3e, data: hex`ff` },
    ]);
  });

  test.each<[string, Uint8Array, DecodeError]>([
    ['without a length', hex`00 05`, new DecodeError('ipv6-options', 'truncated', 2)],
    ['longer than the list', hex`0502 00`, new DecodeError('ipv6-options', 'truncated', 3)],
    [
      'a jumbo payload',
      hex`0100 c204 00010000`,
      new DecodeError('ipv6-options', 'unsupported', 2, 'jumbo payload'),
    ],
  ])('%s are refused', (_, b, error) => {
    expect(listIpv6Options(b)).toEqual(error);
  });

  test('are lossless', () => {
    const option = fc
      .tuple(fc.constantFrom(0, 1, 5, 5, 0x3e, 0xc9), fc.constantFrom(0, 2, 2, 3, 6), bytesOf(6))
      .map(([type, length, data]) =>
        type === 0 ? Uint8Array.of(0) : concat(Uint8Array.of(type, length), data.slice(0, length)),
      );
    const list = fc.array(option, { maxLength: 6 }).map((parts) => concat(...parts));
    const share = losslessShare(damaged(list), listIpv6Options, encodeIpv6Options);
    expect(share).toBeGreaterThan(0.5);
  });

  test.each([
    [0x3e, 'skip'],
    [0x7e, 'discard'],
    [0xbe, 'report'],
    [0xfe, 'report-unless-multicast'],
  ])('of the unknown type %i: %s', (type, action) => {
    expect(unknownOptionAction(type)).toBe(action);
  });
});
