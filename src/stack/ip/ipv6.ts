/**
 * IPv6 of a host (RFC 8200): packets in, judged and handed up; packets out, by the routing table.
 * It knows the addresses of all interfaces; what makes and ends them is elsewhere.
 */
import {
  DecodeError,
  decodeIpv6,
  decodeIpv6Extensions,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  fragmentOf,
  type IpAddress,
  IPV6_ANY,
  IPV6_HEADER_LENGTH,
  type Ipv6Address,
  type Ipv6Packet,
  type Ipv6Prefix,
  IpProtocol,
  isExtensionHeader,
  isIpv6,
  isLinkLocalIpv6,
  isLoopbackIpv6,
  isMulticastIpv6,
  multicastMac,
  multicastScope,
  solicitedNode,
  u16,
  u32,
  writeIpv6Header,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import { type Cause, cause } from '../cause.ts';
import type { Choices } from '../choices.ts';
import type { Counters } from '../counters.ts';
import type { NetworkInterface } from '../interface.ts';
import type { PacketHooks } from '../middlebox/packet-hooks.ts';
import type { PassingPacket } from '../middlebox/passing-packet.ts';
import type { IpLayer, IpPacket, ManySender, PacketHeader } from './ip-layer.ts';
import type { HostProfile } from '../profile.ts';
import {
  type Port,
  type Refusal,
  type Route,
  type RouteEntry,
  RoutingTable,
  type ToMany,
  unicastRoute,
} from './routing.ts';
import type { Slab } from '../slab.ts';
import {
  type Ipv6Fragment,
  Ipv6Reassembly,
  type Ipv6ReassemblyEvents,
} from '../reassembly/ipv6-reassembly.ts';
import { type Instant, NEVER } from '../time.ts';
import { type HeaderFault, readHeaders } from './extension-headers.ts';
import { FlowLabels } from './flow-labels.ts';
import { fragmentsOfIpv6 } from './fragment-ipv6.ts';
import { InterfaceAddress } from './interface-address.ts';
import { Ipv6Arrival } from './ipv6-arrival.ts';
import { Ipv6Link } from './ipv6-link.ts';
import { sourceFor } from './source-address.ts';
import { ipv6WayToGroup, portForIpv6Groups } from './way-to-many.ts';

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
/** Where the hop limit is in a frame. */
const HOP_LIMIT_AT = ETHERNET_HEADER_LENGTH + 7;
const TRANSPORT_AT = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;

/** Multicast that stays on its interface (RFC 7346); scope 0 is reserved. */
const INTERFACE_SCOPE = 1;
const LINK_SCOPE = 2;

/** What this layer is given is of its family: who calls has asked which layer an address is of. */
export function ipv6Of(address: IpAddress): Ipv6Address {
  assert(isIpv6(address), 'IPv6 is given addresses of its own');
  return address;
}

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

export class Ipv6 implements IpLayer {
  readonly headerLength: number = IPV6_HEADER_LENGTH;
  readonly longestPacket: number = IPV6_HEADER_LENGTH + 0xffff;
  readonly transportAt: number = TRANSPORT_AT;
  readonly routes: RoutingTable = new RoutingTable((destination, entry) =>
    this.#sourceFor(ipv6Of(destination), entry),
  );
  readonly counters: Counters;
  /** Where packets are shown to boxes, if there are any. */
  hooks: PacketHooks | undefined = undefined;
  readonly #slab: Slab;
  readonly #settings: HostProfile;
  readonly #upper: Ipv6Upper;
  readonly #choices: Choices;
  readonly #labels: FlowLabels;
  /** The addresses that are in use, of all interfaces. */
  readonly #local = new Set<IpAddress>();
  readonly #links: Ipv6Link[] = [];
  /** Made with the first fragment. */
  #reassembly: Ipv6Reassembly | undefined = undefined;

  constructor(
    slab: Slab,
    counters: Counters,
    settings: HostProfile,
    choices: Choices,
    upper: Ipv6Upper,
  ) {
    this.#slab = slab;
    this.counters = counters;
    this.#settings = settings;
    this.#upper = upper;
    this.#choices = choices;
    this.#labels = new FlowLabels(choices);
  }

  /** The interfaces that have IPv6, in the order in which it came up. */
  get links(): readonly Ipv6Link[] {
    return this.#links;
  }

  /** Brings IPv6 up on an interface. */
  addLink(port: Port): Ipv6Link {
    const link = new Ipv6Link(port);
    port.interface.ipv6 = link;
    this.#links.push(link);
    return link;
  }

  /** Gives an interface an address, and listens to those who ask for it (RFC 4291 §2.8). */
  addAddress(
    link: Ipv6Link,
    prefix: Ipv6Prefix,
    state: 'tentative' | 'preferred',
    isDynamic = false,
  ): InterfaceAddress {
    const added = new InterfaceAddress(prefix, state, isDynamic);
    link.interface.addresses.push(added);
    if (!link.interface.loopback) link.groups.join(solicitedNode(prefix.address));
    if (state === 'preferred') this.#use(link, added);
    return added;
  }

  /** The address is no other host's: it is used from now on. */
  accept(link: Ipv6Link, address: InterfaceAddress): void {
    address.state = 'preferred';
    this.#use(link, address);
  }

  /** The address is no longer the interface's. */
  removeAddress(link: Ipv6Link, address: InterfaceAddress): void {
    const { addresses } = link.interface;
    addresses.splice(addresses.indexOf(address), 1);
    link.groups.leave(solicitedNode(ipv6Of(address.address)));
    this.#local.delete(address.address);
    const whole = { address: address.address, length: 128 };
    for (const entry of this.routes.of(whole)) {
      if (entry.port.interface.loopback) this.routes.remove(entry);
    }
    this.routes.sourcesChanged();
  }

  /** Packets for the address are taken, and its network is on the link. */
  #use({ port }: Ipv6Link, { address, length, isDynamic }: InterfaceAddress): void {
    this.#local.add(address);
    const [loopback] = this.#links;
    const own = { address, length: 128 };
    this.routes.add(unicastRoute(own, undefined, loopback?.port ?? port, address));
    // A router says for itself which of its prefixes are on the link (RFC 4861 §6.3.4).
    if (isDynamic || length === 128) return;
    this.routes.add(unicastRoute({ address, length }, undefined, port, IPV6_ANY));
  }

  wayBack(packet: IpPacket): Route | undefined {
    const { source } = packet;
    const isOfLink = packet instanceof Ipv6Arrival && isLinkLocalIpv6(packet.source);
    return this.routes.lookUpBy(isOfLink ? packet.from?.ipv6?.port : undefined, source);
  }

  /** Whether the address is one of this host's, and in use. */
  isLocal(address: IpAddress): boolean {
    return this.#local.has(address);
  }

  /** IPv6 has no broadcast. */
  isBroadcast(_address: IpAddress): boolean {
    return false;
  }

  isBroadcastOrMulticast(address: IpAddress): boolean {
    return isMulticastIpv6(ipv6Of(address));
  }

  portForGroup(_group: IpAddress): Port | undefined {
    return portForIpv6Groups(this);
  }

  routeToMany(destination: IpAddress, sender: ManySender): Route | Refusal {
    return ipv6WayToGroup(this, ipv6Of(destination), sender);
  }

  /** The source of packets by a route: as the route says, or the best for the destination. */
  #sourceFor(destination: Ipv6Address, { source, port }: RouteEntry): IpAddress | undefined {
    if (source !== IPV6_ANY) return source;
    const interfaces = this.#links.map((link) => link.interface);
    return sourceFor(destination, port.interface, interfaces);
  }

  /** A frame with room for `transportLength` octets at {@link TRANSPORT_AT}. */
  carve(transportLength: number): Uint8Array {
    return this.#slab.carve(TRANSPORT_AT + transportLength);
  }

  newFlowLabel(): number {
    return this.#labels.next();
  }

  ttlFor({ port }: Route): number {
    return port.interface.ipv6?.hopLimit ?? this.#settings.ipv6.hopLimit;
  }

  /**
   * Completes a frame from {@link carve} with its IPv6 header and sends it along the route. Says
   * whether the interface's queue took it, or it waits for its neighbour.
   */
  send(frame: Uint8Array, route: Route, header: PacketHeader, why: Cause, now: Instant): boolean {
    this.write(frame, header);
    const { toMany } = route;
    if (toMany?.returns === true && !this.#comesBack(frame, route, toMany, why, now)) {
      this.counters.Ip6OutRequests += 1;
      return true;
    }
    return this.transmit(frame, route.port, ipv6Of(route.nextHop), why, now);
  }

  /**
   * Gives this host what it sends to a group that it listens to. Says whether the packet goes on to
   * the link: with a hop limit of 0 it does not (Linux ip6_finish_output2()).
   */
  #comesBack(
    frame: Uint8Array,
    { port }: Route,
    { mac }: ToMany,
    why: Cause,
    now: Instant,
  ): boolean {
    port.interface.comesBack(frame, mac, EtherType.ipv6, why, now);
    if (frame[HOP_LIMIT_AT] !== 0) return true;
    this.counters.Ip6OutDiscards += 1;
    return false;
  }

  /** The same in fragments, each of the same random identification (RFC 7739 §5.3). */
  sendFragments(
    frame: Uint8Array,
    route: Route,
    header: PacketHeader,
    mtu: number,
    why: Cause,
    now: Instant,
  ): boolean {
    this.write(frame, header);
    this.counters.Ip6OutRequests += 1;
    const leaves =
      this.hooks === undefined ? frame : this.hooks.leaves(frame, route.port.interface, why, now);
    if (leaves === undefined) return true; // as a socket sees it, it is on its way
    const { toMany } = route;
    if (toMany?.returns === true && !this.#comesBack(leaves, route, toMany, why, now)) return true;
    return this.cut(leaves, mtu, route, why, now);
  }

  /** Sends a packet in pieces of at most `mtu` octets. */
  cut(whole: Uint8Array, mtu: number, { port, nextHop }: Route, why: Cause, now: Instant): boolean {
    const fragments = fragmentsOfIpv6(whole, mtu, this.#choices.chance(), this.#slab);
    this.counters.Ip6FragOKs += 1;
    this.counters.Ip6FragCreates += fragments.length;
    return fragments.every((each) => this.pass(each, port, ipv6Of(nextHop), why, now));
  }

  /** Writes the header of a frame from {@link carve}. */
  write(frame: Uint8Array, header: PacketHeader): void {
    const { protocol, tos, ttl, flowLabel } = header;
    const source = ipv6Of(header.source);
    const destination = ipv6Of(header.destination);
    writeIpv6Header(
      frame,
      ETHERNET_HEADER_LENGTH,
      tos,
      flowLabel ?? this.#labels.of(source, destination, protocol, flowOf(frame, protocol)),
      frame.length - TRANSPORT_AT,
      protocol,
      ttl,
      source,
      destination,
    );
  }

  /** Hands a frame with its header to the next hop, a host or a group. */
  transmit(frame: Uint8Array, port: Port, nextHop: Ipv6Address, why: Cause, now: Instant): boolean {
    this.counters.Ip6OutRequests += 1;
    const leaves =
      this.hooks === undefined ? frame : this.hooks.leaves(frame, port.interface, why, now);
    if (leaves === undefined) return true; // as a socket sees it, it is on its way
    return this.pass(leaves, port, nextHop, why, now);
  }

  /** The same for a packet of another host. */
  pass(frame: Uint8Array, port: Port, nextHop: Ipv6Address, why: Cause, now: Instant): boolean {
    this.counters.Ip6OutOctets += frame.length - ETHERNET_HEADER_LENGTH;
    if (port.interface.loopback) {
      return port.interface.transmit(frame, 0, EtherType.ipv6, why, now);
    }
    if (!isMulticastIpv6(nextHop)) return port.neighbors.send(frame, nextHop, why, now);
    this.counters.Ip6OutMcastPkts += 1;
    if (multicastScope(nextHop) <= INTERFACE_SCOPE) return true; // it stays on the interface
    return port.interface.transmit(frame, multicastMac(nextHop), EtherType.ipv6, why, now);
  }

  /** A packet has arrived behind an Ethernet header, at an interface that has IPv6. */
  receive(from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant): void {
    this.counters.Ip6InReceives += 1;
    this.counters.Ip6InOctets += frame.length - ETHERNET_HEADER_LENGTH;
    const packet = decodeIpv6(frame, ETHERNET_HEADER_LENGTH);
    if (packet instanceof DecodeError) this.#upper.dropped(frame, MALFORMED, now);
    else if (!isPossible(packet, from)) this.#upper.dropped(frame, BAD_ADDRESS, now);
    else if (this.hooks !== undefined) this.#showToBoxes(this.hooks, packet, from, frame, why, now);
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
    else if (!this.#settings.ipv6.forwards) this.#upper.dropped(frame, NOT_OURS, now);
    else this.#upper.toForward(packet, from, frame, why, now, passing);
  }

  /** What is valid on one link only must be the address of the interface there. */
  #isAddressedTo({ ipv6: link }: NetworkInterface, destination: Ipv6Address): boolean {
    assert(link !== undefined, 'the interface has IPv6');
    if (!this.#local.has(destination)) return link.groups.has(destination);
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
      this.counters,
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
    const { counters } = this;
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

/** What tells flows between two hosts apart: ports, or the kind of an ICMPv6 message. */
function flowOf(frame: Uint8Array, protocol: number): number {
  if (protocol === IpProtocol.icmpv6) return u16(frame, TRANSPORT_AT);
  return protocol === IpProtocol.tcp || protocol === IpProtocol.udp ? u32(frame, TRANSPORT_AT) : 0;
}
