/** A line of commands at work, with a keyboard and a screen. */
import { utf8 } from '../../wire/index.ts';
import type { Tasks } from '../tasks.ts';
import type { Foreground } from './setting.ts';
import type { BytePipe, Screen } from './streams.ts';

/** What a job is made of. */
interface JobParts {
  readonly tasks: Tasks;
  readonly foreground: Foreground;
  readonly keyboard: BytePipe;
  readonly screen: Screen;
  /** The exit status, in the end. */
  readonly result: Promise<number>;
}

/** A line at work, made by `host.start`: what it prints, its keyboard, and its end. */
export class Job {
  readonly line: string;
  readonly #parts: JobParts;
  #hasEnded = false;

  constructor(line: string, parts: JobParts) {
    this.line = line;
    this.#parts = parts;
    parts.result.then(
      () => (this.#hasEnded = true),
      () => undefined, // which has failed the run
    );
  }

  /** Whether it has ended already. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Types: a program gets one line at a time, as a terminal hands them over. */
  type(text: string): void {
    for (const line of text.split(/(?<=\n)/)) this.#parts.keyboard.write(utf8(line));
  }

  /** Ctrl-D: nothing more is typed. */
  endInput(): void {
    this.#parts.keyboard.end();
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#parts.foreground.interrupt();
  }

  /** All that stands on the screen: standard output and standard error; not what was typed. */
  get output(): string {
    return this.#parts.screen.text;
  }

  /** The exit status, once it has ended: `await job.ended`. */
  get ended(): Promise<number> {
    const { tasks, result } = this.#parts;
    return tasks.wait<number>(this.line, (resolve) => {
      result.then(
        (status) => tasks.wake(resolve, status),
        () => undefined, // which has failed the run
      );
    });
  }
}
