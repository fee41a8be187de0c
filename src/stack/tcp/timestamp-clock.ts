/**
 * The clock of TSval (RFC 7323 §5.4): whole steps since the host began. RFC 7323 allows steps of
 * 1 ms to 1 s. What a connection adds hides from others how long the host has been up, and which
 * connections are the same host's.
 */
import type { HostClock } from '../clock.ts';
import type { Duration, Instant } from '../time.ts';

export interface TimestampClockProfile {
  readonly tick: Duration;
  /** What the clock shows when the host begins (Linux before 4.13: INITIAL_JIFFIES). */
  readonly start: number;
  /** What is added: something for each connection, for each pair of addresses, or nothing. */
  readonly offset: 'connection' | 'addresses' | 'none';
}

export class TimestampClock {
  readonly #clock: HostClock;
  readonly #tick: Duration;
  /** The instant that was asked for last, and the ticks at it: each packet asks. */
  #asked: Instant = Number.NaN;
  #ticks = 0;

  constructor(clock: HostClock, { tick }: TimestampClockProfile) {
    this.#clock = clock;
    this.#tick = tick;
  }

  /** How many ticks the host has been up. */
  ticks(now: Instant): number {
    if (now !== this.#asked) {
      this.#asked = now;
      this.#ticks = Math.floor(this.#clock.uptime(now) / this.#tick);
    }
    return this.#ticks;
  }
}
