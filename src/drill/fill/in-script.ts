/**
 * What was observed, as a script writes it: packets in the script's numbers, calls with what they
 * returned.
 */
import { wordsOf, type CallResult } from '../../stack/index.ts';
import { DecodeError, seqToU32 } from '../../wire/index.ts';
import { decodeLivePacket, describePacket, type LivePacket } from '../run/live-to-script.ts';
import { type Numbers, SequenceNumbers, Timestamps } from '../run/mapping.ts';
import {
  type Expression,
  type IpSpec,
  NOWHERE,
  type PacketSpec,
  type SystemCallSpec,
} from '../syntax/script.ts';
import type { Observation } from './observe.ts';

/** Where the stack's time stamps begin in a script; zero would be no time stamp. */
const FIRST_TIME = 100;

const ECN_NAMES = [undefined, 'ect1', 'ect0', 'ce'] as const;

/** Packets that a stack has sent, in the numbers of a script whose remote end counts from 0. */
export class SentInScript {
  readonly #numbers: Numbers = { sequence: new SequenceNumbers(), timestamps: new Timestamps() };
  #knowsNumbers = false;

  /** The TCP segment as the script has it; nothing for other packets. */
  describe(packet: Uint8Array): PacketSpec | undefined {
    const live = decodeLivePacket(packet);
    if (live instanceof DecodeError || live.transport.kind !== 'tcp') return undefined;
    this.#learn(live);
    const described = this.#describe(live);
    return { ...described, ip: { ...described.ip, tos: codepointOf(live) } };
  }

  #describe(live: LivePacket): PacketSpec {
    return describePacket(live, {
      direction: 'outbound',
      numbers: this.#numbers,
      like: undefined,
    });
  }

  /** The first segment says where the stack's numbers begin: it is a SYN, or answers one. */
  #learn(live: LivePacket): void {
    if (this.#knowsNumbers || live.transport.kind !== 'tcp') return;
    this.#knowsNumbers = true;
    const { sequence, timestamps } = this.#numbers;
    sequence.localLiveInitial = seqToU32(live.transport.segment.seq);
    const first = timestampOf(this.#describe(live));
    if (first !== undefined) timestamps.learn(FIRST_TIME, first);
  }
}

/** The packets among observations, in the script's numbers. */
export function sentAmong(observations: readonly Observation[]): readonly PacketSpec[] {
  const notation = new SentInScript();
  return observations.flatMap((observation) => {
    const spec = observation.kind === 'sent' ? notation.describe(observation.packet) : undefined;
    return spec === undefined ? [] : [spec];
  });
}

/** The time stamp of a segment that was sent. */
export function timestampOf({ transport }: PacketSpec): number | undefined {
  if (transport.kind !== 'tcp' || transport.options === 'any') return undefined;
  return transport.options.find((option) => option.kind === 'TS')?.val;
}

function codepointOf({ ip }: LivePacket): IpSpec['tos'] {
  const ecn = ECN_NAMES[ip.tos & 3];
  return ecn === undefined ? undefined : { kind: 'ecn', ecn };
}

/** The call with what it returned, and the number that it wrote where the script has one. */
export function returning(call: SystemCallSpec, result: CallResult | undefined): SystemCallSpec {
  if (result === undefined) return call;
  const { returned, errno, written } = result;
  const note = errno === undefined ? undefined : wordsOf(errno);
  const isNumber = written?.kind === 'option' || written?.kind === 'int';
  const value = isNumber && typeof written.value === 'number' ? written.value : undefined;
  return {
    ...call,
    arguments: value === undefined ? call.arguments : withWritten(call.arguments, value),
    result: integer(returned),
    errno,
    note,
  };
}

/** The first pointer to a number, `[0]`, points at another. */
function withWritten(written: readonly Expression[], value: number): readonly Expression[] {
  const at = written.findIndex(({ kind }) => kind === 'array');
  const pointer = written[at];
  if (pointer?.kind !== 'array') return written;
  return written.with(at, { ...pointer, items: [integer(value)] });
}

function integer(value: number): Expression {
  return { kind: 'integer', place: NOWHERE, value: BigInt(value), isHex: false };
}
