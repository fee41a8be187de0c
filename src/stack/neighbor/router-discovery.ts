/**
 * What a host learns from its link's routers (RFC 4861 §6.3): by whom to leave the link, which
 * networks are on it, how long packets may be and how far they go; and addresses of its own, made
 * of a router's prefix and its hardware address (SLAAC, RFC 4862 §5.5). All of it is lent for a
 * time, which each advertisement begins anew. Until a first one comes, the host asks (RFC 7559).
 */
import {
  DISCOVERY_HOP_LIMIT,
  INFINITE_LIFETIME,
  IPV6_ALL_ROUTERS,
  IPV6_ANY,
  IPV6_MINIMUM_MTU,
  type Ipv6Address,
  isLinkLocalIpv6,
  networkOf,
  type NeighborOption,
  PrefixFlag,
  type PrefixInformation,
  type RouterAdvertisement,
  withEui64,
} from '../../wire/index.ts';
import type { Agenda, Appointment } from '../agenda.ts';
import { cause } from '../cause.ts';
import type { Icmpv6 } from '../icmp/icmpv6.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import type { Ipv6 } from '../ip/ipv6.ts';
import type { Ipv6Link } from '../ip/ipv6-link.ts';
import type { Ipv6Profile } from '../ip/ipv6-profile.ts';
import { NO_METRICS } from '../ip/route-metrics.ts';
import type { RouteEntry, RouteLease } from '../ip/routing.ts';
import { type Duration, type Instant, ms, NEVER, seconds } from '../time.ts';
import { macIn } from './neighbor-discovery.ts';

const SOLICITATION = cause('router-solicitation', 'asks for routers', 'RFC 4861 §6.3.7');

/** A link that does not answer so many solicitations has no router (RFC 4861 §6.3.7). */
const MOST_AWAITED = 3;
/** The shortest wait: a tick of the clock, HZ = 250. */
const LEAST_INTERVAL = ms(4);
/** A prefix's remaining lifetime is not cut below this by anybody (RFC 4862 §5.5.3 (e)). */
const LEAST_LIFETIME = seconds(2 * 3600);
/** Metrics of routes that routers tell of (Linux IP6_RT_PRIO_USER, IP6_RT_PRIO_ADDRCONF). */
const ROUTER_METRIC = 1024;
const PREFIX_METRIC = 256;

export interface RouterEvents {
  /** Packets are to have that hop limit from now on. */
  toldHopLimit(hopLimit: number, now: Instant): void;
  /** An address has been made, which is not yet known to be free. */
  made(address: InterfaceAddress, now: Instant): void;
  /** An address is no longer valid. */
  expired(address: InterfaceAddress, now: Instant): void;
}

/** A route that a router has told of, until its time is over. */
interface LentRoute {
  readonly entry: RouteEntry;
  expiry: Appointment | undefined;
}

export class RouterDiscovery {
  readonly #link: Ipv6Link;
  readonly #ip: Ipv6;
  readonly #icmp: Icmpv6;
  readonly #agenda: Agenda;
  readonly #profile: () => Ipv6Profile;
  readonly #random: () => number;
  readonly #events: RouterEvents;
  readonly #routers = new Map<Ipv6Address, LentRoute>();
  readonly #prefixes = new Map<string, LentRoute>();
  readonly #ageing = new Map<InterfaceAddress, Appointment>();
  #solicitation: Appointment | undefined = undefined;
  /** How many solicitations have had no answer. */
  #unanswered = 0;

  /** @param random gives whole numbers from 0 to 2³² − 1 */
  constructor(
    link: Ipv6Link,
    ip: Ipv6,
    icmp: Icmpv6,
    agenda: Agenda,
    profile: () => Ipv6Profile,
    random: () => number,
    events: RouterEvents,
  ) {
    this.#link = link;
    this.#ip = ip;
    this.#icmp = icmp;
    this.#agenda = agenda;
    this.#profile = profile;
    this.#random = random;
    this.#events = events;
  }

