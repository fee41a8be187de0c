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

  copy(source: number, target: number): void {
    this.delivered[target] = this.delivered[source]!;
    this.deliveredAt[target] = this.deliveredAt[source]!;
    this.firstSentAt[target] = this.firstSentAt[source]!;
  }

  /** Room for so many segments. */
  grow(capacity: number): void {
    this.delivered = larger(this.delivered, capacity);
    this.deliveredAt = larger(this.deliveredAt, capacity);
    this.firstSentAt = larger(this.firstSentAt, capacity);
  }
}

function larger(numbers: Float64Array, capacity: number): Float64Array {
  if (capacity <= numbers.length) return numbers;
  const copy = new Float64Array(capacity).fill(-1);
  copy.set(numbers);
  return copy;
}
