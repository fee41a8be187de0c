/** Words and operators into lists of pipelines (XCU 2.10, without compound commands). */
import { tokenize, type Token } from './lexer.ts';
import { ShellError } from './shell-error.ts';
import type { AndOrList, Pipeline, Redirection, SimpleCommand, Word } from './tree.ts';

/** The longest text. */
const LENGTH_LIMIT = 100_000;

/** Words that begin what is not interpreted; only where a command's name may stand. */
// prettier-ignore
const RESERVED = [
  'if', 'then', 'else', 'elif', 'fi', 'do', 'done', 'case', 'esac', 'while', 'until', 'for',
  'function', '{', '}', '[[', 'select',
];

const REDIRECTION = /^([012]?)(>>|>&|<&|&>>|&>|<<|>|<)$/;

/** @throws ShellError naming the line and what is wrong there. */
export function parseCommands(text: string): AndOrList[] {
  if (text.length > LENGTH_LIMIT) {
    throw new ShellError(1, `more than ${LENGTH_LIMIT} characters of commands`);
  }
  return new Parser(tokenize(text)).lists();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  lists(): AndOrList[] {
    const lists: AndOrList[] = [];
    for (;;) {
      while (this.#takes('\n'));
      if (this.#at >= this.#tokens.length) return lists;
      const list = this.#list();
      const isBackground = this.#takes('&');
      lists.push({ ...list, isBackground });
      const next = this.#tokens[this.#at];
      if (next === undefined || isBackground) continue;
      if (!this.#takes(';') && !this.#takes('\n')) this.#refuse(next);
    }
  }

  #takes(operator: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'operator' || token.text !== operator) return false;
    this.#at += 1;
    return true;
  }

  #list(): Omit<AndOrList, 'isBackground'> {
    const first = this.#pipeline();
    const rest: { operator: '&&' | '||'; pipeline: Pipeline }[] = [];
    for (;;) {
      const operator = this.#takes('&&') ? '&&' : this.#takes('||') ? '||' : undefined;
      if (operator === undefined) return { first, rest };
      while (this.#takes('\n'));
      rest.push({ operator, pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    let isNegated = false;
    while (isBang(this.#tokens[this.#at])) {
      isNegated = !isNegated;
      this.#at += 1;
    }
    const commands = [this.#command()];
    while (this.#takes('|')) {
      while (this.#takes('\n'));
      commands.push(this.#command());
    }
    return { isNegated, commands };
  }

  #command(): SimpleCommand {
    const begin = this.#tokens[this.#at];
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token === undefined) break;
      if (token.kind === 'operator') {
        const redirection = this.#redirection(token);
        if (redirection === undefined) break;
        redirections.push(redirection);
        continue;
      }
      const assignment = words.length === 0 ? assignmentOf(token.word) : undefined;
      if (assignment !== undefined) assignments.push(assignment);
      else {
        if (words.length === 0) mustBeSimple(token.line, token.word);
        words.push(token.word);
      }
      this.#at += 1;
    }
    if (begin === undefined || words.length + assignments.length + redirections.length === 0) {
      this.#refuse(this.#tokens[this.#at]);
    }
    return { line: begin.line, assignments, words, redirections };
  }

  #redirection(token: Token & { kind: 'operator' }): Redirection | undefined {
    const match = REDIRECTION.exec(token.text);
    if (match === null) return undefined;
    const [, digit = '', sign = ''] = match;
    if (sign === '<<') throw new ShellError(token.line, 'here-documents are not interpreted here');
    this.#at += 1;
    const target = this.#tokens[this.#at];
    if (target?.kind !== 'word') throw new ShellError(token.line, `${token.text} wants a file`);
    this.#at += 1;
    if (sign === '&>' || sign === '&>>') {
      const kind = sign === '&>' ? 'write' : 'append';
      return { fd: 'both', kind, target: target.word };
    }
    const usual = sign.startsWith('<') ? 0 : 1;
    const fd = digit === '' ? usual : digit === '0' ? 0 : digit === '1' ? 1 : 2;
    const kind = KINDS[sign];
    return { fd, kind: kind ?? 'write', target: target.word };
  }

  #refuse(token: Token | undefined): never {
    if (token === undefined) {
      throw new ShellError(this.#tokens.at(-1)?.line ?? 1, 'a command is missing at the end');
    }
    if (token.kind === 'word') throw new ShellError(token.line, 'a word stands where none may');
    const { text, line } = token;
    if (text === '(')
      throw new ShellError(line, 'subshells and functions are not interpreted here');
    throw new ShellError(line, `unexpected ${text === '\n' ? 'end of line' : `"${text}"`}`);
  }
}

const KINDS: Readonly<Record<string, Redirection['kind']>> = {
  '<': 'read',
  '>': 'write',
  '>>': 'append',
  '>&': 'duplicate',
  '<&': 'duplicate',
};

function isBang(token: Token | undefined): boolean {
  return token?.kind === 'word' && plainText(token.word) === '!';
}

/** The text of a word without quotes and variables. */
function plainText(word: Word): string | undefined {
  const [part] = word;
  return word.length === 1 && part?.kind === 'text' && !part.isQuoted ? part.text : undefined;
}

function mustBeSimple(line: number, word: Word): void {
  const text = plainText(word);
  if (text !== undefined && RESERVED.includes(text)) {
    throw new ShellError(line, `"${text}" is not interpreted here, only simple commands are`);
  }
}

/** `NAME=value` before the command's name. */
function assignmentOf(word: Word): { name: string; value: Word } | undefined {
  const [first, ...rest] = word;
  if (first?.kind !== 'text' || first.isQuoted) return undefined;
  const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(first.text);
  if (match === null) return undefined;
  const [, name = '', text = ''] = match;
  return { name, value: [{ kind: 'text', text, isQuoted: false }, ...rest] };
}
