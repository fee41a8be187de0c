/**
 * CUBIC (RFC 9438), Linux's default: after a loss the window grows by a cubic function of the time
 * since, flat near the window of the loss and steep beyond. HyStart (Ha & Rhee) ends slow start
 * when ACKs come in long trains or the round trip grows, before the queue overflows.
 *
 * Numbers are Linux's (net/ipv4/tcp_cubic.c): β = 717/1024, C = 0.4, time in units of 1/1024 s,
 * all in integers, so that the window is the kernel's to the segment.
 */
import { seqGt, type Seq, toSeq } from '../../../wire/index.ts';
import type { CubicProfile } from './congestion-profile.ts';
import type { Duration, Instant } from '../../time.ts';
import type { CongestionControl, SmoothedRtt } from './congestion-control.ts';
import { type CongestionWindow, NO_THRESHOLD } from './congestion-window.ts';

const MILLISECOND = 1_000_000;

/** β = 717/1024, HyStart by both its signs. */
export const LINUX_CUBIC: CubicProfile = {
  beta: 717,
  fastConvergence: 1,
  friendliness: 1,
  initialThreshold: 0,
  hystart: 1,
  hystartBy: 3,
  hystartLowWindow: 16,
  hystartAckDelta: 2 * MILLISECOND,
};

/** What HyStart goes by. */
const BY_ACK_TRAIN = 1;
const BY_DELAY = 2;

const BETA_SCALE = 1024;
/** C = 0.4 as 410/1024, over the cube of 1024 for the unit of time. */
const CUBE_RTT_SCALE = 410;
/** Time is counted in 1/1024 s. */
const TIME_SHIFT = 10;
/** 2^40 / 410: K = ∛(distance · this). */
const CUBE_FACTOR = Math.floor(2 ** (10 + 3 * TIME_SHIFT) / CUBE_RTT_SCALE);
/**
 * Reno-friendly growth in 8ths of segments: 8(1024 + β)/3/(1024 − β). Linux computes it once, when
 * the module is loaded: another β leaves it as it is.
 */
const FRIENDLY_SCALE = Math.floor(
  (8 * (BETA_SCALE + LINUX_CUBIC.beta)) / 3 / (BETA_SCALE - LINUX_CUBIC.beta),
);

const DELAY_LEAST: Duration = 4 * MILLISECOND;
const DELAY_MOST: Duration = 16 * MILLISECOND;
const DELAY_SAMPLES = 8;

export class Cubic implements CongestionControl {
  readonly name: string = 'cubic';
  readonly #profile: CubicProfile;
  /** W_max: the window before the last loss, or less where that one was smaller; 0 for none. */
  #lastMaximum = 0;
  /** The window and the instant of the last update, which is not repeated within 1/32 s. */
  #lastWindow = 0;
  #lastUpdateAt: Instant = Number.NEGATIVE_INFINITY;
  /** When the epoch began, −1 for none; the cubic function's origin and its K in 1/1024 s. */
  #epochAt: Instant = -1;
  #origin = 0;
  #k = 0;
  /** ACKs for one segment of growth. */
  #perIncrease = 1;
  #ackCount = 0;
  #renoWindow = 0;
  /** The shortest round trip since the epoch of HyStart began; −1 unknown. */
  #delayLeast: Duration = -1;
  // HyStart, per round.
  #roundEnd: Seq = toSeq(0);
  #roundAt: Instant = 0;
  #lastAckAt: Instant = 0;
  #roundRtt: Duration = Number.POSITIVE_INFINITY;
  #samples = 0;
  #found = false;

  constructor(profile: CubicProfile) {
    this.#profile = profile;
  }

  begins(window: CongestionWindow): void {
    const { hystart, initialThreshold } = this.#profile;
    if (hystart === 0 && initialThreshold > 0) window.ssthresh = initialThreshold;
  }

