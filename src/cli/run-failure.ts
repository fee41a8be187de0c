/** What stopped a run of a scenario, in one line. */
import {
  DeadlockError,
  ExpectationError,
  LimitError,
  ScenarioError,
  TaskError,
} from '../sim/index.ts';
import { InputError, OutputError, placeOf, ScenarioFailure } from './errors.ts';
import { StrayError } from './run-observers.ts';
import type { ScenarioFile } from './scenario-files.ts';

/** The scenario, the place in it, what happened; what says all of itself stays as it is. */
export function failureOf({ file, shownAs }: ScenarioFile, error: unknown): Error {
  if (error instanceof OutputError || error instanceof InputError) return error;
  const place = placeOf(error, file, shownAs);
  if (!(error instanceof Error)) return new ScenarioFailure(`${place}: ${String(error)}`);
  const kind = SELF_EXPLAINING.some((each) => error instanceof each) ? '' : `${error.name}: `;
  return new ScenarioFailure(`${place}: ${kind}${error.message}`, { cause: error });
}

/** Errors whose message says all. */
const SELF_EXPLAINING = [
  DeadlockError,
  ExpectationError,
  LimitError,
  ScenarioError,
  StrayError,
  TaskError,
];
