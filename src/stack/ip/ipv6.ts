/**
 * IPv6 of a host (RFC 8200): the addresses of all interfaces, and packets out, by the routing
 * table. What makes and ends addresses is elsewhere; what comes in is judged by `ipv6-input.ts`.
 */
import {
  ETHERNET_HEADER_LENGTH,
  EtherType,
  type IpAddress,
  IPV6_ANY,
  IPV6_HEADER_LENGTH,
  type Ipv6Address,
  type Ipv6Prefix,
  IpProtocol,
  isInIpPrefix,
  isIpv6,
  isLinkLocalIpv6,
  isMulticastIpv6,
  multicastMac,
  multicastScope,
  solicitedNode,
  u16,
  u32,
  writeIpv6Header,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import { type Cause } from '../cause.ts';
import type { Choices } from '../choices.ts';
import type { Counters } from '../counters.ts';
import type { PacketHooks } from '../middlebox/packet-hooks.ts';
import type { IpLayer, IpPacket, ManySender, PacketHeader } from './ip-layer.ts';
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
import { type Instant } from '../time.ts';
import { FlowLabels } from './flow-labels.ts';
import { fragmentsOfIpv6 } from './fragment-ipv6.ts';
import { InterfaceAddress } from './interface-address.ts';
import { Ipv6Arrival } from './ipv6-arrival.ts';
import { Ipv6Link } from './ipv6-link.ts';
import { sourceFor } from './source-address.ts';
import { ipv6WayToGroup, portForIpv6Groups } from './way-to-many.ts';

/** Where the hop limit is in a frame. */
const HOP_LIMIT_AT = ETHERNET_HEADER_LENGTH + 7;
const TRANSPORT_AT = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;

/** Multicast that stays on its interface (RFC 7346); scope 0 is reserved. */
export const INTERFACE_SCOPE = 1;

/** What this layer is given is of its family: who calls has asked which layer an address is of. */
export function ipv6Of(address: IpAddress): Ipv6Address {
  assert(isIpv6(address), 'IPv6 is given addresses of its own');
  return address;
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
  readonly #choices: Choices;
  readonly #labels: FlowLabels;
  /** The addresses that are in use, of all interfaces. */
  readonly #local = new Set<IpAddress>();
  readonly #links: Ipv6Link[] = [];

  constructor(slab: Slab, counters: Counters, choices: Choices) {
    this.#slab = slab;
    this.counters = counters;
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
    this.attach(link);
    return link;
  }

  /** The same where it was up before. */
  attach(link: Ipv6Link): void {
    link.interface.ipv6 = link;
    this.#links.push(link);
  }

  /** Ends IPv6 on an interface, which has no addresses of it any more. */
  detach(link: Ipv6Link): void {
    link.interface.ipv6 = undefined;
    this.#links.splice(this.#links.indexOf(link), 1);
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
    this.#leaveNetwork(link, address);
    this.routes.sourcesChanged();
  }

  /** Packets for the address are taken, and its network is on the link. */
  #use({ port }: Ipv6Link, { address, length, isDynamic }: InterfaceAddress): void {
    this.#local.add(address);
    const loopback = this.#links.find((each) => each.interface.loopback);
    const own = { address, length: 128 };
    this.routes.add(unicastRoute(own, undefined, loopback?.port ?? port, address));
    // A router says for itself which of its prefixes are on the link (RFC 4861 §6.3.4).
    if (isDynamic || length === 128) return;
    const network = unicastRoute({ address, length }, undefined, port, IPV6_ANY);
    if (this.#routeLike(network) === undefined) this.routes.add(network);
  }

  /** The route to a network on the link goes with the last address that is in it. */
  #leaveNetwork({ interface: { addresses }, port }: Ipv6Link, gone: InterfaceAddress): void {
    const isNeeded = addresses.some(
      (own) => own.length === gone.length && isInIpPrefix(own.address, gone),
    );
    if (gone.isDynamic || gone.length === 128 || isNeeded) return;
    const route = this.#routeLike(unicastRoute(gone, undefined, port, IPV6_ANY));
    if (route !== undefined) this.routes.remove(route);
  }

  #routeLike({ destination, port }: RouteEntry): RouteEntry | undefined {
    return this.routes
      .of(destination)
      .find((entry) => entry.port === port && entry.gateway === undefined);
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

  /** IPv6 has identifications in fragments alone. */
  firstIdentification(): number {
    return 0;
  }

  nextIdentification(): number {
    return 0;
  }

  newFlowLabel(): number {
    return this.#labels.next();
  }

  ttlFor({ port, metrics }: Route): number {
    return metrics.hopLimit ?? port.interface.settings.ipv6.hopLimit;
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
}

/** What tells flows between two hosts apart: ports, or the kind of an ICMPv6 message. */
function flowOf(frame: Uint8Array, protocol: number): number {
  if (protocol === IpProtocol.icmpv6) return u16(frame, TRANSPORT_AT);
  return protocol === IpProtocol.tcp || protocol === IpProtocol.udp ? u32(frame, TRANSPORT_AT) : 0;
}
