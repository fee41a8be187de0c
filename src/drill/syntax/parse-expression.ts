/**
 * Arguments and results of system calls. What shape a call wants is the call's matter; this knows
 * only how values are written.
 *
 *     expression := operand { '|' operand }
 *     operand    := ... | integer | 0x… | WORD | WORD '=' expression | WORD '(' list ')'
 *                 | "string" {"string"} [...] | '[' list ']' | '{' field {',' field} '}'
 *     field      := [WORD ['(' expression ')'] '='] expression
 */

import type { Cursor } from './cursor.ts';
import type { Expression, Field } from './script.ts';
import { unescape } from './string-literal.ts';
import type { Token } from './token.ts';
import { describeToken } from './token.ts';

/** Deeper than any system call's arguments; what nests deeper is refused, not recursed into. */
const MAX_DEPTH = 64;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;

export function parseExpression(cursor: Cursor): Expression {
  return new ExpressionParser(cursor).expression(true);
}

/** A result. `NAME (…)` is a name and a note there, never a call. */
export function parseResult(cursor: Cursor): Expression {
  return new ExpressionParser(cursor).expression(false);
}

class ExpressionParser {
  readonly #cursor: Cursor;
  #depth = 0;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  expression(mayCall: boolean): Expression {
    const cursor = this.#cursor;
    const { place } = cursor.peek();
    if (++this.#depth > MAX_DEPTH) {
      cursor.refuse(place, `values may be nested up to ${MAX_DEPTH} deep`);
    }
    const operands = [this.#operand(mayCall)];
    while (cursor.accept('|')) operands.push(this.#operand(mayCall));
    this.#depth--;
    const [only] = operands;
    return operands.length === 1 && only !== undefined ? only : { kind: 'or', place, operands };
  }

  #operand(mayCall: boolean): Expression {
    const cursor = this.#cursor;
    const token = cursor.peek();
    const { place } = token;
    switch (token.kind) {
      case 'ellipsis':
        cursor.next();
        return { kind: 'ellipsis', place };
      case 'integer':
      case 'hex':
        return this.#integer();
      case 'word':
        return this.#word(mayCall);
      case 'string':
        return this.#string();
      default:
        if (cursor.accept('[')) return { kind: 'array', place, items: this.#list(']') };
        if (cursor.accept('{')) return { kind: 'struct', place, fields: this.#fields() };
        return cursor.expected('a value');
    }
  }

  #integer(): Expression {
    const token = this.#cursor.next();
    const { place, text } = token;
    const value = text.length > 32 ? undefined : BigInt(text);
    if (value === undefined || value < MIN_INTEGER || value > MAX_INTEGER) {
      return this.#cursor.refuse(
        place,
        `expected an integer of 64 bits, found ${describeToken(token)}`,
      );
    }
    return { kind: 'integer', place, value, isHex: text.startsWith('0x') };
  }

  #word(mayCall: boolean): Expression {
    const { text: name, place } = this.#cursor.next();
    if (this.#cursor.accept('=')) {
      return { kind: 'assignment', place, name, value: this.expression(mayCall) };
    }
    if (mayCall && this.#cursor.accept('(')) {
      return { kind: 'call', place, name, arguments: this.#list(')') };
    }
    return { kind: 'word', place, word: name };
  }

  #string(): Expression {
    const { place } = this.#cursor.peek();
    const parts: Uint8Array[] = [];
    let part: Token | undefined;
    while ((part = this.#cursor.acceptKind('string'))) parts.push(unescape(this.#cursor, part));
    const isOpen = this.#cursor.acceptKind('ellipsis') !== undefined;
    return { kind: 'string', place, bytes: joined(parts), isOpen };
  }

  /** Values with commas between, up to the bracket that closes them. */
  #list(closing: string): Expression[] {
    const cursor = this.#cursor;
    const items: Expression[] = [];
    if (cursor.accept(closing)) return items;
    do items.push(this.expression(true));
    while (cursor.accept(','));
    if (!cursor.accept(closing)) cursor.expected(`"," or "${closing}"`);
    return items;
  }

  #fields(): Field[] {
    const cursor = this.#cursor;
    const fields: Field[] = [];
    do fields.push(this.#field());
    while (cursor.accept(','));
    if (!cursor.accept('}')) cursor.expected('"," or "}"');
    return fields;
  }

  /** `name=value` reads as an assignment and `msg_iov(1)` as a call until the `=` behind it. */
  #field(): Field {
    const value = this.expression(true);
    if (value.kind === 'assignment') {
      return { name: value.name, argument: undefined, value: value.value };
    }
    const [argument] = value.kind === 'call' ? value.arguments : [];
    if (value.kind === 'call' && value.arguments.length === 1 && this.#cursor.accept('=')) {
      return { name: value.name, argument, value: this.expression(true) };
    }
    return { name: undefined, argument: undefined, value };
  }
}

/** Neighbouring literals are one string. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
