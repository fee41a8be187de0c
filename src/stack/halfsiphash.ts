/**
 * HalfSipHash-2-4, a keyed pseudorandom function of 32-bit words (Aumasson and Bernstein, 2012, in
 * its 32-bit variant). What must not be guessed from outside is a hash of the connection under a
 * secret of the host: initial sequence numbers (RFC 6528 §3), timestamp offsets (RFC 7323 §5.4),
 * ephemeral ports (RFC 6056 §3.3.3).
 */

/** A secret key: two 32-bit words. */
export interface HashKey {
  readonly k0: number;
  readonly k1: number;
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** Rounds for each word, and behind the last one: the "2-4". */
const ROUNDS = 2;
const FINAL_ROUNDS = 4;

/** The 32-bit hash of `words` under `key`, unsigned. */
export function halfSipHash({ k0, k1 }: HashKey, ...words: readonly number[]): number {
  const { length } = words;
  let v0 = k0 | 0;
  let v1 = k1 | 0;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  for (let i = 0; i <= length + 1; i++) {
    const isFinal = i > length;
    // Behind the words comes one with their length in octets, and then none.
    const word = i < length ? words[i]! : isFinal ? 0 : (4 * length) << 24;
    if (isFinal) v2 ^= 0xff;
    v3 ^= word;
    for (let left = isFinal ? FINAL_ROUNDS : ROUNDS; left > 0; left--) {
      v0 = (v0 + v1) | 0;
      v1 = rotate(v1, 5) ^ v0;
      v0 = rotate(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotate(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotate(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotate(v1, 13) ^ v2;
      v2 = rotate(v2, 16);
    }
    v0 ^= word;
  }
  return (v1 ^ v3) >>> 0;
}
