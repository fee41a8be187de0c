/** Queues of packets before a device or a link: what all disciplines have in common. */
import { type Cause, cause } from '../cause.ts';
import type { Instant } from '../time.ts';
import { markCongestion } from './congestion-mark.ts';

/** A queue has no room. */
export const OVER_LIMIT: Cause = cause('queue-limit', 'the queue has no room', 'Linux tc(8)');

/** A packet that waits. */
export class QueuedPacket {
  frame: Uint8Array;
  readonly cause: Cause;
  /** When it came. */
  readonly since: Instant;
  /** The one behind it. */
  behind: QueuedPacket | undefined = undefined;

  constructor(frame: Uint8Array, cause: Cause, since: Instant) {
    this.frame = frame;
    this.cause = cause;
    this.since = since;
  }
}

/** A queueing discipline: which packets wait, which are dropped, and which one goes next. */
export interface PacketQueue {
  /** How many packets wait, and their octets. */
  readonly length: number;
  readonly octets: number;
  /** When the next of them may go, as far as the queue has a say: at once where this has passed. */
  readonly readyAt: Instant;
  readonly counts: QueueCounts;
  /** Takes a packet in, or drops it or another one. */
  enqueue(packet: QueuedPacket, now: Instant): void;
  /** Takes out the packet to send at `now`; nothing when none may go yet. */
  dequeue(now: Instant): QueuedPacket | undefined;
  /** What it has counted of its own, and what state it is in, as `tc -s` has it: lines. */
  details(now: Instant): readonly string[];
}

/** Takes out all packets that wait, without waiting. */
export function drain(queue: PacketQueue, now: Instant): QueuedPacket[] {
  const packets: QueuedPacket[] = [];
  while (queue.length > 0) {
    const packet = queue.dequeue(Math.max(now, queue.readyAt));
    if (packet !== undefined) packets.push(packet);
  }
  return packets;
}

/** Told of each packet that a queue drops. */
export type OnQueueDrop = (frame: Uint8Array, why: Cause, now: Instant) => void;

/** What a queue has done; what came in has gone out, was dropped, or waits. */
export class QueueCounts {
  /** Packets that came. */
  received = 0;
  dropped = 0;
  /** Those of them for which there was no room. */
  overLimit = 0;
  /** Packets with Congestion Experienced set by this queue. */
  marked = 0;
  /** How often a packet was held back, or punished, for what the discipline allows. */
  overlimits = 0;
  readonly #onDrop: OnQueueDrop;

  constructor(onDrop: OnQueueDrop) {
    this.#onDrop = onDrop;
  }

  drop(packet: QueuedPacket, why: Cause, now: Instant): void {
    this.dropped += 1;
    if (why === OVER_LIMIT) this.overLimit += 1;
    this.#onDrop(packet.frame, why, now);
  }

  /** Marks a packet instead of dropping it; false when its sender does not understand. */
  mark(packet: QueuedPacket): boolean {
    const marked = markCongestion(packet.frame);
    if (marked === undefined) return false;
    packet.frame = marked;
    this.marked += 1;
    return true;
  }
}

/** Packets in the order of their coming. */
export class PacketList {
  length = 0;
  octets = 0;
  #first: QueuedPacket | undefined = undefined;
  #last: QueuedPacket | undefined = undefined;

  /** The one that is next. */
  get first(): QueuedPacket | undefined {
    return this.#first;
  }

  push(packet: QueuedPacket): void {
    if (this.#last === undefined) this.#first = packet;
    else this.#last.behind = packet;
    this.#last = packet;
    this.length += 1;
    this.octets += packet.frame.length;
  }

  shift(): QueuedPacket | undefined {
    const packet = this.#first;
    if (packet === undefined) return undefined;
    this.#first = packet.behind;
    if (this.#first === undefined) this.#last = undefined;
    packet.behind = undefined;
    this.length -= 1;
    this.octets -= packet.frame.length;
    return packet;
  }
}
