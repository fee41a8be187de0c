/**
 * What is known of the largest packet that the way to a destination carries (RFC 1191). A router
 * that cannot pass a packet on whole says so by ICMP; what it says is believed for ten minutes and
 * then forgotten, because ways change (§6.3).
 */
import { type IpAddress, isIpv6 } from '../../wire/index.ts';
import type { PathMtuProfile } from '../profile.ts';
import type { Route } from './routing.ts';
import type { Instant } from '../time.ts';

/** What was learned of one destination. */
export interface LearnedMtu {
  readonly mtu: number;
  /** Less than the host believes: packets then go without DF, for routers to cut (Linux). */
  readonly isLocked: boolean;
  readonly until: Instant;
}

/** Destinations of which something is known at a time: forgers may report many. */
const MOST = 1024;

/** The largest IPv4 packet, whatever the MTU; IPv6 does not count its header. */
const LARGEST_IPV4 = 65_535;

/** What ICMP has told, by destination. */
export class PathMtuCache {
  readonly #learned = new Map<IpAddress, LearnedMtu>();

  get(destination: IpAddress): LearnedMtu | undefined {
    return this.#learned.get(destination);
  }

  /**
   * A router says that packets longer than `mtu` do not pass; `present` is the route that they
   * take. Says whether that is news (Linux __ip_rt_update_pmtu()).
   */
  learn(
    destination: IpAddress,
    present: Route,
    mtu: number,
    profile: PathMtuProfile,
    now: Instant,
  ): boolean {
    const known = mtuOf(present, now);
    if (isMtuLocked(present, now) || known < mtu) return false;
    const isLocked = mtu < profile.least;
    const believed = isLocked ? Math.min(known, profile.least) : mtu;
    if (!this.#learned.has(destination) && this.#learned.size >= MOST) {
      for (const oldest of this.#learned.keys()) {
        this.#learned.delete(oldest);
        break;
      }
    }
    this.#learned.set(destination, { mtu: believed, isLocked, until: now + profile.lifetime });
    return true;
  }

  clear(): void {
    this.#learned.clear();
  }
}

/** The largest packet that the way carries, as far as is known now. */
export function mtuOf(route: Route, now: Instant): number {
  const { learned } = route;
  return learned !== undefined && now < learned.until ? learned.mtu : largestPacket(route);
}

/** The largest packet that its first link carries, and the administrator lets it. */
export function largestPacket({ port, metrics, nextHop }: Route): number {
  const { mtu, ipv6 } = port.interface;
  const carried = isIpv6(nextHop) ? (ipv6?.mtu ?? mtu) : Math.min(mtu, LARGEST_IPV4);
  return Math.min(metrics.mtu ?? carried, carried);
}

/** Whether ICMP has no say in it any more: fixed by the administrator, or absurdly low. */
export function isMtuLocked({ metrics, learned }: Route, now: Instant): boolean {
  return metrics.isMtuLocked || (learned !== undefined && learned.isLocked && now < learned.until);
}
