/**
 * The shell of a host: it runs lists of pipelines on virtual time, each program in a process of its
 * own, with streams that lead to the terminal, to files, or to one another.
 *
 * It knows quotes, variables, `$((…))`, `$(…)`, `| ; && || & !`, and redirections. It does not know
 * loops, functions and patterns of file names, and says so.
 */
import {
  type AndOrList,
  expandToFields,
  expandToText,
  Outputs,
  parseCommands,
  type Pipeline,
  ShellError,
  type SimpleCommand,
  type Target,
  type Word,
} from '../../shell/index.ts';
import { ROOT, wordsOf } from '../../stack/index.ts';
import { octetsToText, textToOctets } from '../../wire/index.ts';
import { FileError, isKernels } from '../host-files.ts';
import { BUILTINS } from './builtins.ts';
import { execute } from './execute.ts';
import { Foreground, INTERRUPTED, type ShellSetting } from './setting.ts';
import { ShellExit } from './shell-exit.ts';
import {
  BytePipe,
  FileSink,
  FileSource,
  NOTHING,
  Screen,
  type Sink,
  type Streams,
} from './streams.ts';

/** What bash says where a command was not found, and where words make none. */
const NOT_FOUND = 127;
const NOT_UNDERSTOOD = 2;

/** The most octets that the words of one command have (ARG_MAX). */
const WORDS_LIMIT = 2 * 1024 * 1024;
/** How deep `$(…)` may stand in one another. */
const DEPTH_LIMIT = 20;

/** What was started with `&`. */
export interface BackgroundJob {
  readonly ended: Promise<number>;
  readonly foreground: Foreground;
}

export class Shell {
  /** The exit status of the last command. */
  status = 0;
  readonly variables: Map<string, string>;
  /** What was started with `&` and has not been waited for, by process id. */
  readonly background: Map<number, BackgroundJob>;
  readonly setting: ShellSetting;
  readonly #depth: number;

  constructor(setting: ShellSetting, parent?: Shell) {
    this.setting = setting;
    this.#depth = parent === undefined ? 0 : parent.#depth + 1;
    this.background = new Map(parent?.background);
    this.variables = new Map(parent?.variables ?? usualVariables(setting));
    this.status = parent?.status ?? 0;
  }

  /**
   * Runs a text; what is wrong with it is told on standard error. Gives the status of the last
   * command.
   */
  async run(text: string, streams: Streams): Promise<number> {
    try {
      for (const list of parseCommands(text)) await this.#runList(list, streams);
    } catch (error) {
      if (error instanceof ShellError) this.misunderstood(error, streams);
      else if (!(error instanceof ShellExit)) throw error;
    }
    return this.status;
  }

  misunderstood({ line, message }: ShellError, { errors }: Streams): void {
    this.complain(errors, `line ${line}: ${message}`);
    this.status = NOT_UNDERSTOOD;
  }

  /** Says something in the shell's own name. */
  complain(errors: Sink, text: string): void {
    errors.write(textToOctets(`bash: ${text}\n`));
  }

