/**
 * System calls.
 *
 *     call := [...end] name '(' arguments ')' = result [ERRNO] [(words)]
 */

import type { Cursor } from './cursor.ts';
import { parseExpression, parseResult } from './parse-expression.ts';
import { parseSeconds } from './parse-time.ts';
import type { EventTime, Expression, Microseconds, SystemCallSpec } from './script.ts';
import type { TokenKind } from './token.ts';

/** What a note may be made of: the words of an error message. */
const NOTE: ReadonlySet<TokenKind> = new Set([
  'word',
  'integer',
  'float',
  'hex',
  'ipv4',
  'ipv6',
  'punctuation',
]);

export function parseSystemCall(cursor: Cursor, time: EventTime): SystemCallSpec {
  const { place } = cursor.peek();
  const end = parseEnd(cursor, time);
  const name = cursor.expectKind('word', 'the name of a system call').text;
  cursor.expect('(', `behind "${name}"`);
  const args = parseArguments(cursor);
  cursor.expect('=', 'and the result behind a system call');
  const result = parseResult(cursor);
  const errno = cursor.acceptKind('word')?.text;
  return {
    kind: 'system-call',
    place,
    end,
    name,
    arguments: args,
    result,
    errno,
    note: parseNote(cursor),
  };
}

/** When a blocking call returns; no earlier than it was called. */
function parseEnd(cursor: Cursor, time: EventTime): Microseconds | undefined {
  if (cursor.acceptKind('ellipsis') === undefined) return undefined;
  const { place } = cursor.peek();
  const end = parseSeconds(cursor, 'the time behind "..." at which the call returns');
  const start = time.kind === 'absolute' ? time.at : time.kind === 'relative' ? time.after : 0;
  if (end < start) cursor.refuse(place, 'the call would return before it is made');
  return end;
}

function parseArguments(cursor: Cursor): Expression[] {
  const args: Expression[] = [];
  if (cursor.accept(')')) return args;
  do args.push(parseExpression(cursor));
  while (cursor.accept(','));
  if (!cursor.accept(')')) cursor.expected('"," or ")" behind an argument');
  return args;
}

/** The words in parentheses, one blank between; a call with an error may have two such notes. */
function parseNote(cursor: Cursor): string | undefined {
  const words: string[] = [];
  while (cursor.accept('(')) {
    do {
      if (!NOTE.has(cursor.peek().kind) || cursor.sees('(') || cursor.sees(')')) {
        cursor.expected('words or ")"');
      }
      words.push(cursor.next().text);
    } while (!cursor.accept(')'));
  }
  return words.length === 0 ? undefined : words.join(' ');
}
