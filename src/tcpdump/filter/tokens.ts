/** The words of an expression, read one after the other. */
import { type FilterSyntaxError, syntaxError, type Token, tokensOf } from './lexer.ts';

/** Deeper than this expressions are not nested; what reads and judges them calls itself. */
const MAXIMUM_DEPTH = 200;

export class Tokens {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  /** For each `(` where its `)` is. */
  readonly #ends = new Map<number, number>();
  #at = 0;
  #depth = 0;

  /** @throws RangeError for words that no expression has, and for a parenthesis alone */
  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
    const open: number[] = [];
    for (const [at, token] of this.#tokens.entries()) {
      if (isSymbol(token, '(')) open.push(at);
      if (!isSymbol(token, ')')) continue;
      const begin = open.pop();
      if (begin === undefined) throw syntaxError(text, token);
      this.#ends.set(begin, at);
    }
    if (open.length > 0) throw syntaxError(text, undefined);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  /** The next word, or one behind it; nothing behind the last. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** Of a `(` so many words ahead: how far ahead its `)` is. */
  endOf(ahead: number): number {
    return (this.#ends.get(this.#at + ahead) ?? 0) - this.#at;
  }

  /** The error that the next word is, or its absence. */
  unexpected(): FilterSyntaxError {
    return syntaxError(this.#text, this.peek());
  }

  skip(): void {
    this.#at++;
  }

  isKeyword(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token?.type === 'keyword' && token.text === text;
  }

  isSymbol(text: string, ahead = 0): boolean {
    return isSymbol(this.peek(ahead), text);
  }

  /** Steps over the word if it is next. */
  takeKeyword(text: string): boolean {
    const isNext = this.isKeyword(text);
    if (isNext) this.#at++;
    return isNext;
  }

  /** Steps over the first of the words that is next, and says which. */
  takeOneOf<T extends string>(words: readonly T[]): T | undefined {
    return words.find((word) => this.takeKeyword(word));
  }

  takeSymbol(text: string): boolean {
    const isNext = this.isSymbol(text);
    if (isNext) this.#at++;
    return isNext;
  }

  /** @throws RangeError when another word is next */
  expectSymbol(text: string): void {
    if (!this.takeSymbol(text)) throw this.unexpected();
  }

  /** A number, in as many parentheses as one likes. @throws RangeError when none is next */
  number(): number {
    let parentheses = 0;
    while (this.takeSymbol('(')) parentheses++;
    const token = this.peek();
    if (token?.type !== 'number') throw this.unexpected();
    this.skip();
    for (; parentheses > 0; parentheses--) this.expectSymbol(')');
    return token.value;
  }

  /** Reads what is nested one level deeper. @throws RangeError when that is too deep */
  nested<T>(read: () => T): T {
    if (this.#depth === MAXIMUM_DEPTH) throw new RangeError('filter expression is nested too deep');
    this.#depth++;
    const result = read();
    this.#depth--;
    return result;
  }
}

function isSymbol(token: Token | undefined, text: string): boolean {
  return token?.type === 'symbol' && token.text === text;
}
