/** What ends a command early, with its exit status; the message is the one line that people see. */

/** The command was called wrongly: exit status 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

/** A scenario failed, or its expectations did not come about: exit status 1. */
export class ScenarioFailure extends Error {
  override readonly name: string = 'ScenarioFailure';
}

/** A file could not be read to its end, or is not what it should be: exit status 1. */
export class InputError extends Error {
  override readonly name: string = 'InputError';
}