  get #isHost(): boolean {
    return this.#profile().heedsRouters;
  }

  /** Asks for routers, again and again, ever more rarely, until one answers. */
  solicit(now: Instant): void {
    const { solicitations, solicitationInterval } = this.#profile();
    if (!this.#isHost || solicitations === 0) return;
    this.#solicit(Math.max(this.#aboutOf(solicitationInterval), LEAST_INTERVAL), now);
  }

  /** Asks no more, and forgets all routers; the addresses made of their prefixes are gone. */
  stop(): void {
    this.#solicitation?.cancel();
    this.#unanswered = 0;
    for (const lent of [this.#routers, this.#prefixes]) {
      for (const { entry, expiry } of lent.values()) {
        expiry?.cancel();
        this.#ip.routes.remove(entry);
      }
      lent.clear();
    }
    for (const appointment of this.#ageing.values()) appointment.cancel();
    this.#ageing.clear();
  }

  #solicit(interval: Duration, now: Instant): void {
    const { linkLocal: source, interface: leavesBy } = this.#link;
    if (source === undefined) return;
    const options = [{ kind: 'source-link-layer-address', mac: leavesBy.mac }] as const;
    const message = {
      content: { kind: 'router-solicitation', options },
      source,
      destination: IPV6_ALL_ROUTERS,
      hopLimit: DISCOVERY_HOP_LIMIT,
      cause: SOLICITATION,
    } as const;
    this.#icmp.sendOnLink(this.#link, message, now);
    const { solicitationIntervalMost: most, solicitations } = this.#profile();
    const longer = Math.min(interval + this.#aboutOf(interval), this.#aboutOf(most));
    const next = Math.max(longer, LEAST_INTERVAL);
    this.#unanswered += 1;
    if (solicitations >= 0 && this.#unanswered >= solicitations) return;
    const again = (at: Instant): void => {
      if (this.#isHost) this.#solicit(next, at);
    };
    this.#solicitation =
      this.#unanswered < MOST_AWAITED
        ? this.#agenda.add(now + interval, again)
        : this.#agenda.addInBackground(now + interval, again);
  }

  /** The time, a tenth more or less (RFC 7559 §2, RAND). */
  #aboutOf(time: Duration): Duration {
    return Math.floor(time * (0.9 + (0.2 * this.#random()) / 0x1_0000_0000));
  }

  /** A router tells of itself and of the link (RFC 4861 §6.3.4). */
  advertised(message: RouterAdvertisement, router: Ipv6Address, now: Instant): void {
    if (!this.#isHost) return;
    this.#solicitation?.cancel();
    const { hopLimit, lifetime, options } = message;
    const { heeded } = this.#profile();
    if (heeded.router) this.#lendRouter(router, seconds(lifetime), now);
    const lease = this.#routers.get(router)?.entry.lease;
    if (hopLimit !== 0 && hopLimit >= heeded.leastHopLimit) {
      this.#events.toldHopLimit(hopLimit, now);
      if (lease !== undefined) lease.hopLimit = hopLimit;
    }
    const mac = macIn(options, 'source');
    if (mac !== undefined) {
      const news = { mac, state: 'STALE', override: true, isRouter: true } as const;
      this.#link.port.neighbors.learn(router, news, true, now);
    }
    for (const option of options) this.#heed(option, lease, now);
  }

  #heed(option: NeighborOption, lease: RouteLease | undefined, now: Instant): void {
    const { heeded, makesAddresses } = this.#profile();
    if (option.kind === 'mtu') {
      if (!heeded.mtu) return;
      const { mtu } = option;
      if (mtu < IPV6_MINIMUM_MTU || mtu > this.#link.interface.mtu) return;
      if (lease !== undefined && mtu !== this.#link.mtu) lease.mtu = mtu;
      this.#link.mtu = mtu;
    } else if (option.kind === 'recursive-dns-servers') {
      const until = lifetimeOf(option.lifetime, now);
      for (const server of option.servers) this.#link.nameServers.set(server, until);
    } else if (option.kind === 'prefix-information' && heeded.prefixes) {
      if (isLinkLocalIpv6(option.prefix)) return;
      if ((option.flags & PrefixFlag.onLink) !== 0) this.#lendPrefix(option, now);
      const isForAddresses = (option.flags & PrefixFlag.autonomous) !== 0;
      if (isForAddresses && makesAddresses) this.#makeAddress(option, now);
    }
  }

  /** The router is one to leave the link by, or no more where its lifetime is 0. */
  #lendRouter(router: Ipv6Address, lifetime: Duration, now: Instant): void {
    const destination = { address: IPV6_ANY, length: 0 };
    const until = lifetime === 0 ? now : now + lifetime;
    this.#lend(this.#routers, router, () => this.#route(destination, router), until, now);
  }

  #lendPrefix({ prefix, prefixLength, validLifetime }: PrefixInformation, now: Instant): void {
    if (prefixLength > 128) return;
    const destination = { address: networkOf(prefix, prefixLength), length: prefixLength };
    const key = `${destination.address}/${prefixLength}`;
    const until = lifetimeOf(validLifetime, now);
    this.#lend(this.#prefixes, key, () => this.#route(destination, undefined), until, now);
  }

  #route(destination: RouteEntry['destination'], gateway: Ipv6Address | undefined): RouteEntry {
    return {
      kind: 'unicast',
      destination,
      priority: gateway === undefined ? PREFIX_METRIC : ROUTER_METRIC,
      gateway,
      port: this.#link.port,
      source: IPV6_ANY,
      metrics: NO_METRICS,
      lease: { until: NEVER, hopLimit: 0, mtu: 0 },
    };
  }

  /** Adds a route, or lets the one there is last until then; at `now` it is over. */
  #lend<Key>(
    lent: Map<Key, LentRoute>,
    key: Key,
    make: () => RouteEntry,
    until: Instant,
    now: Instant,
  ): void {
    const known = lent.get(key);
    known?.expiry?.cancel();
    if (until <= now) {
      lent.delete(key);
      if (known !== undefined) this.#ip.routes.remove(known.entry);
      return;
    }
    const entry = known?.entry ?? make();
    if (entry.lease !== undefined) entry.lease.until = until;
    if (known === undefined) this.#ip.routes.add(entry);
    const end = (at: Instant): void => this.#lend(lent, key, make, at, at);
    const expiry = until === NEVER ? undefined : this.#agenda.addInBackground(until, end);
    lent.set(key, { entry, expiry });
  }

  /** A neighbour forwards no more (RFC 4861 §7.2.5). */
  forget(router: Ipv6Address, now: Instant): void {
    this.#lendRouter(router, 0, now);
  }

  /** The same of all of them; what they told of the link holds on. */
  forgetAll(now: Instant): void {
    for (const router of this.#routers.keys()) this.forget(router, now);
  }

  /** An address of the prefix, or one already made that lasts longer now (RFC 4862 §5.5.3). */
  #makeAddress(option: PrefixInformation, now: Instant): void {
    const { prefix, prefixLength, validLifetime, preferredLifetime } = option;
    if (preferredLifetime > validLifetime || prefixLength !== 64) return;
    const address = withEui64(prefix, this.#link.interface.mac);
    let own = this.#link.addressOf(address);
    const told = lifetimeOf(validLifetime, now);
    if (own === undefined) {
      if (validLifetime === 0) return;
      own = this.#ip.addAddress(this.#link, { address, length: prefixLength }, 'tentative', true);
      own.validUntil = told;
      own.preferredUntil = lifetimeOf(preferredLifetime, now);
      this.#events.made(own, now);
    } else if (own.isDynamic) {
      own.validUntil = Math.max(told, Math.min(own.validUntil, now + LEAST_LIFETIME));
      own.preferredUntil = lifetimeOf(preferredLifetime, now);
      if (own.state === 'deprecated' && own.preferredUntil > now) own.state = 'preferred';
      this.#ip.routes.sourcesChanged();
    }
    this.#age(own, now);
  }

  /** Sees to it that the address is deprecated, and goes, when its time has come (§5.5.4). */
  #age(address: InterfaceAddress, now: Instant): void {
    this.#ageing.get(address)?.cancel();
    if (address.validUntil <= now) {
      this.#ageing.delete(address);
      this.#events.expired(address, now);
      return;
    }
    if (address.state === 'preferred' && address.preferredUntil <= now) {
      address.state = 'deprecated';
      this.#ip.routes.sourcesChanged();
    }
    const { preferredUntil, validUntil } = address;
    const next = preferredUntil > now ? Math.min(preferredUntil, validUntil) : validUntil;
    if (next < NEVER)
      this.#ageing.set(
        address,
        this.#agenda.addInBackground(next, (at) => this.#age(address, at)),
      );
  }
}

/** When a lifetime in seconds that begins now is over. */
function lifetimeOf(lifetime: number, now: Instant): Instant {
  return lifetime === INFINITE_LIFETIME ? NEVER : now + seconds(lifetime);
}
