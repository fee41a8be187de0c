/** Arbitrary trees of scripts: all and only those that some text can have. */
import * as fc from 'fast-check';
import type {
  Action,
  EventTime,
  Script,
  ScriptEvent,
  ScriptOption,
} from '../../src/drill/syntax/script.ts';
import { moment, optional, place, quotable, word } from './arbitrary-basics.ts';
import { systemCall } from './arbitrary-call.ts';
import { packet } from './arbitrary-packet.ts';

const range = fc
  .tuple(moment, moment)
  .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));

const time: fc.Arbitrary<EventTime> = fc.oneof(
  fc.record({ kind: fc.constant('absolute' as const), at: moment }),
  fc.record({ kind: fc.constant('relative' as const), after: moment }),
);

const outboundTime: fc.Arbitrary<EventTime> = fc.oneof(
  time,
  fc.constant<EventTime>({ kind: 'any' }),
  range.map(({ from, to }) => ({ kind: 'absolute-range' as const, from, to })),
  range.map(({ from, to }) => ({ kind: 'relative-range' as const, from, to })),
);

const command = quotable('`').map((text) => ({ kind: 'command' as const, place, text }));

const code = fc
  .array(fc.oneof(fc.string(), fc.constantFrom('assert x == 1', '\n', '}', '%', '"')))
  .map((pieces) => ({
    kind: 'code' as const,
    place,
    text: pieces
      .join(' ')
      .replaceAll('}%', '')
      .replaceAll(/^[ \t]+|[ \t]+$/g, ''),
  }));

const action: fc.Arbitrary<Action> = fc.oneof(packet, systemCall, command, code);

const event: fc.Arbitrary<ScriptEvent> = action.chain((what) => {
  const isExpected = what.kind === 'packet' && what.direction === 'outbound';
  return (isExpected ? outboundTime : time).map((when) => ({ place, time: when, action: what }));
});

function startOf(when: EventTime): number {
  if (when.kind === 'absolute') return when.at;
  return when.kind === 'absolute-range' ? when.from : 0;
}

/** The same event no earlier than `least`, and at 0 if it is the first. */
function moved(
  { time: when, action: what }: ScriptEvent,
  least: number,
  isFirst: boolean,
): ScriptEvent {
  let shifted: EventTime = when;
  if (isFirst) {
    if (when.kind === 'absolute') shifted = { kind: 'absolute', at: 0 };
    else if (when.kind === 'relative') shifted = { kind: 'relative', after: 0 };
    else if (when.kind !== 'any') shifted = { ...when, from: 0 };
  } else if (when.kind === 'absolute') {
    shifted = { kind: 'absolute', at: Math.max(when.at, least) };
  } else if (when.kind === 'absolute-range') {
    shifted = { ...when, from: Math.max(when.from, least), to: Math.max(when.to, least) };
  }
  if (what.kind !== 'system-call' || what.end === undefined)
    return { place, time: shifted, action: what };
  const start = shifted.kind === 'relative' ? shifted.after : startOf(shifted);
  return { place, time: shifted, action: { ...what, end: Math.max(what.end, start) } };
}

const events = fc.array(event, { minLength: 1, maxLength: 8 }).map((all) => {
  const ordered: ScriptEvent[] = [];
  for (const next of all) {
    const before = ordered.at(-1);
    ordered.push(
      moved(next, before === undefined ? 0 : startOf(before.time), before === undefined),
    );
  }
  return ordered;
});

const plainValue = fc.oneof(
  word,
  fc.integer().map(String),
  fc.constantFrom('0x10', '1.5', '192.168.0.1', 'fd3d::1', 'packet,syscall'),
);

/** Names that no word of these scripts has. */
const definedName = fc.constantFrom('D_ONE', 'D_TWO', 'D_3');

const scriptOption: fc.Arbitrary<ScriptOption> = fc.oneof(
  fc.record({
    place: fc.constant(place),
    name: word.filter((name) => name !== 'define'),
    value: optional(fc.oneof(plainValue, quotable('"'))),
  }),
  fc
    .tuple(
      definedName,
      fc.oneof(
        plainValue.filter((value) => !value.includes(',')),
        quotable('"').map((text) => `"${text}"`),
        quotable('`').map((text) => `\`${text}\``),
      ),
    )
    .map(([name, value]) => ({ place, name: 'define', value: `${name}=${value}` })),
);

const commandText = quotable('`').map((text) => ({ place, text }));

export const script: fc.Arbitrary<Script> = fc.record({
  options: fc.array(scriptOption, { maxLength: 3 }),
  init: optional(commandText),
  events,
  cleanup: optional(commandText),
});
