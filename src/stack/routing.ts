/** Where a packet goes next: longest prefix match over a host's routes (RFC 1122 §3.3.1). */
import { type Ipv4Address, type Ipv4Prefix, isInPrefix } from '../wire/index.ts';
import type { NetworkInterface } from './interface.ts';
import type { NeighborCache } from './neighbor.ts';

/** An interface together with the neighbours on its link. */
export interface Port {
  readonly interface: NetworkInterface;
  readonly neighbors: NeighborCache;
}

/** One line of a routing table. */
export interface RouteEntry {
  readonly destination: Ipv4Prefix;
  /** The router to hand packets to; nothing for a network on the link. */
  readonly gateway: Ipv4Address | undefined;
  readonly port: Port;
  /** The local address that packets carry unless their socket is bound to another. */
  readonly source: Ipv4Address;
}

/** The way to one destination. */
export interface Route {
  readonly port: Port;
  readonly nextHop: Ipv4Address;
  readonly source: Ipv4Address;
}

export class RoutingTable {
  /** Longest prefix first; of equal lengths in the order added. */
  readonly #entries: RouteEntry[] = [];

  get entries(): readonly RouteEntry[] {
    return this.#entries;
  }

  add(entry: RouteEntry): void {
    const shorter = this.#entries.findIndex(
      ({ destination }) => destination.length < entry.destination.length,
    );
    this.#entries.splice(shorter < 0 ? this.#entries.length : shorter, 0, entry);
  }

  /** The way to `destination`, or nothing: then the network is unreachable. */
  lookUp(destination: Ipv4Address): Route | undefined {
    const entry = this.#entries.find((candidate) => isInPrefix(destination, candidate.destination));
    if (entry === undefined) return undefined;
    const { port, source, gateway } = entry;
    return { port, source, nextHop: gateway ?? destination };
  }
}
