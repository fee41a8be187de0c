/**
 * The stack under test and its virtual time. Time goes on only here: from deadline to deadline of
 * the stack, up to the instant wanted. What the stack sends on the way waits in order to be taken.
 *
 * At an instant where both the script and a timer have something to do, the script goes first, as a
 * real kernel's timers go off a little after their time.
 */
import {
  type CallUnderWay,
  type Instant,
  type SystemCall,
  seconds as secondsOf,
} from '../../stack/index.ts';
import type { SentPacket, StackUnderTest } from '../stack-under-test.ts';
import type { Journal } from './journal.ts';
import type { Microseconds } from '../syntax/script.ts';

/** Instants are exact up to 104 days; a script that goes on for longer does not end. */
export const LAST_INSTANT: Instant = secondsOf(9_000_000);

/** So many timers and packets between two events of a script are a storm. */
const STEPS_MAXIMUM = 250_000;

/** Thrown when a run comes to its limits; what the sentence is about is the runner's to say. */
export class LimitReached extends Error {}

export class Stage {
  readonly stack: StackUnderTest;
  now: Instant = 0;
  /** Called after every step, when a call that blocked may have returned. */
  onStep: () => void = () => {};
  readonly #journal: Journal;
  readonly #sent: SentPacket[] = [];
  #taken = 0;
  #steps = 0;

  constructor(stack: StackUnderTest, journal: Journal) {
    this.stack = stack;
    this.#journal = journal;
  }

  /** The script's time. */
  get time(): Microseconds {
    return toMicroseconds(this.now);
  }

  /** A new event of the script begins: what it does is counted anew. */
  eventBegins(): void {
    this.#steps = 0;
  }

  inject(packet: Uint8Array, segmentSize?: number): void {
    this.#journal.add({ kind: 'injected', at: this.now, packet, cause: undefined });
    this.stack.inject(packet, this.now, segmentSize);
    this.#stepped();
  }

  call(call: SystemCall): CallUnderWay {
    const underWay = this.stack.call(call, this.now);
    this.#stepped();
    return underWay;
  }

  /** Lets time pass up to `at`, or until `isEnough` when that is earlier. */
  advanceTo(at: Instant, isEnough: () => boolean = () => false): void {
    if (at > LAST_INSTANT) throw new LimitReached('virtual time ends after 104 days');
    while (!isEnough()) {
      if (this.stack.deadline >= at) {
        this.now = Math.max(this.now, at);
        return;
      }
      this.#wake();
    }
  }

  /** Lets time pass until `isEnough`; false when the stack has nothing left to do before. */
  advanceUntil(isEnough: () => boolean): boolean {
    while (!isEnough()) {
      if (this.stack.deadline === Number.POSITIVE_INFINITY) return false;
      if (this.stack.deadline > LAST_INSTANT) {
        throw new LimitReached('virtual time ends after 104 days');
      }
      this.#wake();
    }
    return true;
  }

  /** The next packet that the stack sends, before `until`; time passes up to then. */
  nextSent(until: Instant): SentPacket | undefined {
    const isThere = (): boolean => this.#taken < this.#sent.length;
    if (until === Number.POSITIVE_INFINITY) this.advanceUntil(isThere);
    else this.advanceTo(until, isThere);
    if (!isThere()) return undefined;
    const packet = this.#sent[this.#taken]!;
    this.#taken += 1;
    this.stack.captureRead?.(packet);
    if (this.#taken === this.#sent.length) {
      this.#sent.length = 0;
      this.#taken = 0;
    }
    return packet;
  }

  #wake(): void {
    this.now = Math.max(this.now, this.stack.deadline);
    this.stack.wake(this.now);
    this.#stepped();
  }

  #stepped(): void {
    this.#count();
    for (let sent = this.stack.take(); sent !== undefined; sent = this.stack.take()) {
      this.#journal.add({ kind: 'sent', at: sent.at, packet: sent.packet, cause: sent.cause });
      this.#sent.push(sent);
      this.#count();
    }
    this.onStep();
  }

  #count(): void {
    this.#steps += 1;
    if (this.#steps > STEPS_MAXIMUM) {
      throw new LimitReached(`more than ${STEPS_MAXIMUM} timers and packets in one event`);
    }
  }
}

/** An instant in the script's unit. Whatever happened within a microsecond counts as its start. */
export function toMicroseconds(at: Instant): Microseconds {
  return Math.floor(at / 1000);
}

/** The instant of a script's time; after the end of virtual time where it is beyond. */
export function toInstant(time: Microseconds): Instant {
  return time * 1000;
}
