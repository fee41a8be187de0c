/**
 * Packets on their way from a host's protocols to an interface's device, where `tc qdisc` has them
 * wait: for netem's delay, or in a queue until the device takes the next one. Interfaces that
 * nobody gave a discipline have none of this.
 */
import { type Cause, cause } from '../cause.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import { type Instant, NEVER } from '../time.ts';
import type { Carrier, Netem } from './netem.ts';
import { drain, type OnQueueDrop, type PacketQueue, QueuedPacket } from './packet-queue.ts';

/** Another discipline has taken the place of the one that the packet waited in. */
export const QUEUE_REPLACED: Cause = cause(
  'queue-replaced',
  'another queue takes the place of this one',
  'Linux qdisc_reset()',
);

/** What packets wait for. */
export interface Device {
  /** When it can take another packet: in the past where it always can. */
  readonly busyUntil: Instant;
  send(frame: Uint8Array, cause: Cause, now: Instant): void;
  drop(frame: Uint8Array, why: Cause, now: Instant): void;
  /** Asks for {@link Egress.wake} at an instant. */
  wakeAt(at: Instant): void;
}

export interface Egress {
  /** When {@link wake} has something to do. */
  readonly deadline: Instant;
  /** Says whether the packet found room. */
  transmit(frame: Uint8Array, cause: Cause, now: Instant): boolean;
  /** Sends what may go. */
  wake(now: Instant): void;
  /** Drops all that waits. */
  reset(now: Instant): void;
  statistics(now: Instant): EgressStatistics;
}

/** What has gone by and what waits, as `tc -s qdisc` counts it. */
export interface EgressStatistics {
  readonly sentPackets: number;
  readonly sentOctets: number;
  readonly dropped: number;
  readonly overlimits: number;
  readonly waitingPackets: number;
  readonly waitingOctets: number;
  /** Lines that the discipline has to say beside. */
  readonly details: readonly string[];
}

/** By netem: packets wait until their instant. */
export class EmulatedEgress implements Egress, Carrier {
  /** May become another: what is on its way arrives as it would have. */
  netem: Netem;
  readonly #device: Device;
  readonly #waiting: DeadlineQueue<QueuedPacket> = new DeadlineQueue();
  #waitingOctets = 0;
  #sentPackets = 0;
  #sentOctets = 0;
  #dropped = 0;
  #now: Instant = 0;

  constructor(netem: Netem, device: Device) {
    this.netem = netem;
    this.#device = device;
  }

  get deadline(): Instant {
    return this.#waiting.earliest;
  }

  /** What netem loses, the sender takes for sent. */
  transmit(frame: Uint8Array, cause: Cause, now: Instant): boolean {
    this.#now = now;
    this.netem.take(frame, cause, now, this);
    return true;
  }

  carry(frame: Uint8Array, cause: Cause, at: Instant): void {
    if (at <= this.#now) {
      this.#send(frame, cause, at);
      return;
    }
    this.#waitingOctets += frame.length;
    this.#waiting.push(new QueuedPacket(frame, cause, this.#now), at);
    this.#device.wakeAt(this.deadline);
  }

  drop(frame: Uint8Array, why: Cause, now: Instant): void {
    this.#dropped += 1;
    this.#device.drop(frame, why, now);
  }

  #send(frame: Uint8Array, cause: Cause, now: Instant): void {
    this.#sentPackets += 1;
    this.#sentOctets += frame.length;
    this.#device.send(frame, cause, now);
  }

  wake(now: Instant): void {
    while (this.deadline <= now) {
      const packet = this.#waiting.pop();
      if (packet === undefined) return;
      this.#waitingOctets -= packet.frame.length;
      this.#send(packet.frame, packet.cause, now);
    }
  }

  statistics(): EgressStatistics {
    return {
      sentPackets: this.#sentPackets,
      sentOctets: this.#sentOctets,
      dropped: this.#dropped,
      overlimits: 0,
      waitingPackets: this.#waiting.length,
      waitingOctets: this.#waitingOctets,
      details: [],
    };
  }

  reset(now: Instant): void {
    for (let packet = this.#waiting.pop(); packet !== undefined; packet = this.#waiting.pop()) {
      this.#device.drop(packet.frame, QUEUE_REPLACED, now);
    }
  }
}

/** By a queue: packets wait until the device is free and the queue gives them. */
export class QueuedEgress implements Egress {
  #queue: PacketQueue;
  readonly #device: Device;
  #sentPackets = 0;
  #sentOctets = 0;

  /** Of queues before the one that there is now. */
  #droppedBefore = 0;
  #overlimitsBefore = 0;

  constructor(make: (onDrop: OnQueueDrop) => PacketQueue, device: Device) {
    this.#device = device;
    this.#queue = make((frame, why, now) => device.drop(frame, why, now));
  }

  /** Makes it a queue of other settings, in which those wait that have waited. */
  change(make: (onDrop: OnQueueDrop) => PacketQueue, now: Instant): void {
    const { counts } = this.#queue;
    this.#droppedBefore += counts.dropped;
    this.#overlimitsBefore += counts.overlimits;
    const waiting = drain(this.#queue, now);
    this.#queue = make((frame, why, at) => this.#device.drop(frame, why, at));
    for (const packet of waiting) this.#queue.enqueue(packet, now);
    this.#run(now);
    if (this.#queue.length > 0) this.#device.wakeAt(this.deadline);
  }

  get deadline(): Instant {
    if (this.#queue.length === 0) return NEVER;
    return Math.max(this.#device.busyUntil, this.#queue.readyAt);
  }

  transmit(frame: Uint8Array, cause: Cause, now: Instant): boolean {
    const { counts } = this.#queue;
    this.wake(now); // where the device is just free
    const before = counts.dropped;
    this.#queue.enqueue(new QueuedPacket(frame, cause, now), now);
    const hasRoom = counts.dropped === before;
    this.#run(now);
    if (this.#queue.length > 0) this.#device.wakeAt(this.deadline);
    return hasRoom;
  }

  wake(now: Instant): void {
    if (this.deadline <= now) this.#run(now);
  }

  /** Sends what device and queue let go. */
  #run(now: Instant): void {
    while (this.#queue.length > 0 && this.#device.busyUntil <= now) {
      const packet = this.#queue.dequeue(now);
      if (packet === undefined) return;
      this.#sentPackets += 1;
      this.#sentOctets += packet.frame.length;
      this.#device.send(packet.frame, packet.cause, now);
    }
  }

  statistics(now: Instant): EgressStatistics {
    const { counts, length, octets } = this.#queue;
    return {
      sentPackets: this.#sentPackets,
      sentOctets: this.#sentOctets,
      dropped: this.#droppedBefore + counts.dropped,
      overlimits: this.#overlimitsBefore + counts.overlimits,
      waitingPackets: length,
      waitingOctets: octets,
      details: this.#queue.details(now),
    };
  }

  reset(now: Instant): void {
    for (const { frame } of drain(this.#queue, now)) {
      this.#device.drop(frame, QUEUE_REPLACED, now);
    }
  }
}
