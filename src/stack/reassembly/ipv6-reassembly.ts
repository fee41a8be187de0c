/**
 * Packets of IPv6 out of their fragments (RFC 8200 §4.5, as Linux net/ipv6/reassembly.c).
 *
 *     header | extensions for the way | fragment header | a piece of the rest
 *
 * A packet is known by addresses and identification. The whole has what stands before the fragment
 * header of the fragment that it begins with. Fragments that cannot be one draw a parameter problem
 * and do the others no harm. A fragment header on a packet that is whole (RFC 6946) is no matter of
 * this file: there is nothing to wait for.
 */
import {
  decodeIpv6,
  DecodeError,
  ETHERNET_HEADER_LENGTH,
  type FragmentExtension,
  IPV6_HEADER_LENGTH,
  type Ipv6Packet,
  isLinkLocalIpv6,
  NextHeader,
  ParameterProblemCode,
  put16,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import { type Cause, cause } from '../cause.ts';
import type { Counters } from '../counters.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { HeaderFault } from '../ip/extension-headers.ts';
import { Ipv6Arrival } from '../ip/ipv6-arrival.ts';
import type { Instant } from '../time.ts';
import { ECN_MIX, ecnOfWhole } from './fragment-ecn.ts';
import type { Fragment, IncompletePacket } from './incomplete-packet.ts';
import { Reassembly, type ReassemblyProfile, TOO_LONG } from './reassembly.ts';

const NOT_IN_EIGHTS = cause(
  'fragment-not-in-eights',
  'its length is no multiple of eight, and it is not the last',
  'RFC 8200 §4.5',
);

const AT = ETHERNET_HEADER_LENGTH;
const FRAGMENT_HEADER_LENGTH = 8;
const LARGEST = 0xffff;
/** Where the header has the payload's length and the number of what follows. */
const LENGTH_AT = 4;
const NEXT_HEADER_AT = 6;
/** Congestion experienced, where the second octet of the header has it. */
const CONGESTION_EXPERIENCED = 0x30;

/** A fragment as the headers before it say. */
export interface Ipv6Fragment {
  readonly fragment: FragmentExtension;
  /** Where its piece of the packet begins. */
  readonly payloadAt: number;
}

export interface Ipv6ReassemblyEvents {
  dropped(frame: Uint8Array, why: Cause, now: Instant): void;
  /** Time is over for a packet that began with this fragment: its sender is told. */
  expired(first: Ipv6Packet, now: Instant): void;
  wakeAt(at: Instant): void;
}

export class Ipv6Reassembly {
  readonly #reassembly: Reassembly;
  readonly #counters: Counters;
  readonly #events: Ipv6ReassemblyEvents;

  constructor(profile: ReassemblyProfile, counters: Counters, events: Ipv6ReassemblyEvents) {
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

  /**
   * A fragment has come. Gives the whole packet, in a frame of its own, when it was the last; or
   * what is wrong with the fragment.
   */
  receive(
    packet: Ipv6Packet,
    { fragment: header, payloadAt }: Ipv6Fragment,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): Ipv6Arrival | HeaderFault | undefined {
    this.#counters.Ip6ReasmReqds += 1;
    const { source, destination, start, end } = packet;
    const { fragmentOffset: offset, moreFragments, id } = header;
    const length = end - payloadAt;
    const code = ParameterProblemCode.header;
    if (moreFragments && length % 8 !== 0) {
      return { why: NOT_IN_EIGHTS, code, pointer: LENGTH_AT, evenToMany: false };
    }
    if (offset + length > LARGEST) {
      const pointer = payloadAt - FRAGMENT_HEADER_LENGTH + 2 - start;
      return { why: TOO_LONG, code, pointer, evenToMany: false };
    }
    const piece = { frame, from: payloadAt, to: end, offset, isLast: !moreFragments };
    const link = isLinkLocalIpv6(source) || isLinkLocalIpv6(destination) ? from.name : '';
    const key = `${source} ${destination} ${id} ${link}`;
    const whole = this.#reassembly.receive(key, source, piece, now);
    return whole && this.#join(whole, now);
  }

  #join(whole: IncompletePacket, now: Instant): Ipv6Arrival | undefined {
    const { first, fragments, length } = whole;
    assert(first !== undefined, 'a complete packet has a beginning');
    const headersEnd = first.from - FRAGMENT_HEADER_LENGTH;
    const payloadLength = headersEnd - AT - IPV6_HEADER_LENGTH + length;
    const fields = fragments.reduce(
      (set, { frame }) => set | (1 << ((frame[AT + 1]! >>> 4) & 3)),
      0,
    );
    const ecn = ecnOfWhole(fields);
    if (payloadLength > LARGEST || ecn === 'mixed') {
      this.#abandoned(fragments, ecn === 'mixed' ? ECN_MIX : TOO_LONG, now);
      return undefined;
    }
    const joined = new Uint8Array(headersEnd + length);
    joined.set(first.frame.subarray(0, headersEnd));
    whole.copyTo(joined, headersEnd);
    if (ecn === 'congested') joined[AT + 1] = joined[AT + 1]! | CONGESTION_EXPERIENCED;
    put16(joined, AT + LENGTH_AT, payloadLength);
    joined[numberBefore(joined, headersEnd)] = first.frame[headersEnd]!;
    this.#counters.Ip6ReasmOKs += 1;
    const arrival = new Ipv6Arrival(decoded(joined));
    arrival.largestFragment = Math.max(...fragments.map(({ to }) => to - AT));
    return arrival;
  }

  #abandoned(fragments: readonly Fragment[], why: Cause, now: Instant): void {
    this.#counters.Ip6ReasmFails += 1;
    for (const { frame } of fragments) this.#events.dropped(frame, why, now);
  }

  #expired(first: Fragment | undefined, now: Instant): void {
    this.#counters.Ip6ReasmTimeout += 1;
    if (first !== undefined) this.#events.expired(decoded(first.frame), now);
  }
}

/** Where the headers say what follows them, `end` being where they end. */
function numberBefore(b: Uint8Array, end: number): number {
  let numberAt = AT + NEXT_HEADER_AT;
  let at = AT + IPV6_HEADER_LENGTH;
  while (at < end) {
    const isAuthentication = b[numberAt] === NextHeader.authentication;
    numberAt = at;
    at += isAuthentication ? 4 * (b[at + 1]! + 2) : 8 * (b[at + 1]! + 1);
  }
  return numberAt;
}

function decoded(frame: Uint8Array): Ipv6Packet {
  const packet = decodeIpv6(frame, AT);
  assert(!(packet instanceof DecodeError), 'what was well-formed in parts is so as a whole');
  return packet;
}
