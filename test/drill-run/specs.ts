/** Packets of scripts to test with: by hand from their text, and arbitrary ones. */
import * as fc from 'fast-check';
import {
  decodeLivePacket,
  describePacket,
  type LivePacket,
} from '../../src/drill/run/live-to-script.ts';
import type { Numbers } from '../../src/drill/run/mapping.ts';
import { SequenceNumbers, Timestamps } from '../../src/drill/run/mapping.ts';
import { encodeOptions } from '../../src/drill/run/option-bytes.ts';
import { parseScript } from '../../src/drill/syntax/parse-script.ts';
import { ScriptError } from '../../src/drill/syntax/script-error.ts';
import type {
  FlagsSpec,
  PacketSpec,
  Script,
  TcpOptionSpec,
  TcpSpec,
} from '../../src/drill/syntax/script.ts';
import { DecodeError, parseIpv4 } from '../../src/wire/index.ts';

/** The script that the text spells. */
export function script(text: string): Script {
  const parsed = parseScript(text);
  if (parsed instanceof ScriptError) throw new Error(parsed.toString());
  return parsed;
}

/** The packet that the text spells, as `< . 1:1(0) ack 1 win 257`. */
export function packet(text: string): PacketSpec {
  const [event] = script(`0 ${text}`).events;
  if (event?.action.kind !== 'packet') throw new Error(`no packet: ${text}`);
  return event.action;
}

export function tcpOf(spec: PacketSpec): TcpSpec {
  if (spec.transport.kind !== 'tcp') throw new Error('not TCP');
  return spec.transport;
}

export const REMOTE = { address: parseIpv4('192.0.2.1'), port: 40_000 };
export const LOCAL = { address: parseIpv4('192.168.0.1'), port: 8080 };

/** A connection's numbers with these initial sequence numbers. */
export function numbersOf(remote: number, scriptLocal: number, liveLocal: number): Numbers {
  const sequence = new SequenceNumbers();
  sequence.remoteInitial = remote;
  sequence.localScriptInitial = scriptLocal;
  sequence.localLiveInitial = liveLocal;
  return { sequence, timestamps: new Timestamps() };
}

/** The packet that was built, decoded. */
export function decoded(bytes: Uint8Array | string): LivePacket {
  if (typeof bytes === 'string') throw new Error(bytes);
  const live = decodeLivePacket(bytes);
  if (live instanceof DecodeError) throw live;
  return live;
}

/** What was built, read back in the notation of `like`. */
export function readBack(
  bytes: Uint8Array | string,
  like: PacketSpec,
  numbers: Numbers,
): PacketSpec {
  return describePacket(decoded(bytes), { direction: like.direction, numbers, like });
}

export const u32: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
);

const flags: fc.Arbitrary<FlagsSpec> = fc.record({
  fin: fc.boolean(),
  syn: fc.boolean(),
  rst: fc.boolean(),
  psh: fc.boolean(),
  ack: fc.constant(true),
  urg: fc.boolean(),
  ece: fc.boolean(),
  cwr: fc.boolean(),
  ae: fc.boolean(),
  ace: fc.constant(undefined),
});

const hexOctets = (most: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength: most }).map((b) => Buffer.from(b).toString('hex'));

const option: fc.Arbitrary<TcpOptionSpec> = fc.oneof(
  fc.record({ kind: fc.constant('mss' as const), mss: fc.integer({ min: 0, max: 65_535 }) }),
  fc.record({ kind: fc.constant('wscale' as const), shift: fc.integer({ min: 0, max: 255 }) }),
  fc.constant({ kind: 'sackOK' as const }),
  fc.constant({ kind: 'nop' as const }),
  fc.record({
    kind: fc.constant('sack' as const),
    blocks: fc.array(fc.record({ left: u32, right: u32 }), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('FO' as const), cookie: hexOctets(8) }),
  fc.record({ kind: fc.constant('FOEXP' as const), cookie: hexOctets(8) }),
  fc.record({
    kind: fc.constant('ECN' as const),
    counters: fc.constantFrom(1, 2, 3).chain((count) =>
      fc
        .tuple(
          fc.boolean(),
          fc.array(fc.integer({ min: 0, max: 0xff_ffff }), { minLength: count, maxLength: count }),
        )
        .map(([isE1First, values]) => {
          const names = isE1First
            ? (['e1b', 'ceb', 'e0b'] as const)
            : (['e0b', 'ceb', 'e1b'] as const);
          return values.map((value, i) => ({ name: names[i]!, value }));
        }),
    ),
  }),
);

/** Options that fit, padded with nops to a multiple of four octets. */
export const options: fc.Arbitrary<TcpOptionSpec[]> = fc
  .array(option, { maxLength: 4 })
  .map((list) => {
    const fitting: TcpOptionSpec[] = [];
    for (const one of list) {
      if (encodeOptions([...fitting, one]).length <= 36) fitting.push(one);
    }
    while (encodeOptions(fitting).length % 4 !== 0) fitting.push({ kind: 'nop' });
    return fitting;
  });

/** An injected TCP packet with everything written. */
export const inbound: fc.Arbitrary<PacketSpec> = fc
  .record({
    flags,
    start: u32,
    length: fc.integer({ min: 0, max: 3000 }),
    ack: u32,
    window: fc.integer({ min: 0, max: 65_535 }),
    urgentPointer: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
    options,
    tos: fc.integer({ min: 0, max: 255 }),
    ttl: fc.integer({ min: 1, max: 255 }),
  })
  .map(({ start, length, ack, tos, ttl, ...rest }) => ({
    kind: 'packet',
    place: { line: 0, column: 0 },
    direction: 'inbound',
    outer: [],
    ip: { tos: { kind: 'tos', value: tos }, ttl, flowLabel: undefined },
    transport: {
      kind: 'tcp',
      pspSpi: undefined,
      ports: undefined,
      sequence: { kind: 'relative', start, length },
      ack: { value: ack, isAbsolute: false },
      udpPorts: undefined,
      ...rest,
    },
  }));
