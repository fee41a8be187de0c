/**
 * When to acknowledge (RFC 1122 §4.2.3.2, RFC 9293 §3.8.6.3): at once, with the next data, or when
 * a timer says so. The constants and the quick phase are Linux's, from the profile: a fresh
 * receiver acknowledges its first segments at once, because the sender's window is still small.
 */
import type { DelayedAckProfile } from '../profile.ts';
import type { Duration, Instant } from '../../time.ts';

export class DelayedAck {
  readonly #profile: DelayedAckProfile;
  /** What the delay counts in; 0 if it is exact. */
  readonly #tick: Duration;
  /** Segments that are still acknowledged at once. */
  #quick = 0;
  /** The present delay (Linux "ATO"): 0 until data has arrived. */
  #timeout: Duration = 0;
  /** How often the application answered soon after data had come (Linux "ping-pong"). */
  #answers = 0;
  #lastDataAt: Instant = -1;
  /** Data, or a FIN, has come that no segment acknowledges yet. */
  isScheduled = false;
  /** Segments among it that end what the peer's application wrote, two at most. */
  #pushed = 0;

  constructor(profile: DelayedAckProfile, tick: Duration) {
    this.#profile = profile;
    this.#tick = tick;
  }

  /** The application answers what it reads, so an acknowledgment can ride on the answer. */
  get isInteractive(): boolean {
    return this.#answers >= this.#profile.interactiveAfter;
  }

  set isInteractive(isSo: boolean) {
    this.#answers = isSo ? this.#profile.interactiveAfter : 0;
  }

  /** Whether this receiver acknowledges at once at present. */
  get isQuick(): boolean {
    return this.#quick > 0 && !this.isInteractive;
  }

  /** The present delay. */
  get timeout(): Duration {
    return this.#timeout;
  }

  /** A short segment, or a full one with PSH: the peer may wait for an answer. */
  pushArrived(isShort: boolean): void {
    this.#pushed = isShort ? Math.min(this.#pushed + 1, 2) : Math.max(this.#pushed, 1);
  }

  /** Whether reading all that has come is worth an acknowledgment (Linux ICSK_ACK_PUSHED). */
  get isDueWhenRead(): boolean {
    if (!this.#profile.endsWhenRead) return false;
    return this.#pushed > 1 || (this.#pushed > 0 && !this.isInteractive);
  }

  /** The handshake is over: a pause counts from here on (Linux lrcvtime). */
  opened(now: Instant): void {
    if (this.#lastDataAt < 0) this.#lastDataAt = now;
  }

  /**
   * Data has arrived. Says whether a quick phase begins: with the first data, unless another one
   * has ended, and when the sender has paused, because its window is small then.
   */
  dataArrived(now: Instant, rto: Duration): boolean {
    const { minimum } = this.#profile;
    const isFirst = this.#timeout === 0;
    const gap = now - this.#lastDataAt;
    this.#lastDataAt = now;
    if (isFirst) {
      this.#timeout = minimum;
      return true;
    }
    if (gap <= minimum / 2) {
      this.#timeout = this.#half() + minimum / 2;
    } else if (gap < this.#timeout) {
      this.#timeout = Math.min(this.#half() + gap, rto);
    } else {
      return gap > rto;
    }
    return false;
  }

  /** Half the delay, in whole units of what it counts in. */
  #half(): Duration {
    const unit = 2 * (this.#tick || 1);
    return (this.#timeout - (this.#timeout % unit)) / 2;
  }

  /** The window may grow: the sender needs to hear of it soon (Linux tcp_grow_window()). */
  windowGrew(): void {
    this.#quick |= 1;
  }

  /** Acknowledge at once for up to `segments` segments: after a pause, a gap or a duplicate. */
  beQuick(segments: number): void {
    this.#quick = Math.max(this.#quick, Math.min(segments, this.#profile.quickAcks));
  }

  /** The sender had better slow down: its segments are not acknowledged at once any more. */
  endQuick(): void {
    this.#quick = 0;
  }

  /** Out of order or seen before: the sender needs to know (RFC 5681 §4.2). */
  mustBeQuick(segments: number): void {
    this.beQuick(segments);
    this.isInteractive = false;
    this.#timeout = this.#profile.minimum;
  }

  /**
   * The handshake is over, and what the application is about to write will acknowledge it: that
   * counts as an answer (Linux tcp_rcv_synsent_state_process(), with sk_write_pending).
   */
  answerAwaited(now: Instant): void {
    this.mustBeQuick(Number.MAX_SAFE_INTEGER);
    this.#lastDataAt = now;
  }

  /** The peer has closed: an answer is likely to come from the application, its own close. */
  finArrived(): void {
    this.isInteractive = true;
  }

  /** Data was sent: soon after data had come, so this is a conversation. */
  dataSent(now: Instant): void {
    if (this.#lastDataAt >= 0 && now - this.#lastDataAt < this.#timeout) this.#answers += 1;
  }

  /** An acknowledgment went out. */
  ackSent(): void {
    const counts = this.isScheduled || !this.#profile.quickAcksTellNews;
    this.isScheduled = false;
    this.#pushed = 0;
    if (this.#quick === 0 || !counts) return;
    this.#quick -= 1;
    if (this.#quick === 0) this.#timeout = this.#profile.minimum; // Linux tcp_dec_quickack_mode()
  }

  /**
   * How long an acknowledgment may wait: not longer than `most`, nor than the smoothed round-trip
   * time (-1: unknown).
   */
  delay(srtt: Duration, most: Duration): Duration {
    const { minimum } = this.#profile;
    if (this.#timeout <= minimum) return Math.min(this.#timeout, most);
    const bound = srtt < 0 ? most : Math.min(most, Math.max(srtt, minimum));
    return Math.min(this.#timeout, bound);
  }

  /**
   * The timer fired: nothing carried the acknowledgment, so wait longer, or end the conversation.
   */
  timerFired(rto: Duration): void {
    if (this.isInteractive) {
      this.isInteractive = false;
      this.#timeout = this.#profile.minimum;
    } else {
      this.#timeout = Math.min(2 * this.#timeout, rto);
    }
  }
}
