/**
 * The parser's view of the tokens: what comes next, step over it, or say what was expected in its
 * place. Tokens are made when they are looked at and not before, because an option of the script
 * (`--define`) changes how later words are read.
 */

import type { TokenSource } from './defines.ts';
import { Refusal } from './script-error.ts';
import type { Place } from './script.ts';
import type { Token, TokenKind } from './token.ts';
import { describeToken } from './token.ts';

/** More digits than any number of the language has; longer ones are not even converted. */
const MAX_DIGITS = 64;

export class Cursor {
  readonly #source: TokenSource;
  readonly #ahead: Token[] = [];

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** The token `distance` ahead, which stays. */
  peek(distance = 0): Token {
    while (this.#ahead.length <= distance) this.#ahead.push(this.#source.next());
    const token = this.#ahead[distance];
    if (token === undefined) throw new Error('no token where one was just put');
    return token;
  }

  /** Steps over the next token. */
  next(): Token {
    const token = this.peek();
    this.#ahead.shift();
    return token;
  }

  /** Whether this punctuation mark or word comes next (`distance` tokens ahead). */
  sees(text: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.text === text && (token.kind === 'punctuation' || token.kind === 'word');
  }

  seesKind(kind: TokenKind, distance = 0): boolean {
    return this.peek(distance).kind === kind;
  }

  /** Steps over this punctuation mark or word, if it comes next. */
  accept(text: string): boolean {
    const isNext = this.sees(text);
    if (isNext) this.next();
    return isNext;
  }

  acceptKind(kind: TokenKind): Token | undefined {
    return this.seesKind(kind) ? this.next() : undefined;
  }

  /** Steps over this punctuation mark or word; `where` says where it must be: `behind "mss"`. */
  expect(text: string, where: string): Token {
    return this.sees(text) ? this.next() : this.expected(`"${text}" ${where}`);
  }

  expectKind(kind: TokenKind, what: string): Token {
    return this.acceptKind(kind) ?? this.expected(what);
  }

  /** Refuses the next token. */
  expected(what: string): never {
    const token = this.peek();
    return this.refuse(token.place, `expected ${what}, found ${describeToken(token)}`);
  }

  refuse(place: Place, message: string): never {
    throw new Refusal(place, message);
  }

  /** A decimal integer of 0 to `max`; `what` names it in errors: `the window`. */
  integer(what: string, max: number): number {
    const token = this.expectKind('integer', `a number for ${what}`);
    return this.#inRange(token, what, max, String(max));
  }

  /** As `integer`, and `0x…` as well. */
  integerOrHex(what: string, max: number): number {
    const token = this.acceptKind('hex');
    if (token === undefined) return this.integer(what, max);
    return this.#inRange(token, what, max, `0x${max.toString(16)}`);
  }

  #inRange(token: Token, what: string, max: number, shownMax: string): number {
    const value = token.text.length > MAX_DIGITS ? Number.NaN : Number(token.text);
    if (!(value >= 0 && value <= max)) {
      const shown = describeToken(token);
      this.refuse(token.place, `expected a number of 0 to ${shownMax} for ${what}, found ${shown}`);
    }
    // "-0" is zero.
    return value + 0;
  }
}
