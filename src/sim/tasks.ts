/**
 * Scenario code, written with `async` and `await`, on virtual time.
 *
 * `await` is deterministic if virtual time stands still as long as scenario code can run. Promise
 * reactions run in the order of the language's specification; the open question is only when they
 * are all done, and `await null` cannot answer it, since a helper may put any number of `await`s
 * between. A macrotask can: it starts when the microtask queue is empty. So
 *
 *     event ─ event ─ event ─ wake ┄ microtasks ┄ macrotask ─ wake ┄ microtasks ┄ macrotask ─ event
 *
 * after an event that woke tasks, they are let run one by one, each until it comes to rest, and
 * only then time goes on. Two tasks woken by one event do not interleave, however many `await`s
 * they go through. Events that wake nobody run one after the other and pay nothing.
 */
import { assert, type Duration, type Instant, NEVER } from '../stack/index.ts';
import type { Loop } from './loop.ts';
import { openMacrotasks } from './macrotask.ts';

/** How a task is run. */
export interface TaskOptions {
  /** A daemon serves the others and is not waited for: a server's accept loop. Default false. */
  readonly daemon?: boolean;
}

/** Holds a simulation to a clock outside of it; without one, time passes as fast as it can. */
export interface Pace {
  /** The present outside: nothing later happens yet. */
  readonly now: Instant;
  /**
   * Waits until `at`, or less long when something has come from outside, and lets the program
   * around have its turn in any case. False when the outside has gone, which ends the run.
   */
  until(at: Instant): Promise<boolean>;
}

/** A task that was started. */
export interface Task<T = unknown> {
  readonly name: string;
  readonly daemon: boolean;
  /** What the task's function returns, or the error that it throws; other tasks may await it. */
  readonly result: Promise<T>;
}

/** How far {@link Tasks.run} goes. */
export interface RunOptions {
  /**
   * How long virtual time goes on after the last task has ended, daemons aside: for what is still
   * under way, such as a last ACK. By default until nothing is left to happen but daemons' sleeps
   * and what hosts do in the background; hosts that keep each other busy for ever (keep-alives)
   * need a bound.
   */
  readonly linger?: Duration;
  /** With a pace: whether even after that something is under way that is worth waiting for. */
  readonly isBusy?: () => boolean;
}

/**
 * Nothing is left to happen, and tasks still wait. The message names them and what they wait for.
 */
export class DeadlockError extends Error {
  override readonly name: string = 'DeadlockError';
}

/** A task threw; `cause` is what it threw. */
export class TaskError extends Error {
  override readonly name: string = 'TaskError';
  /** The task's name. */
  readonly task: string;

  constructor(task: string, thrown: unknown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    super(`task "${task}" failed: ${text}`, { cause: thrown });
    this.task = task;
  }
}

/** Something that a task waits for. */
interface Wait {
  readonly what: string;
  readonly since: Instant;
}

/** What is known of a task while it runs. */
interface Progress {
  readonly name: string;
  readonly daemon: boolean;
  readonly waits: Set<Wait>;
}

/** A promise's resolve or reject function, whatever it takes. */
type Settle = (value: unknown) => void;

/** The tasks of one simulation. */
export class Tasks {
  readonly #loop: Loop;
  /** Those that have begun, or will when it is their turn, and have not ended. */
  readonly #unfinished: Set<Progress> = new Set();
  #waitedFor = 0;
  /** Whether there ever was a task that is waited for. */
  #hasAim = false;
  #lastEnd: Instant = 0;
  /** Whose code runs now, as far as can be known: for messages only. */
  #current: Progress | undefined = undefined;
  #failure: TaskError | undefined = undefined;
  #running = false;
  /** What was woken and not yet let run: functions and their values by turns. */
  #woken: unknown[] = [];
  #nextWoken = 0;
  #settling = false;

  constructor(loop: Loop) {
    this.#loop = loop;
  }

  /**
   * Settles a promise by calling its `resolve` (or `reject`) with `value`. This is the only way in
   * which simulation code settles one: the call is put off until the present event is over and
   * whatever was woken before has come to rest, and virtual time stands still meanwhile.
   */
  wake<T>(resolve: (value: T) => void, value: T): void {
    this.#woken.push(resolve, value);
  }

