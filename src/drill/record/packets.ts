/**
 * Captured segments in a script's notation: sequence numbers count from each side's SYN, time
 * stamps from each side's first.
 */
import {
  printHex,
  type Seq,
  seqDiff,
  TcpFlag,
  type TcpOption,
  toSeq,
  u16,
} from '../../wire/index.ts';
import type {
  FlagsSpec,
  IpSpec,
  PacketSpec,
  Place,
  TcpOptionSpec,
  TcpSpec,
} from '../syntax/script.ts';
import type { DirectedSegment } from './at-the-host.ts';

/** What a recorded script is made of stands in no text yet. */
export const NOWHERE: Place = { line: 0, column: 0 };

/** Where each side's time stamps begin in a recorded script; zero would be no time stamp. */
const FIRST_LOCAL_TIME = 100;
const FIRST_REMOTE_TIME = 200;

const ECN_NAMES = [undefined, 'ect1', 'ect0', 'ce'] as const;

/** Fast Open's magic in an experimental option (RFC 7413 appendix A; before it had a kind). */
const FAST_OPEN_MAGIC = 0xf989;

/** What one side of the connection counts from. */
interface Origin {
  sequence: Seq | undefined;
  timestamp: number | undefined;
}

export class Notation {
  readonly #local: Origin = { sequence: undefined, timestamp: undefined };
  readonly #remote: Origin = { sequence: undefined, timestamp: undefined };

  /** Takes note of where the sides begin; to be shown all segments first. */
  learn({ isInbound, flags, seq, options }: DirectedSegment): void {
    const origin = isInbound ? this.#remote : this.#local;
    if ((flags & TcpFlag.syn) !== 0) origin.sequence ??= seq;
    if (options instanceof Uint8Array) return;
    for (const option of options) {
      if (option.kind === 'timestamps') origin.timestamp ??= option.tsVal;
    }
  }

  /** A number of the side that sends, or, for what is acknowledged, of the other. */
  relative(seq: Seq, isInbound: boolean): number {
    const { sequence = toSeq(0) } = isInbound ? this.#remote : this.#local;
    return seqDiff(seq, sequence) >>> 0;
  }

  packet(segment: DirectedSegment): PacketSpec {
    return {
      kind: 'packet',
      place: NOWHERE,
      direction: segment.isInbound ? 'inbound' : 'outbound',
      outer: [],
      ip: { tos: tosOf(segment), ttl: undefined, flowLabel: undefined },
      transport: this.#tcp(segment),
    };
  }

  #tcp(segment: DirectedSegment): TcpSpec {
    const { isInbound, flags, seq, ack, window, urgentPointer, payloadLength } = segment;
    const start = this.relative(seq, isInbound);
    const hasAck = (flags & TcpFlag.ack) !== 0;
    const isSyn = (flags & TcpFlag.syn) !== 0;
    return {
      kind: 'tcp',
      pspSpi: undefined,
      ports: undefined,
      flags: flagsOf(flags),
      sequence: { kind: 'relative', start, length: payloadLength },
      ack: hasAck ? { value: this.relative(ack, !isInbound), isAbsolute: false } : undefined,
      // A later window depends on when the program reads, which a capture tells roughly; that it is
      // closed, a test should see.
      window: isInbound || isSyn || isClosed(segment) ? window : undefined,
      urgentPointer: (flags & TcpFlag.urg) === 0 ? undefined : urgentPointer,
      options: this.#options(segment),
      udpPorts: undefined,
    };
  }

  #options({ options, isInbound, flags }: DirectedSegment): readonly TcpOptionSpec[] {
    if (options instanceof Uint8Array) return [{ kind: 'raw', bytes: options }];
    return options.flatMap((option): TcpOptionSpec[] => {
      switch (option.kind) {
        case 'no-operation':
          return [{ kind: 'nop' }];
        case 'end-of-list':
          return [{ kind: 'eol' }, ...Array.from(option.padding, () => ({ kind: 'eol' }) as const)];
        case 'maximum-segment-size':
          return [{ kind: 'mss', mss: option.mss }];
        case 'window-scale':
          return [{ kind: 'wscale', shift: option.shift }];
        case 'sack-permitted':
          return [{ kind: 'sackOK' }];
        case 'sack':
          return [
            {
              kind: 'sack',
              blocks: option.blocks.map(({ left, right }) => ({
                left: this.relative(left, !isInbound),
                right: this.relative(right, !isInbound),
              })),
            },
          ];
        case 'timestamps': {
          const val = this.#timestamp(option.tsVal, isInbound);
          // Without an ACK nothing is echoed (RFC 7323 §3.2).
          const echoes = (flags & TcpFlag.ack) !== 0 && option.tsEcr !== 0;
          const ecr = echoes ? this.#timestamp(option.tsEcr, !isInbound) : option.tsEcr;
          return [{ kind: 'TS', val, ecr, isEcrAbsolute: false }];
        }
        case 'other':
          return [otherOption(option)];
      }
    });
  }

  #timestamp(value: number, isRemote: boolean): number {
    const { timestamp = value } = isRemote ? this.#remote : this.#local;
    return (value - timestamp + (isRemote ? FIRST_REMOTE_TIME : FIRST_LOCAL_TIME)) >>> 0;
  }
}

/** Whether the segment announces a closed window; a reset announces none (RFC 9293 §3.5.2). */
function isClosed({ window, flags }: DirectedSegment): boolean {
  return window === 0 && (flags & TcpFlag.rst) === 0;
}

function otherOption({ code, data }: Extract<TcpOption, { kind: 'other' }>): TcpOptionSpec {
  if (code === 34) return { kind: 'FO', cookie: printHex(data) };
  if (code === 19) return { kind: 'md5', digest: printHex(data) };
  if (code === 254 && data.length >= 2 && u16(data, 0) === FAST_OPEN_MAGIC) {
    return { kind: 'FOEXP', cookie: printHex(data.subarray(2)) };
  }
  const bytes = new Uint8Array(data.length + 2);
  bytes.set([code, data.length + 2]);
  bytes.set(data, 2);
  return { kind: 'raw', bytes };
}

function tosOf({ tos }: DirectedSegment): IpSpec['tos'] {
  if (tos > 3) return { kind: 'tos', value: tos };
  const ecn = ECN_NAMES[tos];
  return ecn === undefined ? undefined : { kind: 'ecn', ecn };
}

function flagsOf(flags: number): FlagsSpec {
  const has = (bit: number): boolean => (flags & bit) !== 0;
  return {
    fin: has(TcpFlag.fin),
    syn: has(TcpFlag.syn),
    rst: has(TcpFlag.rst),
    psh: has(TcpFlag.psh),
    ack: has(TcpFlag.ack),
    urg: has(TcpFlag.urg),
    ece: has(TcpFlag.ece),
    cwr: has(TcpFlag.cwr),
    ae: has(TcpFlag.ae),
    ace: undefined,
  };
}
