/**
 * Whether a host's Fast Open is paused everywhere, because something on the way seems to swallow it
 * (RFC 7413 §4.1.3.1; Linux tcp_fastopen_active_disable()): `blackhole.ts` finds that out.
 */
import type { Duration, Instant } from '../../time.ts';

/** A pause is doubled by each further one, this often. */
const LONGEST_PAUSE = 6;

export class FastOpenPause {
  #pausedAt: Instant = 0;
  /** How often Fast Open was paused since it last worked. */
  #pauses = 0;

  /** Something swallows Fast Open: no connection uses it for a while, longer each time. */
  pause(now: Instant): void {
    this.#pausedAt = now;
    this.#pauses += 1;
  }

  /** Whether it is paused still; `first` is how long the first pause lasts, 0 for none at all. */
  isPaused(first: Duration, now: Instant): boolean {
    if (first === 0 || this.#pauses === 0) return false;
    return now < this.#pausedAt + first * 2 ** Math.min(this.#pauses - 1, LONGEST_PAUSE);
  }

  /** Whether it was ever paused and has not worked since. */
  get isOnProbation(): boolean {
    return this.#pauses > 0;
  }

  /** It worked after a pause: the next pause is a first one. */
  trust(): void {
    this.#pauses = 0;
  }
}
