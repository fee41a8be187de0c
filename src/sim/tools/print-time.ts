/** Times as the tools print them. */

/** Microseconds in milliseconds, with three digits. */
export function printMilliseconds(microseconds: number): string {
  return `${Math.floor(microseconds / 1000)}.${String(microseconds % 1000).padStart(3, '0')}`;
}
