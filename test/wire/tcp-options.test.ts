import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ABSENT,
  DecodeError,
  encodeTcpOptions,
  hex,
  listTcpOptions,
  must,
  readTcpOptions,
  type TcpOption,
  type TcpOptionValues,
  toSeq,
} from '../../src/wire/index.ts';
import { anyBytes, damaged, tcpOption, tcpOptions } from '../help/arbitraries.ts';
import { losslessShare } from './laws.ts';

const NONE: TcpOptionValues = {
  mss: ABSENT,
  windowScale: ABSENT,
  sackPermitted: false,
  hasTimestamps: false,
  tsVal: 0,
  tsEcr: 0,
  sack: hex``,
  signature: hex``,
  accurateEcn: hex``,
  malformed: false,
};

/** What Linux sends with a SYN. */
const SYN = hex`0204 05b4 0402 080a 2c395705 00000000 01 0303 07`;

function read(b: Uint8Array): TcpOptionValues {
  return readTcpOptions(b, 0, b.length);
}

describe('the list of options', () => {
  test("of Linux's SYN", () => {
    expect(listTcpOptions(SYN)).toEqual([
      { kind: 'maximum-segment-size', mss: 1460 },
      { kind: 'sack-permitted' },
      { kind: 'timestamps', tsVal: 0x2c395705, tsEcr: 0 },
      { kind: 'no-operation' },
      { kind: 'window-scale', shift: 7 },
    ]);
  });

  test.each<[string, Uint8Array, TcpOption[]]>([
    ['nothing', hex``, []],
    ['one SACK block', hex`050a 00000001 ffffffff`, [sack([1, 0xffffffff])]],
    [
      'four SACK blocks',
      hex`0522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008`,
      [sack([1, 2], [3, 4], [5, 6], [7, 8])],
    ],
    ['the end of the list', hex`01 00 0204`, [nop(), { kind: 'end-of-list', padding: hex`0204` }]],
    ['an unknown kind', hex`fe04 abcd`, [{ kind: 'other', code: 254, data: hex`abcd` }]],
    ['AccECN, two counters', hex`ac08 000001 ffffff`, [accurate(0, 1, 0xffffff)]],
    [
      'AccECN, the other order',
      hex`ae0b 000001 000000 0003e8 ae05 000007`,
      [accurate(1, 1, 0, 1000), accurate(1, 7)],
    ],
    ['AccECN, empty', hex`ae02`, [accurate(1)]],
    ['AccECN of 6 octets', hex`ac06 00000001`, [{ kind: 'other', code: 172, data: hex`00000001` }]],
    [
      'AccECN of 14 octets',
      hex`ae0e 000001000002000003000004`,
      [{ kind: 'other', code: 174, data: hex`000001000002000003000004` }],
    ],
    ['an MSS of 3 octets', hex`0203 05`, [{ kind: 'other', code: 2, data: hex`05` }]],
    ['a window scale of 2 octets', hex`0302`, [{ kind: 'other', code: 3, data: hex`` }]],
    ['SACK permitted with data', hex`0403 00`, [{ kind: 'other', code: 4, data: hex`00` }]],
    ['SACK without a block', hex`0502`, [{ kind: 'other', code: 5, data: hex`` }]],
    ['timestamps of 3 octets', hex`0803 00`, [{ kind: 'other', code: 8, data: hex`00` }]],
  ])('%s', (_, b, options) => {
    expect(listTcpOptions(b)).toEqual(options);
    expect(encodeTcpOptions(options)).toEqual(b);
  });

  test.each([
    ['no length octet', hex`01 02`, 'truncated', 2],
    ['length 0', hex`01 0200`, 'bad-length', 2],
    ['length 1', hex`0201`, 'bad-length', 1],
    ['length beyond the end', hex`0204 05`, 'truncated', 3],
  ] as const)('%s is refused, and reported where values are read', (_, b, reason, offset) => {
    expect(listTcpOptions(b)).toEqual(new DecodeError('tcp-options', reason, offset));
    expect(read(b)).toEqual({ ...NONE, malformed: true });
  });

  test('laws', () => {
    const bytes = fc.oneof(tcpOptions, damaged(tcpOptions), anyBytes(40));
    expect(losslessShare(bytes, listTcpOptions, encodeTcpOptions)).toBeGreaterThan(0.4);
    fc.assert(
      fc.property(fc.array(tcpOption), (options) => {
        expect(must(listTcpOptions(encodeTcpOptions(options)))).toEqual(options);
      }),
    );
  });
});

