/**
 * Scripts in parallel: as many worker threads as asked for, each running one script at a time.
 * Verdicts come in the order of the scripts, each as soon as those before it are there. A worker
 * that dies, or that is at one script for too long, costs that script alone.
 */
import { Worker } from 'node:worker_threads';
import type { DrillSettings } from './settings.ts';
import { plainFailure, type Verdict, verdictOf } from './verdict.ts';

/** How long one script may take, in milliseconds of wall time. */
const SCRIPT_LIMIT = 30_000;

/** Takes the verdicts; false ends the run. */
export type TakeVerdict = (verdict: Verdict) => boolean;

/** The threads that a pool runs scripts on. */
export interface Threads {
  readonly count: number;
  /** A thread that answers each message, a file's name, by a verdict. */
  readonly start: () => Worker;
  /** How long an answer may take, in milliseconds. */
  readonly limit: number;
}

/** Threads for running scripts. */
export function scriptThreads(count: number, settings: DrillSettings): Threads {
  const start = (): Worker =>
    new Worker(new URL('worker.js', import.meta.url), { workerData: settings });
  return { count, start, limit: SCRIPT_LIMIT };
}

/** Whether there is a module that threads can load: not where the sources run as they are. */
export const HAS_THREADS: boolean = import.meta.url.endsWith('.js');

/** Runs the scripts; what is a verdict already only takes its turn. */
export async function runInPool(
  files: readonly (string | Verdict)[],
  threads: Threads,
  take: TakeVerdict,
): Promise<void> {
  const pool = new Pool(files, threads, take);
  try {
    await pool.run();
  } finally {
    pool.end();
  }
}

class Pool {
  readonly #files: readonly (string | Verdict)[];
  readonly #threads: Threads;
  readonly #take: TakeVerdict;
  readonly #verdicts: (Verdict | undefined)[];
  readonly #busy = new Set<BusyThread>();
  #next = 0;
  #taken = 0;
  #isOver = false;

  constructor(files: readonly (string | Verdict)[], threads: Threads, take: TakeVerdict) {
    this.#files = files;
    this.#threads = threads;
    this.#take = take;
    this.#verdicts = files.map((file) => (typeof file === 'string' ? undefined : file));
  }

  async run(): Promise<void> {
    this.#hand();
    await Promise.all(Array.from({ length: this.#threads.count }, () => this.#work()));
  }

  /** Ends the threads. */
  end(): void {
    this.#isOver = true;
    for (const thread of this.#busy) thread.end();
  }

  /** One thread's work: script after script, on a fresh thread when the last one is gone. */
  async #work(): Promise<void> {
    let thread: BusyThread | undefined;
    for (let at = this.#claim(); at !== undefined; at = this.#claim()) {
      const file = this.#files[at];
      if (typeof file !== 'string') continue;
      if (thread === undefined || thread.isGone) {
        thread = new BusyThread(this.#threads);
        this.#busy.add(thread);
      }
      this.#verdicts[at] = await thread.run(file);
      this.#hand();
    }
    thread?.end();
  }

  #claim(): number | undefined {
    return this.#isOver || this.#next >= this.#files.length ? undefined : this.#next++;
  }

  /** Hands on what has come, in order. */
  #hand(): void {
    while (!this.#isOver) {
      const verdict = this.#verdicts[this.#taken];
      if (verdict === undefined) return;
      this.#taken += 1;
      if (!this.#take(verdict)) this.end();
    }
  }
}

/** A thread, and the script that it is at. */
class BusyThread {
  readonly #worker: Worker;
  readonly #limit: number;
  #settle: ((verdict: Verdict) => void) | undefined = undefined;
  #file = '';
  #isGone = false;

  constructor({ start, limit }: Threads) {
    this.#limit = limit;
    this.#worker = start();
    this.#worker
      .on('message', (verdict: Verdict) => this.#finish(verdict))
      .on('error', (error: unknown) => this.#fail(`its run broke off: ${messageOf(error)}`))
      .on('exit', (code) => this.#fail(`its run broke off: the thread ended with ${code}`));
  }

  /** Whether it can run no more scripts. */
  get isGone(): boolean {
    return this.#isGone;
  }

  run(file: string): Promise<Verdict> {
    this.#file = file;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#fail(`it ran for more than ${this.#limit / 1000} s of wall time`);
        this.end();
      }, this.#limit);
      this.#settle = (verdict): void => {
        clearTimeout(timer);
        resolve(verdict);
      };
      // A thread has no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      this.#worker.postMessage(file);
    });
  }

  end(): void {
    this.#isGone = true;
    void this.#worker.terminate();
  }

  #fail(message: string): void {
    this.#isGone = true;
    this.#finish(verdictOf(this.#file, 'failed', { failure: plainFailure('broken off', message) }));
  }

  #finish(verdict: Verdict): void {
    this.#settle?.(verdict);
    this.#settle = undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
