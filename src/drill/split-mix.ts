/** SplitMix (Steele, Lea, Flood 2014) in 32 bits: a stack's chance, from one seed. */
export class SplitMix32 {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to 2³² − 1, every one equally likely. */
  next(): number {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
    return (z ^ (z >>> 15)) >>> 0;
  }
}
