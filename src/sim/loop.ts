/**
 * Virtual time and what happens in it: events in the order (time, order scheduled), one at a time.
 * That total order is the whole of the simulator's determinism; time passes only from one event to
 * the next.
 *
 * Whoever would explore other orders of events at one instant changes the order in which
 * {@link Loop.step} takes them, and nothing else.
 */
import { assert, DeadlineQueue, type Instant, NEVER } from '../stack/index.ts';

/**
 * Something that can come due. An object that lives long and schedules itself again costs nothing.
 */
export interface Due {
  /** Called at the instant it was scheduled for. */
  due(now: Instant): void;
}

/** Where a simulation that does not end by itself is stopped. */
export interface LoopLimits {
  /** The most events that may happen; without limit by default. */
  readonly events?: number;
  /** The last instant at which an event may happen; by default 2⁵³ − 1 ns, where `Instant` ends. */
  readonly time?: Instant;
}

/** A limit of {@link LoopLimits} was reached: most likely a scenario that never ends. */
export class LimitError extends Error {
  override readonly name: string = 'LimitError';
}

/** One simulation's clock and queue of events. */
export class Loop {
  readonly #queue: DeadlineQueue<Due> = new DeadlineQueue();
  readonly #maximumEvents: number;
  readonly #maximumTime: Instant;
  #now: Instant = 0;
  #events = 0;
  #background = 0;
  /** How many wait for what is in the background. */
  #awake = 0;

  /** @throws RangeError for a limit that is not 0 or more. */
  constructor(limits: LoopLimits = {}) {
    const { events = Number.POSITIVE_INFINITY, time = Number.MAX_SAFE_INTEGER } = limits;
    if (!(events >= 0)) throw new RangeError(`a limit is 0 events or more, not ${events}`);
    if (!(time >= 0)) throw new RangeError(`a limit is an instant of 0 or more, not ${time}`);
    this.#maximumEvents = events;
    this.#maximumTime = time;
  }

  /** The present, in nanoseconds since the simulation began. */
  get now(): Instant {
    return this.#now;
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events;
  }

  /** How many events are scheduled. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Whether all that is scheduled is in the background, and nobody waits for that. */
  get isAtRest(): boolean {
    return this.#queue.length === this.#background && this.#awake === 0;
  }

  /** What is in the background is a reason to go on, until what is returned is called. */
  keepAwake(): () => void {
    this.#awake += 1;
    return () => {
      this.#awake -= 1;
    };
  }

  /** When the next event is due; {@link NEVER} when there is none. */
  get next(): Instant {
    return this.#queue.earliest;
  }

  /**
   * Has `due` called at `at`: a whole number of nanoseconds, not before the present. Of several
   * things due at one instant, what was scheduled first comes first.
   */
  schedule(due: Due, at: Instant): void {
    assert(at >= this.#now, 'an event is scheduled in the past');
    assert(Number.isSafeInteger(at), 'an event is scheduled at a time that is no whole nanosecond');
    this.#queue.push(due, at);
  }

  /**
   * {@link schedule} for an instant that a scenario names.
   *
   * @throws RangeError for one that is past, or no whole number of nanoseconds
   */
  scheduleChange(due: Due, at: Instant): void {
    if (!Number.isSafeInteger(at) || at < this.#now) {
      throw new RangeError(
        `an instant is a whole number of nanoseconds, ${this.#now} or later, not ${at}`,
      );
    }
    this.#queue.push(due, at);
  }

  /** {@link schedule} of what is no reason to go on when nothing else is scheduled. */
  scheduleInBackground(due: Due, at: Instant): void {
    const counted: Due = {
      due: (now) => {
        this.#background -= 1;
        due.due(now);
      },
    };
    this.schedule(counted, at);
    this.#background += 1;
  }

  /** {@link schedule} of what may be taken back: then it does not happen, nor is it waited for. */
  scheduleRevocably(due: Due, at: Instant): () => void {
    let hasCome = false;
    let isRevoked = false;
    const revocable: Due = {
      due: (now) => {
        hasCome = true;
        if (isRevoked) this.#background -= 1;
        else due.due(now);
      },
    };
    this.schedule(revocable, at);
    return () => {
      if (hasCome || isRevoked) return;
      isRevoked = true;
      this.#background += 1;
    };
  }

  /**
   * Lets the next event happen; false when there is none.
   *
   * @throws LimitError when that event would pass one of the limits.
   */
  step(): boolean {
    const at = this.#queue.earliest;
    if (at === NEVER) return false;
    if (at > this.#maximumTime || this.#events >= this.#maximumEvents) this.#stop(at);
    this.#now = at;
    this.#events += 1;
    this.#queue.pop()?.due(at);
    return true;
  }

  /** Lets everything happen that is due at `at` or before, and ends with `at` as the present. */
  runUntil(at: Instant): void {
    assert(at >= this.#now, 'time does not run backwards');
    while (this.#queue.earliest <= at) this.step();
    this.#now = at;
  }

  /** Lets everything happen, until nothing is scheduled. */
  run(): void {
    while (this.step());
  }

  #stop(at: Instant): never {
    const limit =
      at > this.#maximumTime
        ? `the next event is due at ${at / 1e9} s, after the limit of ${this.#maximumTime / 1e9} s`
        : `the limit of ${this.#maximumEvents} events is reached at ${this.#now / 1e9} s`;
    throw new LimitError(`the simulation does not end: ${limit}`);
  }
}
