/**
 * What each segment in flight remembers of the moment when it was sent, for the delivery rate: kept
 * in the slots of the retransmission queue, and only where a congestion control asks for it.
 */
import type { Instant } from '../../time.ts';

export class DeliveryRecords {
  /** P.delivered, P.delivered_time (−1 once it is delivered itself), P.first_sent_time. */
  delivered: Float64Array;
  deliveredAt: Float64Array;
  firstSentAt: Float64Array;

  constructor(capacity: number) {
    this.delivered = new Float64Array(capacity);
    this.deliveredAt = new Float64Array(capacity).fill(-1);
    this.firstSentAt = new Float64Array(capacity);
  }

  note(slot: number, delivered: number, deliveredAt: Instant, firstSentAt: Instant): void {
    this.delivered[slot] = delivered;
    this.deliveredAt[slot] = deliveredAt;
    this.firstSentAt[slot] = firstSentAt;
  }

  copy(from: DeliveryRecords, source: number, target: number): void {
    this.delivered[target] = from.delivered[source]!;
    this.deliveredAt[target] = from.deliveredAt[source]!;
    this.firstSentAt[target] = from.firstSentAt[source]!;
  }
}
