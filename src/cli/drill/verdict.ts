/** What became of a script, as plain data: it crosses threads, and every reporter reads it. */
import type { FailureKind, Mismatch, Place } from '../../drill/index.ts';

export interface Verdict {
  /** The script as the user named it. */
  readonly file: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped. */
  readonly reason: string | undefined;
  readonly failure: Failure | undefined;
  /** What went wrong that the script lets pass (`--non_fatal`). */
  readonly warnings: readonly string[];
  /** How long it took by the script's own clock, in microseconds, and by this machine's, in ms. */
  readonly virtualTime: number;
  readonly wallTime: number;
  /** `--verbose`: each event as it ran. */
  readonly log: readonly string[];
}

/** Why a script failed. */
export interface Failure {
  /** `syntax error`: it does not parse. `broken off`: there was no run to its end. */
  readonly kind: FailureKind | 'syntax error' | 'broken off';
  /** In one line. */
  readonly message: string;
  readonly place: Place | undefined;
  /** The lines of the script where it failed. */
  readonly source: readonly SourceLine[];
  /** What the script says and what the stack did, both in the script's notation. */
  readonly expected: string | undefined;
  readonly actual: string | undefined;
  readonly mismatches: readonly Mismatch[];
  /** What happened before, oldest first. */
  readonly events: readonly RecentEvent[];
}

export interface SourceLine {
  readonly number: number;
  readonly text: string;
}

/** Something that happened while the script ran, with the reason for it. */
export interface RecentEvent {
  /** `<` a packet injected, `>` sent, `×` dropped, `·` a state entered, `$` a call or a command. */
  readonly sign: '<' | '>' | '×' | '·' | '$';
  readonly text: string;
  readonly cause: string | undefined;
}

/** A verdict for a script that never ran, or whose run ended without one. */
export function verdictOf(
  file: string,
  status: Verdict['status'],
  what: Partial<Omit<Verdict, 'file' | 'status'>> = {},
): Verdict {
  return {
    file,
    status,
    reason: undefined,
    failure: undefined,
    warnings: [],
    virtualTime: 0,
    wallTime: 0,
    log: [],
    ...what,
  };
}

/** A failure that is no difference between packets: one line, and where. */
export function plainFailure(
  kind: Failure['kind'],
  message: string,
  where: Partial<Pick<Failure, 'place' | 'source'>> = {},
): Failure {
  return {
    kind,
    message,
    place: undefined,
    source: [],
    expected: undefined,
    actual: undefined,
    mismatches: [],
    events: [],
    ...where,
  };
}