  /**
   * A promise that simulation code settles with {@link wake}; `what` says in one word or two what
   * is waited for, as in "server: waiting in accept". `begin` is called at once with the functions
   * to hand to `wake` in the end, one of them once.
   */
  wait<T>(
    what: string,
    begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    const task = this.#current;
    const wait = { what, since: this.#loop.now };
    task?.waits.add(wait);
    return new Promise((resolve, reject) => {
      begin(
        (value) => {
          this.#woke(task, wait);
          resolve(value);
        },
        (error) => {
          this.#woke(task, wait);
          reject(error);
        },
      );
    });
  }

  /** {@link wait} for what a daemon does, which is a reason for time to go on meanwhile. */
  async waitForDaemon<T>(
    what: string,
    begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    const letRest = this.#loop.keepAwake();
    try {
      return await this.wait(what, begin);
    } finally {
      letRest();
    }
  }

  /** Waits for a time of 0 ns or more. */
  sleep(duration: Duration): Promise<void> {
    return this.#sleep(this.#loop.now + duration);
  }

  /** Waits until an instant; when that has passed, only until what is due now has happened. */
  sleepUntil(at: Instant): Promise<void> {
    return this.#sleep(Math.max(at, this.#loop.now));
  }

  /**
   * Starts a task: `body` is called when those woken before have come to rest, at the present
   * instant, or when {@link run} begins.
   */
  start<T>(name: string, body: () => Promise<T> | T, options: TaskOptions = {}): Task<T> {
    const task: Progress = { name, daemon: options.daemon ?? false, waits: new Set() };
    this.#unfinished.add(task);
    if (!task.daemon) {
      this.#waitedFor += 1;
      this.#hasAim = true;
    }
    const result = new Promise<T>((resolve, reject) => {
      this.wake(() => this.#perform(task, body).then(resolve, reject), undefined);
    });
    result.catch(() => undefined); // run() reports it, whether or not another task awaits it too
    return { name, daemon: task.daemon, result };
  }

  /**
   * Lets events happen and tasks run until every task but the daemons has ended, and then as long
   * as {@link RunOptions.linger} says. With a pace nothing is a deadlock, since anything may come
   * from outside, and where there are only daemons the run ends with the outside.
   *
   * @throws TaskError as soon as a task has thrown; the others are left where they are.
   * @throws DeadlockError when nothing is left to happen while tasks wait.
   * @throws LimitError when the loop's limits are reached, and whatever an event throws.
   */
  async run(options: RunOptions = {}, pace?: Pace): Promise<void> {
    assert(!this.#running, 'a simulation is run once at a time');
    this.#running = true;
    this.#lastEnd = this.#loop.now;
    const macrotasks = openMacrotasks();
    const turn = (resolve: () => void): void => macrotasks.post(resolve);
    try {
      // The first turn lets whoever called come to rest.
      await new Promise<void>(turn);
      if (pace !== undefined) await this.#keepPace(pace, options, turn);
      else while (this.#advance(options.linger ?? NEVER)) await new Promise<void>(turn);
    } finally {
      this.#running = false;
      macrotasks.close();
    }
  }

  async #keepPace(
    pace: Pace,
    { linger = NEVER, isBusy }: RunOptions,
    turn: (resolve: () => void) => void,
  ): Promise<void> {
    let at: Instant;
    do {
      while (this.#advanceUntil(pace.now)) await new Promise<void>(turn);
      at = this.#loop.next;
      if (this.#hasAim && this.#waitedFor === 0) {
        const end = this.#lastEnd + linger;
        const isLate = pace.now > end;
        if (this.#loop.isAtRest || (isLate && isBusy?.() !== true)) return;
        if (!isLate) at = Math.min(at, end + 1);
      }
    } while (await pace.until(at));
  }

  /** Lets happen what is due by then, until something has been settled; false when nothing was. */
  #advanceUntil(now: Instant): boolean {
    this.#current = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    while (this.#nextWoken === this.#woken.length) {
      if (this.#loop.next > now) return false;
      this.#loop.step();
    }
    this.#settleNext();
    return true;
  }

  /**
   * Goes on until something has been settled, whose consequences must come first; false at the end.
   */
  #advance(linger: Duration): boolean {
    this.#current = undefined;
    if (this.#failure !== undefined) throw this.#failure;
    while (this.#nextWoken === this.#woken.length) {
      if (this.#waitedFor === 0 && this.#isQuiet(linger)) return false;
      if (!this.#loop.step()) {
        if (this.#waitedFor > 0) throw this.#deadlock();
        return false;
      }
    }
    this.#settleNext();
    return true;
  }

  #isQuiet(linger: Duration): boolean {
    return this.#loop.isAtRest || this.#loop.next > this.#lastEnd + linger;
  }

  /** A wait is over: what runs from here on is its task's. */
  #woke(task: Progress | undefined, wait: Wait): void {
    assert(this.#settling, 'a wait is settled by wake() and by nothing else');
    task?.waits.delete(wait);
    this.#current = task;
  }

  #settleNext(): void {
    const settle = this.#woken[this.#nextWoken] as Settle;
    const value = this.#woken[this.#nextWoken + 1];
    this.#nextWoken += 2;
    if (this.#nextWoken === this.#woken.length) {
      this.#woken = [];
      this.#nextWoken = 0;
    }
    this.#settling = true;
    settle(value);
    this.#settling = false;
  }

  async #perform<T>(task: Progress, body: () => Promise<T> | T): Promise<T> {
    this.#current = task;
    this.#settling = false; // from here on scenario code runs
    try {
      return await body();
    } catch (error) {
      this.#failure ??= new TaskError(task.name, error);
      throw error;
    } finally {
      this.#unfinished.delete(task);
      if (!task.daemon) {
        this.#waitedFor -= 1;
        this.#lastEnd = this.#loop.now;
      }
    }
  }

  #sleep(at: Instant): Promise<void> {
    const isDaemon = this.#current?.daemon ?? false;
    return this.wait<void>('sleep', (resolve) => {
      const sleeper = { due: (): void => this.wake(resolve, undefined) };
      if (isDaemon) this.#loop.scheduleInBackground(sleeper, at);
      else this.#loop.schedule(sleeper, at);
    });
  }

  #deadlock(): DeadlockError {
    const lines = [...this.#unfinished]
      .filter((task) => !task.daemon)
      .map(({ name, waits }) => {
        const list = [...waits].map((wait) => `${wait.what} since ${wait.since / 1e9} s`);
        return `${name}: waiting in ${list.join(' and ') || 'something outside the simulation'}`;
      });
    return new DeadlockError(
      `nothing is left to happen at ${this.#loop.now / 1e9} s, and tasks wait: ${lines.join('; ')}`,
    );
  }
}
