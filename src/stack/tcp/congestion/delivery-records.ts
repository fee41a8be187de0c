/**
 * What each segment in flight remembers of the moment when it was sent, for the delivery rate: kept
 * in the slots of the retransmission queue.
 */
import type { Instant } from '../../time.ts';

export class DeliveryRecords {
  /** P.delivered, P.delivered_time (−1 once it is delivered itself), P.first_sent_time. */
  delivered: Float64Array;
  deliveredAt: Float64Array;
  firstSentAt: Float64Array;
  /** P.is_app_limited */
  isLimited: Uint8Array;

  constructor(capacity: number) {
    this.delivered = new Float64Array(capacity);
    this.deliveredAt = new Float64Array(capacity);
    this.firstSentAt = new Float64Array(capacity);
    this.isLimited = new Uint8Array(capacity);
  }

  note(
    slot: number,
    delivered: number,
    deliveredAt: Instant,
    firstSentAt: Instant,
    isLimited: boolean,
  ): void {
    this.delivered[slot] = delivered;
    this.deliveredAt[slot] = deliveredAt;
    this.firstSentAt[slot] = firstSentAt;
    this.isLimited[slot] = isLimited ? 1 : 0;
  }

  copy(source: number, target: number): void {
    this.delivered[target] = this.delivered[source]!;
    this.deliveredAt[target] = this.deliveredAt[source]!;
    this.firstSentAt[target] = this.firstSentAt[source]!;
    this.isLimited[target] = this.isLimited[source]!;
  }

  /** Room for twice as many segments. */
  grow(): void {
    this.delivered = larger(this.delivered);
    this.deliveredAt = larger(this.deliveredAt);
    this.firstSentAt = larger(this.firstSentAt);
    const isLimited = new Uint8Array(2 * this.isLimited.length);
    isLimited.set(this.isLimited);
    this.isLimited = isLimited;
  }
}

function larger(numbers: Float64Array): Float64Array {
  const copy = new Float64Array(2 * numbers.length);
  copy.set(numbers);
  return copy;
}
