/**
 * Ranges of positions, apart from each other and growing: what a receiver holds ahead of order.
 * What is added becomes one with the ranges that it touches.
 */
import { indexBehind, type Range, SortedRanges } from './sorted-ranges.ts';

export type { Range } from './sorted-ranges.ts';

export class RangeList extends SortedRanges<Range> {
  /** Adds `start` to `end`, joined with what it touches; by how many octets there are more. */
  add(start: number, end: number): number {
    const at = this.groupBehind(start - 1); // one that ends at `start` is touched too
    const group = this.groups[at];
    const index = group === undefined ? 0 : indexBehind(group, start - 1);
    const range = group?.[index];
    if (range === undefined || range.start > end) {
      this.insertAt(at, index, { start, end });
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

  /** `range` takes in those behind it that it reaches; how many octets it has of them. */
  #absorbBehind(at: number, index: number, range: Range): number {
    const group = this.groups[at]!;
    let octets = 0;
    for (;;) {
      const isInGroup = index + 1 < group.length;
      const place = isInGroup ? group : this.groups[at + 1];
      const next = place?.[isInGroup ? index + 1 : 0];
      if (place === undefined || next === undefined || next.start > range.end) return octets;
      octets += next.end - next.start;
      range.end = Math.max(range.end, next.end);
      place.splice(isInGroup ? index + 1 : 0, 1);
      this.size -= 1;
      if (place.length === 0) this.groups.splice(at + 1, 1);
    }
  }
}
