/** The words of the script language: what the lexer makes of the text. */

import type { Place } from './script.ts';

export type TokenKind =
  /** `-?d*.d+`. */
  | 'float'
  /** `-?d+`; a defined one may be `0x…`. */
  | 'integer'
  /** `0x…`. */
  | 'hex'
  /** Letters, digits and `_`. A cookie such as `3021b9d8` is a word as well. */
  | 'word'
  | 'string'
  | 'backtick'
  /** `%{ … }%`. */
  | 'code'
  | 'ellipsis'
  /** `--name`. */
  | 'option'
  | 'ipv4'
  | 'ipv6'
  /** `#ifdef` or `#endif`. */
  | 'directive'
  /** Any other single character. */
  | 'punctuation'
  | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written, but without quotes, backticks, `%{ }%`, dashes of an option, or `#`. */
  readonly text: string;
  readonly place: Place;
}

/** How long a quotation from the script may be in a message. */
const MAX_QUOTED = 40;

/** The token as a message names it: `"foo"`, `a string`, `the end of the script`. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'the end of the script';
    case 'string':
      return `the string ${quoteForMessage(token.text)}`;
    case 'backtick':
      return `the command ${quoteForMessage(token.text)}`;
    case 'code':
      return 'code between %{ and }%';
    case 'ellipsis':
      return '"..."';
    case 'option':
      return quoteForMessage(`--${token.text}`);
    case 'directive':
      return quoteForMessage(`#${token.text}`);
    default:
      return quoteForMessage(token.text);
  }
}

/** Text of the script in quotes, on one line and not too long, whatever bytes it holds. */
export function quoteForMessage(text: string): string {
  const short = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  let shown = '';
  for (const character of short) {
    const code = character.codePointAt(0) ?? 0;
    const isPlain = code >= 0x20 && code !== 0x7f && !(code >= 0x80 && code < 0xa0);
    shown += isPlain ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return `"${shown}"`;
}
