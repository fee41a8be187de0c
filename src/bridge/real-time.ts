/**
 * The clock of the outside, for a simulation that keeps pace with it: virtual time is the time
 * since the run began. Nothing happens early; what is late because the machine was busy happens at
 * the instant it was due, as if the world had waited.
 */
import { type Duration, type Instant, NEVER } from '../stack/index.ts';
import type { Pace } from '../sim/index.ts';

/** What is asked of the program around, which alone knows what time it is. */
export interface WallClock {
  /** Whole nanoseconds since some instant; it never goes back. */
  now(): Instant;
  /**
   * Calls back once after a time, and in any case after what the program reads has had its turn.
   * What is returned takes that back.
   */
  after(time: Duration, call: () => void): () => void;
}

/** Lets a run go on as far as the clock of the outside has come. */
export class RealTime implements Pace {
  readonly #clock: WallClock;
  readonly #began: Instant;
  #wake: (() => void) | undefined = undefined;
  #isOver = false;

  constructor(clock: WallClock) {
    this.#clock = clock;
    this.#began = clock.now();
  }

  get now(): Instant {
    return this.#clock.now() - this.#began;
  }

  until(at: Instant): Promise<boolean> {
    return new Promise((resolve) => {
      const time = this.#isOver ? 0 : Math.max(0, at - this.now);
      const cancel = time === NEVER ? undefined : this.#clock.after(time, () => this.disturb());
      this.#wake = (): void => {
        this.#wake = undefined;
        cancel?.();
        resolve(!this.#isOver);
      };
    });
  }

  /** Something has come from outside, and the run looks at it now. */
  disturb(): void {
    this.#wake?.();
  }

  /** The outside has gone: the run ends. */
  end(): void {
    this.#isOver = true;
    this.disturb();
  }
}
