/**
 * Reads the arguments of a system call as a script writes them. What is not of the wanted shape is
 * remembered as an error that names the place, the call, the argument and what was expected; only
 * the first counts, and a stand-in is returned for what could not be read.
 */
import { ScriptError } from '../run/live.ts';
import type { Expression, Field, Place, SystemCallSpec } from '../syntax/script.ts';
import { ioctlName, levelName, numberOf, optionName } from './symbols.ts';

/** An integer argument: C's `int`, or `unsigned int` for those who write all ones in hex. */
const LEAST_INT = -(2n ** 31n);
const MOST_INT = 2n ** 32n - 1n;
/** No buffer is longer than what one system call transfers: Linux's MAX_RW_COUNT. */
const LONGEST_BUFFER = 0x7fff_f000;
/** And what is sent at once has to be in memory. */
export const LONGEST_SEND: number = 64 * 1024 * 1024;
/** Elements of an array: IOV_MAX of Linux. */
const LONGEST_LIST = 1024;

const ORDINALS = ['1st', '2nd', '3rd', '4th', '5th', '6th'];

/** Names of options are the stack's to know; here they need only look like one. */
const NAME = /^[A-Z][A-Za-z0-9_]*$/;

/** A script's name of a file, and where it is written. */
export interface DescriptorUse {
  readonly scriptFd: number;
  readonly place: Place;
  readonly what: string;
}

export class ArgumentReader {
  /** The first thing that is wrong. */
  error: ScriptError | undefined = undefined;
  /** The files that the call names. */
  readonly descriptors: DescriptorUse[] = [];
  readonly spec: SystemCallSpec;

  constructor(spec: SystemCallSpec) {
    this.spec = spec;
  }

  get count(): number {
    return this.spec.arguments.length;
  }

  fail(place: Place, message: string): void {
    this.error ??= new ScriptError(place, message);
  }

  /** Says that an expression is not what was expected of it. */
  refuse(expression: Expression, what: string, wanted: string): void {
    this.fail(expression.place, `${what} is ${wanted}, not ${describe(expression)}`);
  }

  /** An argument; the number of arguments has been checked. */
  at(index: number): Expression {
    return this.spec.arguments[index] ?? { kind: 'ellipsis', place: this.spec.place };
  }

  /** `write's 3rd argument`. */
  what(index: number): string {
    return `${this.spec.name}'s ${ORDINALS[index] ?? `${index + 1}th`} argument`;
  }

  // Of an argument, by its index.

  integer(index: number, wanted = 'a number'): number {
    return this.integerOf(this.at(index), this.what(index), wanted);
  }

  descriptor(index: number): number {
    return this.descriptorOf(this.at(index), this.what(index));
  }

  /** How long a buffer is. */
  length(index: number): number {
    return this.lengthOf(this.at(index), this.what(index), LONGEST_BUFFER);
  }

  /** How many octets are sent: they are made, so there is a limit. */
  sendLength(index: number): number {
    return this.lengthOf(this.at(index), this.what(index), LONGEST_SEND);
  }

  /** `...` for memory that the tool supplies, NULL for none; true when it is NULL. */
  isNull(index: number, wanted = 'a buffer: ... or NULL'): boolean {
    const expression = this.at(index);
    if (expression.kind === 'ellipsis') return false;
    if (!isNull(expression)) this.refuse(expression, this.what(index), wanted);
    return true;
  }

  /** `...`, NULL or a number: what the tool sees to itself. */
  ignored(index: number, wanted: string): void {
    const expression = this.at(index);
    if (expression.kind === 'ellipsis') return;
    if (expression.kind === 'array') this.array(expression, this.what(index), wanted);
    else this.integerOf(expression, this.what(index), wanted);
  }

  /** The name of an option, however it is written. */
  optionName(index: number, level: string): string {
    const expression = this.at(index);
    if (expression.kind === 'word' && NAME.test(expression.word)) return expression.word;
    const number = this.integerOf(expression, this.what(index), 'the name of an option');
    return optionName(level, number);
  }

  /** SOL_TCP, however it is written. */
  level(index: number): string {
    return this.levelOf(this.at(index), this.what(index));
  }

  /** SIOCINQ, however it is written. */
  ioctlRequest(index: number): string {
    const expression = this.at(index);
    if (expression.kind === 'word' && NAME.test(expression.word)) return expression.word;
    return ioctlName(this.integerOf(expression, this.what(index), 'the name of a request'));
  }

  // Of any expression: `what` names it in an error.

