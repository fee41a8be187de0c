/**
 * Lines of a shell, in which `tcpetri` and `npx tcpetri` are the built command: where a fresh
 * process of it would do nothing else, one that stays does it.
 */
import { spawnSync } from 'node:child_process';
import { afterAll } from 'vitest';
import { COMMAND, type Ended } from './built.ts';
import { WarmCommand } from './warm-command.ts';

/**
 * A command that reads nothing, without redirections, with or without a pipe behind it: its words,
 * and what reads them.
 */
const PLAIN =
  /^(?:npx )?tcpetri (?!bridge|shell)((?:'[^']*'|[^'"$`|&;<>#]|\S#)+)(?:#.*|\|(?!\|)(.*))?$/;

export class WarmShell {
  readonly #directory: string;
  readonly #surroundings: string;
  readonly #command = new WarmCommand();

  /** A shell in a directory, beside what `surroundings` defines; it ends with the test file. */
  constructor(directory: string, surroundings = '') {
    this.#directory = directory;
    this.#surroundings = surroundings;
    afterAll(() => this.#command.end());
  }

  async run(line: string): Promise<Ended> {
    const [, text, reader] = PLAIN.exec(line) ?? [];
    if (text === undefined) return this.#bash(line.replaceAll('npx tcpetri', 'tcpetri'));
    const { stdout } = this.#bash(`printf '%s\\0' ${text}`);
    const words = stdout.toString().split('\0').slice(0, -1);
    const done = await this.#command.run({ words, directory: this.#directory });
    if (reader === undefined) return done;
    const read = this.#bash(reader, done.stdout);
    return { ...read, status: read.status === 0 ? done.status : read.status };
  }

  #bash(line: string, input: Uint8Array = Buffer.of()): Ended {
    const define = `tcpetri() { "${process.execPath}" "${COMMAND}" "$@"; }`;
    const script = `${define}\n${this.#surroundings}\n${line}`;
    const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', script], {
      cwd: this.#directory,
      env: { PATH: process.env['PATH'], HOME: this.#directory, TZ: 'UTC' },
      input,
    });
    return { status, stdout, stderr: stderr.toString() };
  }
}
