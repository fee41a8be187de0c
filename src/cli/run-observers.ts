/** What watches a run besides its text and its capture: how far it is, and what ends it early. */
import type { Instant } from '../stack/index.ts';
import { type Calendar, calendarOf, type RunObserver, type Scenario } from '../sim/index.ts';
import type { Filter } from '../tcpdump/index.ts';

/** `1 packet`, `12,345 packets`. */
export function count(n: number, what: string): string {
  return `${n.toLocaleString('en-US')} ${what}${n === 1 ? '' : 's'}`;
}

/** Something that ends a run from outside: an error in code that nobody awaits, a closed pipe. */
export class Interruption implements Partial<RunObserver> {
  readonly promise: Promise<never>;
  #reject: (reason: unknown) => void = () => {};
  #reason: unknown = undefined;

  constructor() {
    this.promise = new Promise<never>((_resolve, reject) => {
      this.#reject = reject;
    });
    this.promise.catch(() => {});
    process.on('unhandledRejection', this.#strayed).on('uncaughtException', this.#strayed);
  }

  readonly #strayed = (error: unknown): void => {
    this.come(new StrayError(error));
  };

  come(reason: unknown): void {
    this.#reason ??= reason;
    this.#reject(this.#reason);
  }

  /** The run is over; what goes astray from now on is for `late`. */
  end(late: (error: StrayError) => void): void {
    process.off('unhandledRejection', this.#strayed).off('uncaughtException', this.#strayed);
    process.on('uncaughtException', (error) => late(new StrayError(error)));
  }

  // The simulation, which cannot be stopped from outside, stops at what happens next in it.
  readonly frame = (): void => this.#check();
  readonly dropped = (): void => this.#check();
  readonly stateEntered = (): void => this.#check();
  readonly reported = (): void => this.#check();

  #check(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }
}

/** The reader of standard output has gone. */
export const ENOUGH: Error = new Error('standard output is closed');

/** A promise that nobody awaited has failed, or a callback has thrown. */
export class StrayError extends Error {
  constructor(thrown: unknown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    super(`what nobody awaited failed: ${text}`, { cause: thrown });
  }
}

/** How far a run is. */
export class Position implements Partial<RunObserver> {
  readonly #calendar: Calendar;
  #packets = 0;
  #now: Instant = 0;

  constructor(scenario: Scenario) {
    this.#calendar = calendarOf(scenario);
  }

  readonly frame: RunObserver['frame'] = (_capture, _bytes, _cause, now) => {
    this.#packets += 1;
    this.#now = now;
  };
  readonly stateEntered: RunObserver['stateEntered'] = (_host, _of, _from, _to, _cause, now) => {
    this.#now = now;
  };

  describe(): string {
    const { seconds } = this.#calendar.timeOf(this.#now);
    const clock = new Date(seconds * 1000).toISOString().slice(11, 19);
    return `running: ${count(this.#packets, 'packet')} captured, ${clock} in the simulation`;
  }
}

/** Shows the observers only frames that pass a filter. */
export function onlyPassing(
  filter: Filter,
  observers: readonly Partial<RunObserver>[],
): RunObserver {
  const all = toAll(observers);
  return {
    ...all,
    frame: (capture, bytes, cause, now) => {
      const packet = { linkType: capture.linkType, bytes, originalLength: bytes.length };
      if (filter.matches(packet)) all.frame(capture, bytes, cause, now);
    },
  };
}

/** Everything to each of the observers, in order. */
export function toAll(observers: readonly Partial<RunObserver>[]): RunObserver {
  return {
    captureOpened: (...event) => {
      for (const each of observers) each.captureOpened?.(...event);
    },
    frame: (...event) => {
      for (const each of observers) each.frame?.(...event);
    },
    dropped: (...event) => {
      for (const each of observers) each.dropped?.(...event);
    },
    stateEntered: (...event) => {
      for (const each of observers) each.stateEntered?.(...event);
    },
    reported: (...event) => {
      for (const each of observers) each.reported?.(...event);
    },
  };
}
