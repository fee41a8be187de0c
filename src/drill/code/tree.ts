/**
 * The part of Python that scripts use, as a tree. Every node knows at which character of the
 * snippet it begins, for errors.
 *
 *     statement  := assert E [, E] | name = E | name op= E | print(E, …) | E
 *     E          := or, and, not; chained comparisons; | ^ & << >> + - * // %; unary - + ~;
 *                   abs, min, max; integers, strings, names, True, False, None; (E, E) after %
 */

export type Statement =
  | {
      readonly kind: 'assert';
      readonly at: number;
      readonly condition: Expression;
      readonly message: Expression | undefined;
      /** The whole statement as written, on one line. */
      readonly text: string;
    }
  | {
      readonly kind: 'assign';
      readonly at: number;
      readonly name: string;
      /** `+` for `+=`. */
      readonly operator: BinaryOperator | undefined;
      readonly value: Expression;
    }
  /** Evaluated for the errors that it may have; a script's printing goes nowhere. */
  | { readonly kind: 'print'; readonly at: number; readonly values: readonly Expression[] }
  | { readonly kind: 'expression'; readonly at: number; readonly value: Expression };

export type Expression =
  | { readonly kind: 'constant'; readonly at: number; readonly value: Value }
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | {
      readonly kind: 'unary';
      readonly at: number;
      readonly operator: UnaryOperator;
      readonly operand: Expression;
    }
  | {
      readonly kind: 'binary';
      readonly at: number;
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** `a < b <= c`: each operand is evaluated at most once, and none behind the first that fails. */
  | {
      readonly kind: 'comparison';
      readonly at: number;
      readonly first: Expression;
      readonly rest: readonly ComparedWith[];
    }
  /** The value of the operand that decided. */
  | {
      readonly kind: 'and' | 'or';
      readonly at: number;
      readonly operands: readonly Expression[];
    }
  | {
      readonly kind: 'call';
      readonly at: number;
      readonly name: FunctionName;
      readonly values: readonly Expression[];
    }
  | { readonly kind: 'tuple'; readonly at: number; readonly items: readonly Expression[] };

export interface ComparedWith {
  readonly operator: ComparisonOperator;
  readonly operand: Expression;
}

export type UnaryOperator = '-' | '+' | '~' | 'not';
export type BinaryOperator = '|' | '^' | '&' | '<<' | '>>' | '+' | '-' | '*' | '//' | '%';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type FunctionName = 'abs' | 'min' | 'max';

/** Integers have no limit in Python; `null` is None. */
export type Value = bigint | boolean | string | null;

/** What is wrong with a snippet, and at which of its characters. */
export class CodeError extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.name = 'CodeError';
    this.at = at;
  }
}
