import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combine, continuationMismatches, type Piece } from '../../src/drill/run/aggregate.ts';
import { buildPacket } from '../../src/drill/run/build-packet.ts';
import { comparePackets } from '../../src/drill/run/compare-packet.ts';
import { packetProblem } from '../../src/drill/run/check-packet.ts';
import { withVerdict } from '../../src/drill/run/signature.ts';
import { printTcpOptions } from '../../src/drill/syntax/print-tcp-options.ts';
import type { PacketSpec, TcpSpec } from '../../src/drill/syntax/script.ts';
import { decodeFrame, LinkType, verifyFrame } from '../../src/wire/index.ts';
import {
  decoded,
  inbound,
  LOCAL,
  numbersOf,
  packet,
  readBack,
  REMOTE,
  tcpOf,
  u32,
} from './specs.ts';

const UNCHECKED = { tick: 0, tolerance: 0 };
const OVER_IPV4 = { mode: 'ipv4', md5Secret: undefined } as const;
const SECRET = Uint8Array.of(1, 2, 3);

function build(spec: PacketSpec, numbers = numbersOf(0, 0, 0)): Uint8Array | string {
  const flow = { source: REMOTE, destination: LOCAL };
  return buildPacket(spec, { flow, numbers, isEchoInterpolated: false, md5Secret: SECRET });
}

describe('building packets', () => {
  test('what was built reads as the script has it, and its checksums are right', () => {
    fc.assert(
      fc.property(inbound, u32, u32, u32, (spec, remote, script, live) => {
        const numbers = numbersOf(remote, script, live);
        const bytes = build(spec, numbers);
        expect(readBack(bytes, spec, numbers)).toEqual(spec);
        const frame = decodeFrame(LinkType.raw, bytes as Uint8Array);
        expect(verifyFrame(frame)).toEqual({ ipv4: 'ok', transport: 'ok' });
      }),
    );
  });

  test.each([
    '< icmp unreachable frag_needed mtu 1000 [1:1461(1460)]',
    '< icmp unreachable host_unreachable [1:1(0)]',
    '< icmp echo_request id 7 [raw (64)]',
    '< icmp unreachable port_unreachable [udp (100)]',
    '< udp (1000)',
  ])('%s is read back', (text) => {
    const spec = packet(text);
    const numbers = numbersOf(0, 0, 0xffff_ff00);
    expect(readBack(build(spec, numbers), spec, numbers).transport).toEqual(spec.transport);
  });

  test('a digit among the flags is the ACE counter: AE, CWR and ECE', () => {
    const flags = decoded(build(packet('< .5 1:1(0) ack 1 win 1'))).transport;
    expect(flags.kind === 'tcp' && flags.segment.flags).toBe(0x100 | 0x40 | 0x10);
  });

  test('an ecr that repeats nothing is told', () => {
    const spec = packet('< . 1:1(0) ack 1 win 1 <nop,nop,TS val 1 ecr 9>');
    expect(build(spec)).toMatch(/ecr 9 repeats no val/);
    const numbers = numbersOf(0, 0, 0);
    numbers.timestamps.learn(9, 77);
    expect(readBack(build(spec, numbers), spec, numbers).transport).toEqual(spec.transport);
  });

  test('outer headers stand before the packet', () => {
    const text = '< ipv4 1.2.3.4 > 5.6.7.8: gre: . 1:1(0) ack 1 win 1';
    const bytes = build(packet(text)) as Uint8Array;
    expect(bytes.length).toBe(20 + 4 + 40);
    expect(bytes[9]).toBe(47);
  });

  test.each([
    ['< icmp nonsense', /no ICMP type is called nonsense/],
    ['< icmp unreachable nonsense [1:1(0)]', /no code called nonsense/],
    ['< icmp unreachable host_unreachable mtu 1500 [1:1(0)]', /frag_needed/],
  ])('%s is refused', (text, reason) => {
    expect(packetProblem(packet(text), OVER_IPV4)).toMatch(reason);
  });

  test('md5 valid is signed with the secret, and no other makes it valid', () => {
    const spec = packet('< P. 1:101(100) ack 1 win 1 <nop,md5 valid,nop,mss 7,nop,nop,nop,nop>');
    expect(packetProblem(spec, OVER_IPV4)).toMatch(/needs a secret: --tcp_md5_secret/);
    expect(packetProblem(spec, { ...OVER_IPV4, md5Secret: SECRET })).toBeUndefined();
    const bytes = build(spec) as Uint8Array;
    expect(verifyFrame(decodeFrame(LinkType.raw, bytes)).transport).toBe('ok');
    const live = decoded(bytes);
    const shown = readBack(bytes, spec, numbersOf(0, 0, 0));
    expect(withVerdict(shown, live, SECRET).transport).toEqual(spec.transport);
    expect(withVerdict(shown, live, Uint8Array.of(1, 2))).toEqual(shown);
    expect(printTcpOptions(tcpOf(shown).options)).toMatch(/^<nop,md5 [0-9a-f]{32},nop,mss 7/);
  });

  // The parser refuses these; a tree that a program has made may have them.
  test.each([
    [1, /1 octets long, not a multiple of 4/],
    [44, /44 octets long, more than 40/],
  ])('%i octets of options are refused', (count, reason) => {
    const options = Array.from({ length: count }, () => ({ kind: 'nop' as const }));
    const spec = packet('< . 1:1(0) ack 1 win 1');
    expect(packetProblem({ ...spec, transport: { ...tcpOf(spec), options } }, OVER_IPV4)).toMatch(
      reason,
    );
  });
});

