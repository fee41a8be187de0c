/**
 * BBR's answer to policers (Linux bbr_lt_bw_sampling()): a token bucket delivers all at first, then
 * drops what is over its rate. Two intervals in a row with much loss and about the same rate mean
 * one; that rate is then used, without probing, for 48 rounds.
 */
import { type Duration, type Instant, ms } from '../../time.ts';
import { type Bandwidth, bandwidthOf, GAIN_UNIT, octetsPerSecond } from './bandwidth.ts';
import type { RateSample } from './rate-sample.ts';

/** An interval lasts so many rounds at least; four times that is too long. */
const LEAST_ROUNDS = 4;
/** Lost of delivered, in 256ths. */
const LOSS_THRESHOLD = 50;
/** "About the same": an eighth, or 500 octets a second. */
const RATIO = GAIN_UNIT / 8;
const DIFFERENCE = 500;
const MOST_ROUNDS = 48;
const SHORTEST: Duration = ms(1);

export class LongTermBandwidth {
  /** The rate of the last interval; 0 for none. */
  bandwidth: Bandwidth = 0;
  /** A policer was found: its rate counts. */
  isUsed = false;
  #isSampling = false;
  #rounds = 0;
  #since: Instant = 0;
  #delivered = 0;
  #lost = 0;

  /** Whatever it has learned may be wrong. */
  forget(): void {
    this.bandwidth = 0;
    this.isUsed = false;
    this.#isSampling = false;
  }

  #begin(sample: RateSample): void {
    this.#since = Math.floor(sample.deliveredAt / SHORTEST) * SHORTEST;
    this.#delivered = sample.totalDelivered;
    this.#lost = sample.totalLost;
    this.#rounds = 0;
  }

  /** Whether the rate has been used for long enough: now it is to be probed again. */
  isWornOut(roundStarts: boolean): boolean {
    if (!this.isUsed || !roundStarts) return false;
    this.#rounds += 1;
    return this.#rounds >= MOST_ROUNDS;
  }

  /** An acknowledgment, while the rate is not used. */
  take(sample: RateSample, lost: number, roundStarts: boolean): void {
    if (!this.#isSampling) {
      if (lost === 0) return; // a policer shows by its first loss
      this.#begin(sample);
      this.#isSampling = true;
    }
    if (sample.isAppLimited) {
      this.forget();
      return;
    }
    if (roundStarts) this.#rounds += 1;
    if (this.#rounds < LEAST_ROUNDS) return;
    if (this.#rounds > 4 * LEAST_ROUNDS) {
      this.forget();
      return;
    }
    if (lost === 0) return; // intervals end with a loss, when the bucket is empty
    const totalLost = sample.totalLost - this.#lost;
    const delivered = sample.totalDelivered - this.#delivered;
    if (delivered === 0 || totalLost * GAIN_UNIT < LOSS_THRESHOLD * delivered) return;
    const interval = sample.deliveredAt - this.#since;
    if (interval < SHORTEST) return;
    this.#intervalEnds(bandwidthOf(delivered, interval), sample);
  }

  #intervalEnds(bandwidth: Bandwidth, sample: RateSample): void {
    const difference = Math.abs(bandwidth - this.bandwidth);
    const isSame =
      difference * GAIN_UNIT <= RATIO * this.bandwidth ||
      octetsPerSecond(difference, sample.segment, GAIN_UNIT) <= DIFFERENCE;
    if (this.bandwidth > 0 && isSame) {
      this.bandwidth = Math.floor((bandwidth + this.bandwidth) / 2);
      this.isUsed = true;
      this.#rounds = 0;
      return;
    }
    this.bandwidth = bandwidth;
    this.#begin(sample);
  }
}
