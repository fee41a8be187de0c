/**
 * How long segments may be for the way they take (RFC 9293 §3.7.1). A connection keeps the MTU that
 * its segments are made for (Linux icsk_pmtu_cookie), and asks before it makes more whether the
 * route says something else by now: it may lead elsewhere, the administrator may have changed it,
 * ICMP may have told something (RFC 1191), or what it told has lapsed.
 */
import { sourceRouteLength, TCP_HEADER_LENGTH } from '../../../wire/index.ts';
import type { IpLayer } from '../../ip/ip-layer.ts';
import { isMtuLocked, mtuOf } from '../../ip/path-mtu.ts';
import { PATH_MTU_DISCOVERY } from '../../posix/constants.ts';
import type { Instant } from '../../time.ts';
import type { Tcb } from '../tcb.ts';

/** The octets of the headers without options. */
export function headersLength({ headerLength }: IpLayer): number {
  return headerLength + TCP_HEADER_LENGTH;
}

const { IP_PMTUDISC_DO, IP_PMTUDISC_WANT } = PATH_MTU_DISCOVERY;

/** Segments are made for packets of `mtu` octets from now on (Linux tcp_sync_mss()). */
export function syncMss(tcb: Tcb, mtu: number): void {
  const { snd, profile, mtuProbing } = tcb;
  tcb.pathMtu = mtu;
  let most = mtu;
  if (mtuProbing !== undefined) {
    mtuProbing.high = Math.min(mtuProbing.high, mtu);
    most = Math.min(most, mtuProbing.low);
  }
  snd.pathMss = Math.min(
    Math.max(
      most - headersLength(tcb.ip) - sourceRouteLength(tcb.sourceRoute),
      profile.mtuProbing.leastMss,
    ),
    snd.mssLimit,
  );
}

/** Before segments are made: does the route still say the same? (Linux tcp_current_mss()) */
export function refreshMss(tcb: Tcb, now: Instant): void {
  const mtu = mtuOf(tcb.route, now);
  if (mtu !== tcb.pathMtu) syncMss(tcb, mtu);
}

/** DF, by which routers tell what is too long: as the program wants it (ip(7), IP_MTU_DISCOVER). */
export function mustNotFragment({ mtuDiscovery, route }: Tcb, now: Instant): boolean {
  if (mtuDiscovery === IP_PMTUDISC_WANT) return !isMtuLocked(route, now);
  return mtuDiscovery === IP_PMTUDISC_DO;
}