describe('comparing packets', () => {
  const tcp = (spec: PacketSpec, change: Partial<TcpSpec>): PacketSpec => ({
    ...spec,
    transport: { ...tcpOf(spec), ...change },
  });

  test('a packet does not differ from itself', () => {
    fc.assert(
      fc.property(inbound, (spec) => {
        expect(
          comparePackets(spec, readBack(build(spec), spec, numbersOf(0, 0, 0)), UNCHECKED),
        ).toEqual([]);
      }),
    );
  });

  test('each field that is changed is told, and no other', () => {
    const other = (n: number, modulus: number): number => (n + 1) % modulus;
    fc.assert(
      fc.property(inbound, (spec) => {
        const { sequence, ack, window, urgentPointer, flags, options } = tcpOf(spec);
        const start = sequence.kind === 'relative' ? sequence.start : 0;
        const changes: [string, PacketSpec][] = [
          [
            'seq',
            tcp(spec, {
              sequence: { ...sequence, kind: 'relative', start: other(start, 2 ** 32) },
            }),
          ],
          [
            'length',
            tcp(spec, {
              sequence: { ...sequence, kind: 'relative', start, length: sequence.length + 1 },
            }),
          ],
          [
            'ack',
            tcp(spec, { ack: { value: other(ack?.value ?? 0, 2 ** 32), isAbsolute: false } }),
          ],
          ['win', tcp(spec, { window: other(window ?? 0, 65_536) })],
          ['urg', tcp(spec, { urgentPointer: other(urgentPointer ?? 0, 65_536) })],
          ['flags', tcp(spec, { flags: { ...flags, psh: !flags.psh } })],
          ['flags', tcp(spec, { flags: { ...flags, cwr: !flags.cwr } })],
          [
            'options',
            tcp(spec, { options: [...(options === 'any' ? [] : options), { kind: 'nop' }] }),
          ],
          ['ttl', { ...spec, ip: { ...spec.ip, ttl: other(spec.ip.ttl ?? 0, 256) } }],
          [
            'tos',
            {
              ...spec,
              ip: {
                ...spec.ip,
                tos: {
                  kind: 'tos',
                  value: other(spec.ip.tos?.kind === 'tos' ? spec.ip.tos.value : 0, 256),
                },
              },
            },
          ],
        ];
        for (const [field, changed] of changes) {
          expect(comparePackets(changed, spec, UNCHECKED).map((m) => m.field)).toEqual([field]);
        }
      }),
    );
  });

  test.each([
    // Not written, not compared.
    ['> . 1:1(0) ack 1', '> . 1:1(0) ack 1 win 9', []],
    ['> . 1:1(0) ack 1 <...>', '> . 1:1(0) ack 1 <mss 9>', []],
    ['> . 1:1(0) ack 1', '> . 1:1(0) ack 1 <mss 9>', ['options']],
    ['> . 1:1(0)', '> . 1:1(0) ack 1', ['ack']],
    // One option's value, at its place.
    ['> S 0:0(0) <mss 1460,nop,wscale 8>', '> S 0:0(0) <mss 1460,nop,wscale 7>', ['options[2]']],
    // ecr is never compared, val only with a tick.
    ['> . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2>', '> . 1:1(0) ack 1 <nop,nop,TS val 5 ecr 6>', []],
    // ACE as a number or as bits.
    ['> .5 1:1(0) ack 1', '> EA. 1:1(0) ack 1', []],
    ['> .5 1:1(0) ack 1', '> .4 1:1(0) ack 1', ['flags']],
    ['> [ect01] . 1:1(0) ack 1', '> [ect1] . 1:1(0) ack 1', []],
    ['> [ect01] . 1:1(0) ack 1', '> [ce] . 1:1(0) ack 1', ['ecn']],
    ['> . 1:1(0) ack 1', '> udp (0)', ['protocol']],
  ])('%s against %s: %j', (expected, actual, fields) => {
    const found = comparePackets(packet(expected), packet(actual), UNCHECKED);
    expect(found.map(({ field }) => field)).toEqual(fields);
  });

  test('with ticks, val may be off by the tolerance', () => {
    const at = (val: number): PacketSpec =>
      packet(`> . 1:1(0) ack 1 <nop,nop,TS val ${val} ecr 2>`);
    const check = { tick: 1000, tolerance: 4000 };
    expect(comparePackets(at(100), at(104), check)).toEqual([]);
    expect(comparePackets(at(100), at(105), check).map(({ field }) => field)).toEqual([
      'options[2]',
    ]);
  });
});

