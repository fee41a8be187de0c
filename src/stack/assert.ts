/** The check of what must hold whatever the input: a broken invariant is our bug, never a value. */

/** @throws Error when `condition` is false. Always on, in a simulation too. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

function fail(message: string): never {
  throw new Error(`assertion failed: ${message}`);
}
