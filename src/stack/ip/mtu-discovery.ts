/** IP_MTU_DISCOVER: who cuts packets that are too long for their way (ip(7), Linux net/ip.h). */
import { isMtuLocked, largestPacket, mtuOf } from './path-mtu.ts';
import { PATH_MTU_DISCOVERY } from '../posix/constants.ts';
import type { Route } from './routing.ts';
import type { Instant } from '../time.ts';

const { IP_PMTUDISC_WANT, IP_PMTUDISC_DO, IP_PMTUDISC_PROBE, IP_PMTUDISC_OMIT } =
  PATH_MTU_DISCOVERY;

/**
 * The longest packet that is sent whole: what the way carries, as far as it is known, or what the
 * first link does where the program wants to find out for itself (ip_sk_use_pmtu()).
 */
export function longestWhole(discovery: number, route: Route, now: Instant): number {
  return discovery < IP_PMTUDISC_PROBE ? mtuOf(route, now) : largestPacket(route);
}

/** Whether a longer one goes in fragments; else it is EMSGSIZE (ip_sk_ignore_df()). */
export function mayBeCut(discovery: number): boolean {
  return discovery < IP_PMTUDISC_DO || discovery === IP_PMTUDISC_OMIT;
}

/** Whether a whole packet has DF (ip_dont_fragment()). */
export function staysWhole(discovery: number, route: Route, now: Instant): boolean {
  if (discovery === IP_PMTUDISC_WANT) return !isMtuLocked(route, now);
  return discovery === IP_PMTUDISC_DO || discovery === IP_PMTUDISC_PROBE;
}
