/**
 * Makes a whole script of one that says only what happens to a stack: what the stack sends and
 * returns is filled in, each with its time, and code asserts what TCP_INFO tells.
 *
 *     +.1 < P. 1:101(100) ack 1 win 1000        +.1 < P. 1:101(100) ack 1 win 1000
 *      +0 read(4, ..., 1000) = 0          →      +0 > . 1:1(0) ack 101 win 65535
 *                                                +0 read(4, ..., 1000) = 100
 *
 * A script for a real machine must not depend on what no script can say: where ticks fall, or some
 * microseconds more between two events. So it is run in several ways, and filled in only where all
 * of them come to the same.
 */
import type { Mode } from '../run/configuration.ts';
import { toMicroseconds } from '../run/stage.ts';
import type { StackFactory } from '../stack-under-test.ts';
import { printPacketSpec } from '../syntax/print-packet.ts';
import { printSystemCall } from '../syntax/print-script.ts';
import {
  type Action,
  type EventTime,
  type Microseconds,
  NOWHERE,
  type PacketSpec,
  type Script,
  type ScriptEvent,
} from '../syntax/script.ts';
import { assertionsOf } from './assertions.ts';
import { returning, SentInScript } from './in-script.ts';
import { later } from './later.ts';
import { type Observation, observe, type TcpInfo } from './observe.ts';

/** How late events may be in the runs in which they are: see {@link later}. */
const DELAYS: readonly (readonly [most: Microseconds, share: number])[] = [
  [3000, 10],
  [1500, 10],
  [2000, 1],
];

/** A step of the script to be: what happens, and when. */
interface Step {
  readonly at: Microseconds;
  readonly action: Action;
  readonly observation: Observation;
}

/**
 * The script with all that happens up to `tail` behind its last event; or, in words, why there is
 * none.
 *
 * @param script its times are absolute; a packet that it expects stands where the runner learns the
 *   numbers of the stack's SYN, and gives way to what is really sent
 * @param stacks stacks that may differ in nothing that the script could say
 */
export function fillScript(
  script: Script,
  tail: Microseconds,
  stacks: readonly [StackFactory, ...StackFactory[]],
  mode: Mode = 'ipv4',
): Script | string {
  const [usual] = stacks;
  const variations = [
    ...stacks.map((stack) => [script, stack] as const),
    ...DELAYS.map(([most, share], at) => {
      return [later(script, most, share), stacks[at] ?? usual] as const;
    }),
  ];
  const runs: (readonly Step[])[] = [];
  for (const [variant, stack] of variations) {
    const observations = observe(variant, tail, stack, mode);
    if (typeof observations === 'string') return observations;
    const steps = stepsOf(observations);
    if (runs[0] !== undefined && shapeOf(steps) !== shapeOf(runs[0])) {
      return 'what happens depends on ticks or microseconds';
    }
    runs.push(steps);
  }
  return { ...script, events: eventsOf(runs) };
}

function stepsOf(observations: readonly Observation[]): readonly Step[] {
  const notation = new SentInScript();
  return observations.flatMap((observation): Step[] => {
    const action =
      observation.kind === 'sent' ? notation.describe(observation.packet) : actionOf(observation);
    if (action === undefined) return [];
    return [{ at: toMicroseconds(observation.at), action, observation }];
  });
}

function actionOf({ event, result }: Extract<Observation, { readonly kind: 'event' }>): Action {
  const { action } = event;
  return action.kind === 'system-call' ? returning(action, result) : action;
}

/** All that has to be the same in every run: what happens in which order, time stamps aside. */
function shapeOf(steps: readonly Step[]): string {
  return steps.map(({ action }) => textOf(action)).join('\n');
}

function textOf(action: Action): string {
  switch (action.kind) {
    case 'packet':
      return action.direction === 'inbound' ? '<' : printPacketSpec(withoutTimestamps(action));
    case 'system-call':
      return printSystemCall(action);
    default:
      return action.kind;
  }
}

function withoutTimestamps(packet: PacketSpec): PacketSpec {
  const { transport } = packet;
  if (transport.kind !== 'tcp' || transport.options === 'any') return packet;
  const options = transport.options.map((option) =>
    option.kind === 'TS' ? { ...option, val: 0, ecr: 0 } : option,
  );
  return { ...packet, transport: { ...transport, options } };
}

function eventsOf(runs: readonly (readonly Step[])[]): readonly ScriptEvent[] {
  const [first = []] = runs;
  return first.map(({ at, action }, index): ScriptEvent => {
    const before = first[index - 1]?.at;
    const time: EventTime =
      before === undefined
        ? { kind: 'absolute', at }
        : { kind: 'relative', after: Math.max(0, at - before) };
    if (action.kind !== 'code') return { place: NOWHERE, time, action };
    const infos = runs.map((run) => infoOf(run[index]));
    const isKnown = infos.every((info) => info !== undefined);
    if (!isKnown) return { place: NOWHERE, time, action };
    return { place: NOWHERE, time, action: { ...action, text: assertionsOf(infos) } };
  });
}

function infoOf(step: Step | undefined): TcpInfo | undefined {
  return step?.observation.kind === 'event' ? step.observation.info : undefined;
}
