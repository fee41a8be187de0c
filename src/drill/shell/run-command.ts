/**
 * The shell commands of a script, interpreted: no process is ever started. What the shell does not
 * have itself is the stack's (`sysctl`, `ip`, `tc` …), and what neither has is refused.
 */
import {
  type AndOrList,
  expandToFields,
  expandToText,
  failedWith,
  Outputs,
  parseCommands,
  type Pipeline,
  readText,
  ShellError,
  type SimpleCommand,
  succeeded,
  type ToolFiles,
  type ToolResult,
  TOOLS,
  writeText,
} from '../../shell/index.ts';
import { seconds } from '../../stack/index.ts';
import type { ShellEnvironment } from './environment.ts';
import { scriptNamed } from './scripts.ts';

/** What became of a command text. */
export interface CommandRun {
  /** The exit status of the last command; 2 where the text was not understood. */
  readonly status: number;
  /** All that was printed, errors too. */
  readonly output: string;
  /** Why the shell gave up: `line 3: cannot run "python3": …`. */
  readonly error?: string;
}

/** The most that one command text may print, and that one of its commands may be, in characters. */
const OUTPUT_LIMIT = 1_000_000;
/** The most octets of files that one command text may read: copies of copies grow fast. */
const READ_LIMIT = 64 * 1024 * 1024;

/** Runs the commands between two backticks. Never throws for what is written in them. */
export function runCommand(text: string, environment: ShellEnvironment): CommandRun {
  const shell = new Shell(environment);
  try {
    shell.run(parseCommands(text));
    return { status: shell.status, output: shell.output };
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    const { line, message } = error;
    return { status: 2, output: shell.output, error: `line ${line}: ${message}` };
  }
}

/** Files of a script are its own and go with it; there are no folders and no permissions. */
const WITHOUT_EFFECT: readonly string[] = ['rm', 'chmod', 'cd', 'sync'];

/** An hour is more than any script waits. */
const SLEEP_LIMIT = 3600;

function sleep([text = '']: readonly string[], environment: ShellEnvironment): ToolResult {
  const amount = /^(\d{1,5}(?:\.\d{1,9})?)s?$/.exec(text)?.[1];
  if (amount === undefined || Number(amount) > SLEEP_LIMIT) {
    return failedWith(1, `sleep: invalid time interval '${text}'`);
  }
  if (environment.sleep === undefined) {
    return failedWith(1, 'sleep: time belongs to the script here: write +N before the next event');
  }
  environment.sleep(seconds(Number(amount)));
  return succeeded();
}

/** `exit` was called. */
class Exit extends Error {}

class Shell {
  status = 0;
  output = '';
  #line = 1;
  #octetsRead = 0;
  readonly #environment: ShellEnvironment;
  readonly #files: ToolFiles;
  readonly #variables: Map<string, string>;

  constructor(environment: ShellEnvironment) {
    this.#environment = environment;
    const { stack } = environment;
    this.#files = {
      readFile: (path) => this.#read(stack.readFile(path, environment.now)),
      // The kernel's files are there or not; nobody makes one.
      writeFile: (path, bytes) =>
        (!/^\/(?:proc|sys)\//.test(path) || stack.readFile(path, environment.now) !== undefined) &&
        stack.writeFile(path, bytes, environment.now),
    };
    this.#variables = new Map([['PPID', '1'], ...environment.variables]);
    const pid = environment.variables.get('PACKETDRILL_PID');
    if (pid !== undefined) this.#variables.set('PPID', pid);
  }

  #read(bytes: Uint8Array | undefined): Uint8Array | undefined {
    this.#octetsRead += bytes?.length ?? 0;
    if (this.#octetsRead <= READ_LIMIT) return bytes;
    throw new ShellError(this.#line, `more than ${READ_LIMIT} octets of files are read`);
  }

  run(lists: readonly AndOrList[]): void {
    try {
      for (const list of lists) this.#runList(list);
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
    }
  }

  #runList({ isBackground, first, rest }: AndOrList): void {
    if (isBackground) {
      throw new ShellError(first.commands[0]!.line, 'nothing runs in the background here: "&"');
    }
    this.#runPipeline(first);
    for (const { operator, pipeline } of rest) {
      if ((this.status === 0) === (operator === '&&')) this.#runPipeline(pipeline);
    }
  }

