/** Where a packet goes next: longest prefix match over a host's routes (RFC 1122 §3.3.1). */
import { type Ipv4Address, type Ipv4Prefix, isInPrefix } from '../wire/index.ts';
import type { NetworkInterface } from './interface.ts';
import type { NeighborCache } from './neighbor.ts';
import { type LearnedMtu, PathMtuCache } from './path-mtu.ts';
import type { PathMtuProfile } from './profile.ts';
import type { Instant } from './time.ts';

/** An interface together with the neighbours on its link. */
export interface Port {
  readonly interface: NetworkInterface;
  readonly neighbors: NeighborCache;
}

/** What is known of the way beside where it leads (`ip route … mtu 1400 advmss 1300`). */
export interface RouteMetrics {
  /** The largest packet that the way carries, where that is less than the interface's MTU. */
  readonly mtu: number | undefined;
  /** Whether ICMP may not lower that (`mtu lock`). */
  readonly isMtuLocked: boolean;
  /** The MSS to announce. */
  readonly advertisedMss: number | undefined;
  /** The first congestion window, in segments, and the first window to offer (RFC 6928). */
  readonly initialWindow: number | undefined;
  readonly initialReceiveWindow: number | undefined;
  /** Whether a SYN may carry data without a cookie (`fastopen_no_cookie 1`). */
  readonly needsNoFastOpenCookie: boolean;
  /** Metrics without an effect, by the names of `ip route`: `rto_min`, `hoplimit` … */
  readonly kept: ReadonlyMap<string, string>;
}

/** Nothing is known. */
export const NO_METRICS: RouteMetrics = {
  mtu: undefined,
  isMtuLocked: false,
  advertisedMss: undefined,
  initialWindow: undefined,
  initialReceiveWindow: undefined,
  needsNoFastOpenCookie: false,
  kept: new Map(),
};

/** One line of a routing table. */
export interface RouteEntry {
  readonly destination: Ipv4Prefix;
  /** The router to hand packets to; nothing for a network on the link. */
  readonly gateway: Ipv4Address | undefined;
  readonly port: Port;
  /** The local address that packets carry unless their socket is bound to another. */
  readonly source: Ipv4Address;
  readonly metrics: RouteMetrics;
}

/** The way to one destination. */
export interface Route {
  readonly port: Port;
  readonly nextHop: Ipv4Address;
  readonly source: Ipv4Address;
  readonly metrics: RouteMetrics;
  /** What ICMP told of the destination's path MTU, which may have lapsed. */
  readonly learned: LearnedMtu | undefined;
}

export class RoutingTable {
  /** Longest prefix first; of equal lengths in the order added. */
  readonly #entries: RouteEntry[] = [];
  readonly #pathMtus = new PathMtuCache();
  /** Grows with each change: who keeps a route looks it up again. */
  generation = 0;

  get entries(): readonly RouteEntry[] {
    return this.#entries;
  }

  add(entry: RouteEntry): void {
    this.#changed();
    const shorter = this.#entries.findIndex(
      ({ destination }) => destination.length < entry.destination.length,
    );
    this.#entries.splice(shorter < 0 ? this.#entries.length : shorter, 0, entry);
  }

  /** The line for just this network. */
  find({ address, length }: Ipv4Prefix): RouteEntry | undefined {
    return this.#entries.find(
      ({ destination }) => destination.length === length && isInPrefix(address, destination),
    );
  }

  /** Takes a line out, if the table has it. */
  remove(entry: RouteEntry): void {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries.splice(at, 1);
    this.#changed();
  }

  /** Puts one line in another's place. */
  replace(entry: RouteEntry, by: RouteEntry): void {
    const at = this.#entries.indexOf(entry);
    if (at >= 0) this.#entries[at] = by;
    this.#changed();
  }

  /** What ICMP told goes with the routes that it was about, as on Linux. */
  #changed(): void {
    this.generation += 1;
    this.#pathMtus.clear();
  }

  /** A router says that packets longer than `mtu` do not get to `destination`. */
  learnMtu(
    destination: Ipv4Address,
    present: Route,
    mtu: number,
    profile: PathMtuProfile,
    now: Instant,
  ): void {
    if (this.#pathMtus.learn(destination, present, mtu, profile, now)) this.generation += 1;
  }

  /** `ip route flush cache` */
  forgetLearned(): void {
    this.#changed();
  }

  /** The way to `destination`, or nothing: then the network is unreachable. */
  lookUp(destination: Ipv4Address): Route | undefined {
    const entry = this.#entries.find((candidate) => isInPrefix(destination, candidate.destination));
    if (entry === undefined) return undefined;
    const { port, source, gateway, metrics } = entry;
    const learned = this.#pathMtus.get(destination);
    return { port, source, nextHop: gateway ?? destination, metrics, learned };
  }
}
