/**
 * Random scripts filled in with what this stack does, as a kernel would have to do it wherever its
 * ticks fall.
 */
import {
  type Draft,
  fillDraft,
  printScript,
  randomDraft,
  simulatedStack,
  type StackFactory,
} from '../../src/drill/index.ts';
import type { Mode } from '../../src/drill/run/configuration.ts';
import { ms, us } from '../../src/stack/index.ts';

/** Behind a tick, behind one further on, and within the wider buckets of the timer wheel. */
const PHASES = [us(250), us(1700), us(3100), us(13_750), us(132_000)];

export class RandomScripts {
  readonly #mode: Mode;
  /** What they are made with; the others are like it, but for where ticks fall. */
  readonly stack: StackFactory;
  readonly #others: readonly StackFactory[];

  /** @param tick the length of a kernel's tick, in milliseconds */
  constructor(tick: number, mode: Mode) {
    const timers = { tick: ms(tick), wheel: true };
    const [first, ...others] = PHASES.map(
      (tickPhase): StackFactory =>
        (setup) =>
          simulatedStack(setup, { timers, tickPhase }),
    );
    if (first === undefined) throw new TypeError('no phase');
    this.#mode = mode;
    this.stack = first;
    this.#others = others;
  }

  /** Nothing where the connection does not come to be. */
  draft(category: string, seed: number): Draft | undefined {
    return randomDraft(category, seed, this.stack, this.#mode);
  }

  /** The script of a draft; nothing where what happens depends on what no script can say. */
  scriptOf(draft: Draft): string | undefined {
    const script = fillDraft(draft, [this.stack, ...this.#others], this.#mode);
    return typeof script === 'string' ? undefined : printScript(script);
  }
}
