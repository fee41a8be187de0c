/**
 * Chance that can be repeated: streams of numbers forked by name from one seed.
 *
 * Every link, fault and host draws from a stream of its own, named, so that one more draw somewhere
 * does not reshuffle all the others. What a stream gives depends on the seed and on its path of
 * names and on nothing else. All decisions are made on integers: no rounding decides a byte.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { assert } from '../stack/index.ts';

/** The generator's type, which its package does not export by a name of its own. */
type Generator = ReturnType<typeof xoroshiro128plusFromState>;

/** A stream of numbers; drawing from it moves it on. */
export class Random {
  /** 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** The names forked by, with slashes between: `a/b` is `fork('a').fork('b')`. */
  readonly path: string;
  readonly #generator: Generator;

  /**
   * The stream of a seed; `path` is what {@link fork} adds to.
   *
   * @throws RangeError for a seed that is no whole number of 0 to 2⁵³ − 1.
   */
  constructor(seed: number, path = '') {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`a seed is a whole number of 0 to 2^53 - 1, not ${seed}`);
    }
    this.seed = seed;
    this.path = path;
    this.#generator = xoroshiro128plusFromState(hash128(`${seed}/${path}`));
  }

  /** The stream of that name below this one; always the same, however much was drawn from this. */
  fork(name: string): Random {
    return new Random(this.seed, this.path === '' ? name : `${this.path}/${name}`);
  }

  /** A number of 32 bits, 0 to 4,294,967,295. */
  u32(): number {
    return this.#generator.next() >>> 0;
  }

  /** A whole number from 0 up to, and not including, `n`, which is 1 to 2⁵³ − 1. */
  below(n: number): number {
    assert(Number.isSafeInteger(n) && n > 0, 'below(n) needs a whole n of 1 or more');
    return uniformInt(this.#generator, 0, n - 1);
  }

  /** True with a probability of 0 to 1, rounded to 2⁻³². It draws one number in any case. */
  chance(probability: number): boolean {
    assert(probability >= 0 && probability <= 1, 'a probability is 0 to 1');
    return this.u32() < Math.round(probability * 0x1_0000_0000);
  }

  /** `length` octets, in a new array. */
  bytes(length: number): Uint8Array {
    const b = new Uint8Array(length);
    for (let i = 0; i < length; i++) b[i] = this.u32() >>> 24;
    return b;
  }
}

/**
 * 128 bits for a text, four numbers: every UTF-16 unit goes into each of four multiplicative hashes
 * that feed each other, so that names that differ little give generators that have nothing in
 * common.
 */
function hash128(text: string): [number, number, number, number] {
  let a = 0x3c6ef372;
  let b = 0xa54ff53a;
  let c = 0x510e527f;
  let d = 0x9b05688c;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = b ^ Math.imul(a ^ unit, 0x239b961b);
    b = c ^ Math.imul(b ^ unit, 0xab0e9789);
    c = d ^ Math.imul(c ^ unit, 0x38b34ae5);
    d = a ^ Math.imul(d ^ unit, 0xa1e38b93);
  }
  // The last units have passed through one multiplication only; MurmurHash3's finalizer spreads
  // them.
  return [mix(a ^ b), mix(b ^ c), mix(c ^ d), mix(d + a)];
}

/** A bijection of 32 bits after which each bit depends on all (MurmurHash3's `fmix32`). */
function mix(n: number): number {
  let h = n ^ (n >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
