/**
 * What TCP and UDP need of the Internet layer below them, whichever version of it: addresses that
 * are the host's, ways to others, frames with room in front, and sending. A connection keeps the
 * layer that its addresses belong to, and asks no more which one it is.
 */
import type { IpAddress, SourceRoute } from '../../wire/index.ts';
import type { Cause } from '../cause.ts';
import type { Port, Refusal, Route, RoutingTable } from './routing.ts';
import type { Instant } from '../time.ts';

/** What one packet says in its header apart from lengths. */
export interface PacketHeader {
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly id: number;
  readonly ttl: number;
  readonly tos: number;
  readonly dontFragment: boolean;
  /** The gateways that it goes by, if its sender says. */
  readonly sourceRoute?: SourceRoute | undefined;
  /** The flow's label of IPv6 (RFC 6437); left out, it is made of the addresses and ports. */
  readonly flowLabel?: number | undefined;
}

/** What a socket says of its packets to many. */
export interface ManySender {
  /** The interface that they are to leave by (SO_BINDTODEVICE, IP_MULTICAST_IF). */
  readonly port: Port | undefined;
  /** The address that it is bound to, or any. */
  readonly source: IpAddress;
  /** Whether groups that this host listens to hear of it (IP_MULTICAST_LOOP). */
  readonly loops: boolean;
}

/** A packet that has arrived, as far as transports look at it. */
export interface IpPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Type of service, or traffic class: six bits of DSCP, two of ECN. */
  readonly tos: number;
  /** Time to live, or hop limit. */
  readonly ttl: number;
  /** The protocol of what lies from `payloadAt` to `end` of `bytes`; its own header at `start`. */
  readonly protocol: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly payloadAt: number;
  readonly end: number;
}

export interface IpLayer {
  /** The octets of its header without options. */
  readonly headerLength: number;
  /** The longest packet that its length field can tell of, header included. */
  readonly longestPacket: number;
  /** Where the transport header begins in a frame that {@link carve} gave. */
  readonly transportAt: number;
  readonly routes: RoutingTable;

  /**
   * The way back to who sent a packet: by the link that it came by, where its sender's address is
   * valid on that only.
   */
  wayBack(packet: IpPacket): Route | undefined;

  /** Whether the address is one of this host's. */
  isLocal(address: IpAddress): boolean;

  /** Whether the address means every host of a network of this host's. */
  isBroadcast(address: IpAddress): boolean;

  /** Whether the address means more than one host. */
  isBroadcastOrMulticast(address: IpAddress): boolean;

  /** The interface that packets to a group leave by, and are heard at, unless a program says. */
  portForGroup(group: IpAddress): Port | undefined;

  /** The way to a broadcast or multicast address, or why there is none. */
  routeToMany(destination: IpAddress, sender: ManySender): Route | Refusal;

  /** A label for the packets of a new connection, or for one that suspects its way. */
  newFlowLabel(): number;

  /** The time to live, or hop limit, of packets by that way, unless a program says another. */
  ttlFor(route: Route): number;

  /** The identification that a connected socket counts up from, or {@link BY_HOST}. */
  firstIdentification(): number;

  /** That of a packet whose socket does not count; `isWhole` when nobody may cut it. */
  nextIdentification(
    source: IpAddress,
    destination: IpAddress,
    protocol: number,
    isWhole: boolean,
  ): number;

  /** A frame with room for `transportLength` octets at {@link transportAt}. */
  carve(transportLength: number): Uint8Array;

  /** Completes a frame from {@link carve} with its IP header, without options. */
  write(frame: Uint8Array, header: PacketHeader): void;

  /**
   * Completes a frame from {@link carve} with its IP header and sends it along the route. Says
   * whether the interface's queue took it, or it waits for its neighbour.
   */
  send(frame: Uint8Array, route: Route, header: PacketHeader, why: Cause, now: Instant): boolean;

  /** The same in fragments of at most `mtu` octets: for what may be cut, and is too long. */
  sendFragments(
    frame: Uint8Array,
    route: Route,
    header: PacketHeader,
    mtu: number,
    why: Cause,
    now: Instant,
  ): boolean;
}
