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

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** The 32-bit hash of `words` under `key`, unsigned. */
export function halfSipHash(key: HashKey, ...words: readonly number[]): number {
  let v0 = key.k0;
  let v1 = key.k1;
  let v2 = 0x6c796765 ^ key.k0;
  let v3 = 0x74656462 ^ key.k1;
  const round = (): void => {
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
  };
  const absorb = (word: number): void => {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  };
  for (const word of words) absorb(word);
  absorb((4 * words.length) << 24);
  v2 ^= 0xff;
  for (let i = 0; i < 4; i++) round();
  return (v1 ^ v3) >>> 0;
}
