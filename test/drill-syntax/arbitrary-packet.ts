/** Arbitrary packets: all and only those that some text can have. */
import * as fc from 'fast-check';
import { tcpOptionLength } from '../../src/drill/syntax/parse-tcp-options.ts';
import type {
  FlagsSpec,
  IcmpSpec,
  IpSpec,
  OuterHeader,
  PacketSpec,
  SequenceSpec,
  TcpOptionSpec,
  TcpSpec,
  UdpSpec,
} from '../../src/drill/syntax/script.ts';
import { hexDigits, optional, place, u16, u24, u32, u8, word } from './arbitrary-basics.ts';

const ports = fc.record({ source: u16, destination: u16 });

const sequence: fc.Arbitrary<SequenceSpec> = fc.oneof(
  fc
    .record({
      kind: fc.constantFrom('relative' as const, 'absolute' as const),
      start: u32,
      length: u16,
    })
    .map((range) => ({
      ...range,
      length: Math.min(range.length, 60_000, 0xffff_ffff - range.start),
    })),
  fc.record({ kind: fc.constant('ignored' as const), length: fc.integer({ min: 0, max: 60_000 }) }),
);

const bits = fc.record({
  fin: fc.boolean(),
  syn: fc.boolean(),
  rst: fc.boolean(),
  psh: fc.boolean(),
  ack: fc.boolean(),
  urg: fc.boolean(),
});

const flags: fc.Arbitrary<FlagsSpec> = fc.oneof(
  fc
    .tuple(bits, fc.record({ ece: fc.boolean(), cwr: fc.boolean(), ae: fc.boolean() }))
    .map(([all, ecn]) => ({ ...all, ...ecn, ace: undefined })),
  fc
    .tuple(bits, fc.integer({ min: 0, max: 7 }))
    .map(([all, ace]) => ({ ...all, ece: false, cwr: false, ae: false, ace })),
);

type Names = readonly ('e0b' | 'e1b' | 'ceb')[];

