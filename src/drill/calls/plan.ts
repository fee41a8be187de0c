/**
 * What a family of system calls says of each of its calls: how many arguments it takes, and, from
 * those of a script, the call to make and what it should write back. Return values and errors are
 * alike for all of them, and are seen to in `prepare.ts`.
 */
import type { CallResult, FileDescriptor, SystemCall } from '../../stack/index.ts';
import type { CallContext, Live, Mismatch, OpenedDescriptor } from '../run/live.ts';
import type { ArgumentReader } from './arguments.ts';

/** From a script's name of a file to the real descriptor. */
export type DescriptorOf = (scriptFd: number) => FileDescriptor;

/** One call of a script, its arguments understood. */
export interface CallPlan {
  readonly call: (fdOf: DescriptorOf) => SystemCall;
  /** `descriptor`: any result of 0 or more will do, and gets the name that the script expects. */
  readonly returns: 'number' | 'descriptor';
  /** What differs in what was written into memory, when the call succeeded as expected. */
  readonly compareWritten: (result: CallResult, live: Live) => readonly Mismatch[];
  /** Descriptors that were made, but are not the result. */
  readonly openedBeside: (result: CallResult) => readonly OpenedDescriptor[];
}

export interface CallDescription {
  readonly fewest: number;
  readonly most: number;
  readonly plan: (args: ArgumentReader, context: CallContext) => CallPlan;
}

/** A family of calls by their names. */
export type CallFamily = Readonly<Record<string, CallDescription>>;

/** A call that says all it has to say by its result. */
export function plain(call: CallPlan['call']): CallPlan {
  return { call, returns: 'number', compareWritten: () => [], openedBeside: () => [] };
}

/** A call whose result is a new descriptor. */
export function making(call: CallPlan['call']): CallPlan {
  return { ...plain(call), returns: 'descriptor' };
}

/** A call that writes into the memory of its caller. */
export function writing(
  call: CallPlan['call'],
  compareWritten: CallPlan['compareWritten'],
): CallPlan {
  return { ...plain(call), compareWritten };
}

/** What is said when a stack has not written what it had to. */
export function nothingWritten(field: string, expected: string): readonly Mismatch[] {
  return [{ field, expected, actual: 'nothing' }];
}

/** The field as a list of one when the texts differ, and as none when they do not. */
export function differing(field: string, expected: string, actual: string): readonly Mismatch[] {
  return expected === actual ? [] : [{ field, expected, actual }];
}