  avoidCongestion(window: CongestionWindow, acked: number, _rtt: SmoothedRtt, now: Instant): void {
    let left = acked;
    if (window.isInSlowStart) {
      left = window.slowStart(acked);
      if (left === 0) return;
    }
    this.#update(window.cwnd, left, now);
    window.increase(this.#perIncrease, left);
  }

  /** How many ACKs the next segment of window costs (bictcp_update()). */
  #update(cwnd: number, acked: number, now: Instant): void {
    this.#ackCount += acked;
    const isRecent = now - this.#lastUpdateAt <= 31 * MILLISECOND;
    if (this.#lastWindow === cwnd && isRecent) return;
    if (this.#epochAt < 0 || now !== this.#lastUpdateAt) {
      this.#lastWindow = cwnd;
      this.#lastUpdateAt = now;
      this.#perIncrease = this.#cubicStep(cwnd, acked, now);
    }
    if (this.#profile.friendliness !== 0) this.#beFriendly(cwnd);
    this.#perIncrease = Math.max(this.#perIncrease, 2);
  }

  #cubicStep(cwnd: number, acked: number, now: Instant): number {
    if (this.#epochAt < 0) {
      this.#epochAt = now;
      this.#ackCount = acked;
      this.#renoWindow = cwnd;
      const isBelow = this.#lastMaximum > cwnd;
      this.#k = isBelow ? cubeRoot(CUBE_FACTOR * (this.#lastMaximum - cwnd)) : 0;
      this.#origin = isBelow ? this.#lastMaximum : cwnd;
    }
    // W_cubic(t + RTT) = C(t + RTT − K)³ + W_max (RFC 9438 (1))
    const elapsed = now - this.#epochAt + Math.max(this.#delayLeast, 0);
    const t = Math.floor((elapsed * 1024) / 1_000_000_000);
    const distance = Math.abs(t - this.#k);
    const delta = Math.floor((CUBE_RTT_SCALE * distance * distance * distance) / 2 ** 40);
    const target = t < this.#k ? this.#origin - delta : this.#origin + delta;
    let step = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
    if (this.#lastMaximum === 0) step = Math.min(step, 20); // at first, 5 % per round trip
    return step;
  }

  /** Never slower than Reno would be (RFC 9438 §4.3). */
  #beFriendly(cwnd: number): void {
    const perSegment = Math.max(1, Math.floor((cwnd * FRIENDLY_SCALE) / 8));
    const grown = Math.max(0, Math.ceil(this.#ackCount / perSegment) - 1);
    this.#ackCount -= grown * perSegment;
    this.#renoWindow += grown;
    if (this.#renoWindow > cwnd) {
      const most = Math.floor(cwnd / (this.#renoWindow - cwnd));
      this.#perIncrease = Math.min(this.#perIncrease, most);
    }
  }

  thresholdAfterLoss({ cwnd }: CongestionWindow): number {
    const { beta, fastConvergence } = this.#profile;
    this.#epochAt = -1;
    // Fast convergence (RFC 9438 §4.7): a flow that lost before its last window gives way.
    const givesWay = fastConvergence !== 0 && cwnd < this.#lastMaximum;
    this.#lastMaximum = givesWay
      ? Math.floor((cwnd * (BETA_SCALE + beta)) / (2 * BETA_SCALE))
      : cwnd;
    return Math.max(Math.floor((cwnd * beta) / BETA_SCALE), 2);
  }

  windowBeforeLoss({ cwnd, priorCwnd }: CongestionWindow): number {
    return Math.max(cwnd, priorCwnd);
  }

  /** The time in which nothing was sent is no time of growth: the epoch moves by it. */
  sendingStarts(now: Instant, idle: Duration): void {
    if (this.#epochAt < 0 || idle <= 0) return;
    this.#epochAt = Math.min(this.#epochAt + idle, now);
  }

  timedOut(): void {
    this.#lastMaximum = 0;
    this.#lastWindow = 0;
    this.#lastUpdateAt = Number.NEGATIVE_INFINITY;
    this.#epochAt = -1;
    this.#origin = 0;
    this.#k = 0;
    this.#ackCount = 0;
    this.#renoWindow = 0;
    this.#delayLeast = -1;
    this.#found = false;
    this.#samples = 0;
    this.#roundRtt = Number.POSITIVE_INFINITY;
  }

  segmentsAcked(
    window: CongestionWindow,
    youngest: Duration,
    una: number,
    next: number,
    now: Instant,
  ): void {
    // Right after a recovery the round trip says more of the queue than of the path.
    if (this.#epochAt >= 0 && now - this.#epochAt < 1000 * MILLISECOND) return;
    const rtt = Math.max(youngest, 1);
    if (this.#delayLeast < 0 || rtt < this.#delayLeast) this.#delayLeast = rtt;
    const { hystart, hystartLowWindow } = this.#profile;
    if (this.#found || hystart === 0) return;
    if (window.isInSlowStart && window.cwnd >= hystartLowWindow) {
      this.#hystart(window, rtt, una, next, now);
    }
  }

  #hystart(window: CongestionWindow, rtt: Duration, una: number, next: number, now: Instant): void {
    if (seqGt(toSeq(una), this.#roundEnd)) {
      this.#roundAt = now;
      this.#lastAckAt = now;
      this.#roundEnd = toSeq(next);
      this.#roundRtt = Number.POSITIVE_INFINITY;
      this.#samples = 0;
    }
    const { hystartBy, hystartAckDelta } = this.#profile;
    if ((hystartBy & BY_ACK_TRAIN) !== 0 && now - this.#lastAckAt <= hystartAckDelta) {
      this.#lastAckAt = now;
      // A train of ACKs as long as half a round trip: the pipe is full.
      if (now - this.#roundAt > this.#delayLeast / 2) this.#leaveSlowStart(window);
    }
    if ((hystartBy & BY_DELAY) === 0) return;
    this.#roundRtt = Math.min(this.#roundRtt, rtt);
    if (this.#samples < DELAY_SAMPLES) {
      this.#samples += 1;
      return;
    }
    const eighth = Math.floor(this.#delayLeast / 8);
    const allowance = Math.min(Math.max(eighth, DELAY_LEAST), DELAY_MOST);
    if (this.#roundRtt > this.#delayLeast + allowance) this.#leaveSlowStart(window);
  }

  #leaveSlowStart(window: CongestionWindow): void {
    this.#found = true;
    window.ssthresh = Math.min(window.cwnd, NO_THRESHOLD);
  }
}

/** The whole cube root of a whole number below 2^53. */
function cubeRoot(n: number): number {
  let root = Math.round(Math.cbrt(n));
  while (root * root * root > n) root -= 1;
  while ((root + 1) ** 3 <= n) root += 1;
  return root;
}
