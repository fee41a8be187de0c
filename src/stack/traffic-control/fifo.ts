/** First in, first out, with a bound of packets (`pfifo`) or of octets (`bfifo`): tc-bfifo(8). */
import type { Instant } from '../time.ts';
import {
  type OnQueueDrop,
  OVER_LIMIT,
  PacketList,
  type PacketQueue,
  QueueCounts,
  type QueuedPacket,
} from './packet-queue.ts';

export interface FifoOptions {
  readonly limit: number;
  readonly unit: 'packets' | 'octets';
}

export class Fifo implements PacketQueue {
  readonly readyAt: Instant = 0;
  readonly counts: QueueCounts;
  readonly #options: FifoOptions;
  readonly #waiting: PacketList = new PacketList();

  constructor(options: FifoOptions, onDrop: OnQueueDrop) {
    this.#options = options;
    this.counts = new QueueCounts(onDrop);
  }

  get length(): number {
    return this.#waiting.length;
  }

  get octets(): number {
    return this.#waiting.octets;
  }

  enqueue(packet: QueuedPacket, now: Instant): void {
    const { limit, unit } = this.#options;
    this.counts.received += 1;
    const after = unit === 'packets' ? this.length + 1 : this.#waiting.octets + packet.frame.length;
    if (after > limit) this.counts.drop(packet, OVER_LIMIT, now);
    else this.#waiting.push(packet);
  }

  dequeue(): QueuedPacket | undefined {
    return this.#waiting.shift();
  }

  details(): readonly string[] {
    return [];
  }
}
