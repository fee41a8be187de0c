/**
 * For how long a connection has had something to send, and what held it back meanwhile: the peer's
 * window, or a send buffer too small to be kept full (Linux tcp_chrono_start(), TCP_INFO). At any
 * time one of these counts; the later in the list goes before the earlier.
 */
import type { Duration, Instant } from '../../time.ts';

/** What a connection is doing: nothing, sending, waiting for the window, waiting for the writer. */
export type Activity = 'idle' | 'busy' | 'window-limited' | 'buffer-limited';

export class BusyTimes {
  #activity: Activity = 'idle';
  #since: Instant = 0;
  #busy: Duration = 0;
  #windowLimited: Duration = 0;
  #bufferLimited: Duration = 0;

  get activity(): Activity {
    return this.#activity;
  }

  /** From now on the connection does this. */
  turnTo(activity: Activity, now: Instant): void {
    if (activity !== this.#activity) this.#turn(activity, now);
  }

  #turn(activity: Activity, now: Instant): void {
    const elapsed = now - this.#since;
    if (this.#activity === 'busy') this.#busy += elapsed;
    else if (this.#activity === 'window-limited') this.#windowLimited += elapsed;
    else if (this.#activity === 'buffer-limited') this.#bufferLimited += elapsed;
    this.#activity = activity;
    this.#since = now;
  }

  /** All the time with something to send, limited or not. */
  busy(now: Instant): Duration {
    const current = this.#activity === 'idle' ? 0 : now - this.#since;
    return this.#busy + this.#windowLimited + this.#bufferLimited + current;
  }

  windowLimited(now: Instant): Duration {
    return this.#windowLimited + this.#current('window-limited', now);
  }

  bufferLimited(now: Instant): Duration {
    return this.#bufferLimited + this.#current('buffer-limited', now);
  }

  #current(activity: Activity, now: Instant): Duration {
    return this.#activity === activity ? now - this.#since : 0;
  }
}
