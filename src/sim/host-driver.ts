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
  readonly foregroundDeadline: Instant;
  /** The same of what is no reason for a simulation to go on. */
  readonly backgroundDeadline: Instant;
  /** Runs the timers that are due; none, when it is called early. */
  wake(now: Instant): void;
}

/** The world of one host. Make it, make the host with it, and {@link attach} the host. */
export class HostDriver implements World {
  readonly trace: Trace | undefined;
  readonly #random: Random;
  #host: Driven | undefined = undefined;
  readonly #foreground: WakeUps;
  readonly #background: WakeUps;

  constructor(loop: Loop, random: Random, trace?: Trace) {
    this.trace = trace;
    this.#random = random;
    this.#foreground = new WakeUps(
      (due, at) => loop.schedule(due, at),
      (now) => this.#woken(now).foregroundDeadline,
    );
    this.#background = new WakeUps(
      (due, at) => loop.scheduleInBackground(due, at),
      (now) => this.#woken(now).backgroundDeadline,
    );
  }

  /** Says which host it is that wakes. */
  attach(host: Driven): void {
    assert(this.#host === undefined, 'a driver has one host');
    this.#host = host;
    this.wakeAt(host.foregroundDeadline);
    this.wakeAt(host.backgroundDeadline, true);
  }

  random(): number {
    return this.#random.u32();
  }

  wakeAt(at: Instant, inBackground = false): void {
    if (inBackground) this.#background.ask(at);
    else this.#foreground.ask(at);
  }

  #woken(now: Instant): Driven {
    assert(this.#host !== undefined, 'a driver wakes the host that was attached to it');
    this.#host.wake(now);
    return this.#host;
  }
}

/** The wake-ups of one kind that are in the loop. */
class WakeUps implements Due {
  readonly #schedule: (due: Due, at: Instant) => void;
  readonly #wake: (now: Instant) => Instant;
  /** Their instants, each earlier than the one before it. */
  readonly #scheduled: Instant[] = [];
  /** The last of them. */
  #earliest: Instant = NEVER;

  /** @param wake wakes the host, and says when it is to be woken next */
  constructor(schedule: (due: Due, at: Instant) => void, wake: (now: Instant) => Instant) {
    this.#schedule = schedule;
    this.#wake = wake;
  }

  ask(at: Instant): void {
    if (at >= this.#earliest) return; // the host is asked again before that
    this.#scheduled.push(at);
    this.#earliest = at;
    this.#schedule(this, at);
  }

  /** The earliest instant scheduled has come: for the loop to call. */
  due(now: Instant): void {
    this.#scheduled.pop();
    this.#earliest = this.#scheduled.at(-1) ?? NEVER;
    this.ask(this.#wake(now));
  }
}
