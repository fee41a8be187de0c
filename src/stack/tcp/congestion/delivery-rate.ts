/**
 * Delivery rate estimation (draft-cheng-iccrg-delivery-rate-estimation; Linux net/ipv4/tcp_rate.c):
 * how fast the network delivers. Each segment remembers, when it is sent, how much had been
 * delivered by then. Its delivery gives a sample:
 *
 *     what was delivered since / the longer of the time in which it was sent and acknowledged
 *
 * The longer of both, because ACKs may be compressed, and bursts sent faster than they can arrive.
 * A sample says less where the application had nothing to send, so that is remembered, too.
 */
import { type Seq, seqDiff, seqGt, toSeq } from '../../../wire/index.ts';
import type { Duration, Instant } from '../../time.ts';
import { RateSample } from './rate-sample.ts';
import { inFlight } from '../recovery/rate-reduction.ts';
import { APP_LIMITED, EVER_RETRANSMITTED } from '../recovery/sent-segments.ts';
import type { Tcb } from '../tcb.ts';

export class DeliveryRate {
  /** C.first_sent_time: the send time of the segment delivered last. */
  firstSentAt: Instant = 0;
  /** C.delivered_time: when `delivered` last changed. */
  deliveredAt: Instant = 0;
  /**
   * C.app_limited: until so much is delivered, samples are of an idle application; 0 for none. The
   * first segments are: the application has just begun.
   */
  appLimited = 1;
  /** The sample of the acknowledgment that is being read. */
  readonly sample: RateSample = new RateSample();
  // Of the segment that the sample is by: it was sent last of those delivered.
  #priorDelivered = -1;
  #priorAt: Instant = -1;
  #sendElapsed: Duration = 0;
  #lastEnd: Seq = toSeq(0);
  #isAppLimited = false;

  /** A segment was sent, perhaps again; `wasEmpty`: nothing was in flight before. */
  sent({ sent, recovery }: Tcb, segment: number, wasEmpty: boolean, now: Instant): void {
    if (wasEmpty) {
      this.firstSentAt = now;
      this.deliveredAt = now;
    }
    sent.deliveries?.note(segment, recovery.delivered, this.deliveredAt, this.firstSentAt);
    if (this.appLimited > 0) sent.mark(segment, APP_LIMITED);
    else sent.unmark(segment, APP_LIMITED);
  }

  /** A segment was delivered: UpdateRateSample(). */
  delivered({ sent }: Tcb, segment: number): void {
    const { deliveries } = sent;
    if (deliveries === undefined || deliveries.deliveredAt[segment]! < 0) return;
    const sentAt = sent.sentAt(segment);
    const end = sent.endOf(segment);
    const isLater =
      sentAt > this.firstSentAt || (sentAt === this.firstSentAt && seqGt(end, this.#lastEnd));
    if (this.#priorDelivered < 0 || isLater) {
      this.#priorDelivered = deliveries.delivered[segment]!;
      this.#priorAt = deliveries.deliveredAt[segment]!;
      this.#sendElapsed = sentAt - deliveries.firstSentAt[segment]!;
      this.#isAppLimited = sent.is(segment, APP_LIMITED);
      this.sample.isRetransmission = sent.is(segment, EVER_RETRANSMITTED);
      this.#lastEnd = end;
      this.firstSentAt = sentAt;
    }
    deliveries.deliveredAt[segment] = -1; // it is not counted again when it leaves the queue
  }

  /** The acknowledgment is read: GenerateRateSample(). */
  generate(tcb: Tcb, segment: number, youngest: Duration, now: Instant): RateSample {
    const { recovery, rtt, window, snd } = tcb;
    const { sample } = this;
    const { ack, delivered } = recovery;
    if (this.appLimited > 0 && delivered > this.appLimited) this.appLimited = 0;
    sample.acked = delivered - ack.priorDelivered;
    sample.lost = recovery.lostEver - ack.priorLost;
    sample.rtt = youngest;
    if (sample.acked > 0) this.deliveredAt = now;
    sample.isAppLimited = this.#isAppLimited;
    sample.priorDelivered = this.#priorDelivered;
    sample.delivered = -1;
    sample.interval = -1;
    if (this.#priorDelivered >= 0) {
      const interval = Math.max(this.#sendElapsed, now - this.#priorAt);
      sample.delivered = delivered - this.#priorDelivered;
      // What is faster than the shortest round trip is no rate of the network.
      if (interval >= rtt.minimum) sample.interval = interval;
    }
    // A lone short segment at the end of a round trip: its ACK was probably delayed.
    sample.isAckDelayed =
      ack.segments === 1 &&
      !ack.sacked &&
      seqDiff(snd.una, ack.priorUna) < segment &&
      this.#priorDelivered + 1 === delivered;
    this.#priorDelivered = -1;
    this.describe(tcb, segment);
    sample.priorInFlight = ack.priorInFlight;
    sample.cwnd = window.cwnd;
    return sample;
  }

  /**
   * What the sender is about at this moment, beside the sample; `segment`: octets of a full one.
   */
  describe(tcb: Tcb, segment: number): RateSample {
    const { sample } = this;
    const { recovery, rtt } = tcb;
    sample.limits = false;
    sample.phase = recovery.phase;
    sample.totalDelivered = recovery.delivered;
    sample.totalLost = recovery.lostEver;
    sample.inFlight = inFlight(tcb);
    sample.deliveredAt = this.deliveredAt;
    sample.pacedUntil = tcb.pacedUntil;
    sample.smoothedRtt = rtt.srtt;
    sample.minimumRtt = rtt.minimum;
    sample.segment = segment;
    sample.isSenderLimited = this.appLimited > 0;
    return sample;
  }

  /** What was sent until now counts as sent by an idle application. */
  markLimited(tcb: Tcb): void {
    this.appLimited = Math.max(1, tcb.recovery.delivered + inFlight(tcb));
  }

  /** Before the application's octets are taken: was there nothing to send (CheckIfAppLimited())? */
  checkLimited(tcb: Tcb, segment: number, unsent: number): void {
    const { sent, window } = tcb;
    const isIdle = unsent < segment && inFlight(tcb) < window.cwnd;
    if (isIdle && sent.lost <= sent.retransmitted) this.markLimited(tcb);
  }
}
