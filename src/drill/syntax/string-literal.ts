/** Between the characters of a string literal and its bytes. */

import { utf8 } from '../../wire/index.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './token.ts';
import { quoteForMessage } from './token.ts';

/** The escapes that stand for one character, which are those of C. */
const ESCAPES: ReadonlyMap<string, number> = new Map([
  ['\\', 0x5c],
  ['"', 0x22],
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
]);

const LETTERS: ReadonlyMap<number, string> = new Map(
  [...ESCAPES].map(([letter, octet]) => [octet, letter]),
);

/** The bytes that a string token spells: its text in UTF-8, escapes resolved. */
export function unescape(cursor: Cursor, token: Token): Uint8Array {
  const { text } = token;
  if (!text.includes('\\')) return utf8(text);
  const bytes: number[] = [];
  for (let at = 0; at < text.length;) {
    const backslash = text.indexOf('\\', at);
    const end = backslash < 0 ? text.length : backslash;
    if (end > at) for (const octet of utf8(text.slice(at, end))) bytes.push(octet);
    if (backslash < 0) break;
    const escape = text[backslash + 1] ?? '';
    const octet = escape === 'x' ? hexEscape(text, backslash) : ESCAPES.get(escape);
    if (octet === undefined) {
      const shown = quoteForMessage(text.slice(backslash, backslash + (escape === 'x' ? 4 : 2)));
      cursor.refuse(token.place, `the escape ${shown} in this string is unknown`);
    }
    bytes.push(octet);
    at = backslash + (escape === 'x' ? 4 : 2);
  }
  return Uint8Array.from(bytes);
}

/** The octet of `\xNN`. */
function hexEscape(text: string, backslash: number): number | undefined {
  const digits = text.slice(backslash + 2, backslash + 4);
  return /^[0-9a-fA-F]{2}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/** The bytes as a string literal with its quotes, in printable ASCII. */
export function printString(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) {
    const letter = LETTERS.get(octet);
    if (letter !== undefined) text += `\\${letter}`;
    else if (octet >= 0x20 && octet < 0x7f) text += String.fromCharCode(octet);
    else text += `\\x${octet.toString(16).padStart(2, '0')}`;
  }
  return `"${text}"`;
}
