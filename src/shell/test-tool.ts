/** `test` and `[`: comparisons whose answer is the exit status (XCU, test). */
import { failedWith, succeeded, type Tool, type ToolFiles, type ToolResult } from './tool.ts';
import { readText } from './tool-files.ts';

const NO: ToolResult = { status: 1, output: '', errors: '' };

export const test: Tool = (operands, _input, files) => {
  const answer = evaluate(operands, files);
  if (typeof answer === 'string') return failedWith(2, `test: ${answer}`);
  return answer ? succeeded() : NO;
};

export const bracket: Tool = (operands, input, files) =>
  operands.at(-1) === ']'
    ? test(operands.slice(0, -1), input, files)
    : failedWith(2, '[: missing ]');

/** By the number of operands, as POSIX has it; a text says why there is no answer. */
function evaluate(operands: readonly string[], files: ToolFiles): boolean | string {
  const [first = '', second = '', third = ''] = operands;
  if (first === '!' && operands.length > 1) {
    const answer = evaluate(operands.slice(1), files);
    return typeof answer === 'string' ? answer : !answer;
  }
  switch (operands.length) {
    case 0:
      return false;
    case 1:
      return first !== '';
    case 2:
      return unary(first, second, files);
    case 3:
      return binary(first, second, third);
    default:
      return 'too many arguments';
  }
}

function unary(operator: string, operand: string, files: ToolFiles): boolean | string {
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-e':
    case '-f':
    case '-r':
      return readText(operand, files) !== undefined;
    case '-s':
      return (readText(operand, files) ?? '') !== '';
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
