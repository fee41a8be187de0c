/**
 * The code of a script: each snippet with the snapshot of its moment, all of them one program that
 * runs after the last event. Variables live from one snippet to the next; the first failure ends
 * it, as an exception ends Python.
 */
import type { CodeRun, SocketSnapshot } from '../run/live.ts';
import { ScriptError } from '../run/live.ts';
import type { CodeSpec, Place } from '../syntax/script.ts';
import { calculate, evaluate, isTrue, valuesOf } from './evaluate.ts';
import { show } from './format.ts';
import { CONSTANTS, explainMissing, meaningOf, namesIn } from './names.ts';
import { parseCode } from './parse.ts';
import { CodeError } from './tree.ts';
import type { Expression, Statement, Value } from './tree.ts';

/** What is wrong with the text of a snippet, before it is run. */
export function checkCode(spec: CodeSpec): ScriptError | undefined {
  const error = failureIn(() => void parseCode(spec.text));
  return error && new ScriptError(placeIn(spec, error.at), error.message);
}

export class CodeProgram implements CodeRun {
  readonly #snippets: { readonly spec: CodeSpec; readonly socket: SocketSnapshot }[] = [];

  snapshot(spec: CodeSpec, socket: SocketSnapshot): void {
    this.#snippets.push({ spec, socket });
  }

  finish(): readonly ScriptError[] {
    const variables = new Map<string, Value>();
    for (const { spec, socket } of this.#snippets) {
      const scope = new Scope(variables, namesIn(socket));
      const error = failureIn(() => {
        for (const statement of parseCode(spec.text)) run(statement, scope);
      });
      if (error !== undefined) return [new ScriptError(placeIn(spec, error.at), error.message)];
    }
    return [];
  }
}

/** The names of one snippet. */
class Scope {
  readonly #variables: Map<string, Value>;
  /** Wins over variables of earlier snippets, but not over what this one assigns. */
  readonly #snapshot: Map<string, Value>;

  constructor(variables: Map<string, Value>, snapshot: Map<string, Value>) {
    this.#variables = variables;
    this.#snapshot = snapshot;
  }

  readonly lookup = (name: string, at: number): Value => {
    const value = this.find(name);
    if (value === undefined) throw new CodeError(at, explainMissing(name));
    return value;
  };

  find(name: string): Value | undefined {
    for (const names of [this.#snapshot, this.#variables]) {
      const value = names.get(name);
      if (value !== undefined) return value; // None is null
    }
    return CONSTANTS.get(name);
  }

  assign(name: string, value: Value): void {
    this.#snapshot.delete(name);
    this.#variables.set(name, value);
  }
}

function run(statement: Statement, scope: Scope): void {
  switch (statement.kind) {
    case 'expression':
      evaluate(statement.value, scope.lookup);
      return;
    case 'print':
      for (const value of statement.values) valuesOf(value, scope.lookup);
      return;
    case 'assign': {
      const { name, operator, at } = statement;
      const value = evaluate(statement.value, scope.lookup);
      const isPlain = operator === undefined;
      scope.assign(name, isPlain ? value : calculate(operator, scope.lookup(name, at), value, at));
      return;
    }
    case 'assert':
      if (isTrue(evaluate(statement.condition, scope.lookup))) return;
      throw new CodeError(statement.at, describeFailure(statement, scope));
  }
}

/** `assert tcpi_snd_cwnd == 10 failed: tcpi_snd_cwnd = 12 ("the window")`. */
function describeFailure(
  { condition, message, text }: Extract<Statement, { kind: 'assert' }>,
  scope: Scope,
): string {
  const values = [...namesOf(condition)].map((name) => {
    const value = scope.find(name) ?? null;
    const meaning = meaningOf(name, value);
    return `${name} = ${show(value)}${meaning === undefined ? '' : ` (${meaning})`}`;
  });
  const parts = [`${text} failed`];
  if (values.length > 0) parts.push(values.join(', '));
  // A message that is only one of the names says nothing new.
  if (message !== undefined && !(message.kind === 'name' && namesOf(condition).has(message.name))) {
    const said = valuesOf(message, scope.lookup);
    parts.push(said.map((it) => (typeof it === 'string' ? it : show(it))).join(', '));
  }
  return parts.join(': ').replaceAll(/\s*\n\s*/g, ' ');
}

/** The names that decide an expression, in the order written. */
function namesOf(expression: Expression, found: Set<string> = new Set()): Set<string> {
  for (const part of partsOf(expression)) {
    if (part.kind === 'name') found.add(part.name);
    else namesOf(part, found);
  }
  if (expression.kind === 'name') found.add(expression.name);
  return found;
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'comparison':
      return [expression.first, ...expression.rest.map((it) => it.operand)];
    case 'and':
    case 'or':
      return expression.operands;
    case 'call':
      return expression.values;
    case 'tuple':
      return expression.items;
    case 'name':
    case 'constant':
      return [];
  }
}

/**
 * Where a character of a snippet is in the script. The blanks behind `%{` are not part of the
 * text; on its first line there is one, as everybody writes it.
 */
function placeIn(spec: CodeSpec, at: number): Place {
  const before = spec.text.slice(0, at).split('\n');
  const line = spec.place.line + before.length - 1;
  const last = (before.at(-1) ?? '').length;
  return { line, column: before.length === 1 ? spec.place.column + 3 + last : last + 1 };
}

function failureIn(action: () => void): CodeError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof CodeError) return error;
    throw error;
  }
}
