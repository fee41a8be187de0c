/**
 * The token bucket filter (tc-tbf(8)): packets go no faster than a rate, but for bursts. Tokens, an
 * octet each, come at the rate into a bucket of `burst` octets; a packet takes its length out, and
 * waits until there are enough.
 *
 *     rate ──► ╎ tokens ╎ burst      packets ──► queue, `limit` octets ──► when both allow it ──►
 *     peak ──► ╎        ╎ mtu
 *
 * A second, small bucket with a higher rate bounds how fast the burst itself goes. As in Linux's
 * tbf_dequeue() tokens are counted in the time that they take to come.
 */
import { type Cause, cause } from '../cause.ts';
import type { Duration, Instant } from '../time.ts';
import {
  type OnQueueDrop,
  OVER_LIMIT,
  PacketList,
  type PacketQueue,
  QueueCounts,
  type QueuedPacket,
} from './packet-queue.ts';

/** A packet that a full bucket has not enough tokens for. */
export const OVER_BURST: Cause = cause(
  'queue-burst',
  'longer than the bucket of tokens is deep',
  'Linux tc-tbf(8)',
);

/** A bucket of tokens. */
export interface BucketOptions {
  readonly octetsPerSecond: number;
  /** How many octets it holds. */
  readonly burst: number;
}

export interface TbfOptions extends BucketOptions {
  /** Octets that may wait. */
  readonly limit: number;
  /** What bounds bursts, where they are bounded. */
  readonly peak: BucketOptions | undefined;
}

class Bucket {
  readonly #octetsPerSecond: number;
  /** The time in which it fills. */
  readonly #depth: Duration;
  #tokens: Duration;

  constructor({ octetsPerSecond, burst }: BucketOptions) {
    this.#octetsPerSecond = octetsPerSecond;
    this.#depth = this.#timeOf(burst);
    this.#tokens = this.#depth;
  }

  #timeOf(octets: number): Duration {
    return Math.floor((octets * 1_000_000_000) / this.#octetsPerSecond);
  }

  /** Whether a packet of that length can ever pass. */
  holds(octets: number): boolean {
    return this.#timeOf(octets) <= this.#depth;
  }

  /** What would be left after such a packet, when so much time has passed; a debt below 0. */
  left(octets: number, passed: Duration): Duration {
    return Math.min(this.#tokens + passed, this.#depth) - this.#timeOf(octets);
  }

  take(octets: number, passed: Duration): void {
    this.#tokens = this.left(octets, passed);
  }
}

export class Tbf implements PacketQueue {
  readonly counts: QueueCounts;
  readonly #limit: number;
  readonly #buckets: readonly Bucket[];
  readonly #waiting: PacketList = new PacketList();
  /** When the last packet was let go: what tokens are counted from. */
  #since: Instant = 0;
  #readyAt: Instant = 0;

  constructor({ limit, peak, ...rate }: TbfOptions, onDrop: OnQueueDrop) {
    this.counts = new QueueCounts(onDrop);
    this.#limit = limit;
    this.#buckets = (peak === undefined ? [rate] : [rate, peak]).map((each) => new Bucket(each));
  }

  get length(): number {
    return this.#waiting.length;
  }

  get octets(): number {
    return this.#waiting.octets;
  }

  /** When the first packet's tokens are there, once it was asked for in vain. */
  get readyAt(): Instant {
    return this.#readyAt;
  }

  enqueue(packet: QueuedPacket, now: Instant): void {
    const { length } = packet.frame;
    this.counts.received += 1;
    if (!this.#buckets.every((bucket) => bucket.holds(length))) {
      this.counts.drop(packet, OVER_BURST, now);
    } else if (this.#waiting.octets + length > this.#limit) {
      this.counts.drop(packet, OVER_LIMIT, now);
    } else this.#waiting.push(packet);
  }

  dequeue(now: Instant): QueuedPacket | undefined {
    const { first } = this.#waiting;
    if (first === undefined) return undefined;
    const { length } = first.frame;
    const passed = now - this.#since;
    const left = Math.min(...this.#buckets.map((bucket) => bucket.left(length, passed)));
    if (left < 0) {
      this.counts.overlimits += 1;
      this.#readyAt = now - left;
      return undefined;
    }
    for (const bucket of this.#buckets) bucket.take(length, passed);
    this.#since = now;
    return this.#waiting.shift();
  }

  details(): readonly string[] {
    return [];
  }
}
