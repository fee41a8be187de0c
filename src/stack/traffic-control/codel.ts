/**
 * CoDel, controlled delay (RFC 8289): what counts is not how long a queue is but how long packets
 * wait in it. When the least wait of a whole interval was above the target, a packet is dropped,
 * and then others at shorter and shorter distances, until the wait is below the target.
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
import { printMicroseconds } from './words.ts';

/** Packets have waited for longer than CoDel's target, and for longer than its interval. */
export const CODEL: Cause = cause(
  'codel',
  'packets waited longer than the target for an interval',
  'RFC 8289 §5',
);

export interface CodelOptions {
  /** In packets. */
  readonly limit: number;
  /** A wait that is good enough. */
  readonly target: Duration;
  /** The worst round-trip time to be expected: the time that senders have to react. */
  readonly interval: Duration;
  readonly ecn: boolean;
}

/** A queue of no more octets than one packet is not standing (RFC 8289 §5.4, MAXPACKET). */
const ONE_PACKET = 1514;

/** The rule of one queue: who takes packets out of it by this, drops what is to be dropped. */
export class CodelRule {
  readonly #options: CodelOptions;
  readonly #counts: QueueCounts;
  /** When the wait will have been above the target for an interval; nothing when it is below. */
  #firstAbove: Instant | undefined = undefined;
  #isDropping = false;
  #dropNext: Instant = 0;
  /** Packets dropped since this dropping began, and how many when it did. */
  #count = 0;
  #lastCount = 0;
  /** How long the packet waited that was taken last, and the octets of the largest. */
  #lastWait: Duration = 0;
  largest = 0;

  constructor(options: CodelOptions, counts: QueueCounts) {
    this.#options = options;
    this.#counts = counts;
  }

  /** The next packet of the queue that goes on (RFC 8289 §5.5, `dequeue`). */
  take(queue: PacketList, now: Instant): QueuedPacket | undefined {
    let packet = queue.shift();
    let isStanding = this.#isStanding(packet, queue, now);
    if (this.#isDropping) {
      if (!isStanding) this.#isDropping = false;
      while (this.#isDropping && packet !== undefined && now >= this.#dropNext) {
        this.#count += 1;
        const passes = this.#punish(packet, now);
        if (!passes) {
          packet = queue.shift();
          isStanding = this.#isStanding(packet, queue, now);
        }
        if (isStanding) this.#dropNext = this.#after(this.#dropNext);
        else this.#isDropping = false;
        if (passes) return packet;
      }
    } else if (isStanding && packet !== undefined) {
      const passes = this.#punish(packet, now);
      this.#begin(now);
      if (passes) return packet;
      packet = queue.shift();
      this.#isStanding(packet, queue, now);
    }
    return packet;
  }

  /** Whether packets have waited too long for an interval (§5.5, `dodequeue`). */
  #isStanding(packet: QueuedPacket | undefined, queue: PacketList, now: Instant): boolean {
    const { target, interval } = this.#options;
    if (packet !== undefined) {
      this.#lastWait = now - packet.since;
      this.largest = Math.max(this.largest, packet.frame.length);
    }
    const isShort =
      packet === undefined || now - packet.since < target || queue.octets <= ONE_PACKET;
    if (isShort) {
      this.#firstAbove = undefined;
      return false;
    }
    this.#firstAbove ??= now + interval;
    return now >= this.#firstAbove;
  }

  /** Marks the packet or drops it; whether it goes on. */
  #punish(packet: QueuedPacket, now: Instant): boolean {
    if (this.#options.ecn && this.#counts.mark(packet)) return true;
    this.#counts.drop(packet, CODEL, now);
    return false;
  }

  /** Begins to drop: where the last time is not long ago, at the rate that was found then. */
  #begin(now: Instant): void {
    const before = this.#count - this.#lastCount;
    const isRecent = now - this.#dropNext < 16 * this.#options.interval;
    this.#isDropping = true;
    this.#count = before > 1 && isRecent ? before : 1;
    this.#lastCount = this.#count;
    this.#dropNext = this.#after(now);
  }

  /** In which state it is, as `tc -s` has it. */
  state(now: Instant): string {
    const [count, last] = [this.#count, this.#lastCount];
    const wait = this.#isDropping ? this.#dropNext - now : 0;
    const next = `${wait < 0 ? '-' : ''}${printMicroseconds(Math.abs(wait))}`;
    const dropping = this.#isDropping ? 'dropping ' : '';
    const lastWait = printMicroseconds(this.#lastWait);
    return `count ${count} lastcount ${last} ldelay ${lastWait} ${dropping}drop_next ${next}`;
  }

  /** The instant of the next drop: sooner by the square root of their count (§5.2). */
  #after(at: Instant): Instant {
    return at + Math.floor(this.#options.interval / squareRoot(this.#count));
  }
}

export class Codel implements PacketQueue {
  readonly readyAt: Instant = 0;
  readonly counts: QueueCounts;
  readonly #limit: number;
  readonly #rule: CodelRule;
  readonly #waiting: PacketList = new PacketList();

  constructor(options: CodelOptions, onDrop: OnQueueDrop) {
    this.counts = new QueueCounts(onDrop);
    this.#limit = options.limit;
    this.#rule = new CodelRule(options, this.counts);
  }

  get length(): number {
    return this.#waiting.length;
  }

  get octets(): number {
    return this.#waiting.octets;
  }

  enqueue(packet: QueuedPacket, now: Instant): void {
    this.counts.received += 1;
    if (this.length >= this.#limit) this.counts.drop(packet, OVER_LIMIT, now);
    else this.#waiting.push(packet);
  }

  dequeue(now: Instant): QueuedPacket | undefined {
    return this.#rule.take(this.#waiting, now);
  }

  details(now: Instant): readonly string[] {
    const { marked, overLimit } = this.counts;
    const { largest } = this.#rule;
    return [
      this.#rule.state(now),
      `maxpacket ${largest} ecn_mark ${marked} drop_overlimit ${overLimit}`,
    ];
  }
}

/** By Newton's method with + × ÷, which are the same on every machine. */
function squareRoot(n: number): number {
  let root = (n + 1) / 2;
  for (;;) {
    const better = (root + n / root) / 2;
    if (better >= root) return root;
    root = better;
  }
}
