/**
 * BBR, version 1 (Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue 2016;
 * Linux net/ipv4/tcp_bbr.c). It does not wait for losses: it models the path by the bandwidth of
 * the bottleneck (the most delivered in ten rounds) and the round trip (the least in ten seconds),
 * paces at that bandwidth, and keeps about twice their product in flight.
 *
 *     STARTUP ── the bandwidth grows no more ──▶ DRAIN ── the queue is gone ──▶ PROBE_BW
 *        2.89 times the bandwidth                 1/2.89                          5/4, 3/4, 1, 1, …
 *
 *     PROBE_RTT, whenever the round trip was not as short for ten seconds: four segments in flight
 */
import { type Duration, type Instant, ms, seconds, us } from '../../time.ts';
import type { RecoveryPhase } from '../recovery/loss-recovery.ts';
import { AckAggregation } from './ack-aggregation.ts';
import {
  type Bandwidth,
  BANDWIDTH_UNIT,
  bandwidthOf,
  GAIN_UNIT,
  octetsPerSecond,
  segmentsIn,
} from './bandwidth.ts';
import type { CongestionControl } from './congestion-control.ts';
import type { CongestionWindow } from './congestion-window.ts';
import { LongTermBandwidth } from './long-term-bandwidth.ts';
import type { RateSample } from './rate-sample.ts';
import { WindowedMaximum } from './windowed-maximum.ts';

type Mode = 'STARTUP' | 'DRAIN' | 'PROBE_BW' | 'PROBE_RTT';

/** 2/ln 2: what doubles the rate each round; and its inverse. */
const HIGH_GAIN = Math.floor((GAIN_UNIT * 2885) / 1000) + 1;
const DRAIN_GAIN = Math.floor((GAIN_UNIT * 1000) / 2885);
const WINDOW_GAIN = 2 * GAIN_UNIT;
/** The phases of PROBE_BW: more, then less to drain what that queued, then as measured. */
const CYCLE: readonly number[] = [320, 192, 256, 256, 256, 256, 256, 256];
const BANDWIDTH_ROUNDS = CYCLE.length + 2;
const ROUND_TRIP_LIFETIME = seconds(10);
const PROBE_RTT_TIME = ms(200);
const LEAST_WINDOW = 4;
/** The pipe is full when three rounds have not brought a quarter more. */
const FULL_THRESHOLD = 320;
const FULL_ROUNDS = 3;
/** TCP_INIT_CWND */
const INITIAL_WINDOW = 10;
/** Below it bursts have a single segment: 1.2 Mbit/s, in octets. */
const SLOW_RATE = 150_000;
const BURST_OCTETS_MOST = 65_536 - 1 - 320;
const BURST_SEGMENTS_MOST = 0x7f;

export class Bbr implements CongestionControl {
  readonly name: string = 'bbr';
  readonly paces = true;
  #mode: Mode = 'STARTUP';
  #pacingGain = HIGH_GAIN;
  #windowGain = HIGH_GAIN;
  readonly #most = new WindowedMaximum(BANDWIDTH_ROUNDS);
  readonly #policer = new LongTermBandwidth();
  readonly #aggregation = new AckAggregation();
  /** The shortest round trip, and when it was seen. */
  #minimumRtt: Duration = Number.POSITIVE_INFINITY;
  #minimumAt: Instant = -1;
  /** Rounds: one ends when what was sent after its beginning is delivered. */
  #rounds = 0;
  #roundEnd = 0;
  #roundStarts = false;
  #fullBandwidth: Bandwidth = 0;
  #fullRounds = 0;
  #isFull = false;
  #phase = 0;
  #phaseAt: Instant = 0;
  #seed: number;
  #hasRtt = false;
  #startsFromIdle = false;
  /** PROBE_RTT: when it may end, −1 before so little is in flight; whether a round was waited. */
  #probeEnd: Instant = -1;
  #probeRoundDone = false;
  // Recovery.
  #priorWindow = 0;
  #priorPhase: RecoveryPhase = 'Open';
  #conserves = false;
  /** A timeout since the last acknowledgment counts as one loss more for the policer. */
  #lostByTimeout = 0;
  #segment = 536;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  // What others ask.

  /** BBR grows by {@link control}. */
  avoidCongestion(): void {}

  thresholdAfterLoss(window: CongestionWindow): number {
    this.#saveWindow(window);
    return window.ssthresh;
  }

