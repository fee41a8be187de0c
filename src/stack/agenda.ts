/**
 * What a host has to do later, apart from its connections and neighbours: the few things that
 * protocols of the link do at times of their own, such as announcing a router. In the order of
 * their times, and of those of one instant in the order in which they were put down.
 */
import { DeadlineQueue } from './deadline-queue.ts';
import type { Instant } from './time.ts';

export type Task = (now: Instant) => void;

/** Something put down, which can be struck out. */
export class Appointment {
  #task: Task | undefined;

  constructor(task: Task) {
    this.#task = task;
  }

  /** It is not to be done any more. */
  cancel(): void {
    this.#task = undefined;
  }

  /** Whether it is still to be done. */
  get isPending(): boolean {
    return this.#task !== undefined;
  }

  /** Its time has come. */
  keep(now: Instant): void {
    const task = this.#task;
    this.#task = undefined;
    task?.(now);
  }
}

export class Agenda {
  readonly #wakeAt: (at: Instant) => void;
  readonly #due = new DeadlineQueue<Appointment>();

  constructor(wakeAt: (at: Instant) => void) {
    this.#wakeAt = wakeAt;
  }

  /** The earliest time at which {@link wake} has something to do. */
  get deadline(): Instant {
    return this.#due.earliest;
  }

  /** Has something done at `at`. */
  add(at: Instant, task: Task): Appointment {
    const appointment = new Appointment(task);
    this.#due.push(appointment, at);
    this.#wakeAt(at);
    return appointment;
  }

  /** Does what is due. */
  wake(now: Instant): void {
    while (this.#due.earliest <= now) this.#due.pop()?.keep(now);
  }
}
