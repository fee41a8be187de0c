/**
 * Ranges of positions, apart from each other and growing: what a receiver holds ahead of order.
 * They lie in groups of so few that adding one in the middle moves few others, however many there
 * are: a whole window may arrive shuffled, and in the largest there are 700,000 segments.
 */

export interface Range {
  start: number;
  end: number;
}

/** A group with more is split. */
const GROUP_MOST = 128;

export class RangeList {
  /** None of them is empty. */
  readonly #groups: Range[][] = [];
  /** Groups before this one are gone: they are cut off when they are half of all. */
  #first = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The leftmost. */
  get first(): Range | undefined {
    return this.#groups[this.#first]?.[0];
  }

  /** The rightmost. */
  get last(): Range | undefined {
    return this.#count === 0 ? undefined : this.#groups.at(-1)!.at(-1);
  }

  /** All, from the left. */
  toArray(): Range[] {
    return this.#groups.slice(this.#first).flat();
  }

  /** The first that ends behind `position`. */
  firstBehind(position: number): Range | undefined {
    const group = this.#groups[this.#groupBehind(position)];
    return group?.[indexBehind(group, position)];
  }

  /** Adds `start` to `end`, joined with what it touches; by how many octets there are more. */
  add(start: number, end: number): number {
    const at = this.#groupBehind(start - 1); // one that ends at `start` is touched too
    const group = this.#groups[at];
    const index = group === undefined ? 0 : indexBehind(group, start - 1);
    const range = group?.[index];
    if (range === undefined || range.start > end) {
      this.#insert(at, index, { start, end });
      return end - start;
    }
    const before = range.end - range.start;
    range.start = Math.min(range.start, start);
    let others = 0;
    if (end > range.end) {
      range.end = end;
      others = this.#absorbBehind(at, index, range);
    }
    return range.end - range.start - before - others;
  }

  /** Takes out the leftmost. */
  shift(): void {
    if (this.#count === 0) return;
    const group = this.#groups[this.#first]!;
    group.splice(0, 1);
    this.#count -= 1;
    if (group.length > 0) return;
    this.#first += 1;
    if (2 * this.#first < this.#groups.length) return;
    this.#groups.splice(0, this.#first);
    this.#first = 0;
  }

  /** Takes out the rightmost. */
  pop(): void {
    if (this.#count === 0) return;
    const group = this.#groups.at(-1)!;
    group.pop();
    this.#count -= 1;
    if (group.length === 0) this.#groups.pop();
  }

  clear(): void {
    if (this.#groups.length > 0) this.#groups.length = 0;
    this.#first = 0;
    this.#count = 0;
  }

  #insert(at: number, index: number, range: Range): void {
    // Behind all others: with the last, whose group is found by no position.
    const place = Math.min(at, this.#groups.length - 1);
    const group = this.#groups[place];
    this.#count += 1;
    if (group === undefined || place < this.#first) {
      this.#groups.push([range]);
      return;
    }
    group.splice(place < at ? group.length : index, 0, range);
    if (group.length > GROUP_MOST) this.#groups.splice(place + 1, 0, group.splice(GROUP_MOST / 2));
  }

  /** `range` takes in those behind it that it reaches; how many octets it has of them. */
  #absorbBehind(at: number, index: number, range: Range): number {
    const group = this.#groups[at]!;
    let octets = 0;
    for (;;) {
      const isInGroup = index + 1 < group.length;
      const place = isInGroup ? group : this.#groups[at + 1];
      const next = place?.[isInGroup ? index + 1 : 0];
      if (place === undefined || next === undefined || next.start > range.end) return octets;
      octets += next.end - next.start;
      range.end = Math.max(range.end, next.end);
      place.splice(isInGroup ? index + 1 : 0, 1);
      this.#count -= 1;
      if (place.length === 0) this.#groups.splice(at + 1, 1);
    }
  }

  /** The index of the first group that ends behind `position`. */
  #groupBehind(position: number): number {
    let low = this.#first;
    let high = this.#groups.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#groups[middle]!.at(-1)!.end > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The index of the first range in a group that ends behind `position`. */
function indexBehind(group: readonly Range[], position: number): number {
  let low = 0;
  let high = group.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (group[middle]!.end > position) high = middle;
    else low = middle + 1;
  }
  return low;
}
