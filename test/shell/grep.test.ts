/** Patterns: POSIX's, matched in linear time. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { grep } from '../../src/shell/grep.ts';
import { matches } from '../../src/shell/pattern-matcher.ts';
import { compilePattern, type PatternOptions } from '../../src/shell/regular-expression.ts';

const EXTENDED: PatternOptions = {
  syntax: 'extended',
  ignoresCase: false,
  wholeWords: false,
  wholeLine: false,
};

function isIn(pattern: string, line: string, options: Partial<PatternOptions> = {}): boolean {
  return matches(compilePattern(pattern, { ...EXTENDED, ...options }), line);
}

/** Extended patterns that mean the same in JavaScript. */
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '[a-c]'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    tie('pattern').map((a) => `(${a})*`),
    tie('pattern').map((a) => `(${a})+`),
    tie('pattern').map((a) => `(${a})?`),
    tie('pattern').map((a) => `(${a}){1,2}`),
  ),
}));

test('law: an extended pattern matches what it matches in JavaScript', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, fc.boolean(), (source, line, wholeLine) => {
      const wanted = new RegExp(wholeLine ? `^(?:${source})$` : source).test(line);
      expect(isIn(source, line, { wholeLine })).toBe(wanted);
    }),
    { numRuns: 500 },
  );
});

test('law: a fixed pattern is a part of the line', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (part, line) => {
      expect(isIn(part, line, { syntax: 'fixed' })).toBe(line.includes(part));
    }),
  );
});

test('law: any text is a pattern or refused, in either syntax', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('basic', 'extended'), (text, syntax) => {
      try {
        isIn(text, 'a line', { syntax });
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringMatching(/^\w/) as unknown });
      }
    }),
  );
});

test('what would take JavaScript for ever takes no time', () => {
  expect(isIn('^(a*)*(a|a)*b$', 'a'.repeat(5000))).toBe(false);
});

describe('basic syntax', () => {
  // prettier-ignore
  test.each([
    ['a*b', 'aab', true], ['*', '*', true], ['^*', '*', true], ['a+', 'aa', false],
    ['a\\+', 'aa', true], ['a\\{2\\}', 'aa', true], ['^\\(ab\\)*$', 'abab', true],
    ['a\\|b', 'b', true], ['(a)', '(a)', true], ['a^b$c', 'a^b$c', true], ['[]a]', ']', true],
    ['[^]a]', ']', false], ['[[:digit:]]x', '5x', true], ['\\<ab\\>', 'x ab y', true],
    ['\\<ab\\>', 'xab', false], ['\\.', 'a', false], ['a{2}', 'a{2}', true],
  ])('%s in %s: %s', (source, line, is) => {
    expect(isIn(source, line, { syntax: 'basic' })).toBe(is);
  });
});

test.each([
  ['ab', 'xab ab', true],
  ['ab', 'xab abx', false],
  ['a|ab', 'ab', true],
])('-w: %s in %s: %s', (source, line, is) => {
  expect(isIn(source, line, { wholeWords: true })).toBe(is);
});

test.each(['[', 'a(', '[z-a]', '(a)\\1', '[[:nope:]]', 'a{9999}', '((a{200}){200}){200}', 'a\\'])(
  'refuses %s',
  (source) => expect(() => isIn(source, 'a')).toThrow(/^\w/),
);

test('a pattern and a text that would take long together are refused', () => {
  const files = { readFile: () => undefined, writeFile: () => false };
  const text = 'x'.repeat(10_000);
  const result = grep(['-E', `${'.{0,255}'.repeat(7)}b`], () => text, files);
  expect(result).toMatchObject({
    status: 2,
    errors: expect.stringContaining('too much to search'),
  });
});
