/** Expressions mean what they mean in Python. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complaint, failure } from './help.ts';

/** An expression's text, always safe to put beside an operator, and what it is. */
interface Known {
  readonly text: string;
  readonly value: bigint;
}

/** Rounds down, by another way than the evaluator: from the quotient of magnitudes. */
function floorDivision(a: bigint, b: bigint): bigint {
  const [x, y] = b < 0n ? [-a, -b] : [a, b];
  return x >= 0n ? x / y : -((-x + y - 1n) / y);
}

type Operation = readonly [operator: string, apply: (a: bigint, b: bigint) => bigint];

const OPERATIONS: readonly Operation[] = [
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['&', (a, b) => a & b],
  ['|', (a, b) => a | b],
  ['^', (a, b) => a ^ b],
  ['==', (a, b) => BigInt(a === b)],
  ['!=', (a, b) => BigInt(a !== b)],
  ['<', (a, b) => BigInt(a < b)],
  ['<=', (a, b) => BigInt(a <= b)],
  ['>', (a, b) => BigInt(a > b)],
  ['>=', (a, b) => BigInt(a >= b)],
  ['and', (a, b) => (a === 0n ? a : b)],
  ['or', (a, b) => (a === 0n ? b : a)],
];
const DIVISIONS: readonly Operation[] = [
  ['//', floorDivision],
  ['%', (a, b) => a - b * floorDivision(a, b)],
];
const SHIFTS: readonly Operation[] = [
  ['<<', (a, b) => a * 2n ** b],
  ['>>', (a, b) => floorDivision(a, 2n ** b)],
];

const number: fc.Arbitrary<Known> = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n ** 65n }), fc.constantFrom(10, 16))
  .map(([value, base]) => ({
    text: base === 16 ? `0x${value.toString(16)}` : value.toString(),
    value,
  }));

const joined = (
  operations: readonly Operation[],
  left: fc.Arbitrary<Known>,
  right: fc.Arbitrary<Known>,
): fc.Arbitrary<Known> =>
  fc.tuple(fc.constantFrom(...operations), left, right).map(([[operator, apply], a, b]) => ({
    text: `(${a.text} ${operator} ${b.text})`,
    value: apply(a.value, b.value),
  }));

const { expression } = fc.letrec<{ expression: Known }>((tie) => {
  const inner = tie('expression');
  const few = fc.bigInt({ min: 0n, max: 70n }).map((value) => ({ text: `${value}`, value }));
  return {
    expression: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      number,
      joined(OPERATIONS, inner, inner),
      joined(
        DIVISIONS,
        inner,
        inner.map(({ text, value }) => ({ text: `(${text} | 1)`, value: value | 1n })),
      ),
      joined(SHIFTS, inner, few),
      inner.map(({ text, value }) => ({ text: `-${text}`, value: -value })),
      inner.map(({ text, value }) => ({ text: `~${text}`, value: ~value })),
      inner.map(({ text, value }) => ({ text: `(not ${text})`, value: BigInt(value === 0n) })),
      fc.tuple(inner, inner).map(([a, b]) => ({
        text: `max(${a.text}, ${b.text})`,
        value: a.value > b.value ? a.value : b.value,
      })),
    ),
  };
});

