/**
 * Where a packet goes next, by a host's routes (RFC 1122 §3.3.1): the longest prefix decides, then
 * the metric. Ways that were found are kept by destination, as long as no route changes; a router
 * finds the next packet's at once.
 */
import {
  type IpAddress,
  type IpPrefix,
  isInIpPrefix,
  type MacAddress,
  withoutHost,
} from '../../wire/index.ts';
import type { Errno } from '../errno.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { Arp } from '../neighbor/arp.ts';
import type { NeighborTable } from '../neighbor/neighbor-table.ts';
import { type LearnedMtu, PathMtuCache } from './path-mtu.ts';
import { PrefixTable } from './prefix-table.ts';
import type { PathMtuProfile } from '../profile.ts';
import { NO_METRICS, type RouteMetrics } from './route-metrics.ts';
import type { Instant } from '../time.ts';

/** An interface together with the neighbours on its link. */
export interface Port {
  readonly interface: NetworkInterface;
  readonly neighbors: NeighborTable;
  readonly arp: Arp;
}

/**
 * What a route does with packets (ip-route(8)): leads them on, or refuses them, with an ICMP error
 * (`unreachable`, `prohibit`) or in silence (`blackhole`).
 */
export const ROUTE_KINDS = ['unicast', 'blackhole', 'unreachable', 'prohibit'] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

export function isRouteKind(word: string): word is RouteKind {
  return (ROUTE_KINDS as readonly string[]).includes(word);
}

/** Why there is no way to a destination: no route, a route that refuses, or no source address. */
export type Refusal = 'no-route' | 'no-source' | Exclude<RouteKind, 'unicast'>;

/** What a program is told of it (Linux fib_props). */
export const REFUSAL_ERRORS: Readonly<Record<Refusal, Errno>> = {
  'no-route': 'ENETUNREACH',
  'no-source': 'EADDRNOTAVAIL',
  blackhole: 'EINVAL',
  unreachable: 'EHOSTUNREACH',
  prohibit: 'EACCES',
};

/** One line of a routing table. */
export interface RouteEntry {
  readonly kind: RouteKind;
  readonly destination: IpPrefix;
  /** Of two routes to one network the one with less is taken (`metric`). */
  readonly priority: number;
  /** The router to hand packets to; nothing for a network on the link. */
  readonly gateway: IpAddress | undefined;
  readonly port: Port;
  /**
   * The local address that packets carry unless their socket is bound to another. `::` leaves it to
   * the destination.
   */
  readonly source: IpAddress;
  readonly metrics: RouteMetrics;
  /** Of one that a router has told of: what tools show of it. */
  readonly lease?: RouteLease;
}

/** A route that is lent for a time, and what its router said of the link beside. */
export interface RouteLease {
  until: Instant;
  /** 0 when it said nothing. */
  hopLimit: number;
  mtu: number;
}

/** A plain route: by a gateway, or to a network on the link. */
export function unicastRoute(
  destination: IpPrefix,
  gateway: IpAddress | undefined,
  port: Port,
  source: IpAddress,
): RouteEntry {
  const network = withoutHost(destination);
  const metrics = NO_METRICS;
  return { kind: 'unicast', destination: network, priority: 0, gateway, port, source, metrics };
}

/** How a packet reaches more than one host on a link. */
export interface ToMany {
  readonly mac: MacAddress;
  /** Whether this host is one of them, and its packets come back to it. */
  readonly returns: boolean;
}

/** The way to one destination. */
export interface Route {
  readonly port: Port;
  readonly nextHop: IpAddress;
  /** Whether that is a gateway rather than the destination. */
  readonly usesGateway: boolean;
  /** How packets go where the next hop is many hosts. */
  readonly toMany: ToMany | undefined;
  readonly source: IpAddress;
  readonly metrics: RouteMetrics;
  /** What ICMP told of the destination's path MTU, which may have lapsed. */
  readonly learned: LearnedMtu | undefined;
  /** Until when it leads by another next hop than the table says, if a redirect has told of it. */
  readonly redirectedUntil: Instant | undefined;
}

/** Where a redirect leads the packets to one destination. */
export interface RedirectedHop {
  readonly nextHop: IpAddress;
  /** When it is to end, which whoever has heeded the redirect sees to. */
  until: Instant;
}

/** The way to what is on a link, whatever the routes say: SO_BINDTODEVICE, and broadcasts. */
export function routeOnLink(
  port: Port,
  nextHop: IpAddress,
  source: IpAddress,
  toMany?: ToMany,
): Route {
  return {
    port,
    nextHop,
    usesGateway: false,
    toMany,
    source,
    metrics: NO_METRICS,
    learned: undefined,
    redirectedUntil: undefined,
  };
}

/** An IPv4 address signed, so that V8 does not box the key. */
function keyOf(destination: IpAddress): number | bigint {
  return typeof destination === 'number' ? destination | 0 : destination;
}

/** So many ways are kept; then they are found anew. */
const MOST_KEPT = 4096;

