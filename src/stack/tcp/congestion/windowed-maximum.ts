/**
 * The maximum of the last rounds, with three samples instead of all (Kathleen Nichols' filter,
 * Linux lib/win_minmax.c): the best, and the best of what came after it, and after that.
 */
interface Sample {
  readonly round: number;
  readonly value: number;
}

const NONE: Sample = { round: 0, value: 0 };

export class WindowedMaximum {
  /** How many rounds a sample counts. */
  readonly #length: number;
  #best = NONE;
  #second = NONE;
  #third = NONE;

  constructor(length: number) {
    this.#length = length;
  }

  get value(): number {
    return this.#best.value;
  }

  add(round: number, value: number): void {
    const sample = { round, value };
    if (value >= this.#best.value || round - this.#third.round > this.#length) {
      this.#best = sample;
      this.#second = sample;
      this.#third = sample;
      return;
    }
    if (value >= this.#second.value) {
      this.#second = sample;
      this.#third = sample;
    } else if (value >= this.#third.value) {
      this.#third = sample;
    }
    this.#forget(sample);
  }

  /**
   * The best is too old, or the later ones are not spread over the window (minmax_subwin_update).
   */
  #forget(sample: Sample): void {
    const age = sample.round - this.#best.round;
    if (age > this.#length) {
      this.#best = this.#second;
      this.#second = this.#third;
      this.#third = sample;
      if (sample.round - this.#best.round > this.#length) {
        this.#best = this.#second;
        this.#second = this.#third;
      }
    } else if (this.#second.round === this.#best.round && age > this.#length / 4) {
      this.#second = sample;
      this.#third = sample;
    } else if (this.#third.round === this.#second.round && age > this.#length / 2) {
      this.#third = sample;
    }
  }
}
