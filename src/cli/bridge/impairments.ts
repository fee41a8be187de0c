/** `--netem`: what befalls frames in the bridge, in the words of tc-netem(8). */
import { InvalidArgumentError } from 'commander';
import type { PipeOptions } from '../../sim/index.ts';
import { parseNetem, WordError } from '../../stack/index.ts';

/** `delay 10ms 2ms loss 1% duplicate 0.1% corrupt 0.1%`, and whatever else netem knows. */
export function parseImpairments(netem: string): PipeOptions {
  try {
    parseNetem(netem);
  } catch (error) {
    if (error instanceof WordError) throw new InvalidArgumentError(`${error.message}.`);
    throw error;
  }
  return { netem };
}
