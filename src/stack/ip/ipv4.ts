/** IPv4 of a host: packets in, judged and handed up; packets out, by the routing table. */
import {
  DecodeError,
  decodeIpv4,
  encodeSourceRoute,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  IPV4_BROADCAST,
  IPV4_HEADER_LENGTH,
  type Ipv4Address,
  Ipv4Flag,
  firstHop,
  type Ipv4Packet,
  type Ipv4Prefix,
  type IpAddress,
  isIpv6,
  hasSourceRoute,
  broadcastOf,
  isIpv4ChecksumOk,
  isLoopbackIpv4,
  isMulticast,
  isMulticastIpv4,
  type SourceRoute,
  sourceRouteLength,
  writeIpv4,
  writeIpv4Header,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import { type Cause, cause } from '../cause.ts';
import type { Counters } from '../counters.ts';
import type { HostProfile } from '../profile.ts';
import { fragmentsOf } from './fragment-ipv4.ts';
import type { NetworkInterface } from '../interface.ts';
import type { IpLayer, IpPacket, ManySender, PacketHeader } from './ip-layer.ts';
import type { PacketHooks } from '../middlebox/packet-hooks.ts';
import type { PassingPacket } from '../middlebox/passing-packet.ts';
import { type Port, type Refusal, type Route, RoutingTable, type ToMany } from './routing.ts';
import { ipv4WayToMany } from './way-to-many.ts';
import { Slab } from '../slab.ts';
import { Ipv4Reassembly, type Ipv4ReassemblyEvents } from '../reassembly/ipv4-reassembly.ts';
import { type Instant, NEVER } from '../time.ts';

const MALFORMED = cause('ip-malformed', 'not a well-formed IPv4 packet', 'RFC 1122 §3.2.1');
const BAD_CHECKSUM = cause('ip-checksum', 'the IPv4 header checksum is wrong', 'RFC 1122 §3.2.1.2');
const NOT_OURS = cause('ip-not-ours', 'addressed to another host', 'RFC 1122 §3.2.1.3');
const NO_MEMBER = cause('ip-no-member', 'to a group that nobody here has joined', 'RFC 1112 §7.2');
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

/** What this layer is given is of its family: who calls has asked which layer an address is of. */
export function ipv4Of(address: IpAddress): Ipv4Address {
  assert(!isIpv6(address), 'IPv4 is given addresses of its own');
  return address;
}

/** Where the time to live is in a frame. */
const TTL_AT = ETHERNET_HEADER_LENGTH + 8;
const TRANSPORT_AT: number = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH;

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

export class Ipv4 implements IpLayer {
  readonly headerLength: number = IPV4_HEADER_LENGTH;
  readonly longestPacket: number = 0xffff;
  readonly transportAt: number = TRANSPORT_AT;
  readonly routes: RoutingTable = new RoutingTable();
  readonly slab: Slab;
  readonly counters: Counters;
  /** Where packets are shown to boxes, if there are any. */
  hooks: PacketHooks | undefined = undefined;
  readonly #settings: HostProfile;
  readonly #upper: Ipv4Upper;
  /** This host's addresses, and the broadcast addresses it listens to. */
  readonly #local = new Set<IpAddress>();
  readonly #broadcast: IpAddress[] = [IPV4_BROADCAST];
  /** Made with the first fragment. */
  #reassembly: Ipv4Reassembly | undefined = undefined;

  constructor(slab: Slab, counters: Counters, settings: HostProfile, upper: Ipv4Upper) {
    this.slab = slab;
    this.#settings = settings;
    this.counters = counters;
    this.#upper = upper;
  }

  /** Makes an interface's addresses this host's own. */
  addInterface({ ipv4Addresses, loopback }: NetworkInterface): void {
    for (const prefix of ipv4Addresses) {
      if (loopback) this.#local.add(prefix.address);
      else this.addAddress(prefix);
    }
  }

  /** Makes an address this host's own while it runs. */
  addAddress(prefix: Ipv4Prefix): void {
    this.#local.add(prefix.address);
    if (prefix.length < 31) this.#broadcast.push(broadcastOf(prefix));
  }

  /** It is this host's no more. */
  removeAddress(prefix: Ipv4Prefix): void {
    this.#local.delete(prefix.address);
    const at = prefix.length < 31 ? this.#broadcast.lastIndexOf(broadcastOf(prefix)) : -1;
    if (at > 0) this.#broadcast.splice(at, 1); // the first is the one of all networks
  }

  wayBack({ source }: IpPacket): Route | undefined {
    return this.routes.lookUp(source);
  }

  /** Whether the address is one of this host's; all of 127.0.0.0/8 is. */
  isLocal(address: IpAddress): boolean {
    return this.#local.has(address) || isLoopbackIpv4(ipv4Of(address));
  }

  /** Whether the address means every host of a network of this host's. */
  isBroadcast(address: IpAddress): boolean {
    // They are few, and asked for each packet: an iterator over these doubles would box each.
    for (let i = 0; i < this.#broadcast.length; i++) {
      if (this.#broadcast[i] === address) return true;
    }
    return false;
  }

  /** Whether the address means more than one host. */
  isBroadcastOrMulticast(address: IpAddress): boolean {
    return isMulticastIpv4(ipv4Of(address)) || this.isBroadcast(address);
  }

  portForGroup(group: IpAddress): Port | undefined {
    return this.routes.lookUp(group)?.port;
  }

  routeToMany(destination: IpAddress, sender: ManySender): Route | Refusal {
    return ipv4WayToMany(this.routes, ipv4Of(destination), sender);
  }

  /** IPv4 has no flow labels. */
  newFlowLabel(): number {
    return 0;
  }

  ttlFor(_route: Route): number {
    return this.#settings.ttl;
  }

  /** A frame with room for `transportLength` octets at {@link TRANSPORT_AT}. */
  carve(transportLength: number): Uint8Array {
    return this.slab.carve(TRANSPORT_AT + transportLength);
  }

  /**
   * Completes a frame from {@link carve} with its IPv4 header and sends it along the route. Says
   * whether the interface's queue took it, or it waits for its neighbour.
   */
  send(frame: Uint8Array, route: Route, header: PacketHeader, why: Cause, now: Instant): boolean {
    if (header.sourceRoute !== undefined) {
      const { sourceRoute } = header;
      return this.#hand(this.#withRoute(frame, header, sourceRoute), route, why, now);
    }
    writeHeader(frame, header);
    return this.#hand(frame, route, why, now);
  }

  /** The same in fragments, where the packet may be cut and is too long (RFC 791 §3.2). */
  sendFragments(
    frame: Uint8Array,
    route: Route,
    header: PacketHeader,
    mtu: number,
    why: Cause,
    now: Instant,
  ): boolean {
    assert(!header.dontFragment, 'what is not to be cut is sent whole');
    writeHeader(frame, header);
    this.counters.IpOutRequests += 1;
    this.counters.IpExtOutOctets += frame.length - ETHERNET_HEADER_LENGTH;
    const leaves =
      this.hooks === undefined ? frame : this.hooks.leaves(frame, route.port.interface, why, now);
    if (leaves === undefined) return true; // as a socket sees it, it is on its way
    if (route.toMany !== undefined && !this.#comesBack(leaves, route, route.toMany, why, now)) {
      return true;
    }
    return this.cut(leaves, mtu, route, why, now);
  }

  /** Cuts a packet that is too long for its way, and sends the pieces. */
  cut(whole: Uint8Array, mtu: number, route: Route, why: Cause, now: Instant): boolean {
    const fragments = fragmentsOf(whole, mtu, this.slab);
    this.counters.IpFragOKs += 1;
    this.counters.IpFragCreates += fragments.length;
    return fragments.every((each) => this.#pass(each, route, why, now));
  }

  /** The same transport octets behind a longer header, which leads them to the first gateway. */
  #withRoute(frame: Uint8Array, header: PacketHeader, sourceRoute: SourceRoute): Uint8Array {
    const payload = frame.subarray(TRANSPORT_AT);
    const last = ipv4Of(header.destination);
    const options = encodeSourceRoute(sourceRoute, last);
    const source = ipv4Of(header.source);
    const destination = ipv4Of(firstHop(sourceRoute, last));
    const routed = this.carve(sourceRouteLength(sourceRoute) + payload.length);
    const flags = header.dontFragment ? Ipv4Flag.dontFragment : 0;
    const fields = { ...header, source, destination, options, flags, fragmentOffset: 0 };
    const payloadAt = writeIpv4(routed, ETHERNET_HEADER_LENGTH, fields, payload.length);
    routed.set(payload, payloadAt);
    return routed;
  }

  #hand(frame: Uint8Array, route: Route, why: Cause, now: Instant): boolean {
    this.counters.IpOutRequests += 1;
    this.counters.IpExtOutOctets += frame.length - ETHERNET_HEADER_LENGTH;
    const { port } = route;
    const leaves =
      this.hooks === undefined ? frame : this.hooks.leaves(frame, port.interface, why, now);
    if (leaves === undefined) return true; // as a socket sees it, it is on its way
    if (route.toMany !== undefined && !this.#comesBack(leaves, route, route.toMany, why, now)) {
      return true;
    }
    return this.#pass(leaves, route, why, now);
  }

  /**
   * Gives this host what it sends to many, itself among them. Says whether the packet goes on to
   * the link: to a group with a time to live of 0 it does not (Linux ip_mc_output()).
   */
  #comesBack(
    frame: Uint8Array,
    { port, nextHop }: Route,
    { mac, returns }: ToMany,
    why: Cause,
    now: Instant,
  ): boolean {
    if (returns) port.interface.comesBack(frame, mac, EtherType.ipv4, why, now);
    return frame[TTL_AT] !== 0 || !isMulticast(nextHop);
  }

  /** Hands a packet to the link. */
  #pass(frame: Uint8Array, { port, nextHop, toMany }: Route, why: Cause, now: Instant): boolean {
    if (toMany !== undefined) this.#countToMany('Out', nextHop, frame);
    if (port.interface.loopback) {
      return port.interface.transmit(frame, 0, EtherType.ipv4, why, now);
    }
    if (toMany !== undefined) {
      return port.interface.transmit(frame, toMany.mac, EtherType.ipv4, why, now);
    }
    return port.neighbors.send(frame, ipv4Of(nextHop), why, now);
  }

  #countToMany(way: 'In' | 'Out', destination: IpAddress, frame: Uint8Array): void {
    const kind = isMulticast(destination) ? 'Mcast' : 'Bcast';
    this.counters[`IpExt${way}${kind}Pkts`] += 1;
    this.counters[`IpExt${way}${kind}Octets`] += frame.length - ETHERNET_HEADER_LENGTH;
  }

  /** A packet has arrived behind an Ethernet header. */
  receive(from: NetworkInterface, frame: Uint8Array, why: Cause, now: Instant): void {
    this.counters.IpInReceives += 1;
    this.counters.IpExtInOctets += frame.length - ETHERNET_HEADER_LENGTH;
    const packet = decodeIpv4(frame, ETHERNET_HEADER_LENGTH);
    if (packet instanceof DecodeError) this.#upper.dropped(frame, MALFORMED, now);
    else if (!isIpv4ChecksumOk(packet)) this.#upper.dropped(frame, BAD_CHECKSUM, now);
    else if (this.hooks === undefined) this.#take(packet, from, frame, why, now);
    else this.#showToBoxes(this.hooks, packet, from, frame, why, now);
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
    const isToOne = this.#isOwn(packet.destination, from);
    if (!isToOne && !this.#isToManyHere(packet.destination, from))
      this.#passOn(packet, from, frame, why, now, passing);
    else if (!this.#canSend(packet.source, from)) this.#upper.dropped(frame, BAD_SOURCE, now);
    else if (isToOne && (frame[0]! & 1) !== 0) this.#upper.dropped(frame, LINK_BROADCAST, now);
    else {
      if (!isToOne) this.#countToMany('In', packet.destination, frame);
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
    if (this.#refusesRoute(packet)) this.#upper.dropped(frame, SOURCE_ROUTED, now);
    else if (packet.isFragment) {
      const whole = this.#reassemble(packet, frame, now);
      if (whole !== undefined) this.#deliver(whole, from, whole.bytes, now);
    } else if (passing === undefined) this.#deliver(packet, from, frame, now);
    else if (this.hooks?.passes('input', passing, now) === true)
      this.#deliver(passing.packet, from, passing.frame, now);
  }

  /** The whole packet, if this fragment was the last that it waited for. */
  #reassemble(packet: Ipv4Packet, frame: Uint8Array, now: Instant): Ipv4Packet | undefined {
    this.#reassembly ??= new Ipv4Reassembly(
      this.#settings.reassembly.ipv4,
      this.counters,
      this.#upper,
    );
    return this.#reassembly.receive(packet, frame, now);
  }

  /** The earliest time at which {@link wake} has something to do. */
  get deadline(): Instant {
    return Math.min(this.#reassembly?.deadline ?? NEVER, this.hooks?.deadline ?? NEVER);
  }

  /** Gives up packets whose fragments did not all come; wakes boxes. */
  wake(now: Instant): void {
    this.#reassembly?.wake(now);
    this.hooks?.wake(now);
  }

  #deliver(packet: Ipv4Packet, from: NetworkInterface, frame: Uint8Array, now: Instant): void {
    this.counters.IpInDelivers += 1;
    const field = packet.tos & 3; // RFC 3168 §5
    if (field === 0) this.counters.IpExtInNoECTPkts += 1;
    else if (field === 1) this.counters.IpExtInECT1Pkts += 1;
    else if (field === 2) this.counters.IpExtInECT0Pkts += 1;
    else this.counters.IpExtInCEPkts += 1;
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
    if (!this.#settings.forwarding.isOn) {
      const isToGroup = isMulticastIpv4(packet.destination);
      this.#upper.dropped(frame, isToGroup ? NO_MEMBER : NOT_OURS, now);
    } else if (this.#refusesRoute(packet)) this.#upper.dropped(frame, SOURCE_ROUTED, now);
    else this.#upper.forward(packet, from, frame, why, now, passing);
  }

  #refusesRoute(packet: Ipv4Packet): boolean {
    if (packet.payloadAt - packet.start === IPV4_HEADER_LENGTH) return false;
    return !this.#settings.acceptsSourceRoutes && hasSourceRoute(packet.options);
  }

  // Loopback addresses must not appear outside a host (RFC 1122 §3.2.1.3 (g)): whoever reaches a
  // service bound to 127.0.0.1 is on this host.

  #isOwn(destination: Ipv4Address, from: NetworkInterface): boolean {
    if (isLoopbackIpv4(destination)) return from.loopback;
    return this.#local.has(destination);
  }

  /** Whether it is to everybody, or to a group that the interface listens to. */
  #isToManyHere(destination: Ipv4Address, { ipv4Groups }: NetworkInterface): boolean {
    return isMulticastIpv4(destination)
      ? ipv4Groups.has(destination)
      : this.isBroadcast(destination);
  }

  #canSend(source: Ipv4Address, from: NetworkInterface): boolean {
    return isLoopbackIpv4(source) ? from.loopback : !this.isBroadcastOrMulticast(source);
  }
}

/** Writes the header of a packet without options into its frame. */
function writeHeader(frame: Uint8Array, header: PacketHeader): void {
  writeIpv4Header(
    frame,
    ETHERNET_HEADER_LENGTH,
    header.tos,
    frame.length - ETHERNET_HEADER_LENGTH,
    header.id,
    header.dontFragment ? Ipv4Flag.dontFragment : 0,
    header.ttl,
    header.protocol,
    ipv4Of(header.source),
    ipv4Of(header.destination),
  );
}
