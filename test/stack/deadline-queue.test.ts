import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeadlineQueue, NEVER } from '../../src/stack/index.ts';

/** The queue as one would write it without a thought for speed. */
class NaiveQueue {
  #entries: { item: number; at: number }[] = [];

  get length(): number {
    return this.#entries.length;
  }

  get earliest(): number {
    return Math.min(NEVER, ...this.#entries.map(({ at }) => at));
  }

  /** The item that is due first. */
  get first(): number | undefined {
    return this.#entries.find(({ at }) => at === this.earliest)?.item;
  }

  push(item: number, at: number): void {
    this.#entries.push({ item, at });
  }

  remove(item: number): void {
    this.#entries = this.#entries.filter((entry) => entry.item !== item);
  }

  pop(): number | undefined {
    const first = this.#entries.findIndex(({ at }) => at === this.earliest);
    return this.#entries.splice(first, 1)[0]?.item;
  }
}

describe('DeadlineQueue', () => {
  test('is empty at first', () => {
    const queue = new DeadlineQueue<string>();
    expect(queue.length).toBe(0);
    expect(queue.earliest).toBe(NEVER);
    expect(queue.pop()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  test('gives items of one instant in the order they were put in, whatever came between', () => {
    const queue = new DeadlineQueue<string>();
    queue.push('b', 5);
    queue.push('late', 9);
    queue.push('c', 5);
    queue.push('early', 1);
    queue.push('d', 5);
    const popped = Array.from({ length: 5 }, () => queue.pop());
    expect(popped).toEqual(['early', 'b', 'c', 'd', 'late']);
  });

  test('holds what is due never', () => {
    const queue = new DeadlineQueue<string>();
    queue.push('never', NEVER);
    queue.push('soon', 1);
    expect([queue.pop(), queue.earliest, queue.pop(), queue.pop()]).toEqual([
      'soon',
      NEVER,
      'never',
      undefined,
    ]);
  });

  test('law: does what a naive queue does, whatever is pushed, popped and removed', () => {
    // Few distinct instants, so that ties abound; more entries than the first capacities.
    const operations = fc.array(
      fc.oneof(
        { arbitrary: fc.record({ pushAt: fc.nat({ max: 20 }) }), weight: 6 },
        { arbitrary: fc.record({ remove: fc.nat() }), weight: 2 },
        { arbitrary: fc.constant('pop' as const), weight: 1 },
      ),
      { size: 'max', maxLength: 500 },
    );
    let deepest = 0;
    const removals = { first: 0, other: 0, afterPop: 0 };
    fc.assert(
      fc.property(operations, (list) => {
        const queue = new DeadlineQueue<number>();
        const naive = new NaiveQueue();
        const entries = new Map<number, number>(); // of items that wait
        let wasPop = false;
        for (const [id, operation] of list.entries()) {
          if (operation === 'pop') {
            const item = naive.pop();
            expect(queue.pop()).toBe(item);
            if (item !== undefined) entries.delete(item);
          } else if ('pushAt' in operation) {
            const entry = queue.push(id, operation.pushAt);
            naive.push(id, operation.pushAt);
            expect(queue.dueAt(entry)).toBe(operation.pushAt);
            entries.set(id, entry);
          } else if (entries.size > 0) {
            const [item, entry] = [...entries][operation.remove % entries.size]!;
            removals[naive.first === item ? 'first' : wasPop ? 'afterPop' : 'other'] += 1;
            queue.remove(entry);
            naive.remove(item);
            entries.delete(item);
          }
          wasPop = operation === 'pop';
          expect(queue.length).toBe(naive.length);
          if (id % 2 === 0) expect(queue.earliest).toBe(naive.earliest);
          deepest = Math.max(deepest, queue.length);
        }
        while (naive.length > 0) expect(queue.pop()).toBe(naive.pop());
        expect(queue.pop()).toBeUndefined();
      }),
      { numRuns: 30 },
    );
    expect(deepest).toBeGreaterThan(128); // it has grown, and more than once
    expect(Math.min(...Object.values(removals))).toBeGreaterThan(20);
  });

  test('law: pops are sorted by (instant, order of pushing), for many entries', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 500 }), { size: 'max', maxLength: 3_000 }), (instants) => {
        const queue = new DeadlineQueue<number>();
        for (const [id, at] of instants.entries()) queue.push(id, at);
        const popped = instants.map(() => queue.pop());
        const sorted = instants
          .map((at, id) => [id, at] as const)
          .toSorted(([, a], [, b]) => a - b)
          .map(([id]) => id);
        expect(popped).toEqual(sorted); // sort is stable
      }),
      { numRuns: 50 },
    );
  });
});
