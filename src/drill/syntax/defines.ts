/**
 * Names that the user or the author defines: `-D NAME=VALUE` on the command line and
 * `--define=NAME=VALUE` in the script. Between the lexer and the parser a defined word gives way to
 * its value, and what stands between `#ifdef NAME` and `#endif` disappears if NAME is not defined.
 *
 * A value is one token: `"x"` a string, `` `x` `` a command, a number, or else a word. A word that
 * is defined again is replaced again, so that printing and reading a script changes nothing.
 */

import { Lexer } from './lexer.ts';
import { Refusal } from './script-error.ts';
import type { Place } from './script.ts';
import type { Token } from './token.ts';
import { describeToken, quoteForMessage } from './token.ts';

export class TokenSource {
  readonly #lexer: Lexer;
  readonly #fromUser: ReadonlyMap<string, string>;
  readonly #fromScript = new Map<string, string>();
  /** The `#ifdef`s that are open here. */
  readonly #open: Place[] = [];
  /** How far into `--define=NAME` the last tokens were: its NAME is no use of the name. */
  #definition: 'none' | 'option' | 'equals' = 'none';

  constructor(text: string, defines: ReadonlyMap<string, string>) {
    this.#lexer = new Lexer(text);
    this.#fromUser = defines;
  }

  /** The script's own definition; the user's wins. */
  define(name: string, value: string): void {
    this.#fromScript.set(name, value);
  }

  /** The next token after conditions and definitions. Throws Refusal. */
  next(): Token {
    let token = this.#lexer.next();
    while (token.kind === 'directive') {
      this.#obey(token);
      token = this.#lexer.next();
    }
    const open = this.#open.at(-1);
    if (token.kind === 'end' && open !== undefined) throw missingEndif(open);
    const isName = this.#definition === 'equals';
    if (token.kind === 'option' && token.text === 'define') this.#definition = 'option';
    else if (this.#definition === 'option' && token.text === '=') this.#definition = 'equals';
    else this.#definition = 'none';
    return token.kind === 'word' && !isName ? this.#replaced(token) : token;
  }

  #value(name: string): string | undefined {
    return this.#fromUser.get(name) ?? this.#fromScript.get(name);
  }

  #obey(directive: Token): void {
    if (directive.text === 'endif') {
      if (this.#open.pop() === undefined) {
        throw new Refusal(directive.place, '"#endif" without an "#ifdef" before it');
      }
      return;
    }
    const name = this.#lexer.next();
    if (name.kind !== 'word') {
      throw new Refusal(
        name.place,
        `expected a name behind "#ifdef", found ${describeToken(name)}`,
      );
    }
    if (this.#value(name.text) === undefined) this.#skip(directive.place);
    else this.#open.push(directive.place);
  }

  /** Drops everything up to the `#endif` that belongs to the `#ifdef` at this place. */
  #skip(ifdef: Place): void {
    for (let depth = 1; depth > 0;) {
      const token = this.#lexer.next();
      if (token.kind === 'end') throw missingEndif(ifdef);
      if (token.kind === 'directive') depth += token.text === 'endif' ? -1 : 1;
    }
  }

  #replaced(word: Token): Token {
    let token = word;
    const seen = new Set<string>();
    for (;;) {
      const value = token.kind === 'word' ? this.#value(token.text) : undefined;
      if (value === undefined) return token;
      // Names that are defined by each other stand for themselves.
      if (seen.has(token.text)) return word;
      seen.add(token.text);
      token = { ...valueToken(token.text, value, word.place), place: word.place };
    }
  }
}

/** A definition's value as a token. `0x10` is an integer here, as in C. */
function valueToken(name: string, value: string, place: Place): Token {
  const refuse = (): never => {
    throw new Refusal(
      place,
      `${name} is defined as ${quoteForMessage(value)}: expected one number, word or string`,
    );
  };
  try {
    const lexer = new Lexer(value);
    const token = lexer.next();
    if (lexer.next().kind !== 'end') return refuse();
    switch (token.kind) {
      case 'hex':
        return { ...token, kind: 'integer' };
      case 'end':
      case 'code':
      case 'directive':
      case 'option':
      case 'punctuation':
        return refuse();
      default:
        return token;
    }
  } catch (error) {
    if (error instanceof Refusal) return refuse();
    throw error;
  }
}

function missingEndif(ifdef: Place): Refusal {
  return new Refusal(ifdef, 'this "#ifdef" has no "#endif"');
}
