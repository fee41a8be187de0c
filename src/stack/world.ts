/** What a host asks of the world around it: chance, a wake-up, and perhaps a listener. */
import type { Instant } from './time.ts';
import type { Trace } from './trace.ts';

export interface World {
  /** A whole number from 0 to 2³² − 1, every one equally likely. */
  random(): number;
  /**
   * Asks that the host's `wake` be called at `at`; earlier or more often does no harm. What is to
   * be done `inBackground` recurs for ever, or is far off: it is no reason to go on when all else
   * has come to rest.
   */
  wakeAt(at: Instant, inBackground?: boolean): void;
  /** The listener, when there is one. */
  readonly trace: Trace | undefined;
}
