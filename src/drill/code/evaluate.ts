/**
 * Evaluates expressions as Python does: integers without limit that divide downwards, booleans
 * that count as 0 and 1, comparisons in chains.
 */
import { format, show } from './format.ts';
import { CodeError } from './tree.ts';
import type {
  BinaryOperator,
  ComparisonOperator,
  Expression,
  FunctionName,
  Value,
} from './tree.ts';

/** The value of a name; it throws for one that there is not. */
export type Lookup = (name: string, at: number) => Value;

/** Numbers stay small enough that no snippet takes long. */
const MOST_BITS = 4096;
const LARGEST = 2n ** BigInt(MOST_BITS);
const LONGEST_STRING = 65_536;

/** @throws CodeError where Python raises an exception. */
export function evaluate(expression: Expression, lookup: Lookup): Value {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'name':
      return lookup(expression.name, expression.at);
    case 'unary': {
      const value = evaluate(expression.operand, lookup);
      if (expression.operator === 'not') return !isTrue(value);
      const number = integerOf(value, expression.at, expression.operator);
      if (expression.operator === '~') return ~number;
      return expression.operator === '-' ? -number : number;
    }
    case 'binary': {
      const { operator, at, right } = expression;
      const left = evaluate(expression.left, lookup);
      if (operator === '%' && typeof left === 'string') {
        return formatted(left, valuesOf(right, lookup), at);
      }
      return calculate(operator, left, evaluate(right, lookup), at);
    }
    case 'comparison': {
      let left = evaluate(expression.first, lookup);
      for (const { operator, operand } of expression.rest) {
        const right = evaluate(operand, lookup);
        if (!compare(operator, left, right, expression.at)) return false;
        left = right;
      }
      return true;
    }
    case 'and':
    case 'or': {
      let value: Value = null;
      for (const operand of expression.operands) {
        value = evaluate(operand, lookup);
        if (isTrue(value) === (expression.kind === 'or')) return value;
      }
      return value;
    }
    case 'call': {
      const { name, at } = expression;
      const values = expression.values.map((it) => evaluate(it, lookup));
      return apply(name, values, at);
    }
    case 'tuple':
      throw new CodeError(expression.at, 'a tuple is understood only behind the % of a string');
  }
}

/** One value, or those of a tuple: what `%` shows, and what an assertion says. */
export function valuesOf(expression: Expression, lookup: Lookup): readonly Value[] {
  if (expression.kind !== 'tuple') return [evaluate(expression, lookup)];
  return expression.items.map((item) => evaluate(item, lookup));
}

/** Everything but 0, False, None and the empty string is. */
export function isTrue(value: Value): boolean {
  return Boolean(value);
}

function integerOf(value: Value, at: number, operator: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  throw new CodeError(at, `${operator} takes numbers, not ${show(value)}`);
}

function formatted(template: string, values: readonly Value[], at: number): string {
  const result = format(template, values);
  if ('problem' in result) throw new CodeError(at, result.problem);
  if (result.text.length > LONGEST_STRING) throw new CodeError(at, 'the string is too long');
  return result.text;
}

/** What `left operator right` is. */
export function calculate(operator: BinaryOperator, left: Value, right: Value, at: number): Value {
  const isLogic = operator === '|' || operator === '&' || operator === '^';
  const a = integerOf(left, at, operator);
  const b = integerOf(right, at, operator);
  const result = withIntegers(operator, a, b, at);
  if (result > LARGEST || result < -LARGEST) throw new CodeError(at, 'the number is too large');
  // Two booleans stay one: (a < b) & (b < c).
  if (isLogic && typeof left === 'boolean' && typeof right === 'boolean') return result === 1n;
  return result;
}

function withIntegers(operator: BinaryOperator, a: bigint, b: bigint, at: number): bigint {
  switch (operator) {
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '<<':
    case '>>':
      return shift(operator, a, b, at);
    case '//':
    case '%': {
      if (b === 0n) throw new CodeError(at, 'division by zero');
      // Python rounds down and the remainder has the divisor's sign; BigInt rounds towards zero.
      const remainder = a % b;
      const isBelow = remainder !== 0n && remainder < 0n !== b < 0n;
      if (operator === '%') return isBelow ? remainder + b : remainder;
      return isBelow ? a / b - 1n : a / b;
    }
  }
}

function shift(operator: '<<' | '>>', a: bigint, by: bigint, at: number): bigint {
  if (by < 0n) throw new CodeError(at, 'a number is shifted by 0 or more');
  if (operator === '>>') return by > MOST_BITS ? (a < 0n ? -1n : 0n) : a >> by;
  if (by > MOST_BITS && a !== 0n) throw new CodeError(at, 'the number is too large');
  return a === 0n ? 0n : a << by;
}

function compare(operator: ComparisonOperator, left: Value, right: Value, at: number): boolean {
  const [a, b] = [comparable(left), comparable(right)];
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (typeof a === 'bigint' && typeof b === 'bigint') return isOrdered(operator, a, b);
  if (typeof a === 'string' && typeof b === 'string') return isOrdered(operator, a, b);
  throw new CodeError(at, `${operator} does not order ${show(left)} and ${show(right)}`);
}

/** True is 1, and False is 0. */
function comparable(value: Value): bigint | string | null {
  return typeof value === 'boolean' ? BigInt(value) : value;
}

function isOrdered<T extends bigint | string>(
  operator: '<' | '<=' | '>' | '>=',
  a: T,
  b: T,
): boolean {
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function apply(name: FunctionName, values: readonly Value[], at: number): Value {
  const [first] = values;
  if (first === undefined || (name === 'abs') !== (values.length === 1)) {
    const takes = name === 'abs' ? 'one number' : 'two values or more';
    throw new CodeError(at, `${name} takes ${takes}`);
  }
  if (name === 'abs') {
    const number = integerOf(first, at, name);
    return number < 0n ? -number : number;
  }
  const operator = name === 'min' ? '<' : '>';
  return values.reduce((best, it) => (compare(operator, it, best, at) ? it : best));
}
