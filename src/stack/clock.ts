/**
 * A host's own clock: how long it has been up, and when its timers can fire.
 *
 * A kernel's timers fire at ticks (jiffies), and where a tick falls can be seen in captures: an
 * acknowledgment delayed by 40 ms leaves after 39.8 or 44. A tick of zero gives exact timers.
 */
import type { Duration, Instant } from './time.ts';

/** How a host's timers keep time. */
export interface TimerProfile {
  /** The length of a tick (1 s / HZ); 0 for timers that fire exactly on time. */
  readonly tick: Duration;
  /**
   * Whether timers are kept in Linux's wheel (since 4.8), whose buckets widen by eight from level
   * to level: a timer is never early, and late by up to one bucket.
   */
  readonly wheel: boolean;
}

const SHORT_TICK: Duration = 1_000_000;

/** Buckets in one level of the wheel, less the one being emptied (Linux `kernel/time/timer.c`). */
const WHEEL_LEVEL_REACH = 63;
const WHEEL_WIDENING = 8;

export class HostClock {
  readonly #uptimeAtStart: Duration;
  readonly #tickPhase: Duration;
  readonly #profile: TimerProfile;

  /**
   * @param uptimeAtStart how long the host had been up at instant 0.
   * @param tickPhase how long before instant 0 a tick was; where timers are in a wheel, one whose
   * number is a multiple of its buckets.
   */
  constructor(profile: TimerProfile, uptimeAtStart: Duration, tickPhase: Duration) {
    this.#profile = profile;
    this.#uptimeAtStart = uptimeAtStart;
    this.#tickPhase = tickPhase;
  }

  /** How long the host has been up. */
  uptime(now: Instant): Duration {
    return now + this.#uptimeAtStart;
  }

  /** The last tick, where a kernel knows the time by that (jiffies). */
  lastTick(now: Instant): Instant {
    const { tick } = this.#profile;
    return tick === 0 ? now : now - ((now + this.#tickPhase) % tick);
  }

  /** The length of a tick; 0 for exact timers. */
  get tick(): Duration {
    return this.#profile.tick;
  }

  /** The same; exact timers are taken for those of a kernel with a thousand ticks a second. */
  get usualTick(): Duration {
    return this.#profile.tick === 0 ? SHORT_TICK : this.#profile.tick;
  }

  /**
   * Two ticks, which Linux adds to short delays (TCP_TIMEOUT_MIN): the first may be as good as
   * over.
   */
  get twoTicks(): Duration {
    return 2 * this.usualTick;
  }

  /** A time as ticks count it, those that are over; of a thousand a second where there are none. */
  wholeTicks(duration: Duration): Duration {
    const tick = this.#profile.tick === 0 ? SHORT_TICK : this.#profile.tick;
    return duration - (duration % tick);
  }

  /** When a timer fires that has ticks of its own: at one of them, the first perhaps at once. */
  atTick(now: Instant, delay: Duration, tick: Duration): Instant {
    const current = Math.floor((now + this.#tickPhase) / tick);
    return (current + Math.max(Math.ceil(delay / tick), 1)) * tick - this.#tickPhase;
  }

  /** When a timer armed at `now` for `delay` fires. */
  after(now: Instant, delay: Duration): Instant {
    const { tick, wheel } = this.#profile;
    if (tick === 0) return now + delay;
    if (!wheel) return this.atTick(now, delay, tick);
    const current = Math.floor((now + this.#tickPhase) / tick);
    const wanted = Math.ceil(delay / tick);
    let bucket = 1;
    while (wanted >= WHEEL_LEVEL_REACH * bucket) bucket *= WHEEL_WIDENING;
    return (Math.floor((current + wanted) / bucket) + 1) * bucket * tick - this.#tickPhase;
  }
}
