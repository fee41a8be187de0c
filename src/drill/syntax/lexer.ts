/**
 * Cuts a script's text into tokens, one at a time, so that the memory needed is the parser's.
 *
 * The longest match wins. White space only separates, comments are those of C++. What
 * surprises: `P5` is one word but `.5` a number, so the flags `P.5` are two tokens; `1:1001` must
 * stay a sequence range although it looks like the start of an IPv6 address, hence an address needs
 * `::` or all eight groups.
 */

import { Refusal } from './script-error.ts';
import type { Place } from './script.ts';
import type { Token, TokenKind } from './token.ts';

const NEWLINE = 0x0a;
const WORD = /[A-Za-z0-9_]+/y;
const NUMBER = /-?(?:\d*\.)?\d+/y;
const HEX = /^0x[0-9a-fA-F]+$/;
const DIRECTIVE = /#(?:ifdef|endif)(?![A-Za-z0-9_])/y;
const IPV4 = /\d+\.\d+\.\d+\.\d+/y;

/** The ways to write an IPv6 address (RFC 4291 §2.2) that the language knows: longest first. */
const IPV6: readonly RegExp[] = ((): readonly RegExp[] => {
  const group = '[0-9a-fA-F]{1,4}';
  const dotted = String.raw`\d+\.\d+\.\d+\.\d+`;
  const forms = [`(?:${group}:){7}${group}`, `::(?:${group}(?::${group}){0,6})?`];
  for (let before = 1; before <= 7; before++) {
    const after = 7 - before;
    const rest = after === 0 ? '' : `(?:${group}(?::${group}){0,${after - 1}})?`;
    forms.push(`(?:${group}:){${before}}:${rest}`);
  }
  forms.push(`::ffff:(?:0{1,4}:)?${dotted}`, `(?:${group}:){1,4}:${dotted}`);
  return forms.map((form) => new RegExp(form, 'y'));
})();

/** What all of them begin with; most of what has a colon, such as `1:1001`, does not. */
const IPV6_START = /(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){0,6})?::|(?:[0-9a-fA-F]{1,4}:){7}/y;

export class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; at the end of the text `end`, again and again. Throws Refusal. */
  next(): Token {
    this.#skipBlanks();
    const text = this.#text;
    if (this.#at >= text.length) return this.#take('end', this.#at);
    const character = text[this.#at] ?? '';
    switch (character) {
      case '"':
        return this.#quoted('string', '"');
      case '`':
        return this.#quoted('backtick', '`');
      case '%':
        return text.startsWith('%{', this.#at) ? this.#code() : this.#single();
      case '#':
        return this.#directive();
      case '.':
        if (text.startsWith('...', this.#at)) return this.#take('ellipsis', this.#at + 3);
        return this.#number() ?? this.#single();
      case '-':
        return this.#option() ?? this.#number() ?? this.#single();
      case ':':
        return this.#ipv6(0) ?? this.#single();
      default:
        return this.#wordOrNumber() ?? this.#single();
    }
  }

  get #place(): Place {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  /** Goes on to `end`, counting the lines passed. */
  #advance(end: number): void {
    for (let at = this.#at; at < end; at++) {
      if (this.#text.charCodeAt(at) !== NEWLINE) continue;
      this.#line++;
      this.#lineStart = at + 1;
    }
    this.#at = end;
  }

  #skipBlanks(): void {
    const text = this.#text;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (code === NEWLINE) {
        this.#at++;
        this.#line++;
        this.#lineStart = this.#at;
      } else if (code === 0x20 || code === 0x09 || code === 0x0d) {
        this.#at++;
      } else if (code === 0x2f && text.startsWith('//', this.#at)) {
        const newline = text.indexOf('\n', this.#at);
        this.#at = newline < 0 ? text.length : newline;
      } else if (code === 0x2f && text.startsWith('/*', this.#at)) {
        const end = text.indexOf('*/', this.#at + 2);
        if (end < 0) throw new Refusal(this.#place, 'this comment has no end: "*/" is missing');
        this.#advance(end + 2);
      } else {
        return;
      }
    }
  }

  /** A token from here to `end` that lies on one line. */
  #take(kind: TokenKind, end: number, skip = 0): Token {
    const token = { kind, text: this.#text.slice(this.#at + skip, end), place: this.#place };
    this.#at = end;
    return token;
  }

  #single(): Token {
    return this.#take('punctuation', this.#at + 1);
  }

  /** Where the pattern's match at this place ends, or -1. */
  #match(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text) ? pattern.lastIndex : -1;
  }

  #option(): Token | undefined {
    if (!this.#text.startsWith('--', this.#at)) return undefined;
    WORD.lastIndex = this.#at + 2;
    return WORD.test(this.#text) ? this.#take('option', WORD.lastIndex, 2) : undefined;
  }

  #directive(): Token {
    const end = this.#match(DIRECTIVE);
    return end < 0 ? this.#single() : this.#take('directive', end, 1);
  }

  #number(): Token | undefined {
    const end = this.#match(NUMBER);
    if (end < 0) return undefined;
    return this.#take(this.#text.slice(this.#at, end).includes('.') ? 'float' : 'integer', end);
  }

  #wordOrNumber(): Token | undefined {
    const end = this.#match(WORD);
    if (end < 0) return undefined;
    const follower = this.#text[end];
    if (follower === ':' && end - this.#at <= 4) {
      const address = this.#ipv6(end);
      if (address !== undefined) return address;
    }
    const word = this.#text.slice(this.#at, end);
    if (/^\d+$/.test(word)) {
      const addressEnd = follower === '.' ? this.#match(IPV4) : -1;
      return addressEnd < 0 ? this.#number() : this.#take('ipv4', addressEnd);
    }
    return this.#take(HEX.test(word) ? 'hex' : 'word', end);
  }

  /** The longest IPv6 address here, if it is longer than up to `shortest`. */
  #ipv6(shortest: number): Token | undefined {
    if (this.#match(IPV6_START) < 0) return undefined;
    let end = -1;
    for (const form of IPV6) end = Math.max(end, this.#match(form));
    return end > shortest ? this.#take('ipv6', end) : undefined;
  }

  /** A backslash keeps the next character from ending the quotation. */
  #quoted(kind: 'string' | 'backtick', quote: string): Token {
    const text = this.#text;
    const closing = quote.charCodeAt(0);
    let end = this.#at + 1;
    while (end < text.length && text.charCodeAt(end) !== closing) {
      end += text.charCodeAt(end) === 0x5c ? 2 : 1;
    }
    if (end >= text.length) {
      throw new Refusal(this.#place, `this ${kind} has no end: the closing ${quote} is missing`);
    }
    const token: Token = { kind, text: text.slice(this.#at + 1, end), place: this.#place };
    this.#advance(end + 1);
    return token;
  }

  #code(): Token {
    const end = this.#text.indexOf('}%', this.#at + 2);
    if (end < 0) throw new Refusal(this.#place, 'this code has no end: "}%" is missing');
    const code = this.#text.slice(this.#at + 2, end).replace(/^[ \t]+/, '');
    const token: Token = { kind: 'code', text: trimRight(code), place: this.#place };
    this.#advance(end + 2);
    return token;
  }
}

/** Without the blanks at the end; a pattern for that would try every run of blanks in the text. */
function trimRight(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(0, end);
}