  #runPipeline({ isNegated, commands }: Pipeline): void {
    let piped = '';
    for (const [i, command] of commands.entries()) {
      const result = this.#runSimple(command, piped);
      this.#print(result.errors, command.line);
      piped = result.output;
      if (i === commands.length - 1) this.#print(piped, command.line);
      this.status = result.status;
    }
    if (isNegated) this.status = this.status === 0 ? 1 : 0;
  }

  #print(text: string, line: number): void {
    this.output += text;
    if (this.output.length > OUTPUT_LIMIT) {
      this.output = this.output.slice(0, OUTPUT_LIMIT);
      throw new ShellError(line, `more than ${OUTPUT_LIMIT} characters of output`);
    }
  }

  readonly #variable = (name: string): string | undefined => {
    if (name === '?') return String(this.status);
    return name === '$' ? this.#variables.get('PPID') : this.#variables.get(name);
  };

  #runSimple(command: SimpleCommand, piped: string): ToolResult {
    const { line } = command;
    this.#line = line;
    const words = this.#fieldsOf(command);
    // Variables set for one command only would be seen by no command here: all know the words.
    for (const { name, value } of command.assignments) {
      const text = expandToText(value, this.#variable, line);
      if (words.length === 0) this.#variables.set(name, text);
    }
    let input = piped;
    const outputs = new Outputs();
    for (const { fd, kind, target } of command.redirections) {
      const path = expandToText(target, this.#variable, line);
      if (kind === 'read') {
        const text = readText(path, this.#files);
        if (text === undefined) return failedWith(2, `${path}: No such file or directory`);
        input = text;
      } else if (kind === 'duplicate') {
        if (!outputs.duplicate(fd, path)) throw new ShellError(line, `no file descriptor ${path}`);
      } else outputs.redirect(fd, { path, isAppended: kind === 'append' });
    }
    const result = words.length === 0 ? succeeded() : this.#runWords(words, input, line);
    return this.#deliver(outputs, result);
  }

  /** The words that a command gets, which real systems bound, too (ARG_MAX). */
  #fieldsOf({ words, line }: SimpleCommand): string[] {
    const fields: string[] = [];
    let length = 0;
    for (const word of words) {
      for (const field of expandToFields(word, this.#variable, line)) {
        length += field.length + 1;
        if (length > OUTPUT_LIMIT) throw new ShellError(line, 'a command grows too long');
        fields.push(field);
      }
    }
    return fields;
  }

  #runWords(words: readonly string[], input: string, line: number): ToolResult {
    const [written = '', ...operands] = words;
    const isScript = ['.', 'source', 'sh', 'bash'].includes(written);
    const path = isScript ? (operands[0] ?? '') : written;
    const script = scriptNamed(path);
    if (script !== undefined) {
      return script(isScript ? operands.slice(1) : operands, this.#environment, this.#files);
    }
    const name = written.replace(/^(?:\/usr)?\/s?bin\//, '');
    switch (name) {
      case 'exit':
        this.status = operands[0] === undefined ? this.status : Number(operands[0]) & 255;
        throw new Exit();
      case 'export':
        return this.#export(operands);
      case 'unset':
        for (const variable of operands) this.#variables.delete(variable);
        return succeeded();
      case 'set': // `set -e`, `set -x`: a failure is the script's matter
        return succeeded();
      case 'sleep':
        return sleep(operands, this.#environment);
      default:
    }
    const tool = TOOLS.get(name);
    if (tool !== undefined) return tool(operands, () => input, this.#files);
    if (WITHOUT_EFFECT.includes(name)) return succeeded();
    const { stack, now } = this.#environment;
    const result = stack.command([name, ...operands], input, now);
    if (result === undefined) {
      const known = 'sysctl, nstat, ip, tc, ethtool, ss, sockstat, tcpdrop and small tools of text';
      throw new ShellError(line, `cannot run "${written}": tcpetri interprets only ${known}`);
    }
    const { status, output } = result;
    // A stack has one output: of a command that failed it is what went wrong.
    return status === 0 ? succeeded(output) : { status, output: '', errors: output };
  }

  #export(operands: readonly string[]): ToolResult {
    for (const operand of operands) {
      const match = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(operand);
      if (match === null) return failedWith(1, `export: ${operand}: bad variable name`);
      const [, name = '', value] = match;
      if (value !== undefined) this.#variables.set(name, value);
    }
    return succeeded();
  }

  /** Brings the two outputs where they are to go; what is left goes on to pipe and screen. */
  #deliver(outputs: Outputs, { status, output, errors }: ToolResult): ToolResult {
    const left = { output: '', errors: '' };
    const written = new Map<string, { text: string; isAppended: boolean }>();
    for (const [text, target] of [
      [errors, outputs.errors],
      [output, outputs.output],
    ] as const) {
      if (target === 'output' || target === 'errors') left[target] += text;
      else {
        const before = written.get(target.path)?.text ?? '';
        written.set(target.path, { text: before + text, isAppended: target.isAppended });
      }
    }
    for (const [path, { text, isAppended }] of written) {
      const before = isAppended ? (readText(path, this.#files) ?? '') : '';
      if (!writeText(path, before + text, this.#files)) {
        const refused = failedWith(1, `${path}: cannot be written`);
        return { ...refused, errors: left.errors + refused.errors };
      }
    }
    return { status, ...left };
  }
}
