/** Running scripts: which, how many at a time, and what is said of them. */
import { readFileSync } from 'node:fs';
import { checkOptions } from './check-options.ts';
import type { DrillCommandOptions } from './command.ts';
import type { GivenOption } from '../../drill/index.ts';
import { UsageError } from '../errors.ts';
import { Progress } from '../progress.ts';
import { HAS_THREADS, runInPool, scriptThreads, type TakeVerdict } from './pool.ts';
import { printScripts } from './print-scripts.ts';
import { makeReporter } from './reporters/make-reporter.ts';
import { Summary } from './reporters/summary.ts';
import { runScriptFile, runScriptText } from './run-script.ts';
import { findScripts, STANDARD_INPUT, type ScriptFile } from './script-files.ts';
import { modeAmong } from './script-text.ts';
import type { DrillSettings } from './settings.ts';
import { styleOf } from './style.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** Some scripts failed: exit status 1. */
class ScriptsFailed extends Error {
  override readonly name = 'ScriptsFailed';
}

/**
 * Threads are started when the scripts that are left would take longer than this, in milliseconds,
 * by what those before them took: a thread has to load and warm up what is warm here.
 */
const WORTH_THREADS = 1_500;
/** So long after the beginning, in milliseconds, that can be told: the code is warm. */
const WARM_UP = 1_000;

/** What `tcpetri drill` does, but for recording. */
export async function drill(
  paths: readonly string[],
  options: DrillCommandOptions,
  given: readonly GivenOption[],
): Promise<void> {
  if (paths.length === 0) throw new UsageError('nothing to run: name scripts or a directory');
  const settings = settingsOf(options, given);
  checkOptions(settings);
  const scripts = findScripts(paths, settings.mode);
  if (options.print === true) return printScripts(scripts, settings);
  if (settings.capture !== undefined && scripts.length !== 1) {
    throw new UsageError(`-w takes the packets of one script, not of ${scripts.length}`);
  }
  const run = new DrillRun(scripts, options);
  await run.run(settings);
  run.end();
}

function settingsOf(options: DrillCommandOptions, given: readonly GivenOption[]): DrillSettings {
  const { mode, profile, define, verbose, write } = options;
  return {
    mode: mode ?? modeAmong(given),
    profile,
    definitions: define,
    options: given,
    isVerbose: verbose === true,
    capture: write,
  };
}

/** One call of the command, from the first script to the summary. */
class DrillRun {
  readonly #scripts: readonly ScriptFile[];
  readonly #options: DrillCommandOptions;
  readonly #summary = new Summary();
  readonly #reporter;
  readonly #progress: Progress;
  readonly #startedAt = performance.now();
  #isOver = false;
  #average = 0;

  constructor(scripts: readonly ScriptFile[], options: DrillCommandOptions) {
    this.#scripts = scripts;
    this.#options = options;
    this.#progress = new Progress(() => this.#describe());
    const write = (text: string): void => {
      this.#progress.clear();
      process.stdout.write(text);
    };
    this.#reporter = makeReporter(options.reporter, write, styleOf(process.stdout));
    // Whoever reads has had enough; the program itself hears of other errors.
    process.stdout.once('error', () => (this.#isOver = true));
  }

  async run(settings: DrillSettings): Promise<void> {
    const { jobs } = this.#options;
    this.#reporter.begin(this.#scripts.length);
    const work = this.#scripts.map(({ path, skip }) => {
      if (skip !== undefined) return verdictOf(path, 'skipped', { reason: skip });
      return path === STANDARD_INPUT ? runScriptText(path, standardInput(), settings) : path;
    });
    for (const [at, each] of work.entries()) {
      const startedAt = performance.now();
      const verdict = typeof each === 'string' ? runScriptFile(each, settings) : each;
      if (!this.#take(verdict)) return;
      await turn(); // a reader that has gone is heard of between scripts only
      const left = work.length - at - 1;
      if (jobs > 1 && this.#isWorthThreads(left, performance.now() - startedAt)) {
        const threads = scriptThreads(Math.min(jobs, left), settings);
        return runInPool(work.slice(at + 1), threads, this.#take);
      }
    }
  }

  /** Whether to go on with threads, after a script that took so long. */
  #isWorthThreads(left: number, took: number): boolean {
    // Of the scripts before, the further back the less.
    this.#average = this.#average === 0 ? took : (7 * this.#average + took) / 8;
    const isWarm = performance.now() - this.#startedAt > WARM_UP;
    return HAS_THREADS && isWarm && left > 1 && this.#average * left > WORTH_THREADS;
  }

  readonly #take: TakeVerdict = (verdict: Verdict): boolean => {
    if (this.#isOver) return false;
    this.#summary.add(verdict);
    this.#reporter.verdict(verdict);
    return this.#options.bail !== true || verdict.status !== 'failed';
  };

  #describe(): string {
    const { passed, failed, skipped } = this.#summary.total;
    const done = passed + failed + skipped;
    return `running: ${done} of ${this.#scripts.length} scripts, ${failed} failed`;
  }

  /** Reports; @throws ScriptsFailed when one failed */
  end(): void {
    const { passed, failed, skipped } = this.#summary.total;
    const done = passed + failed + skipped;
    const isWhole = done === this.#scripts.length;
    this.#reporter.end(this.#summary, performance.now() - this.#startedAt, isWhole);
    this.#progress.end();
    const scripts = done === 1 ? 'script' : 'scripts';
    if (failed > 0) throw new ScriptsFailed(`${failed} of ${done} ${scripts} failed`);
  }
}

function standardInput(): string {
  return readFileSync(0, 'utf8');
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
