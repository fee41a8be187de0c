/** Failures on their way from where they are found to the end of the run. */
import type { Mismatch, ScriptError } from './live.ts';
import type { Failure, FailureKind } from './result.ts';
import type { Place } from '../syntax/script.ts';

/** What a failure says beside when it was and which event it belongs to. */
export interface Finding {
  readonly kind: FailureKind;
  readonly place: Place;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly mismatches?: readonly Mismatch[];
}

/** Ends the run. Only `runScript` catches it. */
export class RunFailed extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.message);
    this.finding = finding;
  }
}

export function scriptError({ place, message }: ScriptError): Finding {
  return { kind: 'script error', place, message };
}

/** The failure of an event. */
export function failureOf(finding: Finding, eventIndex: number | undefined, at: number): Failure {
  const { kind, place, message, expected, actual, mismatches = [] } = finding;
  return { kind, place, eventIndex, message, expected, actual, mismatches, at };
}

/** `seq and ack differ`. */
export function sentence(mismatches: readonly Mismatch[]): string {
  const [first, ...others] = mismatches;
  if (first === undefined) return 'nothing differs';
  const last = others.at(-1);
  if (last === undefined) {
    return `${first.field} is ${first.actual}, expected ${first.expected}`;
  }
  const fields = mismatches.slice(0, -1).map(({ field }) => field);
  return `${fields.join(', ')} and ${last.field} differ`;
}
