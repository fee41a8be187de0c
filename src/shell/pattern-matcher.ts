/**
 * Runs the program of a pattern over a line: all ways at once, one character after the other
 * (Thompson's construction), in time proportional to program times line whatever the pattern.
 */

/** What a way may ask of its place between two characters. */
export type Assertion =
  'start' | 'end' | 'word-begins' | 'word-ends' | 'word-edge' | 'no-word-before' | 'no-word-behind';

/** One step of a program; jumps are relative to their own place. */
export type Instruction =
  | { readonly kind: 'character'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'fork'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly by: number }
  | { readonly kind: 'match' };

/** A pattern that cannot be used. */
export class PatternError extends Error {}

/** Whether the pattern matches anywhere in the line. */
export function matches(program: readonly Instruction[], line: string): boolean {
  let ways = new Set<number>();
  for (let at = 0; at <= line.length; at++) {
    if (follow(program, ways, 0, line, at)) return true; // a match may begin here
    const next = new Set<number>();
    const character = line[at];
    if (character === undefined) return false;
    for (const place of ways) {
      const step = program[place];
      if (step?.kind !== 'character' || !step.accepts(character)) continue;
      if (follow(program, next, place + 1, line, at + 1)) return true;
    }
    ways = next;
  }
  return false;
}

/** Adds a way and all that it leads to without a character; says whether one is a match. */
function follow(
  program: readonly Instruction[],
  ways: Set<number>,
  from: number,
  line: string,
  at: number,
): boolean {
  const waiting = [from];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (ways.has(place)) continue;
    ways.add(place);
    const step = program[place];
    switch (step?.kind) {
      case 'match':
        return true;
      case 'jump':
        waiting.push(place + step.by);
        break;
      case 'fork':
        waiting.push(place + step.second, place + step.first);
        break;
      case 'assert':
        if (holds(step.what, line, at)) waiting.push(place + 1);
        break;
      default:
    }
  }
  return false;
}

function holds(what: Assertion, line: string, at: number): boolean {
  const isAfterWord = isWordAt(line, at - 1);
  const isBeforeWord = isWordAt(line, at);
  switch (what) {
    case 'start':
      return at === 0;
    case 'end':
      return at === line.length;
    case 'word-begins':
      return !isAfterWord && isBeforeWord;
    case 'word-ends':
      return isAfterWord && !isBeforeWord;
    case 'word-edge':
      return isAfterWord !== isBeforeWord;
    case 'no-word-before':
      return !isAfterWord;
    case 'no-word-behind':
      return !isBeforeWord;
  }
}

function isWordAt(line: string, at: number): boolean {
  const character = line[at];
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
