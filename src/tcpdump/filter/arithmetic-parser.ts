/**
 * Numbers and comparisons in filter expressions: `tcp[tcpflags] & (tcp-syn|tcp-fin) != 0`.
 *
 * Operators bind as libpcap's grammar has it: `|` least, then `&`, shifts, sums, products. It gives
 * `^` and `%` no place in that order; so they take the one number on their left, and on their right
 * all that follows.
 */
import type {
  Arithmetic,
  ArithmeticOperator,
  Expression,
  FilterProtocol,
  RelationOperator,
} from './expression.ts';
import { PROTOCOLS } from './expression.ts';
import type { Tokens } from './tokens.ts';

const RELATIONS: readonly RelationOperator[] = ['=', '!=', '<=', '<', '>=', '>'];

/** Operators of the same precedence, those that bind least first. */
const PRECEDENCES: readonly (readonly ArithmeticOperator[])[] = [
  ['|'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/'],
];
const WITHOUT_PRECEDENCE: readonly ArithmeticOperator[] = ['^', '%'];
const OPERATORS = [...PRECEDENCES.flat(), ...WITHOUT_PRECEDENCE];

/** Two numbers compared. @throws RangeError */
export function parseRelation(tokens: Tokens): Expression {
  const budget = { operators: MAXIMUM_OPERATORS };
  const left = parseArithmetic(tokens, 0, budget);
  const operator = RELATIONS.find((each) => tokens.takeSymbol(each));
  if (operator === undefined) throw tokens.unexpected();
  return { type: 'relation', operator, left, right: parseArithmetic(tokens, 0, budget) };
}

/**
 * Whether a comparison is next, not a value or an expression in parentheses: `(80)` is a port,
 * `(80) = len` is compared, and `(len = 80)` is an expression.
 */
export function isRelationNext(tokens: Tokens): boolean {
  const next = tokens.peek();
  if (next?.type === 'number') return isOperator(tokens, 1);
  if (!tokens.isSymbol('(')) return beginsNumber(tokens, 0);
  const end = tokens.endOf(0);
  if (!isOperator(tokens, end + 1)) return false;
  for (let ahead = 1; ahead < end; ahead++) {
    if (tokens.peek(ahead)?.type === 'number' || beginsNumber(tokens, ahead)) continue;
    if ([...OPERATORS, '(', ')', '[', ']', ':'].some((each) => tokens.isSymbol(each, ahead)))
      continue;
    return false;
  }
  return true;
}

/** Whether that word can only begin a number: `-`, `len`, and a protocol before `[`. */
function beginsNumber(tokens: Tokens, ahead: number): boolean {
  if (tokens.isSymbol('-', ahead) || tokens.isKeyword('len', ahead)) return true;
  return tokens.isSymbol('[', ahead + 1) && protocolAt(tokens, ahead) !== undefined;
}

function protocolAt(tokens: Tokens, ahead: number): FilterProtocol | undefined {
  return PROTOCOLS.find((each) => tokens.isKeyword(each, ahead));
}

function isOperator(tokens: Tokens, ahead: number): boolean {
  return [...RELATIONS, ...OPERATORS].some((each) => tokens.isSymbol(each, ahead));
}

/** More operators than this are too many: libpcap computes in 16 registers. */
const MAXIMUM_OPERATORS = 200;

/** How many operators a comparison may still have. */
interface Budget {
  operators: number;
}

function parseArithmetic(tokens: Tokens, least: number, budget: Budget): Arithmetic {
  return tokens.nested(() => {
    let left = parseOperand(tokens, budget);
    for (;;) {
      const greedy = takeGreedy(tokens, left, budget);
      if (greedy !== undefined) return greedy;
      const [operator, precedence] = takeOperator(tokens, least);
      if (operator === undefined) return left;
      left = operation(operator, left, parseArithmetic(tokens, precedence + 1, budget), budget);
    }
  });
}

function operation(
  operator: ArithmeticOperator,
  left: Arithmetic,
  right: Arithmetic,
  budget: Budget,
): Arithmetic {
  budget.operators--;
  if (budget.operators < 0) {
    throw new RangeError('too many registers needed to evaluate expression');
  }
  return { type: 'operation', operator, left, right };
}

/** An operator without precedence: it takes all that follows. */
function takeGreedy(tokens: Tokens, left: Arithmetic, budget: Budget): Arithmetic | undefined {
  const operator = WITHOUT_PRECEDENCE.find((each) => tokens.takeSymbol(each));
  if (operator === undefined) return undefined;
  return operation(operator, left, parseArithmetic(tokens, 0, budget), budget);
}

function takeOperator(
  tokens: Tokens,
  least: number,
): [operator: ArithmeticOperator | undefined, precedence: number] {
  for (let precedence = least; precedence < PRECEDENCES.length; precedence++) {
    const operator = PRECEDENCES[precedence]!.find((each) => tokens.takeSymbol(each));
    if (operator !== undefined) return [operator, precedence];
  }
  return [undefined, least];
}

function parseOperand(tokens: Tokens, budget: Budget): Arithmetic {
  if (tokens.takeSymbol('-')) {
    const operand = tokens.nested(() => parseOperand(tokens, budget));
    return { type: 'negative', operand: takeGreedy(tokens, operand, budget) ?? operand };
  }
  if (tokens.takeKeyword('len')) return { type: 'length' };
  const protocol = protocolAt(tokens, 0);
  if (protocol !== undefined) return parseOctets(tokens, protocol, budget);
  if (tokens.takeSymbol('(')) {
    const inner = parseArithmetic(tokens, 0, budget);
    tokens.expectSymbol(')');
    return inner;
  }
  return { type: 'constant', value: tokens.number() };
}

/** `tcp[13]`, `ip[2:2]`. */
function parseOctets(tokens: Tokens, protocol: FilterProtocol, budget: Budget): Arithmetic {
  tokens.skip();
  tokens.expectSymbol('[');
  const index = parseArithmetic(tokens, 0, budget);
  let size = 1;
  if (tokens.takeSymbol(':')) {
    const token = tokens.peek();
    if (token?.type !== 'number') throw tokens.unexpected();
    size = token.value;
    tokens.skip();
  }
  tokens.expectSymbol(']');
  if (size !== 1 && size !== 2 && size !== 4) throw new RangeError('data size must be 1, 2, or 4');
  return { type: 'octets', protocol, index, size };
}
