/**
 * Random Early Detection (Floyd and Jacobson 1993, RFC 2309 §3; tc-red(8)): the longer the queue
 * has been on average, the likelier an arriving packet is dropped or marked, before the queue is
 * full.
 *
 *     probability      ┌── every packet
 *         1            │
 *                      │
 *     maximum ........╱│
 *         0  ______╱   │      average queue in octets
 *               min   max
 */
import { type Cause, cause } from '../cause.ts';
import type { Instant } from '../time.ts';
import type { Chance } from './chance.ts';
import {
  type OnQueueDrop,
  OVER_LIMIT,
  PacketList,
  type PacketQueue,
  QueueCounts,
  type QueuedPacket,
} from './packet-queue.ts';

/** The average queue is between RED's thresholds, and chance has it. */
export const RED_EARLY: Cause = cause('red-early', 'the queue grows on average', 'RFC 2309 §3');
/** The average queue is above RED's upper threshold. */
export const RED_FORCED: Cause = cause(
  'red-forced',
  'the average queue is above the maximum',
  'RFC 2309 §3',
);

export interface RedOptions {
  /** All in octets. */
  readonly limit: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly averagePacket: number;
  /** How many packets in a row an idle queue takes without the average moving much. */
  readonly burst: number;
  /** At the maximum, of 2³² − 1. */
  readonly probability: number;
  /** What the queue is emptied at, in octets per second: how fast the average falls when idle. */
  readonly bandwidth: number;
  readonly ecn: boolean;
}

export class Red implements PacketQueue {
  readonly readyAt: Instant = 0;
  readonly counts: QueueCounts;
  readonly #options: RedOptions;
  readonly #chance: Chance;
  readonly #waiting: PacketList = new PacketList();
  /** The weight of the present in the average. */
  readonly #weight: number;
  #average = 0;
  /** Packets since the last one that was dropped or marked; −1 below the minimum. */
  #since = -1;
  #idleSince: Instant | undefined = 0;

  constructor(options: RedOptions, chance: Chance, onDrop: OnQueueDrop) {
    this.#options = options;
    this.#chance = chance;
    this.#weight = averageWeight(options);
    this.counts = new QueueCounts(onDrop);
  }

  get length(): number {
    return this.#waiting.length;
  }

  get octets(): number {
    return this.#waiting.octets;
  }

  enqueue(packet: QueuedPacket, now: Instant): void {
    this.counts.received += 1;
    this.#measure(now);
    const why = this.#judge();
    if (why !== undefined) this.counts.overlimits += 1;
    const isSpared = why === undefined || (this.#options.ecn && this.counts.mark(packet));
    if (!isSpared) this.counts.drop(packet, why, now);
    else if (this.#waiting.octets + packet.frame.length > this.#options.limit) {
      this.counts.drop(packet, OVER_LIMIT, now);
    } else this.#waiting.push(packet);
  }

  dequeue(now: Instant): QueuedPacket | undefined {
    const packet = this.#waiting.shift();
    if (packet !== undefined && this.length === 0) this.#idleSince = now;
    return packet;
  }

  details(): readonly string[] {
    const { marked, dropped, overLimit } = this.counts;
    return [`marked ${marked} early ${dropped - overLimit} pdrop ${overLimit} other 0 `];
  }

  /** The average moves as with each packet; over an idle time, as if so many had found no queue. */
  #measure(now: Instant): void {
    if (this.#idleSince !== undefined) {
      const { averagePacket, bandwidth } = this.#options;
      const packets = ((now - this.#idleSince) / 1e9) * (bandwidth / averagePacket);
      this.#average *= power(1 - this.#weight, Math.min(Math.floor(packets), 0xffff));
      this.#idleSince = undefined;
    }
    this.#average += this.#weight * (this.#waiting.octets - this.#average);
  }

  /** Why the packet is not to go on as it is; nothing when it is. */
  #judge(): Cause | undefined {
    const { minimum, maximum, probability } = this.#options;
    if (this.#average < minimum) {
      this.#since = -1;
      return undefined;
    }
    if (this.#average >= maximum) {
      this.#since = -1;
      return RED_FORCED;
    }
    this.#since += 1;
    // The more packets were spared, the likelier the next one is not: so that drops are spread.
    const alone = (probability / 0xffff_ffff) * ((this.#average - minimum) / (maximum - minimum));
    const spared = this.#since * alone;
    if (spared < 1 && this.#chance() / 0x1_0000_0000 >= alone / (1 - spared)) return undefined;
    this.#since = 0;
    return RED_EARLY;
  }
}

/** The weight by which a burst from idle just brings the average to the minimum (tc-red(8)). */
export function averageWeight({ minimum, averagePacket, burst }: RedOptions): number {
  const bound = burst + 1 - minimum / averagePacket;
  for (let weight = 0.5; weight > 2 ** -32; weight /= 2) {
    if (bound <= (1 - power(1 - weight, burst)) / weight) return weight;
  }
  return 2 ** -32;
}

/** By squaring: products alone are the same on every machine. */
function power(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
