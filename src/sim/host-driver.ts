/**
 * What a host asks of the world, from the simulation: chance from a stream of its own, and wake-ups
 * from the loop.
 *
 * A host names every instant at which a timer of it might be due; nearly all of them are put off
 * before they come. So the loop holds few of them: an instant is scheduled only when it is earlier
 * than the earliest that is scheduled already, and when that one comes, the host says what is next.
 */
import type { Instant, Trace, World } from '../stack/index.ts';
import { assert, NEVER } from '../stack/index.ts';
import type { Due, Loop } from './loop.ts';
import type { Random } from './random.ts';

/** What is driven: a host. */
export interface Driven {
  /** When {@link wake} has something to do; {@link NEVER} when it has not. */
  readonly deadline: Instant;
  /** Runs the timers that are due; none, when it is called early. */
  wake(now: Instant): void;
}

/** The world of one host. Make it, make the host with it, and {@link attach} the host. */
export class HostDriver implements World, Due {
  readonly trace: Trace | undefined;
  readonly #loop: Loop;
  readonly #random: Random;
  #host: Driven | undefined = undefined;
  /** The instants that are in the loop, each earlier than the one before it. */
  readonly #scheduled: Instant[] = [];

  constructor(loop: Loop, random: Random, trace?: Trace) {
    this.trace = trace;
    this.#loop = loop;
    this.#random = random;
  }

  /** Says which host it is that wakes. */
  attach(host: Driven): void {
    assert(this.#host === undefined, 'a driver has one host');
    this.#host = host;
    this.wakeAt(host.deadline);
  }

  random(): number {
    return this.#random.u32();
  }

  wakeAt(at: Instant): void {
    if (at >= (this.#scheduled.at(-1) ?? NEVER)) return; // the host is asked again before that
    this.#scheduled.push(at);
    this.#loop.schedule(this, at);
  }

  /** The earliest instant scheduled has come: for the loop to call. */
  due(now: Instant): void {
    assert(this.#host !== undefined, 'a driver wakes the host that was attached to it');
    this.#scheduled.pop();
    this.#host.wake(now);
    this.wakeAt(this.#host.deadline);
  }
}
