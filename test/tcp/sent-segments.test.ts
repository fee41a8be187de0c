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
import { NONE } from '../../src/stack/tcp/recovery/ordered-slots.ts';
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
  transmission: number;
}

const MARKS = [SACKED, LOST, RETRANSMITTED] as const;

type Step =
  | { readonly do: 'push'; readonly length: number }
  | { readonly do: 'shift' }
  | { readonly do: 'mark' | 'unmark'; readonly at: number; readonly mark: number }
  | { readonly do: 'again'; readonly at: number }
  | { readonly do: 'split'; readonly at: number; readonly share: number }
  | { readonly do: 'merge'; readonly at: number }
  | { readonly do: 'find'; readonly at: number }
  | { readonly do: 'overtake'; readonly at: number }
  | { readonly do: 'sack'; readonly at: number; readonly segments: number }
  | { readonly do: 'renege' }
  | { readonly do: 'clear' };

const at = double({ min: 0, max: 0.999, noNaN: true });
const step: Arbitrary<Step> = oneof(
  {
    weight: 8,
    arbitrary: record({
      do: constant('push' as const),
      length: integer({ min: 1, max: 3000 }),
    }),
  },
  { weight: 2, arbitrary: record({ do: constant('shift' as const) }) },
  {
    weight: 10,
    arbitrary: record({
      do: constantFrom('mark' as const, 'unmark' as const),
      at,
      mark: constantFrom(LOST, RETRANSMITTED),
    }),
  },
  {
    weight: 4,
    arbitrary: record({
      do: constant('sack' as const),
      at,
      segments: integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: record({ do: constant('renege' as const) }) },
  { weight: 3, arbitrary: record({ do: constant('again' as const), at }) },
  { weight: 2, arbitrary: record({ do: constant('split' as const), at, share: at }) },
  { weight: 2, arbitrary: record({ do: constant('merge' as const), at }) },
  { weight: 3, arbitrary: record({ do: constant('find' as const), at }) },
  { weight: 3, arbitrary: record({ do: constant('overtake' as const), at }) },
  { weight: 1, arbitrary: record({ do: constant('clear' as const) }) },
);

/** What the lists beside the queue hold, and no other. */
const isInNetwork = ({ marks }: Segment): boolean =>
  (marks & SACKED) === 0 && (marks & (LOST | RETRANSMITTED)) !== LOST;
const isWaiting = ({ marks }: Segment): boolean =>
  (marks & (SACKED | LOST | RETRANSMITTED)) === LOST;

class Model {
  segments: Segment[] = [];
  readonly queue = new SentSegments();
  start;
  now = 0;
  transmissions = 0;
  /** RACK's, which only grows. */
  overtakenBy = 0;
  longestRun = 0;

  constructor(first: number) {
    this.start = toSeq(first);
  }

  /** The segments' slots, in the order of the queue. */
  get slots(): number[] {
    const slots: number[] = [];
    for (let s = this.queue.first; s !== NONE; s = this.queue.next(s)) slots.push(s);
    return slots;
  }

  run(action: Step): void {
    const { segments, queue } = this;
    this.now += 1;
    if (action.do === 'push') {
      const end = seqAdd(this.#end(), action.length);
      queue.push(this.#end(), end, 0, this.now);
      this.transmissions += 1;
      segments.push({
        length: action.length,
        marks: 0,
        sentAt: this.now,
        transmission: this.transmissions,
      });
      return;
    }
    if (segments.length === 0) return;
    if (action.do === 'shift') {
      queue.shift();
      this.start = seqAdd(this.start, segments.shift()!.length);
    } else if (action.do === 'renege') {
      for (const slot of this.slots) queue.unmark(slot, SACKED); // who lets go of some, does of all
      for (const segment of segments) segment.marks &= ~SACKED;
    } else if (action.do === 'clear') {
      queue.clear();
      this.start = this.#end();
      this.segments = [];
    } else {
      this.#change(action, Math.floor(action.at * segments.length));
    }
  }

  #change(
    action: Exclude<Step, { do: 'push' | 'shift' | 'renege' | 'clear' }>,
    index: number,
  ): void {
    const { segments, queue, slots } = this;
    const segment = segments[index]!;
    const slot = slots[index]!;
    switch (action.do) {
      case 'mark':
        queue.mark(slot, action.mark);
        segment.marks |= action.mark;
        break;
      case 'unmark':
        queue.unmark(slot, action.mark);
        segment.marks &= ~action.mark;
        break;
      case 'sack':
        for (const one of slots.slice(index, index + action.segments)) queue.mark(one, SACKED);
        for (const one of segments.slice(index, index + action.segments)) one.marks |= SACKED;
        break;
      case 'again':
        queue.sentAgain(slot, this.now);
        this.transmissions += 1;
        segment.sentAt = this.now;
        segment.transmission = this.transmissions;
        segment.marks |= EVER_RETRANSMITTED;
        break;
      case 'split': {
        const length = Math.floor(action.share * segment.length);
        if (length === 0 || (segment.marks & SACKED) !== 0) return;
        queue.split(slot, length);
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
        if (next === undefined || ((segment.marks | next.marks) & SACKED) !== 0) return;
        queue.mergeWithNext(slot);
        segment.length += next.length;
        segment.marks |= next.marks & EVER_RETRANSMITTED;
        segments.splice(index + 1, 1);
        break;
      }
      case 'find':
        this.#find(index);
        break;
      case 'overtake':
        this.overtakenBy = Math.max(this.overtakenBy, segment.transmission);
        this.#checkOvertaken();
        break;
    }
  }

  #find(index: number): void {
    const { segments, queue, slots } = this;
    const before = segments.slice(0, index).reduce((sum, { length }) => sum + length, 0);
    const start = seqAdd(this.start, before);
    expect(queue.find(start)).toBe(slots[index]);
    expect(queue.find(seqAdd(start, segments[index]!.length - 1))).toBe(slots[index]);
    if ((segments[index]!.marks & SACKED) === 0) return;
    let last = index;
    while (((segments[last + 1]?.marks ?? 0) & SACKED) !== 0) last += 1;
    expect(queue.lastOfRun(slots[index]!)).toBe(slots[last]);
    this.longestRun = Math.max(this.longestRun, last - index + 1);
  }

  #checkOvertaken(): void {
    const { segments, queue, slots } = this;
    const overtaken = segments
      .filter((one) => isInNetwork(one) && one.transmission <= this.overtakenBy)
      .map(({ transmission }) => transmission);
    const last = queue.lastSentBefore(this.overtakenBy);
    if (overtaken.length === 0) expect(last).toBe(NONE);
    else expect(segments[slots.indexOf(last)]!.transmission).toBe(Math.max(...overtaken));
  }

  #end() {
    return seqAdd(
      this.start,
      this.segments.reduce((sum, { length }) => sum + length, 0),
    );
  }

  check(): void {
    const { queue, segments, slots } = this;
    expect(queue.count).toBe(segments.length);
    expect(slots.length).toBe(segments.length);
    const having = (mark: number): number =>
      segments.filter(({ marks }) => (marks & mark) !== 0).length;
    expect([queue.sacked, queue.lost, queue.retransmitted]).toEqual(MARKS.map(having));
    expect(queue.pipe).toBe(
      segments.length - having(SACKED) - having(LOST) + having(RETRANSMITTED),
    );
    let from = this.start;
    for (const [index, segment] of segments.entries()) {
      const slot = slots[index]!;
      expect(seqDiff(queue.startOf(slot), from)).toBe(0);
      expect(queue.lengthOf(slot)).toBe(segment.length);
      expect(queue.sentAt(slot)).toBe(segment.sentAt);
      for (const mark of [...MARKS, EVER_RETRANSMITTED, CARRIES_FIN]) {
        expect(queue.is(slot, mark)).toBe((segment.marks & mark) !== 0);
      }
      from = seqAdd(from, segment.length);
    }
    const waiting = segments.findIndex(isWaiting);
    expect(queue.firstWaiting).toBe(waiting < 0 ? NONE : slots[waiting]);
    const inNetwork = segments.filter(isInNetwork).map(({ transmission }) => transmission);
    const oldest = segments[slots.indexOf(queue.oldestInNetwork)];
    expect(oldest?.transmission).toBe(inNetwork.length === 0 ? undefined : Math.min(...inNetwork));
  }
}

test.each([0, 2 ** 31 - 5000, 2 ** 32 - 5000])('it is a list of segments, from %i on', (first) => {
  let longest = 0;
  let longestRun = 0;
  checkLaw(
    property(array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const model = new Model(first);
      for (const [number, action] of steps.entries()) {
        model.run(action);
        if (number % 16 === 0 || number === steps.length - 1) model.check();
        longest = Math.max(longest, model.segments.length);
      }
      longestRun = Math.max(longestRun, model.longestRun);
    }),
    { numRuns: 100 },
  );
  expect(longest).toBeGreaterThan(16); // the slots have grown
  expect(longestRun).toBeGreaterThan(2);
});
