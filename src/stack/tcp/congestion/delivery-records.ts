/**
 * What each segment in flight remembers of the moment when it was sent, for the delivery rate: kept
 * in the slots of the retransmission queue.
 */
import type { Instant } from '../../time.ts';

const APP_LIMITED = 1;
const DELIVERED = 2;

export class DeliveryRecords {
  /** P.delivered, P.delivered_time, P.first_sent_time. */
  delivered: Float64Array;
  deliveredAt: Float64Array;
  firstSentAt: Float64Array;
  #marks: Uint8Array;

  constructor(capacity: number) {
    this.delivered = new Float64Array(capacity);
    this.deliveredAt = new Float64Array(capacity);
    this.firstSentAt = new Float64Array(capacity);
    this.#marks = new Uint8Array(capacity);
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
    this.#marks[slot] = isLimited ? APP_LIMITED : 0;
  }

  copy(source: number, target: number): void {
    this.delivered[target] = this.delivered[source]!;
    this.deliveredAt[target] = this.deliveredAt[source]!;
    this.firstSentAt[target] = this.firstSentAt[source]!;
    this.#marks[target] = this.#marks[source]!;
  }

  /** P.is_app_limited: the application had too little to send. */
  isLimited(slot: number): boolean {
    return (this.#marks[slot]! & APP_LIMITED) !== 0;
  }

  /** The segment is delivered; false when that was known before, by a SACK block. */
  take(slot: number): boolean {
    const marks = this.#marks[slot]!;
    this.#marks[slot] = marks | DELIVERED;
    return (marks & DELIVERED) === 0;
  }

  /** Room for twice as many segments. */
  grow(): void {
    this.delivered = larger(this.delivered);
    this.deliveredAt = larger(this.deliveredAt);
    this.firstSentAt = larger(this.firstSentAt);
    const marks = new Uint8Array(2 * this.#marks.length);
    marks.set(this.#marks);
    this.#marks = marks;
  }
}

function larger(numbers: Float64Array): Float64Array {
  const copy = new Float64Array(2 * numbers.length);
  copy.set(numbers);
  return copy;
}