test('arithmetic is that of integers without limit, dividing downwards', () => {
  fc.assert(
    fc.property(expression, ({ text, value }) => {
      expect(failure([[`assert (${text}) == ${value}`]])).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

/** Operators from the loosest to the tightest; those of one row go from left to right. */
const PRECEDENCE = ['|', '^', '&', '<<', '-', '*'] as const;

test('an operator binds tighter than those before it', () => {
  const apply = new Map([...OPERATIONS, ...SHIFTS]);
  const pairs = fc.tuple(fc.constantFrom(...PRECEDENCE), fc.constantFrom(...PRECEDENCE));
  const small = fc.bigInt({ min: 0n, max: 9n });
  fc.assert(
    fc.property(pairs, small, small, small, ([first, second], a, b, c) => {
      const by = (operator: string, x: bigint, y: bigint): bigint =>
        apply.get(operator)?.(x, y) ?? 0n;
      const isLeftFirst = PRECEDENCE.indexOf(first) >= PRECEDENCE.indexOf(second);
      fc.pre(isLeftFirst ? second !== '<<' || by(first, a, b) >= 0n : true);
      fc.pre(first !== '<<' || isLeftFirst || by(second, b, c) >= 0n);
      const value = isLeftFirst ? by(second, by(first, a, b), c) : by(first, a, by(second, b, c));
      expect(failure([[`assert ${a} ${first} ${b} ${second} ${c} == ${value}`]])).toBeUndefined();
    }),
  );
});

describe('as Python has it', () => {
  test.each([
    '1 < 2 < 3',
    'not 1 < 3 < 2',
    '-7 // 2 == -4 and -7 % 2 == 1 and 7 % -2 == -1',
    '-1 >> 100 == -1',
    'not 0 == 1',
    '1 + 2 * 3 == 7 and 10 - 3 - 2 == 5',
    '0 or "text"',
    'True + True == 2 and (1 < 2) & (2 < 3)',
    'not None and not ""',
    "1 != 'x' and 'abc' < 'abd'",
    "'a' \"b\" == 'ab'",
    "'%d %s %x' % (10, 'y', 255) == '10 y ff'",
    "'%05.1s|%-4d|%+d|%#x|100%%' % ('ab', 7, 7, 255) == '    a|7   |+7|0xff|100%'",
    '1_000 == 1000',
    'abs(-3) == 3 and min(3, 1, 2) == 1',
    '(1 +\n   2) == 3',
    '1 + \\\n 2 == 3 # and no more',
    '0x10 == 16 == 0b10000 == 0o20',
  ])('%s', (text) => {
    expect(failure([[`assert ${text}`]])).toBeUndefined();
  });

  test('statements end at a line or a semicolon, and blank ones are none', () => {
    const text = '\n# first\na = 1; a += 2;\\\n\tassert a == 3;\\';
    expect(failure([[text], ['a <<= 2; print(a, a); assert a == 12, "no"']])).toBeUndefined();
  });
});

// prettier-ignore
const RAISED: readonly (readonly [text: string, error: string])[] = [
  ['assert 1 // 0', 'line 10, column 15: division by zero'],
  ['assert 1 < "x"', "line 10, column 15: < does not order 1 and 'x'"],
  ['assert "x" + 1', "line 10, column 15: + takes numbers, not 'x'"],
  ['a = 1\nassert b == 1', 'line 11, column 8: b is not defined'],
  ['assert 1 << -1', 'line 10, column 15: a number is shifted by 0 or more'],
  ['assert 1 << 5000', 'line 10, column 15: the number is too large'],
  ['assert "%d" % ("x",)', "line 10, column 15: %d does not show 'x'"],
  ['assert "%d %d" % 1', 'line 10, column 15: there are not enough values for the string'],
  ['assert "%9999999d" % 1', 'line 10, column 15: %9999999d is too wide'],
  ['assert "x" % 1', 'line 10, column 15: there are more values than the string shows'],
];

describe('what raises an exception in Python fails', () => {
  test.each(RAISED)('%s', (text, error) => {
    expect(failure([[text]])).toBe(error);
  });
});

// prettier-ignore
const NOT_IN_THE_SUBSET: readonly (readonly [text: string, error: string])[] = [
  ['import os', 'line 5, column 6: "import" is not in the part of Python that scripts may use here'],
  ['x = 1\nfor i in x: y', 'line 6, column 1: "for" is not in the part of Python that scripts may use here'],
  ['assert 1 in x', 'line 5, column 15: "in" is not in the part of Python that scripts may use here'],
  ['x = 3 / 2', 'line 5, column 12: "/" is not in the part of Python that scripts may use here'],
  ['x = 2 ** 2', 'line 5, column 12: "**" is not in the part of Python that scripts may use here'],
  ['x = 1.5', 'line 5, column 10: a number here is a whole number: 10 or 0xa'],
  ['x = 010', 'line 5, column 10: 010 begins with a 0, which Python refuses'],
  ["x = 'abc", 'line 5, column 10: this string has no end'],
  ['assert open(1)', 'line 5, column 13: open() is not among the functions known here: abs, min, max'],
  ['assert', 'line 5, column 12: a value is missing before the end of the code'],
  ['assert (1', 'line 5, column 15: ")" is missing before the end of the code'],
  ['assert (a == 1, "b")', 'line 5, column 13: a tuple is always true: assert takes no parentheses'],
  ['assert a = 1', 'line 5, column 15: the statement should end before "="'],
  ['print tcpi_rtt', 'line 5, column 12: the statement should end before "tcpi_rtt"'],
  ['x = $', 'line 5, column 10: "$" is not understood'],
];

describe('what is not in the subset is refused by its place', () => {
  test.each(NOT_IN_THE_SUBSET)('%s', (text, error) => {
    expect(complaint(text)).toBe(error);
  });

  test('and so is any depth and length that no one writes', () => {
    expect(complaint(`x = ${'('.repeat(100_000)}`)).toMatch(/too (long|deeply)/);
    expect(complaint(`x = ${'-'.repeat(4000)}1`)).toMatch(/nested too deeply/);
    expect(complaint(`x = 1${'+1'.repeat(100_000)}`)).toMatch(/too long/);
    expect(complaint(`x = 1${'+1'.repeat(2000)}`)).toBeUndefined();
    expect(failure([[`assert 1${'+1'.repeat(2000)} == 2001`]])).toBeUndefined();
    expect(failure([['x = 2'], [`x = x * x;${'x *= x;'.repeat(900)}`]])).toMatch(
      /the number is too large/,
    );
  });

  test('whatever the text: an answer, never an exception', () => {
    const piece = fc.constantFrom(
      ..."assert x == 1 ; ( ) , % 'a' + - ~ not or and \\ \n # =".split(' '),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((it) => it.join(' ')),
        ),
        (text) => {
          const error = complaint(text);
          expect(error === undefined || /^line \d+, column \d+: \S/.test(error)).toBe(true);
        },
      ),
    );
  });
});
