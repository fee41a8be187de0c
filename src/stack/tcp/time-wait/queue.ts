/**
 * The records that wait equally long. The one that began last is due last, so that a list keeps
 * them in the order of their deadlines: each step takes the same time, however many they are, and
 * one that begins again moves to the end.
 */
import type { Duration, Instant } from '../../time.ts';
import type { TimeWaitRecord } from './record.ts';

export class TimeWaitQueue {
  /** How long each waits. */
  readonly wait: Duration;
  #first: TimeWaitRecord | undefined = undefined;
  #last: TimeWaitRecord | undefined = undefined;

  constructor(wait: Duration) {
    this.wait = wait;
  }

  /** The one that is due first. */
  get first(): TimeWaitRecord | undefined {
    return this.#first;
  }

  /** Puts a record at the end, which is in no queue; its timer fires at the deadline. */
  append(record: TimeWaitRecord, endsAt: Instant, deadline: Instant): void {
    const last = this.#last;
    record.queue = this;
    record.endsAt = endsAt;
    record.deadline = deadline;
    record.before = last;
    if (last === undefined) this.#first = record;
    else last.behind = record;
    this.#last = record;
  }

  remove(record: TimeWaitRecord): void {
    const { before, behind } = record;
    if (before === undefined) this.#first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    record.queue = undefined;
    record.before = undefined;
    record.behind = undefined;
  }
}