const option: fc.Arbitrary<TcpOptionSpec> = fc.oneof(
  fc.record({ kind: fc.constantFrom('nop' as const, 'eol' as const, 'sackOK' as const) }),
  fc.record({ kind: fc.constant('mss' as const), mss: u16 }),
  fc.record({ kind: fc.constant('wscale' as const), shift: u8 }),
  fc.record({
    kind: fc.constant('sack' as const),
    blocks: fc.array(fc.record({ left: u32, right: u32 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('TS' as const),
    val: optional(u32),
    ecr: u32,
    isEcrAbsolute: fc.boolean(),
  }),
  fc.record({
    kind: fc.constantFrom('FO' as const, 'FOEXP' as const, 'exp-FO' as const),
    cookie: hexDigits(12),
  }),
  fc.record({
    kind: fc.constant('md5' as const),
    digest: fc.oneof(fc.constant('valid'), hexDigits(16, 1)),
  }),
  fc
    .tuple(
      fc.constantFrom<Names>(['e0b', 'ceb', 'e1b'], ['e1b', 'ceb', 'e0b']),
      fc.array(u24, { minLength: 1, maxLength: 3 }),
    )
    .map(([names, counters]): TcpOptionSpec => ({
      kind: 'ECN',
      counters: counters.map((value, index) => ({ name: names[index] ?? 'ceb', value })),
    })),
  fc.record({
    kind: fc.constantFrom('AccECN0' as const, 'AccECN1' as const),
    counters: fc.array(u24, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('exp-tarr' as const),
    rate: optional(fc.integer({ min: 0, max: 127 })),
  }),
  fc.record({
    kind: fc.constant('raw' as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
);

/** As many options as fit, padded. */
const optionList = fc.array(option, { maxLength: 6 }).map((all) => {
  const list: TcpOptionSpec[] = [];
  let length = 0;
  for (const next of all) {
    if (length + tcpOptionLength(next) > 40) continue;
    list.push(next);
    length += tcpOptionLength(next);
  }
  for (; length % 4 !== 0; length++) list.push({ kind: 'nop' });
  return list;
});

const tcp: fc.Arbitrary<TcpSpec> = fc.record({
  kind: fc.constant('tcp' as const),
  pspSpi: optional(u32),
  ports: optional(ports),
  flags,
  sequence,
  ack: optional(fc.record({ value: u32, isAbsolute: fc.boolean() })),
  window: optional(u16),
  urgentPointer: optional(u16),
  options: fc.oneof({ weight: 6, arbitrary: optionList }, fc.constant('any' as const)),
  udpPorts: optional(ports),
});

const udp: fc.Arbitrary<UdpSpec> = fc.record({
  kind: fc.constant('udp' as const),
  ports: optional(ports),
  payloadLength: u16,
});

const icmp: fc.Arbitrary<IcmpSpec> = fc.record({
  kind: fc.constant('icmp' as const),
  type: word,
  code: optional(word.filter((text) => text !== 'mtu' && text !== 'id')),
  mtu: optional(u32),
  id: optional(u16),
  quoted: optional(
    fc.oneof(
      sequence.map((seq) => ({ kind: 'tcp' as const, sequence: seq })),
      fc.record({ kind: fc.constantFrom('udp' as const, 'raw' as const), length: u16 }),
    ),
  ),
});

const ip: fc.Arbitrary<IpSpec> = fc.record({
  tos: optional(
    fc.oneof(
      fc.record({
        kind: fc.constant('ecn' as const),
        ecn: fc.constantFrom(
          'noecn' as const,
          'ect0' as const,
          'ect1' as const,
          'ce' as const,
          'ect01' as const,
        ),
      }),
      fc.record({ kind: fc.constant('tos' as const), value: u8 }),
    ),
  ),
  ttl: optional(u8),
  flowLabel: optional(fc.integer({ min: 0, max: 0xfffff })),
});

const outerHeader: fc.Arbitrary<OuterHeader> = fc.oneof(
  fc.record({
    kind: fc.constant('ipv4' as const),
    ip,
    source: fc.ipV4(),
    destination: fc.ipV4(),
  }),
  fc.record({
    kind: fc.constant('ipv6' as const),
    ip,
    source: fc.constantFrom('::', '::1', 'fd3d:fa7b:d17d::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4'),
    destination: fc.constantFrom('1::', 'a:b:c:d:e:f:1::', '2001:DB8::1', 'fe80::1:2'),
  }),
  fc.record({
    kind: fc.constant('gre' as const),
    gre: optional(fc.record({ flags: u16, sum: u16, offset: u16, key: u32, sequence: u32 })),
  }),
  fc.record({
    kind: fc.constant('mpls' as const),
    labels: fc.array(
      fc.record({
        label: fc.integer({ min: 0, max: 0xfffff }),
        trafficClass: fc.integer({ min: 0, max: 7 }),
        isBottom: fc.boolean(),
        ttl: u8,
      }),
      { maxLength: 3 },
    ),
  }),
);

/** What may be expected but not injected becomes something that may be both. */
function injectable(packet: PacketSpec): PacketSpec {
  if (packet.direction === 'outbound') return packet;
  const definite = (spec: IpSpec): IpSpec =>
    spec.tos?.kind === 'ecn' && spec.tos.ecn === 'ect01'
      ? { ...spec, tos: { kind: 'ecn', ecn: 'ect0' } }
      : spec;
  const { transport } = packet;
  return {
    ...packet,
    outer: packet.outer.map((header) =>
      header.kind === 'ipv4' || header.kind === 'ipv6'
        ? { ...header, ip: definite(header.ip) }
        : header,
    ),
    ip: definite(packet.ip),
    transport:
      transport.kind !== 'tcp'
        ? transport
        : {
            ...transport,
            window: transport.window ?? 0,
            options:
              transport.options === 'any'
                ? []
                : transport.options.map((next) =>
                    next.kind === 'TS' ? { ...next, val: next.val ?? 0 } : next,
                  ),
          },
  };
}

export const packet: fc.Arbitrary<PacketSpec> = fc
  .record({
    kind: fc.constant('packet' as const),
    place: fc.constant(place),
    direction: fc.constantFrom('inbound' as const, 'outbound' as const),
    outer: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      fc.array(outerHeader, { maxLength: 3 }),
    ),
    ip,
    transport: fc.oneof({ weight: 4, arbitrary: tcp }, udp, icmp),
  })
  .map((any) =>
    any.transport.kind === 'udp' && any.ip.tos?.kind === 'ecn'
      ? { ...any, ip: { ...any.ip, tos: undefined } }
      : any,
  )
  .map(injectable);
