import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeadlineQueue, NEVER } from '../../src/stack/index.ts';

/** The queue as one would write it without a thought for speed. */
class NaiveQueue {
  #entries: { item: number | undefined; at: number }[] = [];

  get length(): number {
    return this.#entries.length;
  }

  get earliest(): number {
    return Math.min(NEVER, ...this.#entries.map(({ at }) => at));
  }

  push(item: number | undefined, at: number): void {
    this.#entries.push({ item, at });
  }

  abandon(item: number): void {
    for (const entry of this.#entries) if (entry.item === item) entry.item = undefined;
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

  test('law: does what a naive queue does, whatever is pushed, popped and abandoned', () => {
    // Few distinct instants, so that ties abound; more entries than the first capacity of 64.
    const push = fc.record({ at: fc.nat({ max: 20 }), isAbandoned: fc.boolean() });
    const operations = fc.array(
      fc.oneof(
        { arbitrary: push, weight: 3 },
        { arbitrary: fc.constant('pop' as const), weight: 1 },
      ),
      { size: 'max', maxLength: 400 },
    );
    let deepest = 0;
    fc.assert(
      fc.property(operations, (list) => {
        const queue = new DeadlineQueue<number>();
        const naive = new NaiveQueue();
        for (const [id, operation] of list.entries()) {
          if (operation !== 'pop') {
            const entry = queue.push(id, operation.at);
            naive.push(id, operation.at);
            expect(queue.dueAt(entry)).toBe(operation.at);
            if (operation.isAbandoned) {
              queue.abandon(entry);
              naive.abandon(id);
            }
          }
          const isPop = operation === 'pop';
          expect(isPop && queue.pop()).toBe(isPop && naive.pop());
          expect(queue.length).toBe(naive.length);
          expect(queue.earliest).toBe(naive.earliest);
          deepest = Math.max(deepest, queue.length);
        }
        while (naive.length > 0) expect(queue.pop()).toBe(naive.pop());
        expect(queue.pop()).toBeUndefined();
      }),
    );
    expect(deepest).toBeGreaterThan(128); // it has grown, and more than once
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
