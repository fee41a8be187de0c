/** Command text into words and operators, by the shell's rules of quoting (XCU 2.2, 2.3). */
import { ShellError } from './shell-error.ts';
import type { Word, WordPart } from './tree.ts';

export type Token =
  | { readonly kind: 'word'; readonly line: number; readonly word: Word }
  | { readonly kind: 'operator'; readonly line: number; readonly text: string };

/** Longest first, so that the first that fits is the right one. */
const OPERATORS = [
  '&>>',
  '&&',
  '||',
  '&>',
  '>>',
  '>&',
  '<&',
  '<<',
  ';',
  '|',
  '&',
  '>',
  '<',
  '(',
  ')',
];

const NAME = /^[A-Za-z_]\w*/;

/** @throws ShellError for quotes that do not end, and for what is not interpreted. */
export function tokenize(text: string): Token[] {
  return new Lexer(text).tokens();
}

class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  tokens(): Token[] {
    const tokens: Token[] = [];
    for (let token = this.#next(); token !== undefined; token = this.#next()) tokens.push(token);
    return tokens;
  }

  #next(): Token | undefined {
    this.#skipBlanks();
    const character = this.#text[this.#at];
    if (character === undefined) return undefined;
    const line = this.#line;
    if (character === '\n') {
      this.#advance(1);
      return { kind: 'operator', line, text: '\n' };
    }
    // A digit right before a redirection is its file descriptor.
    const redirection = /^[012](?=[<>])/.exec(this.#text.slice(this.#at, this.#at + 2))?.[0] ?? '';
    const rest = this.#at + redirection.length;
    const operator = OPERATORS.find((candidate) => this.#text.startsWith(candidate, rest));
    if (operator !== undefined) {
      this.#advance(redirection.length + operator.length);
      return { kind: 'operator', line, text: `${redirection}${operator}` };
    }
    return { kind: 'word', line, word: this.#word() };
  }

  #advance(count: number): void {
    for (let i = 0; i < count; i++) if (this.#text[this.#at++] === '\n') this.#line += 1;
  }

  /** Blanks, lines that a backslash joins, and comments. */
  #skipBlanks(): void {
    for (;;) {
      const character = this.#text[this.#at];
      if (character === ' ' || character === '\t' || character === '\r') this.#advance(1);
      else if (this.#text.startsWith('\\\n', this.#at)) this.#advance(2);
      else if (character === '#') {
        while (this.#at < this.#text.length && this.#text[this.#at] !== '\n') this.#at += 1;
      } else return;
    }
  }

  #word(): Word {
    const parts: WordPart[] = [];
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined || /[\s;|&<>()]/.test(character)) return parts;
      switch (character) {
        case "'":
          parts.push(this.#singleQuoted());
          break;
        case '"':
          this.#doubleQuoted(parts);
          break;
        case '\\':
          this.#escape(parts);
          break;
        case '$':
          parts.push(this.#dollar(false));
          break;
        case '`':
          throw new ShellError(this.#line, 'backticks are not interpreted here, $(…) is');
        default: {
          const end =
            this.#at + (/^[^\s;|&<>()'"\\$`]+/.exec(this.#text.slice(this.#at))?.[0].length ?? 1);
          parts.push({ kind: 'text', text: this.#text.slice(this.#at, end), isQuoted: false });
          this.#at = end;
        }
      }
    }
  }

  #singleQuoted(): WordPart {
    const line = this.#line;
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end < 0) throw new ShellError(line, "a ' is not closed");
    const text = this.#text.slice(this.#at + 1, end);
    this.#advance(end + 1 - this.#at);
    return { kind: 'text', text, isQuoted: true };
  }

  #doubleQuoted(parts: WordPart[]): void {
    const line = this.#line;
    this.#advance(1);
    let text = '';
    const flush = (): void => {
      if (text !== '') parts.push({ kind: 'text', text, isQuoted: true });
      text = '';
    };
    const before = parts.length;
    for (;;) {
      const character = this.#text[this.#at];
      const next = this.#text[this.#at + 1] ?? '';
      if (character === undefined) throw new ShellError(line, 'a " is not closed');
      if (character === '`') {
        throw new ShellError(this.#line, 'backticks are not interpreted here, $(…) is');
      }
      if (character === '"') break;
      if (character === '$') {
        flush();
        parts.push(this.#dollar(true));
      } else if (character === '\\' && '$`"\\\n'.includes(next) && next !== '') {
        if (next !== '\n') text += next;
        this.#advance(2);
      } else {
        text += character;
        this.#advance(1);
      }
    }
    this.#advance(1);
    flush();
    if (parts.length === before) parts.push({ kind: 'text', text: '', isQuoted: true });
  }

  #escape(parts: WordPart[]): void {
    const next = this.#text[this.#at + 1];
    this.#advance(2);
    if (next === '\n') return;
    parts.push({ kind: 'text', text: next ?? '\\', isQuoted: true });
  }

  #dollar(isQuoted: boolean): WordPart {
    const line = this.#line;
    const rest = this.#text.slice(this.#at + 1);
    if (rest.startsWith('((')) return this.#arithmetic(isQuoted);
    if (rest.startsWith('(')) return this.#substitution(isQuoted);
    const braced = /^\{([A-Za-z_]\w*|[?$#!])\}/.exec(rest);
    if (braced !== null) {
      this.#advance(1 + braced[0].length);
      return { kind: 'variable', name: braced[1] ?? '', isQuoted };
    }
    if (rest.startsWith('{')) throw new ShellError(line, 'only ${NAME} is interpreted in braces');
    const name = NAME.exec(rest)?.[0] ?? /^[?$#!@*\d]/.exec(rest)?.[0];
    this.#advance(1 + (name?.length ?? 0));
    if (name === undefined) return { kind: 'text', text: '$', isQuoted };
    return { kind: 'variable', name, isQuoted };
  }

  /** Up to the parenthesis that closes it; those in quotes do not count. */
  #substitution(isQuoted: boolean): WordPart {
    const line = this.#line;
    const begin = this.#at + 2;
    let depth = 0;
    for (let i = begin; i < this.#text.length; i++) {
      const character = this.#text[i]!;
      if (character === '\\') i += 1;
      else if (character === '(') depth += 1;
      else if (character === "'" || character === '"') i = this.#endOfQuotes(i);
      else if (character === ')' && --depth < 0) {
        const text = this.#text.slice(begin, i);
        this.#advance(i + 1 - this.#at);
        return { kind: 'substitution', text, isQuoted };
      }
    }
    throw new ShellError(line, 'a $( is not closed');
  }

  /** Where the quotes end that begin there; at the end of the text when they do not. */
  #endOfQuotes(begin: number): number {
    const quote = this.#text[begin]!;
    for (let i = begin + 1; i < this.#text.length; i++) {
      if (this.#text[i] === quote) return i;
      if (quote === '"' && this.#text[i] === '\\') i += 1;
    }
    return this.#text.length;
  }

  #arithmetic(isQuoted: boolean): WordPart {
    const line = this.#line;
    const begin = this.#at + 3;
    let depth = 0;
    for (let i = begin; i < this.#text.length; i++) {
      const character = this.#text[i];
      if (character === '(') depth += 1;
      if (character !== ')') continue;
      if (depth > 0) depth -= 1;
      else if (this.#text[i + 1] === ')') {
        const text = this.#text.slice(begin, i);
        this.#advance(i + 2 - this.#at);
        return { kind: 'arithmetic', text, isQuoted };
      } else break;
    }
    throw new ShellError(line, 'a $(( is not closed');
  }
}
