/**
 * When an event happens.
 *
 *     time := T | +T | * | T~T | +T~+T        T in seconds, to the microsecond
 */

import type { Cursor } from './cursor.ts';
import type { EventTime, Microseconds } from './script.ts';

/** The longest time, 100 days: a simulation counts nanoseconds, and 104 days of them are exact. */
export const MAX_TIME: Microseconds = 100 * 86_400 * 1_000_000;

export function parseEventTime(cursor: Cursor): EventTime {
  if (cursor.accept('*')) return { kind: 'any' };
  const place = cursor.peek().place;
  const isRelative = cursor.accept('+');
  const from = parseSeconds(cursor, isRelative ? 'a time behind "+"' : 'the time of an event');
  if (!cursor.accept('~')) {
    return isRelative ? { kind: 'relative', after: from } : { kind: 'absolute', at: from };
  }
  if (isRelative) cursor.expect('+', 'behind "~", as before it');
  const to = parseSeconds(cursor, 'a time behind "~"');
  if (to < from) cursor.refuse(place, 'this range of times is backwards');
  return { kind: isRelative ? 'relative-range' : 'absolute-range', from, to };
}

/** Seconds as the script writes them, in microseconds; digits beyond those are cut off. */
export function parseSeconds(cursor: Cursor, what: string): Microseconds {
  const token = cursor.acceptKind('float') ?? cursor.acceptKind('integer') ?? cursor.expected(what);
  if (token.text.startsWith('-')) cursor.refuse(token.place, 'a time cannot be negative');
  const [seconds = '', fraction = ''] = token.text.split('.');
  // In whole microseconds, for in seconds most decimal fractions are not exact.
  const time =
    Number(seconds === '' ? '0' : seconds) * 1_000_000 +
    Number(fraction.slice(0, 6).padEnd(6, '0'));
  if (!(time <= MAX_TIME)) {
    cursor.refuse(token.place, `a time may be up to ${MAX_TIME / 1_000_000} s (100 days)`);
  }
  return time;
}
