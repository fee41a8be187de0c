/**
 * How many connections a listener has that took data from a SYN and whose handshake is not over:
 * their number is bounded, against floods of SYNs with a cookie that was caught (RFC 7413 §5.1;
 * TCP_FASTOPEN). Beyond it the listener answers as if it knew no Fast Open.
 */
import { type Duration, type Instant, seconds } from '../../time.ts';

/** How long one that was reset is counted still (Linux reqsk_fastopen_remove()). */
const RESET_COUNTS: Duration = seconds(60);

export class FastOpenQueue {
  /** How many there may be; 0 for no Fast Open. */
  limit: number;
  /** How many there are, those included that were reset. */
  #length = 0;
  /** Until when each of those counts. */
  readonly #resets: Instant[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether one more may come. One that was reset long ago makes room. */
  hasRoom(now: Instant): boolean {
    if (this.limit === 0) return false;
    if (this.#length < this.limit) return true;
    const [oldest] = this.#resets;
    if (oldest === undefined || oldest > now) return false;
    this.#resets.shift();
    this.#length -= 1;
    return true;
  }

  /** One more takes data from its SYN. */
  enter(): void {
    this.#length += 1;
  }

  /** The handshake of one is over, or the connection is. */
  leave(): void {
    this.#length -= 1;
  }

  /** The peer has reset one that was accepted: perhaps it never sent that SYN (§5.1). */
  leaveByReset(now: Instant): void {
    this.#resets.push(now + RESET_COUNTS);
  }
}
