/**
 * POSIX regular expressions, basic and extended, as `grep` reads them: from text to a small program
 * for `pattern-matcher.ts`. Not JavaScript's, whose matcher may take exponential time over a line.
 */
import { PatternError, type Instruction } from './pattern-matcher.ts';

/** How `grep` was asked to read its pattern. */
export interface PatternOptions {
  readonly syntax: 'basic' | 'extended' | 'fixed';
  readonly ignoresCase: boolean;
  /** `-w`: what matches must be whole words. */
  readonly wholeWords: boolean;
  /** `-x`: what matches must be the whole line. */
  readonly wholeLine: boolean;
}

/** The longest program; intervals such as `a{200}` are written out. */
const PROGRAM_LIMIT = 4000;
const DEPTH_LIMIT = 50;

/** @throws PatternError for what is no pattern, or one too large. */
export function compilePattern(pattern: string, options: PatternOptions): Instruction[] {
  const body = new Compiler(pattern, options).compile();
  const before: Instruction[] = [];
  const after: Instruction[] = [];
  if (options.wholeWords) {
    before.push({ kind: 'assert', what: 'no-word-before' });
    after.push({ kind: 'assert', what: 'no-word-behind' });
  }
  if (options.wholeLine) {
    before.push({ kind: 'assert', what: 'start' });
    after.push({ kind: 'assert', what: 'end' });
  }
  return [...before, ...body, ...after, { kind: 'match' }];
}

const isWord = (character: string): boolean => /[\p{L}\p{N}_]/u.test(character);
const isSpace = (character: string): boolean => /\s/.test(character);

