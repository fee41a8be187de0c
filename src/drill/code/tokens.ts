/**
 * Splits a snippet of Python into words. A line ends a statement, unless it ends inside of
 * parentheses or in a backslash; indentation means nothing, since there are no blocks.
 */
import { CodeError } from './tree.ts';

export interface Token {
  readonly kind: 'integer' | 'string' | 'name' | 'operator' | 'newline' | 'end';
  /** As written; of a string, what it spells. */
  readonly text: string;
  readonly at: number;
  /** The first character behind it. */
  readonly end: number;
}

/** More words than any snippet has: what is parsed and run stays small. */
const MOST_TOKENS = 5000;

const BLANK = /(?:[ \t\r\f]|\\\r?\n|\\$|#[^\n]*)+/y;
const INTEGER = /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|\d(?:_?\d)*)/y;
const NAME = /[A-Za-z_]\w*/y;
const STRING = /'((?:[^'\\\n]|\\[^])*)'|"((?:[^"\\\n]|\\[^])*)"/y;
/** All of Python's, that the parser can say which of them it does not take. */
const OPERATOR = /\/\/=|<<=|>>=|\*\*|\/\/|<<|>>|[=!<>+\-*%&|^]=|[-+*/%&|^~<>=(),;:.@[\]{}]/y;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\n', ''],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);

export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  for (;;) {
    at += matchAt(BLANK, text, at)?.[0].length ?? 0;
    if (tokens.length > MOST_TOKENS) throw new CodeError(at, 'this code is too long');
    if (at >= text.length) return [...tokens, { kind: 'end', text: '', at, end: at }];
    const token = text[at] === '\n' ? newline(at) : wordAt(text, at);
    if (token.text === '(') depth++;
    if (token.text === ')') depth--;
    if (token.kind !== 'newline' || depth <= 0) tokens.push(token);
    at = token.end;
  }
}

function newline(at: number): Token {
  return { kind: 'newline', text: '\n', at, end: at + 1 };
}

function wordAt(text: string, at: number): Token {
  const number = matchAt(INTEGER, text, at);
  if (number !== undefined) return integer(text, number[0], at);
  const name = matchAt(NAME, text, at);
  if (name !== undefined) return { kind: 'name', text: name[0], at, end: at + name[0].length };
  const string = matchAt(STRING, text, at);
  if (string !== undefined) {
    const [whole, single, double] = string;
    const spelled = (single ?? double ?? '').replaceAll(/\\([^])/g, unescape);
    return { kind: 'string', text: spelled, at, end: at + whole.length };
  }
  const operator = matchAt(OPERATOR, text, at);
  if (operator !== undefined) {
    return { kind: 'operator', text: operator[0], at, end: at + operator[0].length };
  }
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const isQuote = character === '"' || character === "'";
  throw new CodeError(at, isQuote ? 'this string has no end' : `"${character}" is not understood`);
}

function integer(text: string, digits: string, at: number): Token {
  const end = at + digits.length;
  if (/[\w.]/.test(text[end] ?? '')) {
    throw new CodeError(at, 'a number here is a whole number: 10 or 0xa');
  }
  if (/^0[\d_]*[1-9]/.test(digits)) {
    throw new CodeError(at, `${digits} begins with a 0, which Python refuses`);
  }
  return { kind: 'integer', text: digits.replaceAll('_', ''), at, end };
}

/** What Python does not know stays as it is written. */
function unescape(written: string, character: string): string {
  return ESCAPES.get(character) ?? written;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
