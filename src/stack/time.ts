/**
 * Virtual time. Nothing below the simulator can read a clock: functions take `now: Instant`.
 *
 * Both kinds of number are integers of nanoseconds, so that no rounding decides a byte; they are
 * exact up to 2⁵³ ns, 104 days.
 */

/** A point in virtual time: nanoseconds since the simulation began. */
export type Instant = number;

/** A length of time in nanoseconds. */
export type Duration = number;

/** The instant of what does not happen: later than every other. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;

/** `n` nanoseconds, rounded to a whole number. */
export function ns(n: number): Duration {
  return Math.round(n);
}

/** `n` microseconds. */
export function us(n: number): Duration {
  return Math.round(n * 1_000);
}

/** `n` milliseconds. */
export function ms(n: number): Duration {
  return Math.round(n * 1_000_000);
}

/** `n` seconds. */
export function seconds(n: number): Duration {
  return Math.round(n * 1_000_000_000);
}

/** `n` minutes. */
export function minutes(n: number): Duration {
  return seconds(n * 60);
}
