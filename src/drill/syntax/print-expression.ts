/** Values as a script writes them: the reverse of `parse-expression.ts`. */

import type { Expression, Field } from './script.ts';
import { printString } from './string-literal.ts';

/** The value on one line: `{events=EPOLLIN|EPOLLOUT, fd=4}`. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'ellipsis':
      return '...';
    case 'integer':
      return expression.isHex ? `0x${expression.value.toString(16)}` : `${expression.value}`;
    case 'word':
      return expression.word;
    case 'string':
      return printString(expression.bytes) + (expression.isOpen ? '...' : '');
    case 'or':
      return expression.operands.map(printExpression).join('|');
    case 'array':
      return `[${printList(expression.items)}]`;
    case 'struct':
      return `{${expression.fields.map(printField).join(', ')}}`;
    case 'call':
      return `${expression.name}(${printList(expression.arguments)})`;
    case 'assignment':
      return `${expression.name}=${printExpression(expression.value)}`;
  }
}

/** Values with commas between. */
export function printList(expressions: readonly Expression[]): string {
  return expressions.map(printExpression).join(', ');
}

function printField({ name, argument, value }: Field): string {
  if (name === undefined) return printExpression(value);
  const inParentheses = argument === undefined ? '' : `(${printExpression(argument)})`;
  return `${name}${inParentheses}=${printExpression(value)}`;
}