  windowBeforeLoss({ cwnd }: CongestionWindow): number {
    this.#fullBandwidth = 0;
    this.#fullRounds = 0;
    this.#policer.forget();
    return cwnd;
  }

  timedOut(): void {
    this.#priorPhase = 'Loss';
    this.#fullBandwidth = 0;
    this.#lostByTimeout = 1;
  }

  leastBurst({ pacingRate }: CongestionWindow): number {
    return pacingRate < SLOW_RATE ? 1 : 2;
  }

  info(): Readonly<Record<string, number>> {
    const rate = Math.floor((this.#bandwidth * this.#segment * 1_000_000) / BANDWIDTH_UNIT);
    return {
      bbr_bw_lo: rate % 2 ** 32,
      bbr_bw_hi: Math.floor(rate / 2 ** 32),
      bbr_min_rtt: Number.isFinite(this.#minimumRtt) ? Math.floor(this.#minimumRtt / us(1)) : -1,
      bbr_pacing_gain: this.#pacingGain,
      bbr_cwnd_gain: this.#windowGain,
    };
  }

  /** Sending begins anew after an application's pause: at the measured rate, no faster. */
  restarts(window: CongestionWindow, sample: RateSample, now: Instant): void {
    if (this.#minimumAt < 0) this.#begin(window, sample, now);
    if (!sample.isSenderLimited) return;
    this.#startsFromIdle = true;
    this.#aggregation.restart(now);
    if (this.#mode === 'PROBE_BW') this.#setPacingRate(window, sample, GAIN_UNIT);
    else if (this.#mode === 'PROBE_RTT') this.#endProbeRtt(window, sample, now);
  }

  /** Each acknowledgment (bbr_main()): the model, then rate and window by it. */
  control(window: CongestionWindow, sample: RateSample, now: Instant): void {
    if (this.#minimumAt < 0) this.#begin(window, sample, now);
    this.#segment = sample.segment;
    this.#updateBandwidth(sample);
    this.#aggregation.take(sample, this.#bandwidth, this.#roundStarts);
    if (this.#mode === 'PROBE_BW' && this.#isPhaseOver(window, sample)) this.#nextPhase(sample);
    this.#checkFull(sample);
    this.#checkDrain(window, sample);
    this.#updateRoundTrip(window, sample, now);
    this.#updateGains();
    this.#setPacingRate(window, sample, this.#pacingGain);
    this.#setWindow(window, sample);
  }

  #begin(window: CongestionWindow, sample: RateSample, now: Instant): void {
    this.#minimumRtt = sample.minimumRtt;
    this.#minimumAt = now;
    this.#aggregation.restart(sample.deliveredAt);
    this.#rateFromRtt(window, sample);
  }

  // The model.

  get #bandwidth(): Bandwidth {
    return this.#policer.isUsed ? this.#policer.bandwidth : this.#most.value;
  }

  #updateBandwidth(sample: RateSample): void {
    this.#roundStarts = false;
    if (sample.delivered < 0 || sample.interval <= 0) return;
    if (sample.priorDelivered >= this.#roundEnd) {
      this.#roundEnd = sample.totalDelivered;
      this.#rounds += 1;
      this.#roundStarts = true;
      this.#conserves = false;
    }
    const lost = sample.lost + this.#lostByTimeout;
    this.#lostByTimeout = 0;
    if (!this.#policer.isUsed) this.#policer.take(sample, lost, this.#roundStarts);
    else if (this.#mode === 'PROBE_BW' && this.#policer.isWornOut(this.#roundStarts)) {
      this.#policer.forget();
      this.#probeBandwidth(sample);
    }
    const bandwidth = bandwidthOf(sample.delivered, sample.interval);
    if (!sample.isAppLimited || bandwidth >= this.#most.value) {
      this.#most.add(this.#rounds, bandwidth);
    }
  }

  #checkFull(sample: RateSample): void {
    if (this.#isFull || !this.#roundStarts || sample.isAppLimited) return;
    if (this.#most.value >= Math.floor((this.#fullBandwidth * FULL_THRESHOLD) / GAIN_UNIT)) {
      this.#fullBandwidth = this.#most.value;
      this.#fullRounds = 0;
      return;
    }
    this.#fullRounds += 1;
    this.#isFull = this.#fullRounds >= FULL_ROUNDS;
  }

  #checkDrain(window: CongestionWindow, sample: RateSample): void {
    if (this.#mode === 'STARTUP' && this.#isFull) {
      this.#mode = 'DRAIN';
      window.ssthresh = this.#target(window, this.#most.value, GAIN_UNIT);
    }
    if (this.#mode !== 'DRAIN') return;
    const queued = this.#inNetwork(window, sample, sample.inFlight);
    if (queued <= this.#target(window, this.#most.value, GAIN_UNIT)) this.#probeBandwidth(sample);
  }

  #updateRoundTrip(window: CongestionWindow, sample: RateSample, now: Instant): void {
    const isOld = now > this.#minimumAt + ROUND_TRIP_LIFETIME;
    const { rtt } = sample;
    if (rtt >= 0 && (rtt < this.#minimumRtt || (isOld && !sample.isAckDelayed))) {
      this.#minimumRtt = rtt;
      this.#minimumAt = now;
    }
    if (isOld && !this.#startsFromIdle && this.#mode !== 'PROBE_RTT') {
      this.#saveWindow(window);
      this.#mode = 'PROBE_RTT';
      this.#probeEnd = -1;
    }
    if (this.#mode === 'PROBE_RTT') this.#continueProbeRtt(window, sample, now);
    if (sample.delivered > 0) this.#startsFromIdle = false;
  }

  /** Four segments in flight for 200 ms and a round trip at least. */
  #continueProbeRtt(window: CongestionWindow, sample: RateSample, now: Instant): void {
    sample.limits = true; // so little in flight says nothing of the bandwidth
    if (this.#probeEnd < 0) {
      if (sample.inFlight > LEAST_WINDOW) return;
      this.#probeEnd = now + PROBE_RTT_TIME;
      this.#probeRoundDone = false;
      this.#roundEnd = sample.totalDelivered;
      return;
    }
    if (this.#roundStarts) this.#probeRoundDone = true;
    if (this.#probeRoundDone) this.#endProbeRtt(window, sample, now);
  }

  #endProbeRtt(window: CongestionWindow, sample: RateSample, now: Instant): void {
    if (this.#probeEnd < 0 || now <= this.#probeEnd) return;
    this.#minimumAt = now;
    window.cwnd = Math.max(window.cwnd, this.#priorWindow);
    if (this.#isFull) this.#probeBandwidth(sample);
    else this.#mode = 'STARTUP';
  }

  // PROBE_BW.

  /** Begins at any phase but the one that drains, so that flows do not probe together. */
  #probeBandwidth(sample: RateSample): void {
    this.#mode = 'PROBE_BW';
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    this.#phase = CYCLE.length - 1 - ((this.#seed >>> 16) % (CYCLE.length - 1));
    this.#nextPhase(sample);
  }

  #nextPhase(sample: RateSample): void {
    this.#phase = (this.#phase + 1) % CYCLE.length;
    this.#phaseAt = sample.deliveredAt;
  }

  #isPhaseOver(window: CongestionWindow, sample: RateSample): boolean {
    const isLong = sample.deliveredAt - this.#phaseAt > this.#minimumRtt;
    if (this.#pacingGain === GAIN_UNIT) return isLong;
    const queued = this.#inNetwork(window, sample, sample.priorInFlight);
    if (this.#pacingGain < GAIN_UNIT) {
      return isLong || queued <= this.#target(window, this.#most.value, GAIN_UNIT);
    }
    const target = this.#target(window, this.#most.value, this.#pacingGain);
    return isLong && (sample.lost > 0 || queued >= target);
  }

  #updateGains(): void {
    switch (this.#mode) {
      case 'STARTUP':
        this.#pacingGain = HIGH_GAIN;
        this.#windowGain = HIGH_GAIN;
        break;
      case 'DRAIN':
        this.#pacingGain = DRAIN_GAIN;
        this.#windowGain = HIGH_GAIN;
        break;
      case 'PROBE_BW':
        this.#pacingGain = this.#policer.isUsed ? GAIN_UNIT : CYCLE[this.#phase]!;
        this.#windowGain = WINDOW_GAIN;
        break;
      case 'PROBE_RTT':
        this.#pacingGain = GAIN_UNIT;
        this.#windowGain = GAIN_UNIT;
        break;
    }
  }

  // Rate and window.

  /** Before anything is measured: the window in the round trip of the handshake, or in 1 ms. */
  #rateFromRtt(window: CongestionWindow, sample: RateSample): void {
    this.#hasRtt = sample.smoothedRtt >= 0;
    const rtt = this.#hasRtt ? Math.max(sample.smoothedRtt, us(1)) : ms(1);
    const bandwidth = bandwidthOf(window.cwnd, rtt);
    window.pacingRate = octetsPerSecond(bandwidth, sample.segment, HIGH_GAIN);
  }

  #setPacingRate(window: CongestionWindow, sample: RateSample, gain: number): void {
    if (!this.#hasRtt && sample.smoothedRtt >= 0) this.#rateFromRtt(window, sample);
    const rate = octetsPerSecond(this.#bandwidth, sample.segment, gain);
    if (this.#isFull || rate > window.pacingRate) window.pacingRate = rate;
  }

  /** The product of bandwidth and round trip, times a gain. */
  #product(bandwidth: Bandwidth, gain: number): number {
    if (!Number.isFinite(this.#minimumRtt)) return INITIAL_WINDOW;
    const exact = bandwidth * Math.floor(this.#minimumRtt / us(1));
    return Math.ceil(Math.floor((exact * gain) / GAIN_UNIT) / BANDWIDTH_UNIT);
  }

  /** Room for the bursts in the sender, the receiver and between; even, for delayed ACKs. */
  #withRoom(window: CongestionWindow, segments: number): number {
    const even = Math.ceil((segments + 3 * this.#burst(window)) / 2) * 2;
    return this.#mode === 'PROBE_BW' && this.#phase === 0 ? even + 2 : even;
  }

  #target(window: CongestionWindow, bandwidth: Bandwidth, gain: number): number {
    return this.#withRoom(window, this.#product(bandwidth, gain));
  }

  #burst(window: CongestionWindow): number {
    const octets = Math.min(Math.floor(window.pacingRate / 1024), BURST_OCTETS_MOST);
    const segments = Math.max(Math.floor(octets / this.#segment), this.leastBurst(window));
    return Math.min(segments, BURST_SEGMENTS_MOST);
  }

  /** What will be in the network when the next burst leaves. */
  #inNetwork(window: CongestionWindow, sample: RateSample, inFlight: number): number {
    const wait = Math.max(0, sample.pacedUntil - sample.deliveredAt);
    const then = this.#pacingGain > GAIN_UNIT ? inFlight + this.#burst(window) : inFlight;
    return Math.max(0, then - segmentsIn(this.#bandwidth, wait));
  }

  #setWindow(window: CongestionWindow, sample: RateSample): void {
    const { acked } = sample;
    if (acked > 0 && !this.#recovers(window, sample)) {
      const gathered = this.#isFull ? this.#aggregation.allowance(this.#bandwidth) : 0;
      const product = this.#product(this.#bandwidth, this.#windowGain);
      const target = this.#withRoom(window, product + gathered);
      if (this.#isFull) window.cwnd = Math.min(window.cwnd + acked, target);
      else if (window.cwnd < target || sample.totalDelivered < INITIAL_WINDOW) window.cwnd += acked;
      window.cwnd = Math.max(window.cwnd, LEAST_WINDOW);
    }
    window.cwnd = Math.min(window.cwnd, window.clamp);
    if (this.#mode === 'PROBE_RTT') window.cwnd = Math.min(window.cwnd, LEAST_WINDOW);
  }

  /** The first round of a recovery sends as much as is delivered; its end restores the window. */
  #recovers(window: CongestionWindow, sample: RateSample): boolean {
    const { phase, acked, lost, inFlight } = sample;
    if (lost > 0) window.cwnd = Math.max(window.cwnd - lost, 1);
    if (phase === 'Recovery' && this.#priorPhase !== 'Recovery') {
      this.#conserves = true;
      this.#roundEnd = sample.totalDelivered;
      window.cwnd = inFlight + acked;
    } else if (repairs(this.#priorPhase) && !repairs(phase)) {
      window.cwnd = Math.max(window.cwnd, this.#priorWindow);
      this.#conserves = false;
    }
    this.#priorPhase = phase;
    if (this.#conserves) window.cwnd = Math.max(window.cwnd, inFlight + acked);
    return this.#conserves;
  }

  /** What to return to after a recovery or PROBE_RTT. */
  #saveWindow({ cwnd }: CongestionWindow): void {
    const isLower = repairs(this.#priorPhase) || this.#mode === 'PROBE_RTT';
    this.#priorWindow = isLower ? Math.max(this.#priorWindow, cwnd) : cwnd;
  }
}

function repairs(phase: RecoveryPhase): boolean {
  return phase === 'Recovery' || phase === 'Loss';
}
