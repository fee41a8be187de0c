/**
 * A script's tree as text, in the style of the field. What is printed reads back as the same tree,
 * for every tree that a text can have.
 */

import { Lexer } from './lexer.ts';
import { printExpression, printList } from './print-expression.ts';
import { printPacketSpec } from './print-packet.ts';
import { Refusal } from './script-error.ts';
import type {
  Action,
  EventTime,
  Microseconds,
  Script,
  ScriptEvent,
  ScriptOption,
  SystemCallSpec,
} from './script.ts';
import type { TokenKind } from './token.ts';

/** Times are right-aligned to this width, as in `  +.1 < .`. */
const TIME_WIDTH = 5;

/** What an option's value may be without quotes. */
const PLAIN: ReadonlySet<TokenKind> = new Set(['word', 'integer', 'hex', 'float', 'ipv4', 'ipv6']);
const QUOTED: ReadonlySet<TokenKind> = new Set(['string', 'backtick']);

/** The whole script, a line for each option, command and event. */
export function printScript(script: Script): string {
  const lines = script.options.map(printOption);
  if (script.init !== undefined) lines.push(`\`${script.init.text}\``);
  if (lines.length > 0) lines.push('');
  lines.push(...script.events.map(printEvent));
  if (script.cleanup !== undefined) lines.push('', `\`${script.cleanup.text}\``);
  return `${lines.join('\n')}\n`;
}

/** `   +0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop>`. */
export function printEvent({ time, action }: ScriptEvent): string {
  const isBlocking = action.kind === 'system-call' && action.end !== undefined;
  const start = printEventTime(time);
  const shown = isBlocking ? `${start}...${printSeconds(action.end)}` : start;
  return `${shown.padStart(TIME_WIDTH)} ${printAction(action)}`;
}

/** `+.1`, `0`, `*`, `+.1~+.2`. */
export function printEventTime(time: EventTime): string {
  switch (time.kind) {
    case 'absolute':
      return printSeconds(time.at);
    case 'relative':
      return `+${shorten(printSeconds(time.after))}`;
    case 'any':
      return '*';
    case 'absolute-range':
      return `${printSeconds(time.from)}~${printSeconds(time.to)}`;
    case 'relative-range':
      return `+${shorten(printSeconds(time.from))}~+${shorten(printSeconds(time.to))}`;
  }
}

/** Seconds with as many decimals as there are, at most six. */
function printSeconds(time: Microseconds): string {
  const seconds = Math.floor(time / 1_000_000);
  const fraction = String(time % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${seconds}` : `${seconds}.${fraction}`;
}

/** Relative times are mostly small: `.1` for `0.1`. */
function shorten(seconds: string): string {
  return seconds.startsWith('0.') ? seconds.slice(1) : seconds;
}

function printAction(action: Action): string {
  switch (action.kind) {
    case 'packet':
      return printPacketSpec(action);
    case 'system-call':
      return printSystemCall(action);
    case 'command':
      return `\`${action.text}\``;
    case 'code':
      return printCode(action.text);
  }
}

/** Blanks at either end are not part of the code, but its lines are. */
function printCode(text: string): string {
  const before = text === '' || text.startsWith('\n') ? '' : ' ';
  return `%{${before}${text}${text.endsWith('\n') ? '' : ' '}}%`;
}

/** `write(4, ..., 1000) = -1 EPIPE (Broken pipe)`, without a blocking call's end. */
export function printSystemCall(call: SystemCallSpec): string {
  const errno = call.errno === undefined ? '' : ` ${call.errno}`;
  const note = call.note === undefined ? '' : ` (${call.note})`;
  const result = printExpression(call.result);
  return `${call.name}(${printList(call.arguments)}) = ${result}${errno}${note}`;
}

function printOption({ name, value }: ScriptOption): string {
  return value === undefined ? `--${name}` : `--${name}=${printOptionValue(value)}`;
}

/** As the author may have written it: quotes only where they are needed. */
function printOptionValue(value: string): string {
  const kind = onlyToken(value);
  if (kind !== undefined && PLAIN.has(kind)) return value;
  if (value.split(',').every(isWord)) return value;
  const equals = value.indexOf('=');
  const isDefinition = equals > 0 && isWord(value.slice(0, equals));
  const defined = isDefinition ? onlyToken(value.slice(equals + 1)) : undefined;
  const isWhole = defined !== undefined && (PLAIN.has(defined) || QUOTED.has(defined));
  return isWhole ? value : `"${value}"`;
}

function isWord(text: string): boolean {
  return onlyToken(text) === 'word';
}

/** What the text is to the lexer, if all of it is one token without blanks around. */
function onlyToken(text: string): TokenKind | undefined {
  try {
    const token = new Lexer(text).next();
    const quotes = QUOTED.has(token.kind) ? 2 : 0;
    return token.text.length + quotes === text.length ? token.kind : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