function nop(): TcpOption {
  return { kind: 'no-operation' };
}

function accurate(order: 0 | 1, ...counters: number[]): TcpOption {
  return { kind: 'accurate-ecn', order, counters };
}

function sack(...blocks: [number, number][]): TcpOption {
  return {
    kind: 'sack',
    blocks: blocks.map(([left, right]) => ({ left: toSeq(left), right: toSeq(right) })),
  };
}

describe('the values of options', () => {
  test.each<[string, Uint8Array, Partial<TcpOptionValues>]>([
    ['none', hex``, {}],
    [
      "Linux's SYN",
      SYN,
      { mss: 1460, windowScale: 7, sackPermitted: true, hasTimestamps: true, tsVal: 0x2c395705 },
    ],
    [
      'aligned timestamps, the common form',
      hex`0101 080a 00000001 00000002`,
      { hasTimestamps: true, tsVal: 1, tsEcr: 2 },
    ],
    [
      'aligned timestamps and SACK',
      hex`0101 080a 00000001 00000002 0101 050a 00000003 00000004`,
      { hasTimestamps: true, tsVal: 1, tsEcr: 2, sack: hex`00000003 00000004` },
    ],
    ['of repeated options the last', hex`0204 0001 0204 0002`, { mss: 2 }],
    [
      'unknown kinds are skipped by their length (MUST-6, MUST-68)',
      hex`fe03 00 0204 05b4`,
      { mss: 1460 },
    ],
    ['known kinds of a wrong length are skipped', hex`0203 05 0303 02`, { windowScale: 2 }],
    ['nothing after the end of the list', hex`00 0204 05b4`, {}],
    ['what stands before a fault (MUST-7)', hex`0303 02 0200`, { windowScale: 2, malformed: true }],
    [
      'AccECN, whatever its length (RFC 9768 §3.2.3)',
      hex`01 ac06 000001 ff 01`,
      { accurateEcn: hex`ac06 000001 ff` },
    ],
    ['MSS 0 and window scale 255', hex`0204 0000 0303 ff`, { mss: 0, windowScale: 255 }],
  ])('%s', (_, b, values) => {
    expect(read(b)).toEqual({ ...NONE, ...values });
  });

  test('agree with the list', () => {
    fc.assert(
      fc.property(fc.oneof(tcpOptions, damaged(tcpOptions), anyBytes(40)), (b) => {
        const list = listTcpOptions(b);
        const values = read(b);
        expect(values.malformed).toBe(list instanceof DecodeError);
        if (list instanceof DecodeError) return;
        const last = <K extends TcpOption['kind']>(kind: K) =>
          list.findLast(
            (option): option is Extract<TcpOption, { kind: K }> => option.kind === kind,
          );
        expect(values.mss).toBe(last('maximum-segment-size')?.mss ?? ABSENT);
        expect(values.windowScale).toBe(last('window-scale')?.shift ?? ABSENT);
        expect(values.sackPermitted).toBe(last('sack-permitted') !== undefined);
        expect(values.tsVal).toBe(last('timestamps')?.tsVal ?? 0);
        expect(values.tsEcr).toBe(last('timestamps')?.tsEcr ?? 0);
        expect(values.sack).toHaveLength(8 * (last('sack')?.blocks.length ?? 0));
        const isOdd = list.some(
          (it) => it.kind === 'other' && (it.code === 172 || it.code === 174),
        );
        const accurateEcn = last('accurate-ecn');
        const encoded = encodeTcpOptions(accurateEcn === undefined ? [] : [accurateEcn]);
        if (!isOdd) expect(values.accurateEcn).toEqual(encoded);
      }),
    );
  });
});
