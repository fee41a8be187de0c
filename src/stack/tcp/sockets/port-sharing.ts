/** With whom a TCP socket shares its port (socket(7); Linux inet_bind_conflict()). */

/** What a program has said about it. */
export interface Sharing {
  /** SO_REUSEADDR: with others that have it, unless they listen. */
  readonly reuseAddress: boolean;
  /** SO_REUSEPORT: with others that have it. */
  readonly reusePort: boolean;
}

/** Not with anybody. */
export const ALONE: Sharing = { reuseAddress: false, reusePort: false };

/** Whether a socket may have the port of another though packets could be for both. */
export function mayShare(wanted: Sharing, held: Sharing, isListening: boolean): boolean {
  if (wanted.reusePort && held.reusePort) return true;
  return wanted.reuseAddress && held.reuseAddress && !isListening;
}
