/**
 * `$((…))`: the integer expressions of C without assignment, in 64 bits with wrap-around as `long`
 * has them (XCU 2.6.4, 1.1.2.1).
 */

/** What is no expression, or has no value. */
export class ArithmeticError extends Error {}

const DEPTH_LIMIT = 100;
const LENGTH_LIMIT = 10_000;

const TOKEN =
  /\s*(0[xX][\da-fA-F]+|\d+|[A-Za-z_]\w*|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%<>&^|!~?:()])/y;

/** From the weakest to the strongest; all lead from left to right. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** @throws ArithmeticError */
export function evaluateArithmetic(
  text: string,
  variable: (name: string) => string | undefined,
): bigint {
  if (text.length > LENGTH_LIMIT) throw new ArithmeticError('the expression is too long');
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new ArithmeticError(`"${text.slice(at).trim()}" is unexpected`);
    tokens.push(token);
  }
  return new Evaluation(tokens, variable).value();
}

class Evaluation {
  readonly #tokens: readonly string[];
  readonly #variable: (name: string) => string | undefined;
  #at = 0;
  #depth = 0;
  /** What `&&`, `||` and `?:` do not choose is read and not worked out. */
  #isSkipping = false;

  constructor(tokens: readonly string[], variable: (name: string) => string | undefined) {
    this.#tokens = tokens;
    this.#variable = variable;
  }

  value(): bigint {
    if (this.#tokens.length === 0) return 0n;
    const value = this.#conditional();
    const left = this.#tokens[this.#at];
    if (left !== undefined) throw new ArithmeticError(`"${left}" is unexpected`);
    return value;
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #conditional(): bigint {
    if (++this.#depth > DEPTH_LIMIT) throw new ArithmeticError('too deeply nested');
    const condition = this.#binary(0);
    let value = condition;
    if (this.#takes('?')) {
      const yes = this.#unless(condition === 0n, () => this.#conditional());
      if (!this.#takes(':')) throw new ArithmeticError('":" is missing');
      const no = this.#unless(condition !== 0n, () => this.#conditional());
      value = condition === 0n ? no : yes;
    }
    this.#depth -= 1;
    return value;
  }

  #unless(isSkipped: boolean, read: () => bigint): bigint {
    const before = this.#isSkipping;
    this.#isSkipping ||= isSkipped;
    const value = read();
    this.#isSkipping = before;
    return value;
  }

  #binary(level: number): bigint {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at] ?? '';
      if (!operators.includes(operator)) return left;
      this.#at += 1;
      const isDecided = operator === '&&' ? left === 0n : operator === '||' && left !== 0n;
      const right = this.#unless(isDecided, () => this.#binary(level + 1));
      left = this.#isSkipping ? 0n : BigInt.asIntN(64, apply(operator, left, right));
    }
  }

  #unary(): bigint {
    if (++this.#depth > DEPTH_LIMIT) throw new ArithmeticError('too deeply nested');
    const value = this.#operand();
    this.#depth -= 1;
    return BigInt.asIntN(64, value);
  }

  #operand(): bigint {
    if (this.#takes('-')) return -this.#unary();
    if (this.#takes('+')) return this.#unary();
    if (this.#takes('~')) return ~this.#unary();
    if (this.#takes('!')) return this.#unary() === 0n ? 1n : 0n;
    if (this.#takes('(')) {
      const value = this.#conditional();
      if (!this.#takes(')')) throw new ArithmeticError('")" is missing');
      return value;
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new ArithmeticError('an operand is missing');
    if (/^\d/.test(token)) return numberOf(token);
    if (!/^\w/.test(token)) throw new ArithmeticError(`"${token}" is unexpected`);
    const text = this.#variable(token)?.trim() ?? '';
    if (text === '') return 0n;
    const match = /^([-+]?)(0[xX][\da-fA-F]+|\d+)$/.exec(text);
    if (match === null) throw new ArithmeticError(`${token} is no number`);
    const value = numberOf(match[2] ?? '0');
    return match[1] === '-' ? -value : value;
  }
}

/** Decimal, octal or hexadecimal. */
function numberOf(token: string): bigint {
  if (/^0[xX]/.test(token) || !/^0\d/.test(token)) return BigInt(token);
  if (/[89]/.test(token)) throw new ArithmeticError(`${token} is no octal number`);
  return BigInt(`0o${token.slice(1)}`);
}

function apply(operator: string, a: bigint, b: bigint): bigint {
  const truth = (value: boolean): bigint => (value ? 1n : 0n);
  switch (operator) {
    case '||':
      return truth(a !== 0n || b !== 0n);
    case '&&':
      return truth(a !== 0n && b !== 0n);
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '<=':
      return truth(a <= b);
    case '>':
      return truth(a > b);
    case '>=':
      return truth(a >= b);
    case '<<':
      return a << (b & 63n);
    case '>>':
      return a >> (b & 63n);
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      if (b === 0n) throw new ArithmeticError('division by 0');
      return operator === '/' ? a / b : a % b;
  }
}
