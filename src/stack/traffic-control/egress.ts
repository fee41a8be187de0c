/**
 * Packets on their way from a host's protocols to an interface's device, where `tc qdisc` has them
 * wait: for netem's delay, or in a queue until the device takes the next one. Interfaces that
 * nobody gave a discipline have none of this.
 */
import { type Cause, cause } from '../cause.ts';
import { DeadlineQueue } from '../deadline-queue.ts';
import { type Instant, NEVER } from '../time.ts';
import type { Carrier, Netem } from './netem.ts';
import { type PacketQueue, QueuedPacket } from './packet-queue.ts';

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
}

/** By netem: packets wait until their instant. */
export class EmulatedEgress implements Egress, Carrier {
  /** May become another: what is on its way arrives as it would have. */
  netem: Netem;
  readonly #device: Device;
  readonly #waiting: DeadlineQueue<QueuedPacket> = new DeadlineQueue();
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
      this.#device.send(frame, cause, at);
      return;
    }
    this.#waiting.push(new QueuedPacket(frame, cause, this.#now), at);
    this.#device.wakeAt(this.deadline);
  }

  drop(frame: Uint8Array, why: Cause, now: Instant): void {
    this.#device.drop(frame, why, now);
  }

  wake(now: Instant): void {
    while (this.deadline <= now) {
      const packet = this.#waiting.pop();
      if (packet !== undefined) this.#device.send(packet.frame, packet.cause, now);
    }
  }

  reset(now: Instant): void {
    for (let packet = this.#waiting.pop(); packet !== undefined; packet = this.#waiting.pop()) {
      this.#device.drop(packet.frame, QUEUE_REPLACED, now);
    }
  }
}

/** By a queue: packets wait until the device is free and the queue gives them. */
export class QueuedEgress implements Egress {
  readonly #queue: PacketQueue;
  readonly #device: Device;

  constructor(queue: PacketQueue, device: Device) {
    this.#queue = queue;
    this.#device = device;
  }

  get deadline(): Instant {
    return this.#queue.length === 0 ? NEVER : this.#device.busyUntil;
  }

  transmit(frame: Uint8Array, cause: Cause, now: Instant): boolean {
    const { counts } = this.#queue;
    this.wake(now); // where the device is just free
    const before = counts.dropped;
    this.#queue.enqueue(new QueuedPacket(frame, cause, now), now);
    const hasRoom = counts.dropped === before;
    this.wake(now);
    if (this.#queue.length > 0) this.#device.wakeAt(this.deadline);
    return hasRoom;
  }

  wake(now: Instant): void {
    while (this.#queue.length > 0 && this.#device.busyUntil <= now) {
      const packet = this.#queue.dequeue(now);
      if (packet !== undefined) this.#device.send(packet.frame, packet.cause, now);
    }
  }

  reset(now: Instant): void {
    for (let next = this.#queue.dequeue(now); next !== undefined; next = this.#queue.dequeue(now)) {
      this.#device.drop(next.frame, QUEUE_REPLACED, now);
    }
  }
}
