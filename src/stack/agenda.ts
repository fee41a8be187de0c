/**
 * What a host has to do later, apart from its connections and neighbours: the few things that
 * protocols of the link do at times of their own, such as announcing a router. In the order of
 * their times, and of those of one instant in the order in which they were put down.
 *
 * Some of it never ends, as a router announces itself for as long as it is up. Such things are in
 * the background: a simulation in which nothing else is left to happen is over.
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
  readonly #wakeAt: (at: Instant, inBackground: boolean) => void;
  readonly #due = new DeadlineQueue<Appointment>();
  readonly #inBackground = new DeadlineQueue<Appointment>();

  constructor(wakeAt: (at: Instant, inBackground: boolean) => void) {
    this.#wakeAt = wakeAt;
  }

  /** The earliest time at which {@link wake} has something to do, but for the background. */
  get deadline(): Instant {
    return this.#due.earliest;
  }

  /** The same for the background. */
  get backgroundDeadline(): Instant {
    return this.#inBackground.earliest;
  }

  /** Has something done at `at`. */
  add(at: Instant, task: Task): Appointment {
    return this.#add(this.#due, at, task);
  }

  /** Has something done at `at`, if the host is still wanted then. */
  addInBackground(at: Instant, task: Task): Appointment {
    return this.#add(this.#inBackground, at, task);
  }

  #add(queue: DeadlineQueue<Appointment>, at: Instant, task: Task): Appointment {
    const appointment = new Appointment(task);
    queue.push(appointment, at);
    this.#wakeAt(at, queue === this.#inBackground);
    return appointment;
  }

  /** Does what is due. */
  wake(now: Instant): void {
    for (;;) {
      const isBackground = this.#inBackground.earliest < this.#due.earliest;
      const next = isBackground ? this.#inBackground : this.#due;
      if (next.earliest > now) return;
      next.pop()?.keep(now);
    }
  }
}
