/** What chance decides when a random script is made; all of it by one seed, in whole numbers. */
import { SplitMix32 } from '../split-mix.ts';

export class Chance {
  readonly #random: SplitMix32;

  constructor(seed: number) {
    this.#random = new SplitMix32(seed);
  }

  /** From `least` to `most`, both among them. */
  between(least: number, most: number): number {
    return least + (this.#random.next() % (most - least + 1));
  }

  percent(share: number): boolean {
    return this.between(0, 99) < share;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)]!;
  }

  /** A name, each as often as its number says. */
  weighted<Name extends string>(weights: Readonly<Partial<Record<Name, number>>>): Name {
    const entries = Object.entries(weights) as [Name, number][];
    let left = this.between(
      1,
      entries.reduce((sum, [, weight]) => sum + weight, 0),
    );
    for (const [name, weight] of entries) {
      left -= weight;
      if (left <= 0) return name;
    }
    throw new RangeError('weights of nothing');
  }
}