describe('aggregating segments', () => {
  const piece = (start: number, length: number, flags = '.'): Piece => {
    const spec = packet(`> ${flags} ${start}:${start + length}(${length}) ack 1 win 9`);
    const sent = packet(`< ${flags} ${start}:${start + length}(${length}) ack 1 win 9`);
    return { spec, packet: decoded(build(sent)) };
  };

  test('a packet cut anywhere into equal pieces and a rest is itself', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1, max: 1460 }),
        (length, size) => {
          const whole = packet(`> P. 1:${1 + length}(${length}) ack 1 win 9`);
          const pieces: Piece[] = [];
          for (let at = 0; at < length; at += size) {
            const end = Math.min(length, at + size);
            const next = piece(1 + at, end - at, end === length ? 'P.' : '.');
            const last = pieces.at(-1);
            if (last !== undefined) {
              expect(continuationMismatches(last, next, length - at)).toEqual([]);
            }
            pieces.push(next);
          }
          const all = combine(pieces[0]!.spec, pieces.at(-1)!.spec, length);
          expect(comparePackets(whole, all, UNCHECKED)).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([
    ['a gap', piece(1, 1000), piece(1002, 1000), 1000, ['seq']],
    ['a shorter piece before the last', piece(1, 1000), piece(1001, 500), 1000, ['length']],
    ['a shorter piece at the end', piece(1, 1000), piece(1001, 500), 500, []],
    ['a longer piece', piece(1, 1000), piece(1001, 1200), 1000, []],
    ['another flag', piece(1, 1000), piece(1001, 1000, 'U.'), 1000, ['flags']],
    ['PSH, FIN and CWR', piece(1, 1000), piece(1001, 1000, 'FPW.'), 1000, []],
  ])('%s', (_name, last, next, missing, fields) => {
    expect(continuationMismatches(last, next, missing).map(({ field }) => field)).toEqual(fields);
  });

  test('the sequence number and CWR are those of the first', () => {
    const all = tcpOf(combine(piece(1, 1000, 'W.').spec, piece(1001, 1000, 'FP.').spec, 2000));
    expect(all.flags).toMatchObject({ cwr: true, fin: true, psh: true });
    expect(all.sequence).toEqual({ kind: 'relative', start: 1, length: 2000 });
  });
});
