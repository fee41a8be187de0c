/**
 * Ranges of positions in order, none of them within another. They lie in groups of so few that
 * putting one in the middle moves few others, however many there are: a whole window may arrive
 * shuffled, and in the largest there are 700,000 segments.
 */

export interface Range {
  start: number;
  end: number;
}

/** A group with more is split. */
const GROUP_MOST = 128;

export class SortedRanges<R extends Range> {
  /** None of them is empty. */
  protected readonly groups: R[][] = [];
  /** Groups before this one are gone: they are cut off when they are half of all. */
  #first = 0;
  protected size = 0;

  get count(): number {
    return this.size;
  }

  /** The leftmost. */
  get first(): R | undefined {
    return this.groups[this.#first]?.[0];
  }

  /** The rightmost. */
  get last(): R | undefined {
    return this.size === 0 ? undefined : this.groups.at(-1)!.at(-1);
  }

  /** All, from the left. */
  toArray(): R[] {
    return this.groups.slice(this.#first).flat();
  }

  /** The first that ends behind `position`. */
  firstBehind(position: number): R | undefined {
    const group = this.groups[this.groupBehind(position)];
    return group?.[indexBehind(group, position)];
  }

  /** Puts one in, which is within no other and has no other within it. */
  insert(range: R): void {
    const at = this.groupBehind(range.end);
    const group = this.groups[at];
    this.insertAt(at, group === undefined ? 0 : indexBehind(group, range.end), range);
  }

  /** Takes out the leftmost. */
  shift(): void {
    if (this.size === 0) return;
    const group = this.groups[this.#first]!;
    group.splice(0, 1);
    this.size -= 1;
    if (group.length > 0) return;
    this.#first += 1;
    if (2 * this.#first < this.groups.length) return;
    this.groups.splice(0, this.#first);
    this.#first = 0;
  }

  /** Takes out the rightmost. */
  pop(): void {
    if (this.size === 0) return;
    const group = this.groups.at(-1)!;
    group.pop();
    this.size -= 1;
    if (group.length === 0) this.groups.pop();
  }

  /** Takes out one that is in it. */
  remove(range: R): void {
    if (range === this.first) {
      this.shift();
      return;
    }
    const at = this.groupBehind(range.end - 1);
    const group = this.groups[at]!;
    group.splice(indexBehind(group, range.end - 1), 1);
    this.size -= 1;
    if (group.length === 0) this.groups.splice(at, 1);
  }

  clear(): void {
    if (this.groups.length > 0) this.groups.length = 0;
    this.#first = 0;
    this.size = 0;
  }

  /** Puts one in at a place that {@link groupBehind} and {@link indexBehind} have found. */
  protected insertAt(at: number, index: number, range: R): void {
    // Behind all others: with the last, whose group is found by no position.
    const place = Math.min(at, this.groups.length - 1);
    const group = this.groups[place];
    this.size += 1;
    if (group === undefined || place < this.#first) {
      this.groups.push([range]);
      return;
    }
    group.splice(place < at ? group.length : index, 0, range);
    if (group.length > GROUP_MOST) this.groups.splice(place + 1, 0, group.splice(GROUP_MOST / 2));
  }

  /** The index of the first group that ends behind `position`. */
  protected groupBehind(position: number): number {
    let low = this.#first;
    let high = this.groups.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.groups[middle]!.at(-1)!.end > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The index of the first range in a group that ends behind `position`. */
export function indexBehind(group: readonly Range[], position: number): number {
  let low = 0;
  let high = group.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (group[middle]!.end > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
