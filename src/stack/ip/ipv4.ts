/**
 * IPv4 of a host: its addresses, and packets out, by the routing table. What comes in is judged by
 * `ipv4-input.ts`.
 */
import {
  encodeSourceRoute,
  ETHERNET_HEADER_LENGTH,
  EtherType,
  IPV4_BROADCAST,
  IPV4_HEADER_LENGTH,
  type Ipv4Address,
  Ipv4Flag,
  firstHop,
  type Ipv4Prefix,
  type IpAddress,
  isIpv6,
  broadcastOf,
  isLoopbackIpv4,
  isMulticast,
  isMulticastIpv4,
  type SourceRoute,
  sourceRouteLength,
  writeIpv4,
  writeIpv4Header,
} from '../../wire/index.ts';
import { assert } from '../assert.ts';
import { type Cause } from '../cause.ts';
import type { Counters } from '../counters.ts';
import type { CommonProfile } from '../profile.ts';
import type { Choices } from '../choices.ts';
import { fragmentsOf } from './fragment-ipv4.ts';
import { Identifications } from './identification.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { IpLayer, IpPacket, ManySender, PacketHeader } from './ip-layer.ts';
import type { PacketHooks } from '../middlebox/packet-hooks.ts';
import { type Port, type Refusal, type Route, RoutingTable, type ToMany } from './routing.ts';
import { ipv4WayToMany } from './way-to-many.ts';
import { Slab } from '../slab.ts';
import { type Instant } from '../time.ts';
import { countToMany } from './way-to-many.ts';

/** What this layer is given is of its family: who calls has asked which layer an address is of. */
export function ipv4Of(address: IpAddress): Ipv4Address {
  return isIpv6(address) ? wrongFamily() : address;
}

function wrongFamily(): never {
  assert(false, 'IPv4 is given addresses of its own');
}

/** Where the time to live is in a frame. */
const TTL_AT = ETHERNET_HEADER_LENGTH + 8;
const TRANSPORT_AT: number = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH;

export class Ipv4 implements IpLayer {
  readonly headerLength: number = IPV4_HEADER_LENGTH;
  readonly longestPacket: number = 0xffff;
  readonly transportAt: number = TRANSPORT_AT;
  readonly routes: RoutingTable = new RoutingTable();
  readonly slab: Slab;
  readonly counters: Counters;
  /** Where packets are shown to boxes, if there are any. */
  hooks: PacketHooks | undefined = undefined;
  readonly #settings: CommonProfile;
  readonly #identifications: Identifications;
  /** This host's addresses, and the broadcast addresses it listens to. */
  readonly #local = new Set<IpAddress>();
  /** The one of them that was asked for last: nearly every packet is for it. */
  #asked: IpAddress | undefined = undefined;
  /** How often this host's addresses have changed. */
  addressChanges = 0;
  readonly #broadcast: IpAddress[] = [IPV4_BROADCAST];

  /** @param secret 32 bits that nobody outside knows. */
  constructor(
    slab: Slab,
    counters: Counters,
    settings: CommonProfile,
    choices: Choices,
    secret: number,
  ) {
    this.slab = slab;
    this.#settings = settings;
    this.#identifications = new Identifications(settings.identification, choices, secret);
    this.counters = counters;
  }

  /** Makes an interface's addresses this host's own. */
  addInterface({ ipv4Addresses, loopback }: NetworkInterface): void {
    for (const prefix of ipv4Addresses) {
      if (loopback) this.#local.add(prefix.address);
      else this.addAddress(prefix);
    }
    this.addressChanges += 1;
  }

  /** Makes an address this host's own while it runs. */
  addAddress(prefix: Ipv4Prefix): void {
    this.#local.add(prefix.address);
    this.addressChanges += 1;
    if (prefix.length < 31) this.#broadcast.push(broadcastOf(prefix));
  }

  /** It is this host's no more. */
  removeAddress(prefix: Ipv4Prefix): void {
    this.#local.delete(prefix.address);
    this.#asked = undefined;
    this.addressChanges += 1;
    this.routes.sourcesChanged();
    const at = prefix.length < 31 ? this.#broadcast.lastIndexOf(broadcastOf(prefix)) : -1;
    if (at > 0) this.#broadcast.splice(at, 1); // the first is the one of all networks
  }

  wayBack({ source }: IpPacket): Route | undefined {
    return this.routes.lookUp(source);
  }

  /** Whether the address is one of this host's; all of 127.0.0.0/8 is. */
  isLocal(address: IpAddress): boolean {
    if (address === this.#asked) return true;
    if (!this.#local.has(address)) return isLoopbackIpv4(ipv4Of(address));
    this.#asked = address;
    return true;
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

  firstIdentification(): number {
    return this.#identifications.ofSocket();
  }

  nextIdentification(
    source: IpAddress,
    destination: IpAddress,
    protocol: number,
    isWhole: boolean,
  ): number {
    return this.#identifications.next(ipv4Of(source), ipv4Of(destination), protocol, isWhole);
  }

  ttlFor({ metrics }: Route): number {
    return metrics.hopLimit ?? this.#settings.ttl;
  }

  /** A frame with room for `transportLength` octets at {@link TRANSPORT_AT}. */
  carve(transportLength: number): Uint8Array {
    return this.slab.carve(TRANSPORT_AT + transportLength);
  }

  /** Writes the header of a frame from {@link carve}, without options. */
  write(frame: Uint8Array, header: PacketHeader): void {
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

  /**
   * Completes a frame from {@link carve} with its IPv4 header and sends it along the route. Says
   * whether the interface's queue took it, or it waits for its neighbour.
   */
  send(frame: Uint8Array, route: Route, header: PacketHeader, why: Cause, now: Instant): boolean {
    const { sourceRoute } = header;
    if (sourceRoute !== undefined) {
      return this.#hand(this.#withRoute(frame, header, sourceRoute), route, why, now);
    }
    this.write(frame, header);
    if (this.hooks !== undefined || route.toMany !== undefined || route.port.interface.loopback) {
      return this.#hand(frame, route, why, now);
    }
    this.counters.IpOutRequests += 1;
    this.counters.IpExtOutOctets += frame.length - ETHERNET_HEADER_LENGTH;
    return route.port.neighbors.send(frame, route.nextHop, why, now);
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
    this.write(frame, header);
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

  /** What boxes see first, or this host itself hears, goes on. */
  #hand(frame: Uint8Array, route: Route, why: Cause, now: Instant): boolean {
    const { port, toMany } = route;
    this.counters.IpOutRequests += 1;
    this.counters.IpExtOutOctets += frame.length - ETHERNET_HEADER_LENGTH;
    const leaves =
      this.hooks === undefined ? frame : this.hooks.leaves(frame, port.interface, why, now);
    if (leaves === undefined) return true; // as a socket sees it, it is on its way
    if (toMany !== undefined && !this.#comesBack(leaves, route, toMany, why, now)) return true;
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
    const link = port.interface;
    if (toMany === undefined && !link.loopback) {
      return port.neighbors.send(frame, nextHop, why, now);
    }
    if (toMany !== undefined) countToMany(this.counters, 'Out', nextHop, frame);
    const mac = link.loopback || toMany === undefined ? 0 : toMany.mac;
    return link.transmit(frame, mac, EtherType.ipv4, why, now);
  }
}
