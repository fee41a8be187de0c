/**
 * A campaign: random scripts go before a judge. One that fails goes before it again, for a machine
 * may have been busy; one that fails each time is made smaller and kept, with what the judge said.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Draft } from '../../src/drill/index.ts';
import { LATE, type Judge } from './judge.ts';
import type { RandomScripts } from './random-scripts.ts';
import { type Difference, gistOf, reduce, TOLERANCE, WIDE_TOLERANCE } from './reduce.ts';
import { type Outcome, Tally } from './tally.ts';

/** How often a script that fails is judged again. */
const REPEATS = 2;
/** Differences of one kind that are made smaller; the others are kept as they are. */
const REDUCED_OF_A_KIND = 2;
/** After so many scripts a line tells how far it is. */
const PROGRESS = 20;

/** Which script. */
export interface Task {
  readonly category: string;
  readonly seed: number;
}

/** Where scripts come from. */
export type Scripts = Pick<RandomScripts, 'draft' | 'scriptOf'>;

export class Campaign {
  readonly tally: Tally;
  readonly #scripts: Scripts;
  readonly #judge: Judge | undefined;
  readonly #folder: string;
  readonly #print: (line: string) => void;
  readonly #kinds = new Map<string, number>();

  /**
   * @param judge without one every script is kept as it is
   * @param folder where scripts are kept
   */
  constructor(
    categories: readonly string[],
    scripts: Scripts,
    judge: Judge | undefined,
    folder: string,
    print: (line: string) => void,
  ) {
    this.tally = new Tally(categories);
    this.#scripts = scripts;
    this.#judge = judge;
    this.#folder = folder;
    this.#print = print;
  }

  /** Goes through the tasks, so many at a time, and begins none when `isOver`. */
  async run(tasks: readonly Task[], jobs: number, isOver: () => boolean): Promise<void> {
    let next = 0;
    const work = async (): Promise<void> => {
      for (let task = tasks[next++]; task !== undefined && !isOver(); task = tasks[next++]) {
        this.tally.add(task.category, await this.#examine(task));
        const done = this.tally.total();
        if (done % PROGRESS === 0) this.#print(`${done} of ${tasks.length}: ${this.tally.summary}`);
      }
    };
    await Promise.all(Array.from({ length: jobs }, work));
  }

  async #examine({ category, seed }: Task): Promise<Outcome> {
    const draft = this.#scripts.draft(category, seed);
    const script = draft && this.#scripts.scriptOf(draft);
    if (draft === undefined || script === undefined) return 'undecided';
    if (this.#judge === undefined) {
      this.#keep(draft, script, '');
      return 'written';
    }
    const said = await this.#saidEachTime(script, this.#judge);
    if (said === undefined) return 'agrees';
    if (said === '') return 'now and then';
    const found = await this.#smaller({ draft, script, said }, this.#judge);
    this.#print(`${category}-${seed}: ${gistOf(found.said)}`);
    this.#keep(found.draft, found.script, found.said);
    return 'differs';
  }

  /**
   * What the judge says in the end; nothing when it agrees at once, '' when it does later, or when
   * its machine is too busy to say anything.
   */
  async #saidEachTime(script: string, judge: Judge): Promise<string | undefined> {
    let said = await judge(script, TOLERANCE);
    if (said === undefined) return undefined;
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      said = await judge(script, WIDE_TOLERANCE);
      if (said === undefined || LATE.test(said)) return '';
    }
    return said;
  }

  async #smaller(found: Difference, judge: Judge): Promise<Difference> {
    const kind = gistOf(found.said);
    const seen = (this.#kinds.get(kind) ?? 0) + 1;
    this.#kinds.set(kind, seen);
    if (seen > REDUCED_OF_A_KIND) return found;
    return reduce(found, (draft) => this.#scripts.scriptOf(draft), judge);
  }

  #keep({ category, seed }: Draft, script: string, said: string): void {
    const head = [`Category ${category}, seed ${seed}.`, ...said.trimEnd().split('\n')];
    const comments = head.filter((line) => line !== '').map((line) => `// ${line}\n`);
    const file = path.join(this.#folder, `${category}-${seed}.pkt`);
    writeFileSync(file, `${comments.join('')}${script}`);
  }
}
