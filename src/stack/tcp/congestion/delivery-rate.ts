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
import { seqDiff } from '../../../wire/index.ts';
import type { Duration, Instant } from '../../time.ts';
import { RateSample } from './rate-sample.ts';
import { inFlight } from '../recovery/rate-reduction.ts';
import { NONE } from '../recovery/ordered-slots.ts';
import { EVER_RETRANSMITTED } from '../recovery/sent-segments.ts';
import type { Tcb } from '../tcb.ts';

const SECOND: Duration = 1_000_000_000;

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
  /** Segments delivered in `interval`, by the acknowledgment read last; −1 when it cannot tell. */
  delivered = -1;
  interval: Duration = -1;
  // The last that was not limited by the application, or the fastest of those that were.
  #rateDelivered = 0;
  #rateInterval: Duration = 0;
  /** Whether the application had too little to send for {@link rate}. */
  isRateAppLimited = true;
  /** The segment that the sample is by: of those delivered it was sent last. */
  #segment = NONE;
  #priorDelivered = -1;
  #isAppLimited = false;
  #isRetransmission = false;
  /** For a congestion control that goes by rates. */
  #sample: RateSample | undefined = undefined;

  /** A segment was sent, perhaps again; `wasEmpty`: nothing was in flight before. */
  sent({ sent, recovery }: Tcb, segment: number, wasEmpty: boolean, now: Instant): void {
    if (wasEmpty) {
      this.firstSentAt = now;
      this.deliveredAt = now;
    }
    const { deliveredAt, firstSentAt, appLimited } = this;
    sent.deliveries.note(segment, recovery.delivered, deliveredAt, firstSentAt, appLimited > 0);
  }

  /** A segment was delivered: UpdateRateSample(). */
  segmentDelivered({ sent }: Tcb, segment: number): void {
    if (!sent.deliveries.take(segment)) return;
    const before = this.#segment;
    if (before !== NONE && !sent.isSentAfter(segment, sent.transmissionOf(before))) return;
    this.#segment = segment;
    this.#isRetransmission = sent.is(segment, EVER_RETRANSMITTED);
  }

  /** The acknowledgment gives no sample after all. */
  forget(): void {
    this.#segment = NONE;
  }

  /** The acknowledgment is read: GenerateRateSample(). */
  ackRead({ recovery, rtt, sent, counts }: Tcb, now: Instant): void {
    const { delivered, ack } = recovery;
    const isOver = delivered + counts.synsDelivered > this.appLimited;
    if (this.appLimited > 0 && isOver) this.appLimited = 0;
    if (delivered > ack.priorDelivered) this.deliveredAt = now;
    this.delivered = -1;
    this.interval = -1;
    const segment = this.#segment;
    this.#priorDelivered = -1;
    if (segment === NONE) return;
    this.#segment = NONE;
    const { deliveries } = sent;
    this.#priorDelivered = deliveries.delivered[segment]!;
    this.#isAppLimited = deliveries.isLimited(segment);
    this.delivered = delivered - this.#priorDelivered;
    this.firstSentAt = sent.sentAt(segment);
    const sendElapsed = this.firstSentAt - deliveries.firstSentAt[segment]!;
    const interval = Math.max(sendElapsed, now - deliveries.deliveredAt[segment]!);
    if (interval < rtt.minimum) return; // faster than the shortest round trip: not the network's
    this.interval = interval;
    const isFaster = this.delivered * this.#rateInterval >= this.#rateDelivered * interval;
    if (this.#isAppLimited && !isFaster) return;
    this.#rateDelivered = this.delivered;
    this.#rateInterval = interval;
    this.isRateAppLimited = this.#isAppLimited;
  }

  /** Octets a second, of segments of so many octets (TCP_INFO); 0 when it is not known. */
  rate(segment: number): number {
    if (this.#rateInterval === 0) return 0;
    return Math.floor((this.#rateDelivered * segment * SECOND) / this.#rateInterval);
  }

  /** What the acknowledgment tells a congestion control; `segment`: octets of a full one. */
  sampleOf(tcb: Tcb, segment: number): RateSample {
    const sample = this.describe(tcb, segment);
    const { recovery, window, snd } = tcb;
    const { ack, delivered } = recovery;
    sample.acked = delivered - ack.priorDelivered;
    sample.lost = recovery.lostEver - ack.priorLost;
    sample.rtt = ack.youngestRtt;
    sample.isAppLimited = this.#isAppLimited;
    sample.isRetransmission = this.#isRetransmission;
    sample.priorDelivered = this.#priorDelivered;
    sample.delivered = this.delivered;
    sample.interval = this.interval;
    // A lone short segment at the end of a round trip: its ACK was probably delayed.
    sample.isAckDelayed =
      ack.segments === 1 &&
      !ack.sacked &&
      seqDiff(snd.una, ack.priorUna) < segment &&
      this.#priorDelivered + 1 === delivered;
    sample.priorInFlight = ack.priorInFlight;
    sample.cwnd = window.cwnd;
    return sample;
  }

  /**
   * What the sender is about at this moment, beside the sample; `segment`: octets of a full one.
   */
  describe(tcb: Tcb, segment: number): RateSample {
    const sample = (this.#sample ??= new RateSample());
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
    const { recovery, counts } = tcb;
    this.appLimited = Math.max(1, recovery.delivered + counts.synsDelivered + inFlight(tcb));
  }

  /** Before the application's octets are taken: was there nothing to send (CheckIfAppLimited())? */
  checkLimited(tcb: Tcb, segment: number, unsent: number): void {
    const { sent, window } = tcb;
    const isIdle = unsent < segment && inFlight(tcb) < window.cwnd;
    if (isIdle && sent.lost <= sent.retransmitted) this.markLimited(tcb);
  }
}
