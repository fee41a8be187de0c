/**
 * Where the retransmission queue keeps its numbers: a slot for each segment, in typed arrays that
 * grow with the window. What was in a slot is never read after it was given back.
 */
import { DeliveryRecords } from '../congestion/delivery-records.ts';
import { NONE, OrderedSlots } from './ordered-slots.ts';

const FIRST_CAPACITY = 16;

/** So many places of SACK blocks are remembered: more than an acknowledgment can tell of. */
export const FINGERS = 6;

export class SegmentSlots {
  capacity: number;
  /** Where the segment ends; of a free slot, the next free one. */
  ends: Int32Array;
  marks: Uint8Array;
  /** Of a segment that is lost, why (`loss-reasons.ts`). */
  lossReasons: Uint8Array;
  sentAt: Float64Array;
  transmissions: Int32Array;
  /** Of a sacked segment another that is sacked, with all between them, or itself. */
  runs: Int32Array;
  /** The segments in their order. */
  readonly queue: OrderedSlots;
  /** What they remember for the delivery rate. */
  readonly deliveries: DeliveryRecords;
  /** Those in the network, by when they were sent last; those that wait to be sent again. */
  readonly network: OrderedSlots;
  readonly waiting: OrderedSlots;
  /** Where SACK blocks began, the latest first. */
  readonly fingers: Int32Array = new Int32Array(FINGERS);
  #free = NONE;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.ends = new Int32Array(capacity);
    this.marks = new Uint8Array(capacity);
    this.lossReasons = new Uint8Array(capacity);
    this.sentAt = new Float64Array(capacity);
    this.transmissions = new Int32Array(capacity);
    this.runs = new Int32Array(capacity);
    this.deliveries = new DeliveryRecords(capacity);
    this.queue = new OrderedSlots(OrderedSlots.links(capacity), this.ends);
    const links = OrderedSlots.links(capacity); // no segment is in the network and waits
    this.network = new OrderedSlots(links, this.transmissions);
    this.waiting = new OrderedSlots(links, this.ends);
    this.empty();
  }

  /** Every slot is free. */
  empty(): void {
    this.queue.clear();
    this.network.clear();
    this.waiting.clear();
    this.fingers.fill(NONE);
    this.#free = NONE;
    for (let slot = this.capacity - 1; slot >= 0; slot--) this.give(slot);
  }

  get isFull(): boolean {
    return this.#free === NONE;
  }

  take(): number {
    const slot = this.#free;
    this.#free = this.ends[slot]!;
    return slot;
  }

  give(slot: number): void {
    this.ends[slot] = this.#free;
    this.#free = slot;
  }

  /** Twice as many slots. */
  grow(): void {
    const before = this.capacity;
    this.capacity = 2 * before;
    this.ends = larger(this.ends);
    this.transmissions = larger(this.transmissions);
    this.runs = larger(this.runs);
    this.marks = largerOctets(this.marks);
    this.lossReasons = largerOctets(this.lossReasons);
    this.deliveries.grow();
    const sentAt = new Float64Array(this.capacity);
    sentAt.set(this.sentAt);
    this.sentAt = sentAt;
    this.queue.moveTo(larger(this.queue.links), this.ends);
    const links = larger(this.network.links);
    this.network.moveTo(links, this.transmissions);
    this.waiting.moveTo(links, this.ends);
    for (let slot = this.capacity - 1; slot >= before; slot--) this.give(slot);
  }
}

function larger(numbers: Int32Array): Int32Array {
  const copy = new Int32Array(2 * numbers.length);
  copy.set(numbers);
  return copy;
}

function largerOctets(numbers: Uint8Array): Uint8Array {
  const copy = new Uint8Array(2 * numbers.length);
  copy.set(numbers);
  return copy;
}

/** What a connection has that has nothing in flight. */
export const NO_SLOTS: SegmentSlots = new SegmentSlots(0);

/**
 * Slots of the first capacity that were given back. Their arrays cost a short connection as much as
 * its segments.
 */
const spares: SegmentSlots[] = [];
const SPARES_LIMIT = 256;

export function firstSlots(): SegmentSlots {
  return spares.pop() ?? new SegmentSlots(FIRST_CAPACITY);
}

/** Takes empty slots back, if they are few; many are kept: who filled them once will again. */
export function giveSlotsBack(slots: SegmentSlots): boolean {
  if (slots.capacity !== FIRST_CAPACITY) return false;
  if (spares.length < SPARES_LIMIT) spares.push(slots);
  return true;
}
