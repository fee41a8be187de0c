/**
 * Where two lines of a script's notation differ, word by word: what a reader's eye would look for.
 */

/** A piece of a line: from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The words of both lines that have no counterpart in the other, in order. */
export function differences(
  left: string,
  right: string,
): { readonly left: readonly Span[]; readonly right: readonly Span[] } {
  const a = wordsOf(left);
  const b = wordsOf(right);
  const common = commonLengths(a, b);
  const marks: { left: Span[]; right: Span[] } = { left: [], right: [] };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]];
    if (x !== undefined && y !== undefined && x.text === y.text) {
      i += 1;
      j += 1;
    } else if (
      y === undefined ||
      (x !== undefined && at(common, i + 1, j) >= at(common, i, j + 1))
    ) {
      if (x !== undefined) marks.left.push(x);
      i += 1;
    } else {
      marks.right.push(y);
      j += 1;
    }
  }
  return marks;
}

interface Word extends Span {
  readonly text: string;
}

/** Lines are short; of a monstrous one the first words are enough. */
const WORDS_MAXIMUM = 200;

function wordsOf(line: string): readonly Word[] {
  // What stands in parentheses behind a call's errno means nothing.
  return [...line.replace(/ \([^()]*\)$/, '').matchAll(/[^\s,<>()[\]{}|=]+|[<>()[\]{}|=]/g)]
    .slice(0, WORDS_MAXIMUM)
    .map(({ 0: text, index }) => ({ text, start: index, end: index + text.length }));
}

/** How many words `a` from i on and `b` from j on have in common, in order (LCS). */
function commonLengths(a: readonly Word[], b: readonly Word[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: a.length + 1 }, () =>
    Array.from({ length: b.length + 1 }, () => 0),
  );
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const isSame = a[i]?.text === b[j]?.text;
      lengths[i]![j] = isSame
        ? at(lengths, i + 1, j + 1) + 1
        : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}

function at(lengths: readonly (readonly number[])[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0;
}

/** The line `^^^` below those pieces, without blanks at its end. */
export function underline(spans: readonly Span[]): string {
  let line = '';
  for (const { start, end } of spans) line = line.padEnd(start) + '^'.repeat(end - start);
  return line;
}

/** The text with each piece emphasised. */
export function emphasise(
  text: string,
  spans: readonly Span[],
  style: (piece: string) => string,
): string {
  let out = '';
  let done = 0;
  for (const { start, end } of spans) {
    out += text.slice(done, start) + style(text.slice(start, end));
    done = end;
  }
  return out + text.slice(done);
}