/** The named classes of bracket expressions: `[[:digit:]]`. */
const CLASSES: ReadonlyMap<string, RegExp> = new Map([
  ['alnum', /[\p{L}\p{N}]/u],
  ['alpha', /\p{L}/u],
  ['blank', /[ \t]/],
  ['digit', /\d/],
  ['lower', /\p{Ll}/u],
  ['punct', /[!-/:-@[-`{-~]/],
  ['space', /\s/],
  ['upper', /\p{Lu}/u],
  ['xdigit', /[\da-fA-F]/],
]);

/** Jumps of a program are relative, so that pieces can be put together. */
class Compiler {
  readonly #text: string;
  readonly #options: PatternOptions;
  #at = 0;
  #depth = 0;

  constructor(text: string, options: PatternOptions) {
    this.#text = text;
    this.#options = options;
  }

  compile(): Instruction[] {
    if (this.#options.syntax === 'fixed') return Array.from(this.#text, (c) => this.#literal(c));
    const program = this.#alternatives();
    if (this.#at < this.#text.length) throw new PatternError('unmatched )');
    return program;
  }

  /** Whether the text goes on with an operator, written `\op` in basic syntax and `op` else. */
  #sees(operator: string): boolean {
    const written = this.#options.syntax === 'basic' ? `\\${operator}` : operator;
    return this.#text.startsWith(written, this.#at);
  }

  #takes(operator: string): boolean {
    if (!this.#sees(operator)) return false;
    this.#at += this.#options.syntax === 'basic' ? 2 : 1;
    return true;
  }

  #alternatives(): Instruction[] {
    let program = this.#sequence();
    while (this.#takes('|')) program = bounded(either(program, this.#sequence()));
    return program;
  }

  #sequence(): Instruction[] {
    const begin = this.#at;
    const program: Instruction[] = [];
    while (this.#at < this.#text.length && !this.#sees('|')) {
      if (this.#sees(')') && (this.#depth > 0 || this.#options.syntax === 'basic')) break;
      program.push(...this.#repeated(this.#at === begin));
      bounded(program);
    }
    return program;
  }

  #repeated(isFirst: boolean): Instruction[] {
    let piece = this.#atom(isFirst);
    for (;;) {
      if (this.#text[this.#at] === '*') {
        this.#at += 1;
        piece = repeat(piece, 0, undefined);
      } else if (this.#takes('+')) piece = repeat(piece, 1, undefined);
      else if (this.#takes('?')) piece = repeat(piece, 0, 1);
      else {
        const interval = this.#interval();
        if (interval === undefined) return piece;
        piece = repeat(piece, interval.least, interval.most);
      }
    }
  }

  /** `{2}`, `{2,}` or `{2,5}`; what looks otherwise is no interval in extended syntax. */
  #interval(): { least: number; most: number | undefined } | undefined {
    if (!this.#sees('{')) return undefined;
    const rest = this.#text.slice(this.#at);
    const isBasic = this.#options.syntax === 'basic';
    const match = (isBasic ? /^\\\{(\d+)(,?)(\d*)\\\}/ : /^\{(\d+)(,?)(\d*)\}/).exec(rest);
    if (match === null) {
      if (isBasic) throw new PatternError('invalid interval');
      return undefined;
    }
    this.#at += match[0].length;
    const least = Number(match[1]);
    const most = match[2] === '' ? least : match[3] === '' ? undefined : Number(match[3]);
    if (least > 255 || (most !== undefined && (most > 255 || most < least))) {
      throw new PatternError('invalid interval');
    }
    return { least, most };
  }

  #atom(isFirst: boolean): Instruction[] {
    if (this.#takes('(')) {
      if (++this.#depth > DEPTH_LIMIT) throw new PatternError('too deeply nested');
      const inside = this.#alternatives();
      if (!this.#takes(')')) throw new PatternError('unmatched (');
      this.#depth -= 1;
      return inside;
    }
    const isExtended = this.#options.syntax === 'extended';
    const character = this.#text[this.#at++]!;
    switch (character) {
      case '.':
        return [{ kind: 'character', accepts: () => true }];
      case '[':
        return [{ kind: 'character', accepts: this.#bracket() }];
      case '^':
        return isExtended || isFirst ? [{ kind: 'assert', what: 'start' }] : [this.#literal('^')];
      case '$':
        return isExtended || this.#isAtEnd()
          ? [{ kind: 'assert', what: 'end' }]
          : [this.#literal('$')];
      case '\\':
        return [this.#escaped()];
      default:
        return [this.#literal(character)];
    }
  }

  #isAtEnd(): boolean {
    return this.#at === this.#text.length || this.#sees(')') || this.#sees('|');
  }

  #escaped(): Instruction {
    const character = this.#text[this.#at++];
    switch (character) {
      case undefined:
        throw new PatternError('trailing backslash');
      case '<':
        return { kind: 'assert', what: 'word-begins' };
      case '>':
        return { kind: 'assert', what: 'word-ends' };
      case 'b':
        return { kind: 'assert', what: 'word-edge' };
      case 'w':
        return { kind: 'character', accepts: isWord };
      case 'W':
        return { kind: 'character', accepts: (c) => !isWord(c) };
      case 's':
        return { kind: 'character', accepts: isSpace };
      case 'S':
        return { kind: 'character', accepts: (c) => !isSpace(c) };
      default:
        if (/[1-9]/.test(character)) throw new PatternError('back-references are not known here');
        return this.#literal(character);
    }
  }

  /** What stands behind `[`. */
  #bracket(): (character: string) => boolean {
    const isNegated = this.#text[this.#at] === '^';
    if (isNegated) this.#at += 1;
    const tests: ((character: string) => boolean)[] = [];
    const begin = this.#at;
    while (this.#text[this.#at] !== ']' || this.#at === begin) {
      const named = /^\[:(\w+):\]/.exec(this.#text.slice(this.#at, this.#at + 16));
      if (named !== null) {
        const known = CLASSES.get(named[1] ?? '');
        if (known === undefined) throw new PatternError('invalid character class name');
        tests.push((c) => known.test(c));
        this.#at += named[0].length;
        continue;
      }
      const first = this.#text[this.#at++];
      if (first === undefined) throw new PatternError('unmatched [');
      const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']';
      const last = isRange ? this.#text[this.#at + 1] : first;
      if (isRange) this.#at += 2;
      if (last === undefined) throw new PatternError('unmatched [');
      if (last < first) throw new PatternError('invalid range end');
      tests.push((c) =>
        this.#spellings(c).some((spelling) => first <= spelling && spelling <= last),
      );
    }
    this.#at += 1;
    return (character) => tests.some((accepts) => accepts(character)) !== isNegated;
  }

  #literal(character: string): Instruction {
    const wanted = this.#spellings(character);
    return { kind: 'character', accepts: (c) => wanted.includes(c) };
  }

  #spellings(character: string): string[] {
    if (!this.#options.ignoresCase) return [character];
    return [character, character.toLowerCase(), character.toUpperCase()];
  }
}

function bounded(program: Instruction[]): Instruction[] {
  if (program.length > PROGRAM_LIMIT) throw new PatternError('too large');
  return program;
}

function either(first: readonly Instruction[], second: readonly Instruction[]): Instruction[] {
  return [
    { kind: 'fork', first: 1, second: first.length + 2 },
    ...first,
    { kind: 'jump', by: second.length + 1 },
    ...second,
  ];
}

function repeat(
  piece: readonly Instruction[],
  least: number,
  most: number | undefined,
): Instruction[] {
  const program: Instruction[] = [];
  for (let i = 0; i < least; i++) program.push(...bounded([...piece]));
  if (most === undefined) {
    program.push({ kind: 'fork', first: 1, second: piece.length + 2 }, ...piece, {
      kind: 'jump',
      by: -piece.length - 1,
    });
    return bounded(program);
  }
  for (let i = least; i < most; i++) {
    program.push({ kind: 'fork', first: 1, second: piece.length + 1 }, ...piece);
    bounded(program);
  }
  return program;
}
