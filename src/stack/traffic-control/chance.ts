/**
 * Chance as netem draws it: Linux's `prandom_u32_state()`, which is L'Ecuyer's LFSR113 (1999), so
 * that a `seed` means here what it means there; and numbers that depend on the one before.
 */
import { assert } from '../assert.ts';

/** A stream of whole numbers from 0 to 2³² − 1. */
export type Chance = () => number;

/** The stream of a seed of 64 bits, as `prandom_seed_state()` begins it. */
export function chanceOf(seed: bigint): Chance {
  const folded = Number(((seed >> 32n) ^ (seed << 10n) ^ seed) & 0xffff_ffffn);
  const atLeast = (least: number): number => (folded < least ? (folded + least) | 0 : folded | 0);
  let a = atLeast(2);
  let b = atLeast(8);
  let c = atLeast(16);
  let d = atLeast(128);
  return () => {
    a = ((a & -2) << 18) ^ (((a << 6) ^ a) >>> 13);
    b = ((b & -8) << 2) ^ (((b << 2) ^ b) >>> 27);
    c = ((c & -16) << 7) ^ (((c << 13) ^ c) >>> 21);
    d = ((d & -128) << 13) ^ (((d << 3) ^ d) >>> 12);
    return (a ^ b ^ c ^ d) >>> 0;
  };
}

/** Two to the power of 32: a probability of 1 is one less. */
const WHOLE = 0x1_0000_0000;

/**
 * Numbers each of which is a mean of a new one and the last result, weighed by a correlation: what
 * netem's man page calls "depends 25% on the last random one" (`get_crandom()`).
 *
 * A mean of even numbers is not even: the more correlation, the closer the results lie around the
 * middle, so that a correlated probability below a half comes true less often than it says. That is
 * netem's, too, and the reason for its loss models.
 */
export class CorrelatedChance {
  readonly #chance: Chance;
  /** 0 for none, up to 2³² for all. */
  readonly #weight: number;
  #last: number;

  /** @param correlation 0 to 2³² − 1, which stands for 1. */
  constructor(chance: Chance, correlation: number) {
    assert(correlation >= 0 && correlation < WHOLE, 'a correlation is of 32 bits');
    this.#chance = chance;
    this.#weight = correlation === 0 ? 0 : correlation + 1;
    this.#last = correlation === 0 ? 0 : chance();
  }

  next(): number {
    const value = this.#chance();
    if (this.#weight === 0) return value;
    // value + (last - value) · weight / 2³², rounded down. The product may have 65 bits, so the
    // weight is taken in halves of 16; each step is exact.
    const distance = this.#last - value;
    const low = Math.floor((distance * (this.#weight % 0x1_0000)) / 0x1_0000);
    const high = distance * Math.floor(this.#weight / 0x1_0000);
    this.#last = value + Math.floor((high + low) / 0x1_0000);
    return this.#last;
  }
}
