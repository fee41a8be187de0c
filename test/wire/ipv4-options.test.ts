/** The options of an IPv4 header, one by one, and all of them without loss. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  concat,
  DecodeError,
  encodeIpv4Options,
  encodeSourceRoute,
  hex,
  type Ipv4Option,
  isCopiedOption,
  listIpv4Options,
  must,
} from '../../src/wire/index.ts';
import { bytesOf, damaged } from '../help/arbitraries.ts';
import { losslessShare } from './laws.ts';

const EXAMPLES: readonly (readonly [string, Uint8Array, Ipv4Option])[] = [
  ['no operation', hex`01`, { kind: 'no-operation' }],
  ['the end of the list', hex`00 0000`, { kind: 'end-of-list', padding: hex`0000` }],
  [
    'a record of the route',
    hex`070b08 0a000001 00000000`,
    { kind: 'record-route', pointer: 8, addresses: [0x0a000001, 0] },
  ],
  [
    'a loose source route',
    hex`830704 0a000002`,
    { kind: 'loose-source-route', pointer: 4, addresses: [0x0a000002] },
  ],
  ['a strict one', hex`890304`, { kind: 'strict-source-route', pointer: 4, addresses: [] }],
  [
    'timestamps with addresses',
    hex`440c0d21 0a000001 00000007`,
    { kind: 'timestamp', pointer: 13, overflow: 2, flag: 1, words: [0x0a000001, 7] },
  ],
  ['a router alert', hex`94040000`, { kind: 'router-alert', value: 0 }],
  ['another kind', hex`520400ff`, { kind: 'other', code: 0x52, data: hex`00ff` }],
  ['a router alert too long', hex`9405000000`, { kind: 'other', code: 148, data: hex`000000` }],
  ['a route of half an address', hex`0705040a00`, { kind: 'other', code: 7, data: hex`040a00` }],
];

describe('options of IPv4', () => {
  test.each(EXAMPLES)('%s', (_, b, option) => {
    expect(listIpv4Options(b)).toEqual([option]);
    expect(encodeIpv4Options([option])).toEqual(b);
  });

  test.each<[string, Uint8Array, DecodeError]>([
    ['without a length', hex`01 07`, new DecodeError('ipv4-options', 'truncated', 2)],
    ['of one octet', hex`0701`, new DecodeError('ipv4-options', 'bad-length', 1)],
    ['longer than the list', hex`0707 04`, new DecodeError('ipv4-options', 'truncated', 3)],
  ])('%s are refused', (_, b, error) => {
    expect(listIpv4Options(b)).toEqual(error);
  });

  test('a source route is what the stack writes of one', () => {
    const route = { isStrict: true, gateways: [1, 2] };
    expect(must(listIpv4Options(encodeSourceRoute(route, 3)))).toEqual([
      { kind: 'strict-source-route', pointer: 4, addresses: [2, 3] },
    ]);
  });

  test('are lossless', () => {
    const shaped = fc
      .array(fc.constantFrom(...EXAMPLES.map(([, b]) => b)), { maxLength: 5 })
      .map((parts) => concat(...parts));
    const share = losslessShare(
      damaged(fc.oneof({ weight: 3, arbitrary: shaped }, bytesOf(40))),
      listIpv4Options,
      encodeIpv4Options,
    );
    expect(share).toBeGreaterThan(0.4);
  });

  test.each([
    [7, false],
    [68, false],
    [131, true],
    [148, true],
  ])('kind %i is copied into every fragment: %s', (kind, isCopied) => {
    expect(isCopiedOption(kind)).toBe(isCopied);
  });
});
