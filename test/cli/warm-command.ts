/**
 * The built command in a process that stays: it does one command after the other, each as a process
 * of its own would. To load what a command needs takes ten times as long as most commands do.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Ended } from './built.ts';

/** A command: its words, and the directory that it is given in. */
export interface Given {
  readonly words: readonly string[];
  readonly directory: string;
}

export class WarmCommand {
  readonly #process: ChildProcess = fork(
    fileURLToPath(new URL('warm-command-process.ts', import.meta.url)),
    {
      env: { PATH: process.env['PATH'], TZ: 'UTC' },
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced', // octets are octets
    },
  );
  #last: Promise<unknown> = Promise.resolve();

  /** Does what the words of a command line ask for, when the commands before are done. */
  run(given: Given): Promise<Ended> {
    const done = this.#last.then(() => this.#do(given));
    this.#last = done.catch(() => {});
    return done;
  }

  #do(given: Given): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const onExit = (status: number | null): void => {
        reject(new Error(`${given.words.join(' ')}: the process ended with ${status}`));
      };
      this.#process.once('exit', onExit);
      this.#process.once('message', (done: Ended) => {
        this.#process.off('exit', onExit);
        resolve(done);
      });
      this.#process.send(given, (error) => {
        if (error !== null) reject(error);
      });
    });
  }

  end(): void {
    this.#process.kill();
  }
}
