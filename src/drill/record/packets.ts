/**
 * Captured segments in a script's notation: sequence numbers count from each side's SYN, time
 * stamps from each side's first.
 */
import { type Seq, seqDiff, TcpFlag, toSeq } from '../../wire/index.ts';
import { describeFlags } from '../run/live-to-script.ts';
import { describeOptions } from '../run/option-bytes.ts';
import {
  type IpSpec,
  NOWHERE,
  type PacketSpec,
  type TcpOptionSpec,
  type TcpSpec,
} from '../syntax/script.ts';
import type { DirectedSegment } from './at-the-host.ts';

/** Where each side's time stamps begin in a recorded script; zero would be no time stamp. */
const FIRST_LOCAL_TIME = 100;
const FIRST_REMOTE_TIME = 200;

const ECN_NAMES = [undefined, 'ect1', 'ect0', 'ce'] as const;

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
      flags: describeFlags(flags),
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
    return describeOptions(options).map((option): TcpOptionSpec => {
      if (option.kind === 'sack') {
        const count = (n: number): number => this.relative(toSeq(n), !isInbound);
        const blocks = option.blocks.map((b) => ({ left: count(b.left), right: count(b.right) }));
        return { kind: 'sack', blocks };
      }
      if (option.kind !== 'TS') return option;
      const val = this.#timestamp(option.val ?? 0, isInbound);
      // Without an ACK nothing is echoed (RFC 7323 §3.2).
      const echoes = (flags & TcpFlag.ack) !== 0 && option.ecr !== 0;
      const ecr = echoes ? this.#timestamp(option.ecr, !isInbound) : option.ecr;
      return { ...option, val, ecr };
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

function tosOf({ tos }: DirectedSegment): IpSpec['tos'] {
  if (tos > 3) return { kind: 'tos', value: tos };
  const ecn = ECN_NAMES[tos];
  return ecn === undefined ? undefined : { kind: 'ecn', ecn };
}
