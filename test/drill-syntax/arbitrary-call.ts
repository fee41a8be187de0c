/** Arbitrary system calls, with values nested in every way that a text can nest them. */
import * as fc from 'fast-check';
import type { Expression, Field, SystemCallSpec } from '../../src/drill/syntax/script.ts';
import { moment, optional, place, word } from './arbitrary-basics.ts';

interface Values {
  readonly any: Expression;
  readonly operand: Expression;
  readonly assignment: Expression;
  readonly call: Expression;
  readonly field: Field;
}

const ellipsis: Expression = { kind: 'ellipsis', place };

const integer: fc.Arbitrary<Expression> = fc
  .record({ value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), isHex: fc.boolean() })
  .map(({ value, isHex }) => ({ kind: 'integer', place, value, isHex: isHex && value >= 0n }));

const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.constant(ellipsis),
  integer,
  word.map((text): Expression => ({ kind: 'word', place, word: text })),
  fc
    .record({ bytes: fc.uint8Array({ maxLength: 20 }), isOpen: fc.boolean() })
    .map((string): Expression => ({ kind: 'string', place, ...string })),
);

const values = fc.letrec((tie: fc.LetrecTypedTie<Values>): fc.LetrecValue<Values> => {
  const list = fc.array(tie('any'), { maxLength: 3 });
  const fields = fc.array(tie('field'), { minLength: 1, maxLength: 3 });
  return {
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      tie('operand'),
      tie('assignment'),
      // An assignment takes all that follows, so that only the last operand can be one.
      fc
        .tuple(
          fc.array(tie('operand'), { minLength: 1, maxLength: 3 }),
          fc.oneof(tie('operand'), tie('assignment')),
        )
        .map(([first, last]): Expression => ({ kind: 'or', place, operands: [...first, last] })),
    ),
    operand: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      list.map((items): Expression => ({ kind: 'array', place, items })),
      fields.map((all): Expression => ({ kind: 'struct', place, fields: all })),
      tie('call'),
    ),
    call: fc
      .tuple(word, list)
      .map(([name, args]): Expression => ({ kind: 'call', place, name, arguments: args })),
    assignment: fc
      .tuple(word, tie('any'))
      .map(([name, value]): Expression => ({ kind: 'assignment', place, name, value })),
    field: fc.oneof(
      fc
        .oneof(leaf, tie('operand'))
        .map((value): Field => ({ name: undefined, argument: undefined, value })),
      fc.record({ name: word, argument: optional(tie('any')), value: tie('any') }),
    ),
  };
});

export const expression: fc.Arbitrary<Expression> = values.any;

/** In a result, a word before parentheses is a word before a note. */
const result = expression.filter((value) => !callsAtTop(value));

function callsAtTop(value: Expression): boolean {
  if (value.kind === 'or') return value.operands.some(callsAtTop);
  if (value.kind === 'assignment') return callsAtTop(value.value);
  return value.kind === 'call';
}

export const systemCall: fc.Arbitrary<SystemCallSpec> = fc.record({
  kind: fc.constant('system-call' as const),
  place: fc.constant(place),
  end: optional(moment),
  name: word,
  arguments: fc.array(expression, { maxLength: 4 }),
  result,
  errno: optional(word),
  note: optional(fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '))),
});
