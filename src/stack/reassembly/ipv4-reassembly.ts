/**
 * Packets of IPv4 out of their fragments (RFC 791 §3.2, as Linux ip_fragment.c).
 *
 * A packet is known by addresses, protocol and identification. The whole has the header of the
 * fragment that it begins with, and three things of all: its length; "congestion experienced", if
 * any of them had it (RFC 3168 §5.3); and DF, if the longest of them had it, so that a packet that
 * is sent on is cut no shorter than its sender did.
 */
import {
  complementSum,
  decodeIpv4,
  DecodeError,
  ETHERNET_HEADER_LENGTH,
  Ipv4Flag,
  Ipv4Packet,
  onesSum,
  put16,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import type { Cause } from '../cause.ts';
import type { Counters } from '../counters.ts';
import type { Instant } from '../time.ts';
import { ECN_MIX, ecnOfWhole } from './fragment-ecn.ts';
import type { Fragment, IncompletePacket } from './incomplete-packet.ts';
import { Reassembly, type ReassemblyProfile, TOO_LONG } from './reassembly.ts';

const AT = ETHERNET_HEADER_LENGTH;
const LARGEST = 0xffff;

const CONGESTION_EXPERIENCED = 3;

export interface Ipv4ReassemblyEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  /** Time is over for a packet that began with this fragment (RFC 792: its sender is told). */
  expired(first: Ipv4Packet, now: Instant): void;
  wakeAt(at: Instant): void;
}

export class Ipv4Reassembly {
  readonly #reassembly: Reassembly;
  readonly #counters: Counters;
  readonly #events: Ipv4ReassemblyEvents;

  constructor(profile: ReassemblyProfile, counters: Counters, events: Ipv4ReassemblyEvents) {
    this.#counters = counters;
    this.#events = events;
    this.#reassembly = new Reassembly(profile, {
      dropped: (frame, why, now) => events.dropped(frame, why, now),
      wakeAt: (at) => events.wakeAt(at),
      abandoned: (fragments, why, now) => this.#abandoned(fragments, why, now),
      expired: (first, now) => this.#expired(first, now),
    });
  }

  /** The earliest time at which {@link wake} has something to do. */
  get deadline(): Instant {
    return this.#reassembly.deadline;
  }

  wake(now: Instant): void {
    this.#reassembly.wake(now);
  }

  /** A fragment has come; gives the whole packet, in a frame of its own, when it was the last. */
  receive(packet: Ipv4Packet, frame: Uint8Array, now: Instant): Ipv4Packet | undefined {
    this.#counters.IpReasmReqds += 1;
    const { source, destination, protocol, id, fragmentOffset, payloadAt, flags } = packet;
    const isLast = (flags & Ipv4Flag.moreFragments) === 0;
    // Eight octets are the unit of places: what is over in the middle is padding.
    const length = isLast ? packet.end - payloadAt : (packet.end - payloadAt) & ~7;
    const fragment = {
      frame,
      from: payloadAt,
      to: payloadAt + length,
      offset: fragmentOffset,
      isLast,
    };
    const key = `${source} ${destination} ${protocol} ${id}`;
    const whole = this.#reassembly.receive(key, source, fragment, now);
    return whole && this.#join(whole, now);
  }

  #join(whole: IncompletePacket, now: Instant): Ipv4Packet | undefined {
    const { first, fragments, length } = whole;
    assert(first !== undefined, 'a complete packet has a beginning');
    const headerLength = first.from - AT;
    const fields = fragments.reduce((set, { frame }) => set | (1 << (frame[AT + 1]! & 3)), 0);
    const ecn = ecnOfWhole(fields);
    if (headerLength + length > LARGEST || ecn === 'mixed') {
      this.#abandoned(fragments, ecn === 'mixed' ? ECN_MIX : TOO_LONG, now);
      return undefined;
    }
    const joined = new Uint8Array(first.from + length);
    joined.set(first.frame.subarray(0, first.from));
    whole.copyTo(joined, first.from);
    if (ecn === 'congested') joined[AT + 1] = joined[AT + 1]! | CONGESTION_EXPERIENCED;
    put16(joined, AT + 2, headerLength + length);
    put16(joined, AT + 6, keepsWhole(fragments) ? Ipv4Flag.dontFragment << 13 : 0);
    put16(joined, AT + 10, 0);
    put16(joined, AT + 10, complementSum(onesSum(joined, AT, first.from)));
    this.#counters.IpReasmOKs += 1;
    return decoded(joined);
  }

  #abandoned(fragments: readonly Fragment[], why: Cause, now: Instant): void {
    this.#counters.IpReasmFails += 1;
    if (why.name === 'fragment-overlap') this.#counters.IpExtReasmOverlaps += 1;
    for (const { frame } of fragments) this.#events.dropped(frame, why, now);
  }

  #expired(first: Fragment | undefined, now: Instant): void {
    this.#counters.IpReasmTimeout += 1;
    if (first !== undefined) this.#events.expired(decoded(first.frame), now);
  }
}

/** Whether the longest fragment was not to be cut (Linux ip_frag_reasm(), max_df_size). */
function keepsWhole(fragments: readonly Fragment[]): boolean {
  let longest = 0;
  let longestKept = 0;
  for (const { frame, to } of fragments) {
    const length = to - AT;
    longest = Math.max(longest, length);
    const isKept = ((frame[AT + 6]! >>> 5) & Ipv4Flag.dontFragment) !== 0;
    if (isKept) longestKept = Math.max(longestKept, length);
  }
  return longest === longestKept;
}

function decoded(frame: Uint8Array): Ipv4Packet {
  const packet = decodeIpv4(frame, AT);
  assert(!(packet instanceof DecodeError), 'what was well-formed in parts is so as a whole');
  return packet;
}
