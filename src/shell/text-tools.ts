/** The small tools of text that stand between commands. */
import { octetToText, textToOctets } from '../wire/index.ts';
import { failedWith, succeeded, type Tool, type ToolFiles, type ToolResult } from './tool.ts';
import { readText } from './tool-files.ts';

export const echo: Tool = (operands) => {
  const isOpen = operands[0] === '-n';
  const words = isOpen ? operands.slice(1) : operands;
  return succeeded(words.join(' ') + (isOpen ? '' : '\n'));
};

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

/** A backslash and what it escapes, an octet in hexadecimal or octal among it; or a conversion. */
const FORMAT_PIECE = /\\(?:x([\da-f]{1,2})|([0-7]{1,3})|(.))|%(.?)/gis;

/** The most that printf makes, in characters: it may repeat a long format many times. */
const PRINTED_MOST = 1_000_000;

/** `%s`, `%d` and `%%`; the format is used again as long as there are operands. */
export const printf: Tool = ([format = '', ...operands]) => {
  for (const [whole, , , , letter] of format.matchAll(FORMAT_PIECE)) {
    if (letter === undefined || /^[sd%]$/.test(letter)) continue;
    return failedWith(1, `printf: ${whole} is not known here`);
  }
  let output = '';
  let at = 0;
  let taken = 0;
  const replace = (whole: string, ...[hex, octal, escape, letter]: Captured): string => {
    if (hex !== undefined) return octetToText(Number.parseInt(hex, 16));
    if (octal !== undefined) return octetToText(Number.parseInt(octal, 8) & 0xff);
    if (escape !== undefined) return ESCAPES[escape] ?? whole;
    if (letter === '%') return '%';
    return operands[at++] ?? (letter === 'd' ? '0' : '');
  };
  do {
    taken = at;
    output += format.replaceAll(FORMAT_PIECE, replace);
    if (output.length > PRINTED_MOST) {
      return failedWith(1, `printf: more than ${PRINTED_MOST} characters`);
    }
  } while (at > taken && at < operands.length);
  return succeeded(output);
};

/** The groups of {@link FORMAT_PIECE}. */
type Captured = readonly (string | undefined)[];

/** The texts of the files, or what came in; the name of one that is not there. */
export function readAll(
  paths: readonly string[],
  input: () => string,
  files: ToolFiles,
): string[] | { readonly missing: string } {
  const texts: string[] = [];
  for (const path of paths.length === 0 ? ['-'] : paths) {
    const text = path === '-' ? input() : readText(path, files);
    if (text === undefined) return { missing: path };
    texts.push(text);
  }
  return texts;
}

export const cat: Tool = (operands, input, files) => {
  const texts = readAll(operands, input, files);
  return Array.isArray(texts) ? succeeded(texts.join('')) : notThere('cat', texts.missing);
};

/** Lines, words, octets, in this order, whichever are asked for; all of them by default. */
export const wc: Tool = (operands, input, files) => {
  const letters = operands.filter((word) => /^-./.test(word)).join('');
  const unknown = /[^-lwc]/.exec(letters)?.[0];
  if (unknown !== undefined) return failedWith(1, `wc: only -l, -w and -c are known here`);
  const paths = operands.filter((word) => !/^-./.test(word));
  const texts = readAll(paths, input, files);
  if (!Array.isArray(texts)) return notThere('wc', texts.missing);
  const isWanted = (letter: string): boolean => letters === '' || letters.includes(letter);
  const rows = texts.map((text) => [
    ...(isWanted('l') ? [text.split('\n').length - 1] : []),
    ...(isWanted('w') ? [text.split(/\s+/).filter(isWord).length] : []),
    ...(isWanted('c') ? [textToOctets(text).length] : []),
  ]);
  const total = rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0));
  const table = rows.length > 1 ? [...rows, total] : rows;
  const names = [...paths, ...(rows.length > 1 ? ['total'] : [])];
  const isAlone = rows.length === 1 && total.length === 1;
  // What comes by a pipe has no size to know the columns by (coreutils, wc.c).
  const usual = paths.length === 0 || paths.includes('-') ? 7 : 1;
  const width = isAlone ? 1 : Math.max(usual, ...total.map((count) => String(count).length));
  const lines = table.map((row, i) =>
    [...row.map((count) => String(count).padStart(width)), ...names.slice(i, i + 1)].join(' '),
  );
  return succeeded(lines.map((line) => `${line}\n`).join(''));
};

/** Of control characters and of octets that spell nothing alone there is no word (wc.c). */
function isWord(text: string): boolean {
  return /[^\p{Cc}\p{Cs}]/u.test(text);
}

export function notThere(name: string, path: string): ToolResult {
  return failedWith(1, `${name}: ${path}: No such file or directory`);
}
