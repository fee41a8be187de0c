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

class State {
  v0: number;
  v1: number;
  v2: number;
  v3: number;

  constructor({ k0, k1 }: HashKey) {
    this.v0 = k0 | 0;
    this.v1 = k1 | 0;
    this.v2 = 0x6c796765 ^ k0;
    this.v3 = 0x74656462 ^ k1;
  }

  absorb(word: number): void {
    this.v3 ^= word;
    this.round();
    this.round();
    this.v0 ^= word;
  }

  round(): void {
    let { v0, v1, v2, v3 } = this;
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
    this.v0 = v0;
    this.v1 = v1;
    this.v2 = v2;
    this.v3 = v3;
  }
}

/** The 32-bit hash of `words` under `key`, unsigned. */
export function halfSipHash(key: HashKey, ...words: readonly number[]): number {
  const state = new State(key);
  for (const word of words) state.absorb(word);
  state.absorb((4 * words.length) << 24);
  state.v2 ^= 0xff;
  for (let i = 0; i < 4; i++) state.round();
  return (state.v1 ^ state.v3) >>> 0;
}
