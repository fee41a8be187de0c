/** Parses a snippet of Python by its grammar's precedences, loosest first. */
import type { Token } from './tokens.ts';
import { tokensOf } from './tokens.ts';
import { CodeError } from './tree.ts';
import type {
  BinaryOperator,
  ComparedWith,
  ComparisonOperator,
  Expression,
  FunctionName,
  Statement,
  UnaryOperator,
} from './tree.ts';

/** Operators of two operands, level by level; all of them group to the left. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '//', '%'],
];
const COMPARISONS: readonly ComparisonOperator[] = ['==', '!=', '<', '<=', '>', '>='];
const SIGNS: readonly UnaryOperator[] = ['-', '+', '~'];
const FUNCTIONS: readonly FunctionName[] = ['abs', 'min', 'max'];
const DEEPEST = 100;

/** Python's other words, none of which a script may use. */
const FOREIGN = new Set(
  (
    'as async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal pass raise return try while with yield'
  ).split(' '),
);

/**
 * The statements of a snippet.
 *
 * @throws CodeError where the text is not of the subset.
 */
export function parseCode(text: string): readonly Statement[] {
  return new Parser(text).statements();
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  statements(): readonly Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      while (this.#isAt('newline')) this.#next++;
      if (this.#isAt('end')) return statements;
      statements.push(this.#statement());
      if (!this.#take(';') && !this.#isAt('newline') && !this.#isAt('end')) this.#refuseRest();
    }
  }

  /** Something stands behind a statement that is complete. */
  #refuseRest(): never {
    const { text, at } = this.#token;
    if (FOREIGN.has(text) || text === '/' || text === '**') throw new CodeError(at, foreign(text));
    throw new CodeError(at, `the statement should end before ${describe(this.#token)}`);
  }

  #statement(): Statement {
    const { kind, text, at } = this.#token;
    if (kind === 'name' && text === 'assert') return this.#assertion(at);
    const after = this.#tokens[this.#next + 1];
    if (kind === 'name' && text === 'print' && after?.kind === 'operator' && after.text === '(') {
      this.#next++;
      return { kind: 'print', at, values: this.#arguments() };
    }
    if (kind === 'name' && after?.kind === 'operator' && isAssignment(after.text)) {
      const name = this.#name();
      this.#next++;
      const operator = after.text.slice(0, -1);
      return {
        kind: 'assign',
        at,
        name,
        operator: operator === '' ? undefined : (operator as BinaryOperator),
        value: this.#expression(),
      };
    }
    return { kind: 'expression', at, value: this.#expression() };
  }

  #assertion(at: number): Statement {
    this.#next++;
    const condition = this.#expression();
    if (condition.kind === 'tuple') {
      throw new CodeError(condition.at, 'a tuple is always true: assert takes no parentheses');
    }
    const message = this.#take(',') ? this.#expression() : undefined;
    const end = this.#tokens[this.#next - 1]?.end ?? at;
    const text = this.#text.slice(at, end).replaceAll(/(?:\\?\s)+/g, ' ');
    return { kind: 'assert', at, condition, message, text };
  }

  #expression(): Expression {
    const { at } = this.#token;
    if (++this.#depth > DEEPEST) throw new CodeError(at, 'this expression is nested too deeply');
    const expression = this.#logical('or', () => this.#logical('and', () => this.#negation()));
    this.#depth--;
    return expression;
  }

  #logical(kind: 'or' | 'and', operand: () => Expression): Expression {
    const first = operand();
    if (this.#token.text !== kind || this.#token.kind !== 'name') return first;
    const operands = [first];
    while (this.#token.kind === 'name' && this.#take(kind)) operands.push(operand());
    return { kind, at: first.at, operands };
  }

  #negation(): Expression {
    const { kind, text, at } = this.#token;
    if (kind !== 'name' || text !== 'not') return this.#comparison();
    return this.#unary('not', at, () => this.#negation());
  }

  #comparison(): Expression {
    const first = this.#binary(0);
    const rest: ComparedWith[] = [];
    for (;;) {
      const operator = COMPARISONS.find((it) => this.#isOperator(it));
      if (operator === undefined) break;
      this.#next++;
      rest.push({ operator, operand: this.#binary(0) });
    }
    return rest.length === 0 ? first : { kind: 'comparison', at: first.at, first, rest };
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#signed();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((it) => this.#isOperator(it));
      if (operator === undefined) return left;
      this.#next++;
      left = { kind: 'binary', at: left.at, operator, left, right: this.#binary(level + 1) };
    }
  }

  #signed(): Expression {
    const sign = SIGNS.find((it) => this.#isOperator(it));
    if (sign === undefined) return this.#atom();
    return this.#unary(sign, this.#token.at, () => this.#signed());
  }

  #unary(operator: UnaryOperator, at: number, operand: () => Expression): Expression {
    this.#next++;
    if (++this.#depth > DEEPEST) throw new CodeError(at, 'this expression is nested too deeply');
    const unary: Expression = { kind: 'unary', at, operator, operand: operand() };
    this.#depth--;
    return unary;
  }

  #atom(): Expression {
    const { kind, text, at } = this.#token;
    if (kind === 'integer') {
      this.#next++;
      return { kind: 'constant', at, value: BigInt(text) };
    }
    if (kind === 'string') return { kind: 'constant', at, value: this.#strings() };
    if (kind === 'name') return this.#named(at);
    if (this.#isOperator('(')) {
      const items = this.#arguments();
      const [only] = items;
      const last = this.#tokens[this.#next - 2];
      const isTuple = items.length !== 1 || (last?.kind === 'operator' && last.text === ',');
      return only === undefined || isTuple ? { kind: 'tuple', at, items } : only;
    }
    throw new CodeError(at, `a value is missing before ${describe(this.#token)}`);
  }

  /** Strings that stand side by side are one. */
  #strings(): string {
    let value = '';
    while (this.#token.kind === 'string') {
      value += this.#token.text;
      this.#next++;
    }
    return value;
  }

  #named(at: number): Expression {
    const name = this.#name();
    if (name === 'True' || name === 'False') {
      return { kind: 'constant', at, value: name === 'True' };
    }
    if (name === 'None') return { kind: 'constant', at, value: null };
    if (!this.#isOperator('(')) return { kind: 'name', at, name };
    const known = FUNCTIONS.find((it) => it === name);
    if (known === undefined) {
      throw new CodeError(at, `${name}() is not among the functions known here: abs, min, max`);
    }
    return { kind: 'call', at, name: known, values: this.#arguments() };
  }

  #name(): string {
    const { text, at } = this.#token;
    if (FOREIGN.has(text) || text === 'assert' || text === 'not') {
      throw new CodeError(at, foreign(text));
    }
    this.#next++;
    return text;
  }

  /** `(a, b)`, with a comma at the end if one likes. */
  #arguments(): readonly Expression[] {
    this.#expect('(');
    const values: Expression[] = [];
    while (!this.#isOperator(')')) {
      values.push(this.#expression());
      if (!this.#take(',')) break;
    }
    this.#expect(')');
    return values;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#text.length, end: 0 };
  }

  #isAt(kind: Token['kind']): boolean {
    return this.#token.kind === kind;
  }

  #isOperator(text: string): boolean {
    return this.#token.kind === 'operator' && this.#token.text === text;
  }

  /** Goes past the word if it comes next. */
  #take(text: string): boolean {
    if (this.#token.text !== text || this.#token.kind === 'string') return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (this.#take(text)) return;
    throw new CodeError(this.#token.at, `"${text}" is missing before ${describe(this.#token)}`);
  }
}

function foreign(text: string): string {
  return `"${text}" is not in the part of Python that scripts may use here`;
}

function isAssignment(operator: string): boolean {
  return operator.endsWith('=') && !COMPARISONS.some((it) => it === operator);
}

function describe({ kind, text }: Token): string {
  if (kind === 'end') return 'the end of the code';
  if (kind === 'newline') return 'the end of the line';
  return `"${text}"`;
}
