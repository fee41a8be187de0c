/**
 * Reads the text of a script into its tree, in both dialects: the original packetdrill's, and that
 * of the fork which the BSD developers use.
 *
 *     script := {option} [`init`] event {event} [`cleanup`]
 *     option := --name ['=' value]
 *     event  := time (packet | call | `command` | %{ code }%)
 *
 * What the language forbids whatever the stack does is refused here, with its place; what depends
 * on a run (a symbol that nobody knows, an option that the tool has not) is the runner's matter.
 */

import { Cursor } from './cursor.ts';
import { TokenSource } from './defines.ts';
import { parsePacket } from './parse-packet.ts';
import { parseSystemCall } from './parse-system-call.ts';
import { parseEventTime } from './parse-time.ts';
import { Refusal, ScriptError } from './script-error.ts';
import type {
  Action,
  CommandText,
  EventTime,
  Place,
  Script,
  ScriptEvent,
  ScriptOption,
} from './script.ts';

/** The longest text that is read, in characters: half a second's work. Scripts have thousands. */
export const MAX_SCRIPT_LENGTH: number = 1024 * 1024;

/**
 * The script that a text spells. `defines` are the user's: NAME to VALUE as behind `-D`, with the
 * quotes that a string or a command needs.
 */
export function parseScript(
  text: string,
  defines: ReadonlyMap<string, string> = new Map(),
): Script | ScriptError {
  if (text.length > MAX_SCRIPT_LENGTH) {
    const message = `a script may have up to ${MAX_SCRIPT_LENGTH} characters, this has ${text.length}`;
    return new ScriptError({ line: 1, column: 1 }, message);
  }
  const source = new TokenSource(text, defines);
  try {
    return readScript(new Cursor(source), source);
  } catch (error) {
    if (error instanceof Refusal) return error.error;
    throw error;
  }
}

function readScript(cursor: Cursor, source: TokenSource): Script {
  const options: ScriptOption[] = [];
  while (cursor.seesKind('option')) options.push(readOption(cursor, source));
  const init = readCommand(cursor);
  const events: ScriptEvent[] = [];
  while (!cursor.seesKind('end') && !cursor.seesKind('backtick')) {
    const event = readEvent(cursor);
    checkOrder(cursor, events.at(-1)?.time, event);
    events.push(event);
  }
  if (events.length === 0) cursor.expected('an event, which begins with its time');
  const cleanup = readCommand(cursor);
  if (!cursor.seesKind('end')) cursor.expected('the end of the script behind its cleanup command');
  return { options, init, events, cleanup };
}

function readCommand(cursor: Cursor): CommandText | undefined {
  const token = cursor.acceptKind('backtick');
  return token && { place: token.place, text: token.text };
}

function readOption(cursor: Cursor, source: TokenSource): ScriptOption {
  const { text: name, place } = cursor.next();
  if (!cursor.accept('=')) return { place, name, value: undefined };
  const first = readPlainValue(cursor, `the value of --${name}`);
  if (first.isWord && cursor.accept('=')) {
    const value = readDefinedValue(cursor, first.text);
    if (name === 'define') source.define(first.text, value);
    return { place, name, value: `${first.text}=${value}` };
  }
  let value = first.text;
  while (first.isWord && cursor.accept(',')) {
    value += `,${cursor.expectKind('word', 'a word behind ","').text}`;
  }
  return { place, name, value };
}

/** The value of a definition, with the quotes that tell what it is. */
function readDefinedValue(cursor: Cursor, name: string): string {
  const string = cursor.acceptKind('string');
  if (string !== undefined) return `"${string.text}"`;
  const command = cursor.acceptKind('backtick');
  if (command !== undefined) return `\`${command.text}\``;
  return readPlainValue(cursor, `the value of ${name}`).text;
}

function readPlainValue(cursor: Cursor, what: string): { text: string; isWord: boolean } {
  const { kind } = cursor.peek();
  switch (kind) {
    case 'word':
    case 'integer':
    case 'hex':
    case 'float':
    case 'string':
    case 'ipv4':
    case 'ipv6':
      return { text: cursor.next().text, isWord: kind === 'word' };
    default:
      return cursor.expected(what);
  }
}

function readEvent(cursor: Cursor): ScriptEvent {
  const { place } = cursor.peek();
  const time = parseEventTime(cursor);
  const action = readAction(cursor, time);
  const isExpectation = action.kind === 'packet' && action.direction === 'outbound';
  if (!isExpectation && time.kind !== 'absolute' && time.kind !== 'relative') {
    const what = time.kind === 'any' ? 'the time "*"' : 'a range of times';
    cursor.refuse(place, `${what} is for packets that are expected (">") only`);
  }
  return { place, time, action };
}

function readAction(cursor: Cursor, time: EventTime): Action {
  const token = cursor.peek();
  if (cursor.sees('<') || cursor.sees('>')) return parsePacket(cursor);
  switch (token.kind) {
    case 'word':
    case 'ellipsis':
      return parseSystemCall(cursor, time);
    case 'backtick':
    case 'code':
      cursor.next();
      return {
        kind: token.kind === 'code' ? 'code' : 'command',
        place: token.place,
        text: token.text,
      };
    default:
      return cursor.expected('a packet, a system call, a command or code behind the time');
  }
}

/** The first event is at time 0, and of two neighbours' absolute times the later is no less. */
function checkOrder(cursor: Cursor, before: EventTime | undefined, event: ScriptEvent): void {
  const refuse = (place: Place, message: string): never => cursor.refuse(place, message);
  const start = startOf(event.time);
  if (before === undefined) {
    if (start !== 0) refuse(event.place, 'the first event must be at time 0');
    return;
  }
  if (isAbsolute(before) && isAbsolute(event.time) && start < startOf(before)) {
    refuse(event.place, 'this event is earlier than the one before it');
  }
}

function isAbsolute(time: EventTime): boolean {
  return time.kind === 'absolute' || time.kind === 'absolute-range';
}

function startOf(time: EventTime): number {
  switch (time.kind) {
    case 'absolute':
      return time.at;
    case 'relative':
      return time.after;
    case 'any':
      return 0;
    case 'absolute-range':
    case 'relative-range':
      return time.from;
  }
}
