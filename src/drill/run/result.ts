/** What a run of a script comes to. */
import type { Cause, FourTuple, Instant, TcpState } from '../../stack/index.ts';
import type { Mismatch } from './live.ts';
import type { Microseconds, Place } from '../syntax/script.ts';

export type FailureKind =
  /** The next packet is not the expected one. */
  | 'packet mismatch'
  /** A packet came where the script has none, or fewer. */
  | 'unexpected packet'
  /** The expected packet did not come. */
  | 'missing packet'
  /** What happened was right, and happened too early or too late. */
  | 'timing'
  /** A system call returned something else. */
  | 'call result'
  /** A system call did not return. */
  | 'call blocked'
  | 'command failed'
  /** Code between `%{` and `}%`. */
  | 'assertion'
  /** The script asks for what makes no sense. */
  | 'script error'
  /** The script takes more virtual time, or more steps, than any sensible one. */
  | 'limit';

export interface Failure {
  readonly kind: FailureKind;
  /** Line and column of the event; 0 where the command line is at fault. */
  readonly place: Place;
  /** Which event of the script, from 0; `undefined` outside of them: an option, the cleanup. */
  readonly eventIndex: number | undefined;
  /** One line for people, without the place. */
  readonly message: string;
  /** What the script has, and what happened, in the script's notation. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  /** All fields that differ. */
  readonly mismatches: readonly Mismatch[];
  /** The script's time when it was found out. */
  readonly at: Microseconds;
}

/** Something that happened in a run, for people who look for the reason of a failure. */
export type JournalEntry =
  | {
      readonly kind: 'injected' | 'sent';
      readonly at: Instant;
      /** From the IP header on. */
      readonly packet: Uint8Array;
      /** Why the stack sent it, where it says so. */
      readonly cause: Cause | undefined;
    }
  /** The stack did nothing with a packet. */
  | {
      readonly kind: 'dropped';
      readonly at: Instant;
      readonly packet: Uint8Array;
      readonly cause: Cause;
    }
  | {
      readonly kind: 'state';
      readonly at: Instant;
      readonly connection: FourTuple;
      readonly from: TcpState;
      readonly to: TcpState;
      readonly cause: Cause;
    }
  | {
      readonly kind: 'call' | 'command';
      readonly at: Instant;
      readonly place: Place;
      /** The call (without its result) or command as the script has it, and what came of it. */
      readonly text: string;
      readonly result: string;
    };

/** A packet of the run's capture. */
export type CapturedPacket = Extract<JournalEntry, { readonly packet: Uint8Array }>;

export interface RunResult {
  /** `undefined` when the script passed. */
  readonly failure: Failure | undefined;
  /** What `--non_fatal` let pass. */
  readonly warnings: readonly Failure[];
  /** The last things that happened, oldest first. */
  readonly journal: readonly JournalEntry[];
  /** Every packet that was injected or sent, where the run was asked to keep them. */
  readonly capture: readonly CapturedPacket[];
  /** How long the run took in virtual time. */
  readonly duration: Instant;
}