/** Destinations that redirects are remembered for: the oldest gives way. */
const MOST_REDIRECTED = 1024;

/** The source address of packets to a destination by a line of the table. */
type ChooseSource = (destination: IpAddress, entry: RouteEntry) => IpAddress | undefined;

export class RoutingTable {
  readonly #chooseSource: ChooseSource;
  readonly #table = new PrefixTable<RouteEntry>();
  readonly #pathMtus = new PathMtuCache();
  readonly #redirected = new Map<IpAddress, RedirectedHop>();
  /** Ways found, by destination. */
  readonly #kept = new Map<number | bigint, Route>();
  /** Grows with each change: who keeps a route looks it up again. */
  generation = 0;

  constructor(chooseSource: ChooseSource = (_, { source }) => source) {
    this.#chooseSource = chooseSource;
  }

  /** Longest prefix first, then by metric, then in the order added. */
  get entries(): readonly RouteEntry[] {
    return this.#table.entries;
  }

  add(entry: RouteEntry): void {
    this.#changed();
    this.#table.add(entry);
  }

  /** The lines for just this network, the one that is taken first. */
  of(destination: IpPrefix): readonly RouteEntry[] {
    return this.#table.of(destination);
  }

  /** Takes a line out, if the table has it. */
  remove(entry: RouteEntry): void {
    this.#table.remove(entry);
    this.#changed();
  }

  /** What ICMP told goes with the routes that it was about, as on Linux. */
  #changed(): void {
    this.generation += 1;
    this.#pathMtus.clear();
    this.#redirected.clear();
    this.#kept.clear();
  }

  /** Another source address may be the best for packets by the same routes. */
  sourcesChanged(): void {
    this.generation += 1;
    this.#kept.clear();
  }

  /** A router says that packets longer than `mtu` do not get to `destination`. */
  learnMtu(
    destination: IpAddress,
    present: Route,
    mtu: number,
    profile: PathMtuProfile,
    now: Instant,
  ): void {
    if (!this.#pathMtus.learn(destination, present, mtu, profile, now)) return;
    this.generation += 1;
    this.#kept.clear();
  }

  /** Packets to `destination` go to another neighbour of the same link; see {@link endRedirect}. */
  redirect(destination: IpAddress, nextHop: IpAddress, until: Instant): void {
    this.#redirected.delete(destination);
    if (this.#redirected.size >= MOST_REDIRECTED) {
      for (const oldest of this.#redirected.keys()) {
        this.#redirected.delete(oldest);
        break;
      }
    }
    this.#redirected.set(destination, { nextHop, until });
    this.generation += 1;
    this.#kept.clear();
  }

  /** By destination, those told of longest ago first. */
  get redirected(): ReadonlyMap<IpAddress, RedirectedHop> {
    return this.#redirected;
  }

  /** They go as the table says again. */
  endRedirect(destination: IpAddress): void {
    if (!this.#redirected.delete(destination)) return;
    this.generation += 1;
    this.#kept.clear();
  }

  /** `ip route flush cache` */
  forgetLearned(): void {
    this.#changed();
  }

  /** The way to `destination`, or nothing: {@link refusal} says why. */
  lookUp(destination: IpAddress): Route | undefined {
    return this.#kept.get(keyOf(destination)) ?? this.#find(destination);
  }

  /**
   * The same by one interface, where that is named: as destinations need that are valid on one link
   * only. What is for this host itself never leaves it.
   */
  lookUpBy(by: Port | undefined, destination: IpAddress): Route | undefined {
    const best = this.lookUp(destination);
    if (by === undefined || best?.port === by || best?.port.interface.loopback === true)
      return best;
    const fits = ({ port, destination: network }: RouteEntry): boolean =>
      port === by && isInIpPrefix(destination, network);
    const entry = this.entries.find(fits);
    return entry && this.#routeBy(entry, destination);
  }

  #find(destination: IpAddress): Route | undefined {
    const entry = this.#table.longestMatch(destination);
    const route = entry && this.#routeBy(entry, destination);
    if (route === undefined) return undefined;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(keyOf(destination), route);
    return route;
  }

  #routeBy(entry: RouteEntry, destination: IpAddress): Route | undefined {
    if (entry.kind !== 'unicast') return undefined;
    const source = this.#chooseSource(destination, entry);
    if (source === undefined) return undefined;
    const { port, gateway, metrics } = entry;
    const redirected = this.#redirected.get(destination);
    const nextHop = redirected?.nextHop ?? gateway ?? destination;
    return {
      port,
      source,
      nextHop,
      usesGateway: gateway !== undefined && nextHop !== destination,
      toMany: undefined,
      metrics,
      learned: this.#pathMtus.get(destination),
      redirectedUntil: redirected?.until,
    };
  }

  /** Why {@link lookUp} finds no way to `destination`. */
  refusal(destination: IpAddress): Refusal {
    const kind = this.#table.longestMatch(destination)?.kind;
    if (kind === undefined) return 'no-route';
    return kind === 'unicast' ? 'no-source' : kind;
  }
}
