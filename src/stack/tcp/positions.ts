/** Positions in a stream, added in growing order at one end and forgotten at the other. */
export class Positions {
  #all: number[] = [];
  /** The first so many are forgotten. */
  #done = 0;

  /** Adds a position that is not before the last one. */
  add(position: number): void {
    if (this.#all.at(-1) !== position) this.#all.push(position);
  }

  /** Whether the position was added. */
  has(position: number): boolean {
    return this.#all[this.#firstFrom(position)] === position;
  }

  /** The first one behind `position`; infinity when there is none. */
  after(position: number): number {
    return this.#all[this.#firstFrom(position + 1)] ?? Number.POSITIVE_INFINITY;
  }

  /** Forgets those up to `position`. */
  dropTo(position: number): void {
    while (this.#done < this.#all.length && this.#all[this.#done]! <= position) this.#done += 1;
    if (this.#done > 64 && this.#done * 2 > this.#all.length) {
      this.#all = this.#all.slice(this.#done);
      this.#done = 0;
    }
  }

  clear(): void {
    this.#all.length = 0;
    this.#done = 0;
  }

  /** Where the first one from `position` on is. */
  #firstFrom(position: number): number {
    let low = this.#done;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#all[middle]! < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
