/**
 * How much more arrives at once than the bandwidth explains, because links and receivers gather
 * acknowledgments (Linux bbr_update_ack_aggregation()): BBR lets so much more be in flight, or the
 * pipe would run empty between them.
 */
import { type Duration, type Instant, ms } from '../../time.ts';
import { type Bandwidth, segmentsIn } from './bandwidth.ts';
import type { RateSample } from './rate-sample.ts';

/** The maximum is of five to ten rounds. */
const WINDOW_ROUNDS = 5;
const EPOCH_MOST = 2 ** 20;
/** No more than what the bandwidth delivers in so long. */
const LONGEST: Duration = ms(100);

export class AckAggregation {
  #epochAt: Instant = 0;
  #epochAcked = 0;
  #rounds = 0;
  #current = 0;
  #previous = 0;

  /** Sending begins anew: what was before says nothing. */
  restart(now: Instant): void {
    this.#epochAt = now;
    this.#epochAcked = 0;
  }

  take(sample: RateSample, bandwidth: Bandwidth, roundStarts: boolean): void {
    if (sample.acked <= 0 || sample.delivered < 0 || sample.interval <= 0) return;
    if (roundStarts) {
      this.#rounds += 1;
      if (this.#rounds >= WINDOW_ROUNDS) {
        this.#rounds = 0;
        this.#previous = this.#current;
        this.#current = 0;
      }
    }
    let expected = segmentsIn(bandwidth, sample.deliveredAt - this.#epochAt);
    if (this.#epochAcked <= expected || this.#epochAcked + sample.acked >= EPOCH_MOST) {
      this.restart(sample.deliveredAt);
      expected = 0;
    }
    this.#epochAcked += sample.acked;
    const extra = Math.min(this.#epochAcked - expected, sample.cwnd);
    this.#current = Math.max(this.#current, extra);
  }

  /** Segments to add to the window. */
  allowance(bandwidth: Bandwidth): number {
    return Math.min(Math.max(this.#current, this.#previous), segmentsIn(bandwidth, LONGEST));
  }
}
