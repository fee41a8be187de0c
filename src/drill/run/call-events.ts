/**
 * Makes the system calls of a script. A call with an end time, `+0...0.5 read(…)`, may block: the
 * events after it go on, as another thread of the program would, until the stack gives its result.
 * There is one such thread, so a call after it waits a second for it to be done.
 */
import type { CallResult, CallUnderWay, FileDescriptor, SystemCall } from '../../stack/index.ts';
import { prepareCall } from '../calls/index.ts';
import { printList } from '../syntax/print-expression.ts';
import { printSystemCall } from '../syntax/print-script.ts';
import type { Microseconds, SystemCallSpec } from '../syntax/script.ts';
import type { Configuration } from './configuration.ts';
import { type Finding, RunFailed, scriptError, sentence } from './failure.ts';
import type { Journal } from './journal.ts';
import { type CallContext, type Live, type PreparedCall, ScriptError } from './live.ts';
import type { SocketsUnderTest } from './socket-under-test.ts';
import { type Stage, toInstant, toMicroseconds } from './stage.ts';
import { type Due, isInTime, type PastEvent, seconds, toleranceOf } from './time.ts';

/** How long a call waits for the one that blocks. */
const IDLE_PATIENCE: Microseconds = 1_000_000;

interface CallInProgress {
  readonly spec: SystemCallSpec;
  readonly prepared: PreparedCall;
  readonly call: SystemCall;
  readonly underWay: CallUnderWay;
  readonly begunAt: Microseconds;
  /** When it is to return, for a call that may block. */
  readonly end: Microseconds | undefined;
  readonly previousEvent: Microseconds;
}

/** Every call of the script, understood; or the first that is wrong. */
export function prepareCalls(
  specs: readonly SystemCallSpec[],
  context: CallContext,
): Map<SystemCallSpec, PreparedCall> | ScriptError {
  const calls = new Map<SystemCallSpec, PreparedCall>();
  for (const spec of specs) {
    const prepared = prepareCall(spec, context);
    if (prepared instanceof ScriptError) return prepared;
    calls.set(spec, prepared);
  }
  return calls;
}

export class CallEvents {
  readonly #configuration: Configuration;
  readonly #stage: Stage;
  readonly #sockets: SocketsUnderTest;
  readonly #journal: Journal;
  readonly #calls: ReadonlyMap<SystemCallSpec, PreparedCall>;
  readonly #onWarning: (finding: Finding) => void;
  readonly #descriptors = new Map<number, FileDescriptor>();
  #blocked: CallInProgress | undefined = undefined;

  constructor(
    configuration: Configuration,
    stage: Stage,
    sockets: SocketsUnderTest,
    journal: Journal,
    calls: ReadonlyMap<SystemCallSpec, PreparedCall>,
    onWarning: (finding: Finding) => void,
  ) {
    this.#configuration = configuration;
    this.#stage = stage;
    this.#sockets = sockets;
    this.#journal = journal;
    this.#calls = calls;
    this.#onWarning = onWarning;
    stage.onStep = () => this.#settle();
  }

