/**
 * The packets of one family that came in fragments and are not complete yet: who they are, how long
 * they may take, and how much memory (RFC 791 §3.2, RFC 8200 §4.5; Linux inet_fragment.c).
 *
 * Whoever sends fragments can make a host keep them. So the time is bounded, from the first one on;
 * the memory, over all senders: above the bound none is taken, of packets begun neither; and,
 * where a family's identifications are few (16 bits), how many fragments of the same sender may
 * come between two of one packet, lest pieces of two packets with one identification are put
 * together (RFC 4963, Linux ipfrag_max_dist).
 */
import type { IpAddress } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';
import { type Fragment, IncompletePacket } from './incomplete-packet.ts';

/** The bounds of one family. */
export interface ReassemblyProfile {
  /** How long the fragments of a packet may take (ipfrag_time, ip6frag_time). */
  readonly timeout: Duration;
  /** Octets of memory above which no fragment is taken (ipfrag_high_thresh). */
  readonly memory: number;
  /** Fragments of its sender between two of one packet (ipfrag_max_dist); 0 for any number. */
  readonly distance: number;
}

/** Why a packet does not get complete, or a fragment is not taken. */
const DUPLICATE = cause('fragment-duplicate', 'its octets have come already', 'RFC 8200 §4.5');
const OVERLAP = cause(
  'fragment-overlap',
  'fragments share octets, so that none of them is trusted',
  'RFC 5722 §3, RFC 8200 §4.5',
);
const CONTRADICTION = cause(
  'fragment-contradiction',
  'fragments disagree on where their packet ends, or one is empty',
  'RFC 791 §3.2, Linux ip_frag_queue()',
);
const NO_MEMORY = cause(
  'fragment-memory',
  'fragments take as much memory as they may',
  'Linux ipfrag_high_thresh',
);
const TOO_FAR = cause(
  'fragment-distance',
  'its sender has sent too many fragments since: the identification may be used again',
  'RFC 4963 §4, Linux ipfrag_max_dist',
);
const TIMEOUT = cause(
  'fragment-timeout',
  'the rest of the packet did not come in time',
  'RFC 1122 §3.3.2, RFC 8200 §4.5',
);

/** The same of a packet that was complete. */
export const TOO_LONG: Cause = cause(
  'fragment-too-long',
  'its fragments make more than a packet can be',
  'RFC 791 §3.1, RFC 8200 §4.5',
);

/** What a fragment takes beside its frame: struct sk_buff and skb_shared_info. */
const FRAGMENT_OVERHEAD = 576;
/** What a packet takes beside its fragments: struct ipq. */
const PACKET_OVERHEAD = 216;

export interface ReassemblyEvents {
  /** A duplicate, which does no harm. */
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  /** A packet is given up, with the fragments of it that came. */
  abandoned(fragments: readonly Fragment[], why: Cause, now: Instant): void;
  /** Its time is over; `first` is what it begins with, if that came. */
  expired(first: Fragment | undefined, now: Instant): void;
  wakeAt(at: Instant): void;
}

/** A packet of somebody's. */
class Waiting {
  readonly key: string;
  readonly sender: Sender;
  readonly packet: IncompletePacket = new IncompletePacket();
  memory = PACKET_OVERHEAD;
  /** How many fragments its sender had sent when the latest of this packet came. */
  latest = 0;
  readonly begunAt: Instant;

  constructor(key: string, sender: Sender, now: Instant) {
    this.key = key;
    this.sender = sender;
    this.begunAt = now;
  }
}

/** Who has packets waiting: how many, and how many fragments came meanwhile. */
interface Sender {
  readonly address: IpAddress;
  packets: number;
  fragments: number;
}

export class Reassembly {
  readonly #profile: ReassemblyProfile;
  readonly #events: ReassemblyEvents;
  /** By key, in the order begun, which is that of their deadlines. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #senders = new Map<IpAddress, Sender>();
  #memory = 0;

  constructor(profile: ReassemblyProfile, events: ReassemblyEvents) {
    this.#profile = profile;
    this.#events = events;
  }

  /** Octets of memory that waiting fragments take. */
  get memory(): number {
    return this.#memory;
  }

  /** The earliest time at which {@link wake} has something to do. */
  get deadline(): Instant {
    const oldest = this.#waiting.values().next().value;
    return oldest === undefined ? NEVER : oldest.begunAt + this.#profile.timeout;
  }

  /**
   * A fragment has come: of the packet that `key` names, from `source`. Gives the packet when it is
   * complete; it is then forgotten here.
   */
  receive(
    key: string,
    source: IpAddress,
    fragment: Fragment,
    now: Instant,
  ): IncompletePacket | undefined {
    const { memory } = this.#profile;
    if (memory === 0 || this.#memory > memory) {
      this.#events.abandoned([fragment], NO_MEMORY, now);
      return undefined;
    }
    const waiting = this.#near(this.#waiting.get(key), now) ?? this.#begin(key, source, now);
    waiting.sender.fragments += 1;
    waiting.latest = waiting.sender.fragments;
    const fate = waiting.packet.add(fragment);
    if (fate === 'duplicate') this.#events.dropped(fragment.frame, DUPLICATE, now);
    else if (fate !== 'kept') {
      this.#forget(waiting);
      const why = fate === 'overlap' ? OVERLAP : CONTRADICTION;
      this.#events.abandoned([...waiting.packet.fragments, fragment], why, now);
    } else {
      this.#charge(waiting, fragment.frame.length + FRAGMENT_OVERHEAD);
      if (!waiting.packet.isComplete) return undefined;
      this.#forget(waiting);
      return waiting.packet;
    }
    return undefined;
  }

  /** Gives up what has waited too long. */
  wake(now: Instant): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.begunAt + this.#profile.timeout > now) return;
      this.#forget(waiting);
      const { fragments, first } = waiting.packet;
      this.#events.abandoned(fragments, TIMEOUT, now);
      this.#events.expired(first, now);
    }
  }

  #begin(key: string, source: IpAddress, now: Instant): Waiting {
    let sender = this.#senders.get(source);
    if (sender === undefined) {
      sender = { address: source, packets: 0, fragments: 0 };
      this.#senders.set(source, sender);
    }
    sender.packets += 1;
    const waiting = new Waiting(key, sender, now);
    this.#waiting.set(key, waiting);
    this.#memory += PACKET_OVERHEAD;
    this.#events.wakeAt(now + this.#profile.timeout);
    return waiting;
  }

  /** The same packet, unless what came of it is from too long ago (Linux ip_frag_too_far()). */
  #near(waiting: Waiting | undefined, now: Instant): Waiting | undefined {
    if (waiting === undefined) return undefined;
    const { sender, packet, latest } = waiting;
    const { distance } = this.#profile;
    if (distance === 0 || sender.fragments + 1 - latest <= distance) return waiting;
    this.#forget(waiting);
    this.#events.abandoned(packet.fragments, TOO_FAR, now);
    return undefined;
  }

  #charge(waiting: Waiting, octets: number): void {
    waiting.memory += octets;
    this.#memory += octets;
  }

  #forget(waiting: Waiting): void {
    const { key, sender, memory } = waiting;
    this.#waiting.delete(key);
    this.#memory -= memory;
    sender.packets -= 1;
    if (sender.packets === 0) this.#senders.delete(sender.address);
  }
}
