/**
 * Where the parts of the runner meet: what a system call and a snippet of code of a script are
 * told about the run, and what they tell back. The runner itself is `runner.ts`.
 */
import type {
  CallResult,
  FileDescriptor,
  OptionValue,
  SocketAddress,
  SystemCall,
} from '../../stack/index.ts';
import type { CodeSpec, Microseconds } from '../syntax/script.ts';
import { ScriptError } from '../syntax/script-error.ts';

/** Also what a run finds wrong with a script before time 0. */
export { ScriptError };

/** One field that is not as the script says, both values in the script's notation. */
export interface Mismatch {
  /** `seq`, `options[2]`, `result`, `errno`, `revents[0]` … */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

/** What is known of calls before time 0. */
export interface CallContext {
  /** What `...` means as a socket's domain: AF_INET6 in the modes ipv6 and ipv4-mapped. */
  readonly domain: 'AF_INET' | 'AF_INET6';
  /** What bind's `...` means. */
  readonly bindAddress: SocketAddress;
  /** What connect's and sendto's `...` means. */
  readonly connectAddress: SocketAddress;
  /** `--tolerance_usecs` and `--tolerance_percent`, for timestamps. */
  readonly toleranceOf: (step: Microseconds) => Microseconds;
}

/** What a call needs of the run at the moment when it is made. */
export interface Live {
  /** The real descriptor that goes by the script's number, if one does. */
  fdOf(scriptFd: number): FileDescriptor | undefined;
  /** The script's time now, and of the event before this one: for time stamps to compare. */
  readonly now: Microseconds;
  readonly previousEvent: Microseconds;
  /** The script's time of a time stamp that the stack has made by its real-time clock. */
  scriptTimeOf(seconds: number, nanoseconds: number): Microseconds;
}

/** A descriptor that a call has made, and the name that the script gives it. */
export interface OpenedDescriptor {
  readonly scriptFd: number;
  readonly fd: FileDescriptor;
}

/** A system call of a script, understood; made once from its text, before time 0. */
export interface PreparedCall {
  /** The call to make, or why it cannot be: no descriptor of that name … */
  toSystemCall(live: Live): SystemCall | ScriptError;
  /** What differs between a result and what the script says. */
  compare(result: CallResult, live: Live): readonly Mismatch[];
  /** The descriptors that a call which did as expected has made: socket, accept, pipe … */
  opened(result: CallResult): readonly OpenedDescriptor[];
  /** The result as the script would write it. */
  print(result: CallResult): string;
}

/** What `%{ }%` can look at, taken at its moment: undefined where the stack does not tell. */
export interface SocketSnapshot {
  readonly tcpInfo: OptionValue | undefined;
  readonly congestionControlInfo: OptionValue | undefined;
  readonly memoryInfo: OptionValue | undefined;
}

/** Collects snapshots while the script runs, and runs all the code after its last event. */
export interface CodeRun {
  snapshot(spec: CodeSpec, socket: SocketSnapshot): void;
  /** What failed, in order; after the first failure nothing more is run, as in one program. */
  finish(): readonly ScriptError[];
}