  /** A number of 32 bits, by name or with `|` too. */
  integerOf(expression: Expression, what: string, wanted = 'a number'): number {
    const value = this.#evaluate(expression, what, wanted);
    if (value >= LEAST_INT && value <= MOST_INT) return Number(value);
    this.fail(expression.place, `${what} is a number of 32 bits, not ${value}`);
    return 0;
  }

  /** A number of 64 bits, with or without a sign. */
  longOf(expression: Expression, what: string, wanted = 'a number'): bigint {
    return this.#evaluate(expression, what, wanted);
  }

  descriptorOf(expression: Expression, what: string): number {
    const scriptFd = this.integerOf(expression, what, 'a file descriptor');
    this.descriptors.push({ scriptFd, place: expression.place, what });
    return scriptFd;
  }

  lengthOf(expression: Expression, what: string, most: number): number {
    const length = this.integerOf(expression, what, 'a length');
    if (length >= 0 && length <= most) return length;
    this.fail(expression.place, `${what} is a length of 0 to ${most}, not ${length}`);
    return 0;
  }

  levelOf(expression: Expression, what: string): string {
    return levelName(this.integerOf(expression, what, 'a level: SOL_SOCKET, SOL_TCP, SOL_IP …'));
  }

  /** The elements of `[a, b]`. */
  array(expression: Expression, what: string, wanted: string): readonly Expression[] {
    if (expression.kind !== 'array') {
      this.refuse(expression, what, wanted);
      return [];
    }
    if (expression.items.length > LONGEST_LIST) {
      this.fail(expression.place, `${what} has more than ${LONGEST_LIST} elements`);
      return [];
    }
    return expression.items;
  }

  /** The one element of `[a]`. */
  pointed(expression: Expression, what: string, wanted: string): Expression | undefined {
    const items = this.array(expression, what, wanted);
    if (items.length === 1) return items[0];
    if (expression.kind === 'array') {
      this.fail(expression.place, `${what} is ${wanted}, with one element, not ${items.length}`);
    }
    return undefined;
  }

  /** The fields of `{a=1, b=2}` by their names, which are among those known. */
  fields(
    expression: Expression,
    what: string,
    wanted: string,
    known: readonly string[] | undefined,
  ): ReadonlyMap<string, Field> {
    const found = new Map<string, Field>();
    if (expression.kind !== 'struct') {
      this.refuse(expression, what, wanted);
      return found;
    }
    for (const field of expression.fields) {
      const { name } = field;
      if (name === undefined || known?.includes(name) === false) {
        const problem =
          name === undefined
            ? 'a field without a name is not among them'
            : `it has no field ${name}`;
        this.fail(field.value.place, `${what} is ${wanted}; ${problem}`);
      } else if (found.has(name)) {
        this.fail(field.value.place, `${what} has the field ${name} twice`);
      } else {
        found.set(name, field);
      }
    }
    return found;
  }

  /** One of a struct's fields that has to be there. */
  required(
    fields: ReadonlyMap<string, Field>,
    name: string,
    struct: Expression,
    what: string,
  ): Expression {
    const field = fields.get(name);
    if (field !== undefined) return field.value;
    this.fail(struct.place, `${what} lacks the field ${name}`);
    return { kind: 'ellipsis', place: struct.place };
  }

  #evaluate(expression: Expression, what: string, wanted: string): bigint {
    if (expression.kind === 'integer') return expression.value;
    if (expression.kind === 'or') {
      let value = 0n;
      for (const operand of expression.operands) value |= this.#evaluate(operand, what, wanted);
      return value;
    }
    if (expression.kind === 'word') {
      const value = numberOf(expression.word);
      if (value !== undefined) return BigInt(value);
      this.fail(expression.place, `${what} is ${wanted}; the name ${expression.word} is not known`);
      return 0n;
    }
    this.refuse(expression, what, wanted);
    return 0n;
  }
}

/** NULL, or the number 0. */
export function isNull(expression: Expression): boolean {
  if (expression.kind === 'integer') return expression.value === 0n;
  return expression.kind === 'word' && expression.word === 'NULL';
}

/** What an expression is, for someone who expected something else. */
function describe(expression: Expression): string {
  switch (expression.kind) {
    case 'ellipsis':
      return '...';
    case 'integer':
      return `the number ${expression.value}`;
    case 'word':
      return expression.word;
    case 'string':
      return 'a string';
    case 'or':
      return 'flags';
    case 'array':
      return 'an array';
    case 'struct':
      return 'a struct';
    case 'call':
      return `${expression.name}()`;
    case 'assignment':
      return `${expression.name} = …`;
  }
}
