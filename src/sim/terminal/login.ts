/**
 * Somebody at a host's terminal: `sh` runs a line and gives what it prints, `start` runs one that
 * goes on, with a keyboard.
 */
import type { SimulatedHost } from '../simulated-host.ts';
import type { Tasks } from '../tasks.ts';
import { Job } from './job.ts';
import { Foreground } from './setting.ts';
import { Shell } from './shell.ts';
import { BytePipe, NOTHING, Screen, type Streams } from './streams.ts';

/** A line of commands ended with another status than 0. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
  readonly status: number;
  /** What it wrote to standard output, and to standard error. */
  readonly output: string;
  readonly errors: string;

  constructor(line: string, status: number, output: string, errors: string) {
    const said = errors.trim().split('\n').at(-1) ?? '';
    super(`${line}: ${said === '' ? `exit status ${status}` : said}`);
    this.status = status;
    this.output = output;
    this.errors = errors;
  }
}

/** How a line is run. */
export interface StartOptions {
  /** A run does not wait for its end. Default false. */
  readonly daemon?: boolean;
}

/** A user at a host's shell, made by `host.login`. */
export class Login {
  readonly user: string;
  readonly #host: SimulatedHost;
  readonly #tasks: Tasks;

  constructor(host: SimulatedHost, tasks: Tasks, user: string) {
    this.#host = host;
    this.#tasks = tasks;
    this.user = user;
  }

  /**
   * Runs a line to its end, and gives what it wrote to standard output. Nobody is at the keyboard.
   *
   * @throws CommandError when it ends with another status than 0, which `|| true` prevents
   */
  async sh(line: string): Promise<string> {
    const [output, errors] = [new Screen(), new Screen()];
    const streams = { input: NOTHING, output, errors };
    const status = await this.#run(line, streams, new Foreground(), false);
    if (status !== 0) throw new CommandError(line, status, output.text, errors.text);
    return output.text;
  }

  /** Runs a line to its end, whatever that is, and gives what stands on the screen then. */
  async watch(line: string): Promise<{ readonly text: string; readonly status: number }> {
    const screen = new Screen();
    const streams = { input: NOTHING, output: screen, errors: screen };
    const status = await this.#run(line, streams, new Foreground(), false);
    return { text: screen.text, status };
  }

  /** Starts a line that may go on, with a keyboard and a screen. */
  start(line: string, { daemon = false }: StartOptions = {}): Job {
    const [keyboard, screen, foreground] = [new BytePipe(), new Screen(), new Foreground()];
    const streams = { input: keyboard, output: screen, errors: screen };
    const run = (): Promise<number> => this.#run(line, streams, foreground, daemon);
    const { result } = this.#tasks.start(`${this.#host.name}: bash`, run, { daemon });
    return new Job(line, { tasks: this.#tasks, foreground, keyboard, screen, result });
  }

  #run(line: string, streams: Streams, foreground: Foreground, isDaemon: boolean): Promise<number> {
    const { user } = this;
    const around = { host: this.#host, tasks: this.#tasks, promised: { pid: undefined } };
    return new Shell({ ...around, user, isDaemon, foreground }).run(line, streams);
  }
}
