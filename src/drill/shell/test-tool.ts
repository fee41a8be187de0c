/** `test` and `[`: comparisons whose answer is the exit status (XCU, test). */
import { failedWith, type ShellEnvironment, succeeded, type ToolResult } from './environment.ts';
import { readText } from './files.ts';

const NO: ToolResult = { status: 1, output: '', errors: '' };

export function test(operands: readonly string[], environment: ShellEnvironment): ToolResult {
  const answer = evaluate(operands, environment);
  if (typeof answer === 'string') return failedWith(2, `test: ${answer}`);
  return answer ? succeeded() : NO;
}

/** By the number of operands, as POSIX has it; a text says why there is no answer. */
function evaluate(operands: readonly string[], environment: ShellEnvironment): boolean | string {
  const [first = '', second = '', third = ''] = operands;
  if (first === '!' && operands.length > 1) {
    const answer = evaluate(operands.slice(1), environment);
    return typeof answer === 'string' ? answer : !answer;
  }
  switch (operands.length) {
    case 0:
      return false;
    case 1:
      return first !== '';
    case 2:
      return unary(first, second, environment);
    case 3:
      return binary(first, second, third);
    default:
      return 'too many arguments';
  }
}

function unary(operator: string, operand: string, environment: ShellEnvironment): boolean | string {
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-e':
    case '-f':
    case '-r':
      return readText(operand, environment) !== undefined;
    case '-s':
      return (readText(operand, environment) ?? '') !== '';
    default:
      return `${operator}: unary operator expected`;
  }
}

const COMPARISONS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
};

function binary(left: string, operator: string, right: string): boolean | string {
  if (operator === '=' || operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  const compare = COMPARISONS[operator];
  if (compare === undefined) return `${operator}: binary operator expected`;
  for (const text of [left, right]) {
    if (!/^\s*[-+]?\d{1,30}\s*$/.test(text)) return `${text}: integer expression expected`;
  }
  return compare(numberOf(left), numberOf(right));
}

function numberOf(text: string): bigint {
  return BigInt(text.trim().replace(/^\+/, ''));
}
