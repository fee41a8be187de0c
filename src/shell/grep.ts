/** `grep`: the lines in which a pattern is, and by its status whether there are any (grep(1)). */
import { type Instruction, matches, PatternError } from './pattern-matcher.ts';
import { compilePattern, type PatternOptions } from './regular-expression.ts';
import { isEscaped } from '../wire/index.ts';
import { failedWith, type Tool } from './tool.ts';
import { linesOf, readText } from './tool-files.ts';

const LONG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--quiet', 'q'],
  ['--silent', 'q'],
  ['--count', 'c'],
  ['--invert-match', 'v'],
  ['--ignore-case', 'i'],
  ['--extended-regexp', 'E'],
  ['--fixed-strings', 'F'],
  ['--word-regexp', 'w'],
  ['--line-regexp', 'x'],
  ['--line-number', 'n'],
  ['--no-messages', 's'],
  ['--no-filename', 'h'],
  ['--text', 'a'],
]);

/** Steps of a pattern's program times characters, which is how long a search may take. */
const WORK_LIMIT = 20_000_000;

/** What the words ask for. */
interface Request {
  readonly letters: string;
  readonly patterns: readonly string[];
  readonly paths: readonly string[];
}

export const grep: Tool = (operands, input, files) => {
  const request = readRequest(operands);
  if (typeof request === 'string') return failedWith(2, `grep: ${request}`);
  const { letters, patterns, paths } = request;
  const options: PatternOptions = {
    syntax: letters.includes('F') ? 'fixed' : letters.includes('E') ? 'extended' : 'basic',
    ignoresCase: letters.includes('i'),
    wholeWords: letters.includes('w'),
    wholeLine: letters.includes('x'),
  };
  let programs: Instruction[][];
  try {
    programs = patterns
      .flatMap((pattern) => pattern.split('\n'))
      .map((pattern) => compilePattern(pattern, options));
  } catch (error) {
    if (error instanceof PatternError) return failedWith(2, `grep: ${error.message}`);
    throw error;
  }
  const steps = programs.reduce((sum, program) => sum + program.length, 0);
  let work = 0;
  const isSelected = (line: string): boolean =>
    programs.some((program) => matches(program, line)) !== letters.includes('v');
  let output = '';
  let errors = '';
  let notes = '';
  let isFound = false;
  for (const file of paths.length === 0 ? ['-'] : paths) {
    const text = file === '-' ? input() : readText(file, files);
    if (text === undefined) {
      errors += `grep: ${file}: No such file or directory\n`;
      continue;
    }
    work += steps * text.length;
    if (work > WORK_LIMIT) return failedWith(2, 'grep: too much to search for this pattern');
    const selected = [...linesOf(text).entries()].filter(([, line]) => isSelected(line));
    isFound ||= selected.length > 0;
    const prefix = paths.length > 1 && !letters.includes('h') ? `${file}:` : '';
    if (letters.includes('q')) continue;
    if (letters.includes('c')) output += `${prefix}${selected.length}\n`;
    else {
      const shown = letters.includes('a') ? selected : selected.slice(0, readable(text, selected));
      for (const [i, line] of shown) {
        output += `${prefix}${letters.includes('n') ? `${i + 1}:` : ''}${line}\n`;
      }
      if (shown.length === selected.length) continue;
      notes += `grep: ${file === '-' ? '(standard input)' : file}: binary file matches\n`;
    }
  }
  const isQuietlyFound = letters.includes('q') && isFound;
  const status = errors !== '' && !isQuietlyFound ? 2 : isFound ? 0 : 1;
  return { status, output, errors: notes + (letters.includes('s') ? '' : errors) };
};

/** How many lines are shown: none of what has zeros, else those before one that is no text. */
function readable(text: string, lines: readonly (readonly [number, string])[]): number {
  if (text.includes('\0')) return 0;
  const binary = lines.findIndex(([, line]) => isEscaped(line));
  return binary < 0 ? lines.length : binary;
}

/** Sorts the words, or says what is wrong with them. */
function readRequest(operands: readonly string[]): Request | string {
  let letters = '';
  const patterns: string[] = [];
  const rest: string[] = [];
  let hasEnded = false;
  for (let i = 0; i < operands.length; i++) {
    const word = operands[i]!;
    if (hasEnded || !word.startsWith('-') || word === '-') rest.push(word);
    else if (word === '--') hasEnded = true;
    else {
      const all = LONG_OPTIONS.get(word) ?? word.slice(1);
      const [, short = '', behind] = /^([^e]*)(?:e(.*))?$/s.exec(all)!;
      const unknown = /[^qcviEFGwxnsah]/.exec(short)?.[0];
      if (unknown !== undefined) return `the option ${word} is not known here`;
      letters += short;
      if (behind === undefined) continue;
      const pattern = behind === '' ? operands[++i] : behind;
      if (pattern === undefined) return "option requires an argument -- 'e'";
      patterns.push(pattern);
    }
  }
  const isGiven = patterns.length > 0;
  const [first, ...paths] = rest;
  if (isGiven) return { letters, patterns, paths: rest };
  return first === undefined ? 'a pattern is missing' : { letters, patterns: [first], paths };
}
