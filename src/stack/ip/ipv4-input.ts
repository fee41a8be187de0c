/**
 * What arrives of IPv4 (RFC 1122 §3.2.1): judged, shown to boxes, put together of its fragments,
 * and handed up or on.
 */
import {
  decodeIpv4,
  ETHERNET_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  type Ipv4Address,
  Ipv4Packet,
  hasSourceRoute,
  isIpv4ChecksumOk,
  isLoopbackIpv4,
  isMulticastIpv4,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { Counters } from '../counters.ts';
import type { CommonProfile } from '../profile.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { PacketHooks } from '../middlebox/packet-hooks.ts';
import type { PassingPacket } from '../middlebox/passing-packet.ts';
import { Ipv4Reassembly, type Ipv4ReassemblyEvents } from '../reassembly/ipv4-reassembly.ts';
import { type Instant, NEVER } from '../time.ts';
import type { Ipv4 } from './ipv4.ts';
import { isOnItsWay, WRONG_WAY } from './reverse-path.ts';
import { countToMany } from './way-to-many.ts';

const MALFORMED = cause('ip-malformed', 'not a well-formed IPv4 packet', 'RFC 1122 §3.2.1');
const BAD_CHECKSUM = cause('ip-checksum', 'the IPv4 header checksum is wrong', 'RFC 1122 §3.2.1.2');
const NOT_OURS = cause('ip-not-ours', 'addressed to another host', 'RFC 1122 §3.2.1.3');
const NO_MEMBER = cause('ip-no-member', 'to a group that nobody here has joined', 'RFC 1112 §7.2');
const OWN_SOURCE = cause(
  'own-source',
  'it says that it is from this host itself',
  'Linux fib_validate_source(), accept_local',
);
const BAD_SOURCE = cause('ip-source', 'an impossible source address', 'RFC 1122 §3.2.1.3');
const LINK_BROADCAST = cause(
  'ip-link-broadcast',
  'sent to many by the link, to one by its address',
  'RFC 1122 §3.3.6',
);
const SOURCE_ROUTED = cause(
  'ip-source-route',
  'sent along a source route, which this host does not accept',
  'RFC 7126 §4.3',
);

/** Takes what is for this host: the transport protocols. */
export interface Ipv4Upper extends Ipv4ReassemblyEvents {
  receive(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array, now: Instant): void;
  /** A packet for another host, which this one sends on. */
  forward(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void;
}

export class Ipv4Input {
  readonly #ip: Ipv4;
  readonly #settings: CommonProfile;
  readonly #upper: Ipv4Upper;
  /**
   * Of whom the last packet was that this host took, by which interface, and under which addresses
   * of its own: the next is of the same two, as a rule, and what was found of them holds.
   */
  #lastSource: Ipv4Address = 0;
  #lastDestination: Ipv4Address = 0;
  #lastFrom: NetworkInterface | undefined = undefined;
  #addressesSeen = 0;
  /** Made with the first fragment. */
  #reassembly: Ipv4Reassembly | undefined = undefined;

  constructor(ip: Ipv4, settings: CommonProfile, upper: Ipv4Upper) {
    this.#ip = ip;
    this.#settings = settings;
    this.#upper = upper;
  }

  /** A packet has arrived behind an Ethernet header. */
  receive(from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant): void {
    const { counters } = this.#ip;
    counters.IpInReceives += 1;
    counters.IpExtInOctets += frame.length - ETHERNET_HEADER_LENGTH;
    const packet = decodeIpv4(frame, ETHERNET_HEADER_LENGTH);
    // Asked by the class that packets have: V8 looks one up each time of which there is no object.
    if (!(packet instanceof Ipv4Packet)) this.#upper.dropped(frame, MALFORMED, now);
    else if (!isIpv4ChecksumOk(packet)) this.#upper.dropped(frame, BAD_CHECKSUM, now);
    else if (this.#isLikeLast(packet, from, frame)) this.#deliver(packet, from, frame, now);
    else if (this.#ip.hooks === undefined) this.#take(packet, from, frame, why, now);
    else this.#showToBoxes(this.#ip.hooks, packet, from, frame, why, now);
  }

  /** Whether all that is asked of a packet is known: it is whole, and without options. */
  #isLikeLast(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array): boolean {
    return (
      packet.source === this.#lastSource &&
      packet.destination === this.#lastDestination &&
      from === this.#lastFrom &&
      this.#addressesSeen === this.#ip.addressChanges &&
      !from.filtersReversePath && // goes by routes, which change
      this.#ip.hooks === undefined &&
      packet.payloadAt - packet.start === IPV4_HEADER_LENGTH &&
      !packet.isFragment &&
      (frame[0]! & 1) === 0
    );
  }

  #showToBoxes(
    hooks: PacketHooks,
    arrived: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
  ): void {
    const isPiece = hooks.takesWholePackets && arrived.isFragment;
    const packet = isPiece ? this.#reassemble(arrived, frame, now) : arrived;
    if (packet === undefined) return;
    const passing = hooks.arrives(packet, isPiece ? packet.bytes : frame, from, why, now);
    if (passing !== undefined) this.#take(passing.packet, from, passing.frame, why, now, passing);
  }

  /** For this host, or for another one? */
  #take(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket<Ipv4Packet>,
  ): void {
    if (!this.#isOwn(packet.destination, from)) {
      this.#takeOthers(packet, from, frame, why, now, passing);
    } else if (!this.#canSend(packet.source, from)) this.#refuseSource(packet, frame, now);
    else if ((frame[0]! & 1) !== 0) this.#upper.dropped(frame, LINK_BROADCAST, now);
    else if (!from.loopback && this.#ip.isLocal(packet.source)) {
      this.#takeOwn(packet, from, frame, now, passing);
    } else {
      this.#lastSource = packet.source;
      this.#lastDestination = packet.destination;
      this.#lastFrom = from;
      this.#addressesSeen = this.#ip.addressChanges;
      this.#accept(packet, from, frame, now, passing);
    }
  }

  /** Who has an address of this host's own is heard where that is allowed (accept_local). */
  #takeOwn(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
    passing: PassingPacket<Ipv4Packet> | undefined,
  ): void {
    if (from.settings.forwarding.acceptsOwnSource) this.#accept(packet, from, frame, now, passing);
    else this.#upper.dropped(frame, OWN_SOURCE, now);
  }

  /** For many, this host among them, or for another one? */
  #takeOthers(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing: PassingPacket<Ipv4Packet> | undefined,
  ): void {
    if (!this.#isToManyHere(packet.destination, from))
      this.#passOn(packet, from, frame, why, now, passing);
    else if (!this.#canSend(packet.source, from)) this.#refuseSource(packet, frame, now);
    else {
      countToMany(this.#ip.counters, 'In', packet.destination, frame);
      this.#accept(packet, from, frame, now, passing);
    }
  }

  /** A packet for this host, whole or in pieces. */
  #accept(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
    passing: PassingPacket<Ipv4Packet> | undefined,
  ): void {
    if (this.#refusesRoute(packet, from)) this.#upper.dropped(frame, SOURCE_ROUTED, now);
    else if (packet.isFragment) this.#acceptFragment(packet, from, frame, now);
    else if (passing === undefined) this.#deliver(packet, from, frame, now);
    else if (this.#ip.hooks?.passes('input', passing, now) === true)
      this.#deliver(passing.packet, from, passing.frame, now);
  }

  #acceptFragment(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    now: Instant,
  ): void {
    const whole = this.#reassemble(packet, frame, now);
    if (whole !== undefined) this.#deliver(whole, from, whole.bytes, now);
  }

  /** The whole packet, if this fragment was the last that it waited for. */
  #reassemble(packet: Ipv4Packet, frame: Uint8Array, now: Instant): Ipv4Packet | undefined {
    this.#reassembly ??= new Ipv4Reassembly(
      this.#settings.reassembly.ipv4,
      this.#ip.counters,
      this.#upper,
    );
    return this.#reassembly.receive(packet, frame, now);
  }

  /** The earliest time at which {@link wake} has something to do. */
  get deadline(): Instant {
    return Math.min(this.#reassembly?.deadline ?? NEVER, this.#ip.hooks?.deadline ?? NEVER);
  }

  /** Gives up packets whose fragments did not all come; wakes boxes. */
  wake(now: Instant): void {
    this.#reassembly?.wake(now);
    this.#ip.hooks?.wake(now);
  }

  #deliver(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    const { counters } = this.#ip;
    counters.IpInDelivers += 1;
    if ((packet.tos & 3) === 0) counters.IpExtInNoECTPkts += 1;
    else countMark(counters, packet.tos);
    this.#upper.receive(packet, from, frame, now);
  }

  #passOn(
    packet: Ipv4Packet,
    from: NetworkInterface,
    frame: Uint8Array,
    why: Cause,
    now: Instant,
    passing?: PassingPacket,
  ): void {
    if (!from.settings.forwarding.isOn) {
      const isToGroup = isMulticastIpv4(packet.destination);
      this.#upper.dropped(frame, isToGroup ? NO_MEMBER : NOT_OURS, now);
    } else if (this.#refusesRoute(packet, from)) this.#upper.dropped(frame, SOURCE_ROUTED, now);
    else this.#upper.forward(packet, from, frame, why, now, passing);
  }

  #refusesRoute(packet: Ipv4Packet, { settings }: NetworkInterface): boolean {
    if (packet.payloadAt - packet.start === IPV4_HEADER_LENGTH) return false;
    return !settings.acceptsSourceRoutes && hasSourceRoute(packet.options);
  }

  // Loopback addresses must not appear outside a host (RFC 1122 §3.2.1.3 (g)): whoever reaches a
  // service bound to 127.0.0.1 is on this host.

  #isOwn(destination: Ipv4Address, from: NetworkInterface): boolean {
    if (isLoopbackIpv4(destination)) return from.loopback;
    return this.#ip.isLocal(destination);
  }

  /** Whether it is to everybody, or to a group that the interface listens to. */
  #isToManyHere(destination: Ipv4Address, { ipv4Groups }: NetworkInterface): boolean {
    return isMulticastIpv4(destination)
      ? ipv4Groups.has(destination)
      : this.#ip.isBroadcast(destination);
  }

  #canSend(source: Ipv4Address, from: NetworkInterface): boolean {
    if (isLoopbackIpv4(source)) return from.loopback;
    if (this.#ip.isBroadcastOrMulticast(source)) return false;
    return !from.filtersReversePath || isOnItsWay(source, from, this.#ip.routes);
  }

  #refuseSource({ source }: Ipv4Packet, frame: Uint8Array, now: Instant): void {
    const isHosts = !isLoopbackIpv4(source) && !this.#ip.isBroadcastOrMulticast(source);
    this.#upper.dropped(frame, isHosts ? WRONG_WAY : BAD_SOURCE, now);
  }
}

/** The ECN field of a packet whose transport understands it (RFC 3168 §5). */
function countMark(counters: Counters, tos: number): void {
  const field = tos & 3;
  if (field === 1) counters.IpExtInECT1Pkts += 1;
  else if (field === 2) counters.IpExtInECT0Pkts += 1;
  else counters.IpExtInCEPkts += 1;
}
