/**
 * A system call as something that is tried until it need not wait. A call that may not wait is one
 * whose first attempt is its last, so that blocking, O_NONBLOCK and timeouts are one path.
 */
import { SocketError } from '../errno.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';
import type { OpenDescription } from './file-table.ts';
import type { CallResult, CallUnderWay, Written } from './system-call.ts';

export interface Attempt {
  /** The open files whose events may help. They stay open as long as the call waits. */
  readonly waitsFor: readonly OpenDescription[];
  /** How long it may wait in all; NEVER is for ever. */
  readonly patience: Duration;
  /**
   * Tries; `undefined` when it has to wait. `isLast` says that its time is over: then it must have
   * a result. @throws SocketError when it fails
   */
  run(now: Instant, isLast: boolean): CallResult | undefined;
}

/** The result of a call that went well. */
export function succeed(returned: number, written?: Written): CallResult {
  return { returned, errno: undefined, written };
}

/** The result of a call that threw. Anything but a `SocketError` is a bug of ours and goes on. */
export function failure(error: unknown): CallResult {
  if (!(error instanceof SocketError)) throw error;
  return { returned: -1, errno: error.code, written: undefined };
}

/** A call of the process, until it has its result and after. */
export class StartedCall implements CallUnderWay {
  result: CallResult | undefined = undefined;
  finishedAt: Instant = NEVER;

  finish(result: CallResult, now: Instant): void {
    this.result = result;
    this.finishedAt = now;
  }
}

/** A call that waits: it listens at its files, and keeps them open. */
export class BlockedCall {
  readonly started: StartedCall;
  /** When its patience ends. */
  readonly deadline: Instant;
  /** Whether something has happened since it last tried. */
  isWoken = false;
  readonly #attempt: Attempt;
  readonly #stops: readonly (() => void)[];

  constructor(started: StartedCall, attempt: Attempt, now: Instant) {
    this.started = started;
    this.deadline = now + attempt.patience;
    this.#attempt = attempt;
    this.#stops = attempt.waitsFor.map((description) => {
      description.hold();
      return description.file.onWake(() => {
        this.isWoken = true;
      });
    });
  }

  /** Tries again; whether it has its result now. */
  retry(now: Instant): boolean {
    this.isWoken = false;
    const result = tried(this.#attempt, now, now >= this.deadline);
    if (result === undefined) return false;
    this.started.finish(result, now);
    this.abandon(now);
    return true;
  }

  /** Listens no more, and lets the files go. */
  abandon(now: Instant): void {
    for (const stop of this.#stops) stop();
    for (const description of this.#attempt.waitsFor) description.release(now);
  }
}

/** One attempt, with what it throws as its result. */
export function tried(attempt: Attempt, now: Instant, isLast: boolean): CallResult | undefined {
  try {
    return attempt.run(now, isLast);
  } catch (error) {
    return failure(error);
  }
}
