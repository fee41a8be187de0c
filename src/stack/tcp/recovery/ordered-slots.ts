/**
 * A list of slots, ascending by a number that each has and that may wrap, as sequence numbers do.
 * Slots are joined by links, so one is taken out, or put in at an end or near where the last went,
 * in one step. Lists may share their links if no slot stands in two of them at once.
 */

/** No slot. */
export const NONE = -1;

const LINKS = 2;

export class OrderedSlots {
  first: number = NONE;
  last: number = NONE;
  /** Of each slot the next one and the one before. */
  links: Int32Array;
  #recent = NONE;
  #keys: Int32Array;

  /**
   * @param links room for two of each slot
   * @param keys the number of each slot
   */
  constructor(links: Int32Array, keys: Int32Array) {
    this.links = links;
    this.#keys = keys;
  }

  /** Room for the links of so many slots. */
  static links(capacity: number): Int32Array {
    return new Int32Array(LINKS * capacity);
  }

  /** The same list in larger arrays, into which the old ones were copied. */
  moveTo(links: Int32Array, keys: Int32Array): void {
    this.links = links;
    this.#keys = keys;
  }

  next(slot: number): number {
    return this.links[LINKS * slot]!;
  }

  previous(slot: number): number {
    return this.links[LINKS * slot + 1]!;
  }

  /** Puts a slot at the end, whose number is behind all others. */
  append(slot: number): void {
    const { links, last } = this;
    links[LINKS * slot] = NONE;
    links[LINKS * slot + 1] = last;
    if (last === NONE) this.first = slot;
    else links[LINKS * last] = slot;
    this.last = slot;
  }

  /** Puts a slot where its number belongs, behind its equals. */
  insert(slot: number): void {
    if (this.last === NONE || !this.#isBehind(this.last, slot)) {
      this.append(slot);
      return;
    }
    const before = this.#search(slot);
    const after = before === NONE ? this.first : this.next(before);
    this.#join(before, slot);
    this.#join(slot, after);
    this.#recent = slot;
  }

  /** Puts a slot right behind another that is in the list. */
  insertAfter(before: number, slot: number): void {
    const after = this.next(before);
    this.#join(before, slot);
    this.#join(slot, after);
  }

  /** Takes a slot out. */
  remove(slot: number): void {
    const { links } = this;
    const next = links[LINKS * slot]!;
    const previous = links[LINKS * slot + 1]!;
    if (previous === NONE) this.first = next;
    else links[LINKS * previous] = next;
    if (next === NONE) this.last = previous;
    else links[LINKS * next + 1] = previous;
    if (this.#recent === slot) this.#recent = NONE;
  }

  clear(): void {
    this.first = NONE;
    this.last = NONE;
    this.#recent = NONE;
  }

  /** The last one that is not behind `slot`, looked for from where the last was put in. */
  #search(slot: number): number {
    let before = this.#recent === NONE ? this.first : this.#recent;
    while (before !== NONE && this.#isBehind(before, slot)) before = this.previous(before);
    let next = before === NONE ? this.first : this.next(before);
    while (next !== NONE && !this.#isBehind(next, slot)) {
      before = next;
      next = this.next(next);
    }
    return before;
  }

  #isBehind(slot: number, other: number): boolean {
    return ((this.#keys[slot]! - this.#keys[other]!) | 0) > 0;
  }

  #join(slot: number, next: number): void {
    if (slot === NONE) this.first = next;
    else this.links[LINKS * slot] = next;
    if (next === NONE) this.last = slot;
    else this.links[LINKS * next + 1] = slot;
  }
}
