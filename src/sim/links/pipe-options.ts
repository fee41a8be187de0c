/** What one way of a link is like, in the words of who writes a scenario, and what of it can be. */
import type { Duration } from '../../stack/index.ts';
import type { Fault } from './faults.ts';
import type { Random } from '../random.ts';

/** Time from the end of serialisation to arrival, constant or by the frame's index from 0. */
export type Latency = Duration | ((index: number) => Duration);

/** What one way is like. */
export interface PipeOptions {
  /**
   * Default 0. A latency by index holds for its frame exactly: where it is so much shorter than the
   * one before it, the frame overtakes.
   */
  readonly latency?: Latency;
  /** In bit/s, counting the frame's octets; without limit by default. */
  readonly rate?: number;
  /**
   * How many frames may wait behind the one being serialised, without limit by default; or how they
   * wait, in tc(8)'s words: `codel target 5ms ecn`, `fq_codel`, `red limit 60kb avpkt 1000`.
   */
  readonly queue?: number | string;
  /** What befalls which frames, exactly, after serialisation; nothing by default. */
  readonly faults?: readonly Fault[];
  /** What befalls the others by chance, in tc-netem(8)'s words: `delay 10ms 2ms loss 1%`. */
  readonly netem?: string;
  /** Where the streams of faults and netem are forked from; needed with either. */
  readonly random?: Random;
}

/** What a change of one way may be about; what it does not say stays as it is. */
export type PipeChange = Omit<PipeOptions, 'random'>;

/**
 * @throws RangeError when a number is out of its range, or none: scenarios run without their types
 * being checked, and `latency: '10ms'` looks right.
 */
export function checkOptions(latency: Latency, rate: number, queue: number): void {
  if (typeof latency !== 'function' && !(Number.isSafeInteger(latency) && latency >= 0)) {
    throw new RangeError(`a latency is a whole number of nanoseconds, 0 or more, not ${latency}`);
  }
  if (!(rate > 0)) throw new RangeError(`a rate is more than 0 bit/s, not ${rate}`);
  if (!(queue >= 0)) throw new RangeError(`a queue holds 0 frames or more, not ${queue}`);
}