  /** The descriptors that the script has not closed, the youngest first. */
  get open(): FileDescriptor[] {
    return [...this.#descriptors.values()].toReversed();
  }

  /** The line of the call that has not returned yet. */
  get blockedLine(): number | undefined {
    return this.#blocked?.spec.place.line;
  }

  /** Waits a second for the call that blocks; only another such call must not go on without. */
  awaitIdle(next: SystemCallSpec): void {
    if (this.#isIdleWithinPatience() || next.end === undefined) return;
    throw new RunFailed({
      kind: 'call blocked',
      place: next.place,
      message: `the call of line ${this.blockedLine} has not returned yet`,
    });
  }

  /** The script may not end with a call that blocks. */
  finish(): void {
    if (this.#isIdleWithinPatience() || this.#blocked === undefined) return;
    const { spec } = this.#blocked;
    throw new RunFailed({
      kind: 'call blocked',
      place: spec.place,
      message: `${spec.name} has not returned by the end of the script`,
    });
  }

  #isIdleWithinPatience(): boolean {
    const isIdle = (): boolean => this.#blocked === undefined;
    if (!isIdle()) this.#stage.advanceTo(this.#stage.now + toInstant(IDLE_PATIENCE), isIdle);
    return isIdle();
  }

  /** Makes the call now, and waits for its result unless it may block. */
  run(spec: SystemCallSpec, due: Due, previous: PastEvent | undefined): void {
    const prepared = this.#calls.get(spec)!;
    const previousEvent = previous?.due.from ?? due.from;
    const call = prepared.toSystemCall(this.#live(previousEvent));
    if (call instanceof ScriptError) throw new RunFailed(scriptError(call));
    this.#sockets.callBegins(call);
    const begunAt = this.#stage.time;
    const underWay = this.#stage.call(call);
    const end = spec.end === undefined ? undefined : due.base + spec.end;
    const progress = { spec, prepared, call, underWay, begunAt, end, previousEvent };
    if (end !== undefined) {
      this.#blocked = progress;
      this.#settle();
      return;
    }
    const hasReturned = this.#stage.advanceUntil(() => underWay.result !== undefined);
    if (!hasReturned) {
      throw new RunFailed({
        kind: 'call blocked',
        place: spec.place,
        message: `${spec.name} does not return, and nothing is left to happen`,
      });
    }
    this.#returned(progress);
  }

  /** Takes the result of the call that blocked, once it is there. */
  #settle(): void {
    const blocked = this.#blocked;
    if (blocked?.underWay.result === undefined) return;
    this.#blocked = undefined;
    this.#returned(blocked);
  }

  #returned(progress: CallInProgress): void {
    const { spec, prepared, call, underWay, previousEvent } = progress;
    const result = underWay.result!;
    this.#journal.add({
      kind: 'call',
      at: underWay.finishedAt,
      place: spec.place,
      text: `${spec.name}(${printList(spec.arguments)})`,
      result: prepared.print(result),
    });
    const mismatches = prepared.compare(result, this.#live(previousEvent));
    if (mismatches.length > 0) {
      this.#fail({
        kind: 'call result',
        place: spec.place,
        message: `${spec.name}: ${sentence(mismatches)}`,
        expected: printSystemCall(spec),
        actual: `${spec.name}(${printList(spec.arguments)}) = ${prepared.print(result)}`,
        mismatches,
      });
    }
    if (result.returned >= 0) this.#keepBooks(prepared, call, result);
    this.#checkEnd(progress);
  }

  #keepBooks(prepared: PreparedCall, call: SystemCall, result: CallResult): void {
    for (const { scriptFd, fd } of prepared.opened(result)) this.#descriptors.set(scriptFd, fd);
    if (call.name === 'close') {
      for (const [scriptFd, fd] of this.#descriptors) {
        if (fd === call.fd) this.#descriptors.delete(scriptFd);
      }
    }
    const peer = result.written?.kind === 'address' ? result.written.address : undefined;
    this.#sockets.callSucceeded(call, result.returned, peer);
  }

  #checkEnd({ spec, underWay, begunAt, end }: CallInProgress): void {
    if (end === undefined) return;
    const at = toMicroseconds(underWay.finishedAt);
    const due: Due = { kind: 'point', from: end, to: end, base: 0 };
    const tolerance = toleranceOf(this.#configuration, end - begunAt);
    if (isInTime(at, due, tolerance)) return;
    this.#fail({
      kind: 'timing',
      place: spec.place,
      message:
        `${spec.name} returned at ${seconds(at)} s, expected at ${seconds(end)} s, ` +
        `tolerance ${seconds(tolerance)} s`,
      mismatches: [{ field: 'time', expected: seconds(end), actual: seconds(at) }],
    });
  }

  #fail(finding: Finding): void {
    if (!this.#configuration.nonFatal.has('syscall')) throw new RunFailed(finding);
    this.#onWarning(finding);
  }

  #live(previousEvent: Microseconds): Live {
    return {
      fdOf: (scriptFd) => this.#descriptors.get(scriptFd),
      now: this.#stage.time,
      previousEvent,
      // The contract: a stack's real-time clock begins with the script.
      scriptTimeOf: (whole, nanoseconds) => whole * 1_000_000 + Math.floor(nanoseconds / 1000),
    };
  }
}
