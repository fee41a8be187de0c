/**
 * The round-trip time and the retransmission timeout (RFC 6298). One segment is timed at a time
 * (§3), and never one that was sent twice: which transmission would its acknowledgment answer?
 * (Karn's algorithm, MUST-18.)
 */
import { type Seq, seqGt, toSeq } from '../../wire/index.ts';
import type { RetransmissionProfile } from './recovery/recovery-profile.ts';
import type { Duration } from '../time.ts';

/** K of RFC 6298 §2. */
const VARIANCE_FACTOR = 4;

export class RoundTripTime {
  /** SRTT; -1 before the first measurement. */
  srtt: Duration = -1;
  rttvar: Duration = 0;
  /** The shortest round trip seen. */
  minimum: Duration = Number.POSITIVE_INFINITY;
  /** RTO as measured, without back-off, and how much of it is slop. */
  #base: Duration;
  #slop: Duration = 0;
  /** 4·RTTVAR, the highest in this round trip, and as it counts; until SND.UNA is behind `#end`. */
  #highest: Duration = 0;
  #variance: Duration = 0;
  #end: Seq = toSeq(0);
  /** How often the timer was backed off since the last measurement or acknowledgment (5.5). */
  #backOff = 0;
  readonly #profile: RetransmissionProfile;
  /** What a host's timers count in; 0 if they are exact. */
  readonly #timerTick: Duration;
  // A connection keeps those that held when it began (Linux icsk_rto_min).
  readonly minimumRto: Duration;
  readonly #minimumVariance: Duration;

  /** `ofRoute`: the least timeout that the route wants, if it does (Linux tcp_rto_min()). */
  constructor(profile: RetransmissionProfile, timerTick: Duration, ofRoute?: Duration) {
    this.#profile = profile;
    this.#timerTick = timerTick;
    this.minimumRto = ofRoute ?? profile.minimumRto;
    this.#minimumVariance = ofRoute ?? profile.minimumVariance;
    this.#base = profile.initialRto;
  }

  /** The timeout to begin with, until something is measured. */
  beginAt(rto: Duration): void {
    this.#base = rto;
  }

  /** How often the timer was backed off since (5.5). */
  get backOffs(): number {
    return this.#backOff;
  }

  /** RTO, back-off included. */
  get rto(): Duration {
    const { maximumRto, slop } = this.#profile;
    if (this.#backOff === 0) return Math.min(this.#base, maximumRto);
    return Math.min((this.#base - this.#slop) * 2 ** this.#backOff + slop, maximumRto);
  }

  /**
   * Takes a measurement in (2.2, 2.3); integers, rounded down. It is one of the round trip in which
   * SND.UNA became `una` and SND.NXT was `nxt`.
   */
  measured(rtt: Duration, una: Seq, nxt: Seq): void {
    this.#backOff = 0;
    const { roundTripTick, deviation } = this.#profile;
    if (roundTripTick > 0) {
      this.#measuredInTicks(rtt, roundTripTick);
      return;
    }
    if (deviation === 'highest') {
      this.#measuredByHighest(rtt, una, nxt);
      return;
    }
    if (this.srtt < 0) {
      this.srtt = rtt;
      this.rttvar = Math.floor(rtt / 2);
    } else {
      this.rttvar = Math.floor((3 * this.rttvar + Math.abs(this.srtt - rtt)) / 4); // β = 1/4
      this.srtt = Math.floor((7 * this.srtt + rtt) / 8); // α = 1/8
    }
    this.#takeVariance(Math.max(this.#minimumVariance, VARIANCE_FACTOR * this.rttvar));
  }

  #takeVariance(variance: Duration): void {
    this.#slop = this.#profile.slop;
    const timeout = Math.max(this.minimumRto, this.srtt + variance + this.#slop);
    this.#base = this.#inTimerTicks(timeout);
  }

  /**
   * The same with more patience (Linux tcp_rtt_estimator()): a shorter round trip than usual raises
   * RTTVAR by an eighth of what a longer one does, and what counts is its highest value in a round
   * trip, from which it comes down by a quarter in each.
   */
  #measuredByHighest(rtt: Duration, una: Seq, nxt: Seq): void {
    if (this.srtt < 0) {
      this.srtt = rtt;
      this.rttvar = Math.floor(rtt / 2);
      this.#highest = Math.max(this.#minimumVariance, VARIANCE_FACTOR * this.rttvar);
      this.#variance = this.#highest;
      this.#end = nxt;
    } else {
      const error = rtt - this.srtt;
      const change = Math.abs(error) - this.rttvar;
      this.srtt += Math.floor(error / 8);
      this.rttvar += Math.floor(error < 0 && change > 0 ? change / 32 : change / 4);
      this.#highest = Math.max(this.#highest, VARIANCE_FACTOR * this.rttvar);
      this.#variance = Math.max(this.#variance, this.#highest);
      if (seqGt(una, this.#end)) {
        this.#variance -= Math.floor((this.#variance - this.#highest) / 4);
        this.#highest = this.#minimumVariance;
        this.#end = nxt;
      }
    }
    this.#takeVariance(this.#variance);
  }

  /**
   * The same with a clock so coarse that most round trips take no tick at all (Jacobson,
   * "Congestion avoidance and control", 1988, appendix A). SRTT counts eighths of a tick and RTTVAR
   * quarters, so that their sum needs no factor 4. What is left of RTTVAR when it rounds to nothing
   * is the least RTO: three ticks.
   */
  #measuredInTicks(rtt: Duration, tick: Duration): void {
    let average = Math.max(0, Math.floor((8 * this.srtt) / tick));
    let deviation = Math.floor(
      this.srtt < 0 ? this.#base / tick : (VARIANCE_FACTOR * this.rttvar) / tick,
    );
    const error = Math.floor(rtt / tick) - (average >> 3);
    average += error;
    deviation += Math.abs(error) - (deviation >> 2);
    this.srtt = (average * tick) / 8;
    this.rttvar = (deviation * tick) / VARIANCE_FACTOR;
    this.#base = Math.max(this.minimumRto, ((average >> 3) + deviation) * tick);
  }

  /** A host that counts ticks backs off in whole ones (Linux __tcp_set_rto()). */
  #inTimerTicks(time: Duration): Duration {
    const tick = this.#timerTick;
    return tick === 0 ? time : Math.ceil(time / tick) * tick;
  }

  /** A round trip was seen, whether or not it counts as a measurement. */
  seen(rtt: Duration): void {
    this.minimum = Math.min(this.minimum, rtt);
  }

  /** The timer has expired (5.5). */
  backOff(): void {
    if (this.rto < this.#profile.maximumRto) this.#backOff += 1;
  }

  /** One expiry was no sign of congestion (RFC 6069). */
  takeBackOffBack(): void {
    this.#backOff -= 1;
  }

  /** New data is acknowledged: the path works, so the next timeout starts from the base again. */
  forgetBackOff(): void {
    this.#backOff = 0;
  }

  /** The timeout stays as long as it is, but counts as not backed off (Linux tcp_ack_probe()). */
  keepBackedOff(): void {
    this.#base = this.rto;
    this.#slop = 0;
    this.#backOff = 0;
  }

  /** If the handshake gave no measurement, since a SYN went twice, data starts from 3 s (5.7). */
  handshakeIsOver(): void {
    if (this.srtt >= 0) return;
    this.#base = Math.max(this.#base, 3_000_000_000);
    this.rttvar = Math.floor(this.#base / VARIANCE_FACTOR);
  }
}