  async #runList(list: AndOrList, streams: Streams): Promise<void> {
    if (list.isBackground) {
      this.#runInBackground({ ...list, isBackground: false }, streams);
      return;
    }
    await this.#runPipeline(list.first, streams);
    for (const { operator, pipeline } of list.rest) {
      if ((this.status === 0) === (operator === '&&')) await this.#runPipeline(pipeline, streams);
    }
  }

  /** A shell of its own runs it, without a keyboard, and nobody waits for it unless told to. */
  #runInBackground(list: AndOrList, streams: Streams): void {
    const { host, tasks } = this.setting;
    const pid = host.nextPid();
    const foreground = new Foreground();
    const shell = new Shell(
      { ...this.setting, isDaemon: true, foreground, promised: { pid } },
      this,
    );
    const body = async (): Promise<number> => {
      try {
        await shell.#runList(list, { ...streams, input: NOTHING });
      } catch (error) {
        if (error instanceof ShellError) shell.misunderstood(error, streams);
        else if (!(error instanceof ShellExit)) throw error;
      }
      return shell.status;
    };
    const running = body(); // its first program is there before the next command runs
    const { result: ended } = tasks.start(`${host.name}: bash`, () => running, { daemon: true });
    this.background.set(pid, { ended, foreground });
    this.variables.set('!', String(pid));
    this.status = 0;
  }

  async #runPipeline({ isNegated, commands }: Pipeline, streams: Streams): Promise<void> {
    const { foreground } = this.setting;
    if (foreground.wasInterrupted) {
      this.status = INTERRUPTED;
      throw new ShellExit();
    }
    const [only] = commands;
    if (only !== undefined && commands.length === 1)
      this.status = await this.#runCommand(only, streams);
    else this.status = await this.#runPiped(commands, streams);
    if (foreground.wasInterrupted && this.status === INTERRUPTED) throw new ShellExit();
    foreground.wasInterrupted = false; // they made something else of it
    if (isNegated) this.status = this.status === 0 ? 1 : 0;
  }

  /** Each command in a shell of its own, all at once, every output the next one's input. */
  async #runPiped(commands: readonly SimpleCommand[], streams: Streams): Promise<number> {
    const pipes = commands.slice(1).map(() => new BytePipe());
    const statuses = commands.map(async (command, i) => {
      const before = pipes[i - 1];
      const behind = pipes[i];
      const shell = new Shell(this.setting, this);
      const input = before ?? streams.input;
      try {
        return await shell.#runCommand(command, {
          ...streams,
          input,
          output: behind ?? streams.output,
        });
      } catch (error) {
        if (error instanceof ShellExit) return shell.status;
        throw error;
      } finally {
        behind?.end();
        before?.abandon();
      }
    });
    return (await Promise.all(statuses)).at(-1) ?? 0;
  }

  async #runCommand(command: SimpleCommand, streams: Streams): Promise<number> {
    const words = await this.#fieldsOf(command, streams);
    const assigned = new Map<string, string>();
    for (const { name, value } of command.assignments) {
      assigned.set(name, await this.#textOf(value, command.line, streams));
    }
    let redirected: Streams;
    try {
      redirected = await this.#redirect(command, streams);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.complain(streams.errors, error.message);
      return 1;
    }
    const [name, ...operands] = words;
    if (name !== undefined) {
      try {
        return await this.runWords(name, operands, redirected);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        const { output, errors } = redirected;
        if (errors !== output)
          this.complain(errors, `${name}: write error: ${wordsOf(error.code)}`);
        return 1;
      }
    }
    for (const [variable, value] of assigned) this.variables.set(variable, value);
    return 0;
  }

  /** Runs a command by its words: what the shell has itself, a program, an administrator's tool. */
  async runWords(
    name: string,
    operands: readonly string[],
    streams: Streams,
    setting: ShellSetting = this.setting,
  ): Promise<number> {
    const plain = name.replace(/^(?:\/usr)?\/s?bin\//, '');
    const builtin = BUILTINS.get(plain);
    if (builtin !== undefined) {
      const shell = setting === this.setting ? this : new Shell(setting, this);
      return builtin(shell, operands, streams);
    }
    const program = setting.host.program(plain);
    if (program !== undefined) return execute(plain, program, operands, streams, setting);
    const outcome = setting.host.administer([plain, ...operands], setting.user);
    if (outcome === undefined) {
      this.complain(streams.errors, `${name}: command not found`);
      return NOT_FOUND;
    }
    const { status, output, note = '' } = outcome;
    streams.errors.write(textToOctets(note));
    (status === 0 ? streams.output : streams.errors).write(textToOctets(output));
    return status;
  }

  async #redirect({ redirections, line }: SimpleCommand, streams: Streams): Promise<Streams> {
    const { host, user } = this.setting;
    const { files } = host;
    const outputs = new Outputs();
    const sinks = new Map<Target, Sink>([
      ['output', streams.output],
      ['errors', streams.errors],
    ]);
    let { input } = streams;
    for (const { fd, kind, target } of redirections) {
      const path = await this.#textOf(target, line, streams);
      if (kind === 'read') input = new FileSource(files, path);
      else if (kind === 'duplicate') {
        if (!outputs.duplicate(fd, path)) throw new ShellError(line, `no file descriptor ${path}`);
      } else {
        if (user !== ROOT && isKernels(path)) throw new FileError('EACCES', path);
        const file = { path, isAppended: kind === 'append' };
        sinks.set(file, new FileSink(files, path, file.isAppended));
        outputs.redirect(fd, file);
      }
    }
    return { input, output: sinks.get(outputs.output)!, errors: sinks.get(outputs.errors)! };
  }

  readonly #variable = (name: string): string | undefined =>
    name === '?' ? String(this.status) : this.variables.get(name);

  async #fieldsOf({ words, line }: SimpleCommand, streams: Streams): Promise<string[]> {
    const fields: string[] = [];
    let length = 0;
    for (const word of words) {
      for (const field of expandToFields(
        await this.#substitute(word, line, streams),
        this.#variable,
        line,
      )) {
        length += field.length + 1;
        if (length > WORDS_LIMIT) throw new ShellError(line, 'a command grows too long');
        fields.push(field);
      }
    }
    return fields;
  }

  async #textOf(word: Word, line: number, streams: Streams): Promise<string> {
    return expandToText(await this.#substitute(word, line, streams), this.#variable, line);
  }

  /** The word with what its commands print in their places, without the line feeds at the end. */
  async #substitute(word: Word, line: number, streams: Streams): Promise<Word> {
    if (!word.some(({ kind }) => kind === 'substitution')) return word;
    if (this.#depth >= DEPTH_LIMIT) throw new ShellError(line, '$(…) stands too deep in itself');
    const parts: Word[number][] = [];
    for (const part of word) {
      if (part.kind !== 'substitution') parts.push(part);
      else {
        const screen = new Screen();
        const shell = new Shell(this.setting, this);
        this.status = await shell.run(part.text, { ...streams, output: screen });
        if (this.setting.foreground.wasInterrupted) throw new ShellExit();
        const text = this.#substituteFor(screen.octets, streams);
        parts.push({ kind: 'substituted', text, isQuoted: part.isQuoted });
      }
    }
    return parts;
  }

  /** What stands for `$(…)`: what was printed, without zeros and the line feeds at its end. */
  #substituteFor(printed: Uint8Array, { errors }: Streams): string {
    const octets = printed.filter((octet) => octet !== 0);
    if (octets.length < printed.length) {
      this.complain(errors, 'warning: command substitution: ignored null byte in input');
    }
    return octetsToText(octets).replace(/\n+$/, '');
  }
}

function usualVariables({ host, user }: ShellSetting): ReadonlyMap<string, string> {
  return new Map([
    ['0', 'bash'],
    ['#', '0'],
    ['HOSTNAME', host.name],
    ['USER', user],
    ['LOGNAME', user],
    ['HOME', user === 'root' ? '/root' : `/home/${user}`],
  ]);
}
