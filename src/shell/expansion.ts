/** Words into the fields that a command gets: values, then splitting at blanks (XCU 2.6). */
import { ArithmeticError, evaluateArithmetic } from './arithmetic.ts';
import { ShellError } from './shell-error.ts';
import type { Word, WordPart } from './tree.ts';

/** The longest word that variables may make. */
const LENGTH_LIMIT = 100_000;

/** The value of a variable; nothing when it is not set. */
export type Variables = (name: string) => string | undefined;

/** A word as one text: of assignments and redirections. */
export function expandToText(word: Word, variables: Variables, line: number): string {
  const text = word.map((part) => valueOf(part, variables, line)).join('');
  return checked(text, line);
}

/** A word as fields: none, one or several. Patterns of file names stay as they are. */
export function expandToFields(word: Word, variables: Variables, line: number): string[] {
  const fields: string[] = [];
  let field: string | undefined;
  for (const part of word) {
    const value = checked(valueOf(part, variables, line), line);
    if (part.isQuoted || part.kind === 'text') {
      field = checked((field ?? '') + value, line);
      continue;
    }
    const pieces = value.split(/[ \t\n]+/);
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) {
        if (field !== undefined) fields.push(field);
        field = undefined;
      }
      if (piece !== '') field = checked((field ?? '') + piece, line);
    }
  }
  if (field !== undefined) fields.push(field);
  return fields;
}

function valueOf(part: WordPart, variables: Variables, line: number): string {
  switch (part.kind) {
    case 'text':
    case 'substituted':
      return part.text;
    case 'substitution':
      throw new ShellError(line, 'command substitution is not interpreted here');
    case 'variable':
      return variables(part.name) ?? '';
    case 'arithmetic': {
      // `$NAME` inside is its text (XCU 2.6.4).
      const text = part.text.replaceAll(
        /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
        (_, braced: string | undefined, bare: string | undefined) =>
          variables(braced ?? bare ?? '') ?? '',
      );
      try {
        return String(evaluateArithmetic(text, variables));
      } catch (error) {
        if (error instanceof ArithmeticError) {
          throw new ShellError(line, `$((${part.text.trim()})): ${error.message}`);
        }
        throw error;
      }
    }
  }
}

function checked(text: string, line: number): string {
  if (text.length > LENGTH_LIMIT) throw new ShellError(line, 'a word grows too long');
  return text;
}
