/**
 * What arrives of IPv6 (RFC 8200): judged, shown to boxes, its extension headers followed, put
 * together of its fragments, and handed up or on.
 */
import {
  decodeIpv6,
  decodeIpv6Extensions,
  ETHERNET_HEADER_LENGTH,
  fragmentOf,
  IPV6_ANY,
  type Ipv6Address,
  Ipv6Packet,
  isExtensionHeader,
  isLinkLocalIpv6,
  isLoopbackIpv6,
  isMulticastIpv6,
  multicastScope,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import { type Cause, cause } from '../cause.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { PacketHooks } from '../middlebox/packet-hooks.ts';
import type { PassingPacket } from '../middlebox/passing-packet.ts';
import type { HostSettings } from '../settings.ts';
import {
  type Ipv6Fragment,
  Ipv6Reassembly,
  type Ipv6ReassemblyEvents,
} from '../reassembly/ipv6-reassembly.ts';
import { type Instant, NEVER } from '../time.ts';
import { type HeaderFault, readHeaders } from './extension-headers.ts';
import { Ipv6Arrival } from './ipv6-arrival.ts';
import { INTERFACE_SCOPE, type Ipv6 } from './ipv6.ts';

const MALFORMED = cause('ipv6-malformed', 'not a well-formed IPv6 packet', 'RFC 8200 §3');
const NOT_OURS = cause('ipv6-not-ours', 'addressed to another host', 'RFC 8200 §3');
const NO_MEMBER = cause(
  'ipv6-no-member',
  'to a group that nobody here has joined',
  'RFC 4291 §2.7',
);
const BAD_ADDRESS = cause(
  'ipv6-address',
  'an address that no packet on a link has',
  'RFC 4291 §2.5.2, §2.5.3, §2.7',
);

/** Where the header tells what follows. */
const NEXT_HEADER_AT = 6;
/** From this scope on, multicast leaves its interface. */
const LINK_SCOPE = 2;

/** Takes what has arrived. */
export interface Ipv6Upper extends Ipv6ReassemblyEvents {
  received(packet: Ipv6Arrival, from: NetworkInterface, frame: Uint8Array, now: Instant): void;
  /** A packet for another host, which this one sends on. */
  toForward(
    packet: Ipv6Arrival,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void;
  /** A header that its sender is told of. */
  headerRefused(packet: Ipv6Arrival, fault: HeaderFault, now: Instant): void;
}

export class Ipv6Input {
  readonly #ip: Ipv6;
  readonly #settings: HostSettings;
  readonly #upper: Ipv6Upper;
  /** Made with the first fragment. */
  #reassembly: Ipv6Reassembly | undefined = undefined;

  constructor(ip: Ipv6, settings: HostSettings, upper: Ipv6Upper) {
    this.#ip = ip;
    this.#settings = settings;
    this.#upper = upper;
  }

  /** A packet has arrived behind an Ethernet header, at an interface that has IPv6. */
  receive(from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant): void {
    const { counters } = this.#ip;
    counters.Ip6InReceives += 1;
    counters.Ip6InOctets += frame.length - ETHERNET_HEADER_LENGTH;
    const packet = decodeIpv6(frame, ETHERNET_HEADER_LENGTH);
    if (!(packet instanceof Ipv6Packet)) this.#upper.dropped(frame, MALFORMED, now);
    else if (!isPossible(packet, from)) this.#upper.dropped(frame, BAD_ADDRESS, now);
    else if (this.#ip.hooks !== undefined)
      this.#showToBoxes(this.#ip.hooks, packet, from, frame, why, now);
    else if (this.#isAddressedTo(from, packet.destination)) this.#take(packet, from, frame, now);
    else this.#passOn(new Ipv6Arrival(packet, from), from, frame, why, now);
  }

  /** Boxes see a packet whole, if they ask for that, and before it is known whom it is for. */
  #showToBoxes(
    hooks: PacketHooks,
    arrived: Ipv6Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
  ): void {
    const piece = hooks.takesWholePackets ? fragmentIn(arrived) : undefined;
    const whole = piece && this.#reassemble(arrived, piece, from, frame, now);
    if (piece !== undefined && whole === undefined) return;
    const seen = Ipv6Arrival.seenBehindHeaders(whole?.header ?? arrived, from);
    const passing = hooks.arrives(seen, whole?.bytes ?? frame, from, why, now);
    if (passing === undefined) return;
    const { packet } = passing;
    packet.largestFragment = whole?.largestFragment ?? 0;
    if (!this.#isAddressedTo(from, packet.destination)) {
      this.#passOn(packet, from, passing.frame, why, now, passing);
    } else if (hooks.passes('input', passing, now)) {
      this.#take(passing.packet.header, from, passing.frame, now);
    }
  }

  #passOn(
    packet: Ipv6Arrival,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void {
    if (isMulticastIpv6(packet.destination)) this.#upper.dropped(frame, NO_MEMBER, now);
    else if (this.#settings.links.routesIpv6 || from.settings.ipv6.forwardsAlone) {
      this.#upper.toForward(packet, from, frame, why, now, passing);
    } else this.#upper.dropped(frame, NOT_OURS, now);
  }

  /** What is valid on one link only must be the address of the interface there. */
  #isAddressedTo({ ipv6: link }: NetworkInterface, destination: Ipv6Address): boolean {
    assert(link !== undefined, 'the interface has IPv6');
    if (!this.#ip.isLocal(destination)) return link.groups.has(destination);
    if (!isLinkLocalIpv6(destination) || link.interface.loopback) return true;
    return link.addressOf(destination) !== undefined;
  }

  /** A packet for this host: what its extension headers lead to. */
  #take(packet: Ipv6Packet, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const arrival = new Ipv6Arrival(packet, from);
    if (isExtensionHeader(packet.nextHeader)) {
      const headers = readHeaders(packet);
      if ('why' in headers) {
        this.#refuse(arrival, headers, frame, now);
        return;
      }
      const { fragment, payloadAt } = headers;
      if (fragment !== undefined) {
        const whole = this.#reassemble(packet, { fragment, payloadAt }, from, frame, now);
        // The headers that its fragments had in common are read again.
        if (whole !== undefined) this.#take(whole.header, from, whole.bytes, now);
        return;
      }
      arrival.protocol = headers.protocol;
      arrival.protocolAt = headers.protocolAt;
      arrival.payloadAt = headers.payloadAt;
    }
    this.#deliver(arrival, from, frame, now);
  }

  #refuse(arrival: Ipv6Arrival, fault: HeaderFault, frame: Uint8Array, now: Instant): void {
    this.#upper.dropped(frame, fault.why, now);
    this.#upper.headerRefused(arrival, fault, now);
  }

  /** The whole packet, if this fragment was the last that it waited for. */
  #reassemble(
    packet: Ipv6Packet,
    fragment: Ipv6Fragment,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): Ipv6Arrival | undefined {
    this.#reassembly ??= new Ipv6Reassembly(
      this.#settings.reassembly.ipv6,
      this.#ip.counters,
      this.#upper,
    );
    const whole = this.#reassembly.receive(packet, fragment, from, frame, now);
    if (whole === undefined || !('why' in whole)) return whole;
    this.#refuse(new Ipv6Arrival(packet, from), whole, frame, now);
    return undefined;
  }

  /** The earliest time at which {@link wake} has something to do; boxes are woken by IPv4. */
  get deadline(): Instant {
    return this.#reassembly?.deadline ?? NEVER;
  }

  /** Gives up packets whose fragments did not all come. */
  wake(now: Instant): void {
    this.#reassembly?.wake(now);
  }

  #deliver(packet: Ipv6Arrival, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const { counters } = this.#ip;
    counters.Ip6InDelivers += 1;
    const field = packet.tos & 3; // RFC 3168 §5
    if (field === 0) counters.Ip6InNoECTPkts += 1;
    else if (field === 1) counters.Ip6InECT1Pkts += 1;
    else if (field === 2) counters.Ip6InECT0Pkts += 1;
    else counters.Ip6InCEPkts += 1;
    if (isMulticastIpv6(packet.destination)) counters.Ip6InMcastPkts += 1;
    this.#upper.received(packet, from, frame, now);
  }
}

/** The piece of another packet that this one is, if its headers lead to one. */
function fragmentIn({
  nextHeader,
  bytes,
  start,
  payloadAt,
  end,
}: Ipv6Packet): Ipv6Fragment | undefined {
  if (!isExtensionHeader(nextHeader)) return undefined;
  const chain = decodeIpv6Extensions(bytes, start + NEXT_HEADER_AT, payloadAt, end);
  const fragment = fragmentOf(chain.extensions);
  return fragment && { fragment, payloadAt: chain.payloadAt };
}

/** Addresses that a packet on this link may have (Linux ip6_rcv_core()). */
function isPossible({ source, destination }: Ipv6Packet, { loopback }: NetworkInterface): boolean {
  if (isMulticastIpv6(source)) return false;
  if (!loopback && (isLoopbackIpv6(source) || isLoopbackIpv6(destination))) return false;
  if (!isMulticastIpv6(destination)) return destination !== IPV6_ANY;
  const scope = multicastScope(destination);
  return scope >= LINK_SCOPE || (scope === INTERFACE_SCOPE && loopback);
}
