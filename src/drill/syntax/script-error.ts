/**
 * Why a text is no script, and where. A wrong script is ordinary input, so `parseScript` returns
 * this as a value; inside the parser it travels as an exception, because a recursive descent that
 * handed it up by hand would say nothing else on every second line.
 */

import type { Place } from './script.ts';

/** The refusal of a script: one line for people, and the place that is at fault. */
export class ScriptError {
  readonly place: Place;
  /** What was expected and what was found, without the place. */
  readonly message: string;

  constructor(place: Place, message: string) {
    this.place = place;
    this.message = message;
  }

  /** `line 12, column 7: expected a number behind "ack", found "foo"`. */
  toString(): string {
    return `line ${this.place.line}, column ${this.place.column}: ${this.message}`;
  }
}

/** Carries a ScriptError up to `parseScript`, and no further. */
export class Refusal extends Error {
  readonly error: ScriptError;

  constructor(place: Place, message: string) {
    super(message);
    this.error = new ScriptError(place, message);
  }
}

/** How much of a long line is shown on either side of the caret. */
const SHOWN_BESIDE_CARET = 60;

/**
 * The line of the text that a place is on, and below it a caret under the column. A line that is
 * too long for a screen is cut on both sides.
 */
export function showPlace(text: string, place: Place): string {
  let start = 0;
  for (let line = 1; line < place.line; line++) {
    const newline = text.indexOf('\n', start);
    if (newline < 0) return '';
    start = newline + 1;
  }
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline;
  const at = Math.min(start + place.column - 1, end);
  const from = Math.max(start, at - SHOWN_BESIDE_CARET);
  const to = Math.min(end, at + SHOWN_BESIDE_CARET);
  // Every control character becomes one blank, so that the caret stands under its column.
  const shown = text.slice(from, to).replace(/\p{Cc}/gu, ' ');
  return `${shown}\n${' '.repeat(at - from)}^`;
}
