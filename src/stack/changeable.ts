/** Copies that may be written: what an administrator changes is never the profile itself. */

/** A type whose fields may be written, down to the last. */
export type Changeable<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { -readonly [K in keyof T]: Changeable<T[K]> }
    : T;

/**
 * A copy down to the last field; lists are shared, since they are replaced as a whole. Assigned and
 * not spread: V8 gives every assigned copy the same shape, but spread ones another as soon as the
 * code is warm, and then all that was compiled for the former has to be compiled again.
 */
export function changeableCopy<T extends object>(fields: T): Changeable<T> {
  const copy = Object.assign<Record<string, unknown>, object>({}, fields);
  for (const name in copy) {
    const value = copy[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      copy[name] = changeableCopy(value);
    }
  }
  return copy as Changeable<T>;
}
