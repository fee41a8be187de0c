/** The retransmission queue against a plain list that does the same. */
import {
  type Arbitrary,
  array,
  assert as checkLaw,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  property,
  record,
} from 'fast-check';
import { expect, test } from 'vitest';
import {
  CARRIES_FIN,
  EVER_RETRANSMITTED,
  LOST,
  RETRANSMITTED,
  SACKED,
  SentSegments,
} from '../../src/stack/tcp/recovery/sent-segments.ts';
import { seqAdd, seqDiff, toSeq } from '../../src/wire/index.ts';

interface Segment {
  length: number;
  marks: number;
  sentAt: number;
}

const MARKS = [SACKED, LOST, RETRANSMITTED] as const;

type Step =
  | { readonly do: 'push'; readonly length: number }
  | { readonly do: 'shift' }
  | { readonly do: 'mark' | 'unmark'; readonly at: number; readonly mark: number }
  | { readonly do: 'again'; readonly at: number }
  | { readonly do: 'split'; readonly at: number; readonly share: number }
  | { readonly do: 'merge'; readonly at: number };

const at = double({ min: 0, max: 0.999, noNaN: true });
const step: Arbitrary<Step> = oneof(
  {
    weight: 4,
    arbitrary: record({
      do: constant('push' as const),
      length: integer({ min: 1, max: 3000 }),
    }),
  },
  record({ do: constant('shift' as const) }),
  {
    weight: 3,
    arbitrary: record({
      do: constantFrom('mark' as const, 'unmark' as const),
      at,
      mark: constantFrom(...MARKS),
    }),
  },
  record({ do: constant('again' as const), at }),
  record({ do: constant('split' as const), at, share: at }),
  record({ do: constant('merge' as const), at }),
);

class Model {
  readonly segments: Segment[] = [];
  readonly queue = new SentSegments();
  start;
  now = 0;

  constructor(first: number) {
    this.start = toSeq(first);
  }

  run(action: Step): void {
    const { segments, queue } = this;
    this.now += 1;
    if (action.do === 'push') {
      const end = seqAdd(this.#end(), action.length);
      queue.push(this.#end(), end, 0, this.now);
      segments.push({ length: action.length, marks: 0, sentAt: this.now });
      return;
    }
    if (segments.length === 0) return;
    if (action.do === 'shift') {
      queue.shift();
      this.start = seqAdd(this.start, segments.shift()!.length);
      return;
    }
    const index = Math.floor(action.at * segments.length);
    const segment = segments[index]!;
    switch (action.do) {
      case 'mark':
        queue.mark(index, action.mark);
        segment.marks |= action.mark;
        break;
      case 'unmark':
        queue.unmark(index, action.mark);
        segment.marks &= ~action.mark;
        break;
      case 'again':
        queue.sentAgain(index, this.now);
        segment.sentAt = this.now;
        segment.marks |= EVER_RETRANSMITTED;
        break;
      case 'split': {
        const length = Math.floor(action.share * segment.length);
        if (length === 0) return;
        queue.split(index, length);
        segments.splice(
          index,
          1,
          { ...segment, length },
          { ...segment, length: segment.length - length },
        );
        break;
      }
      case 'merge': {
        const next = segments[index + 1];
        if (next === undefined) return;
        queue.mergeWithNext(index);
        const merged = {
          ...segment,
          length: segment.length + next.length,
          marks: segment.marks | next.marks,
        };
        segments.splice(index, 2, merged);
        break;
      }
    }
  }

  #end() {
    return seqAdd(
      this.start,
      this.segments.reduce((sum, { length }) => sum + length, 0),
    );
  }

  check(): void {
    const { queue, segments } = this;
    expect(queue.count).toBe(segments.length);
    const having = (mark: number): number =>
      segments.filter(({ marks }) => (marks & mark) !== 0).length;
    expect([queue.sacked, queue.lost, queue.retransmitted]).toEqual(MARKS.map(having));
    expect(queue.pipe).toBe(
      segments.length - having(SACKED) - having(LOST) + having(RETRANSMITTED),
    );
    let from = this.start;
    for (const [index, segment] of segments.entries()) {
      expect(seqDiff(queue.startOf(index), from)).toBe(0);
      expect(queue.lengthOf(index)).toBe(segment.length);
      expect(queue.sentAt(index)).toBe(segment.sentAt);
      for (const mark of [...MARKS, EVER_RETRANSMITTED, CARRIES_FIN]) {
        expect(queue.is(index, mark)).toBe((segment.marks & mark) !== 0);
      }
      expect(queue.indexOf(from)).toBe(index);
      expect(queue.indexOf(seqAdd(from, segment.length - 1))).toBe(index);
      from = seqAdd(from, segment.length);
    }
    // What the hints promise: nobody before them is what they look for.
    const waits = segments.findIndex(
      ({ marks }) => (marks & (LOST | SACKED | RETRANSMITTED)) === LOST,
    );
    if (waits >= 0) expect(queue.firstToSend).toBeLessThanOrEqual(waits);
    const open = segments.findIndex(({ marks }) => (marks & (LOST | SACKED)) === 0);
    if (open >= 0) expect(queue.firstOpen).toBeLessThanOrEqual(open);
  }
}

test.each([0, 2 ** 31 - 5000, 2 ** 32 - 5000])('it is a list of segments, from %i on', (first) => {
  let longest = 0;
  checkLaw(
    property(array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const model = new Model(first);
      for (const action of steps) model.run(action);
      model.check();
      longest = Math.max(longest, model.segments.length);
    }),
    { numRuns: 150 },
  );
  expect(longest).toBeGreaterThan(16); // the ring has grown and wrapped
});
