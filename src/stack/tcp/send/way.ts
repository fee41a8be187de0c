/**
 * The way of a connection's packets. Routes change while it lasts: each packet asks whether they
 * have since the last, and goes by what they say then (Linux sk_dst_check()).
 *
 * Where no way is left, a packet is dropped that TCP counts as sent, as Linux does it: what was
 * never sent before waits for the next probe, and no congestion is seen in it. What is to be sent
 * again is not made at all; timers go on, and the connection ends with what the routes say.
 */
import { EtherType, firstHop, type IpAddress, isIpv6, put16 } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import type { Errno } from '../../errno.ts';
import type { PacketHeader } from '../../ip/ip-layer.ts';
import { countNoRoute } from '../../ip/no-way.ts';
import { REFUSAL_ERRORS } from '../../ip/routing.ts';
import type { Instant } from '../../time.ts';
import type { Tcb } from '../tcb.ts';

const NO_WAY = cause('tcp-no-way', 'no route leads to the peer any more', 'RFC 1122 §3.3.1');

/** Where an Ethernet header says what it carries, for whoever prints the frame. */
const ETHERTYPE_AT = 12;

/** No generation of routes: the next packet asks again. */
export const ASKS_AGAIN = -1;

/** A packet is about to leave: whether there is a way for it. */
export function followRoute(tcb: Tcb): boolean {
  return tcb.routeGeneration === tcb.ip.routes.generation || findRoute(tcb);
}

function findRoute(tcb: Tcb): boolean {
  const { routes } = tcb.ip;
  const route = isFromHere(tcb) ? routes.lookUpBy(tcb.link, nextAddress(tcb)) : undefined;
  if (route === undefined) {
    tcb.routeGeneration = ASKS_AGAIN;
    return false;
  }
  tcb.routeGeneration = routes.generation;
  tcb.route = route;
  return true;
}

/** Whether the last packet had a way: what did not leave found no room in the host's queue then. */
export function hadWay({ routeGeneration }: Tcb): boolean {
  return routeGeneration !== ASKS_AGAIN;
}

/** Something is to be sent again: whether there is a way (Linux inet_sk_rebuild_header()). */
export function hasWayAgain(tcb: Tcb): boolean {
  if (followRoute(tcb)) return true;
  tcb.softError = refusalOf(tcb);
  if (isIpv6(tcb.remoteAddress)) countNoRoute(tcb.services.counters, tcb.remoteAddress);
  return false;
}

/** A packet goes no further. Over IPv6 the connection remembers why (Linux inet6_csk_xmit()). */
export function dropWithoutWay(
  tcb: Tcb,
  frame: Uint8Array,
  header: PacketHeader,
  now: Instant,
): void {
  const { services, remoteAddress, ip } = tcb;
  if (isIpv6(remoteAddress)) tcb.softError = refusalOf(tcb);
  countNoRoute(services.counters, remoteAddress);
  ip.write(frame, header);
  put16(frame, ETHERTYPE_AT, isIpv6(remoteAddress) ? EtherType.ipv6 : EtherType.ipv4);
  services.trace?.dropped(frame, NO_WAY, now);
}

/** Over IPv4 an address that is the host's no more leads nowhere (ip_route_output_key()). */
function isFromHere({ ip, localAddress }: Tcb): boolean {
  return isIpv6(localAddress) || ip.isLocal(localAddress);
}

function nextAddress({ sourceRoute, remoteAddress }: Tcb): IpAddress {
  return firstHop(sourceRoute, remoteAddress);
}

function refusalOf(tcb: Tcb): Errno {
  if (!isFromHere(tcb)) return 'EINVAL';
  return REFUSAL_ERRORS[tcb.ip.routes.refusal(nextAddress(tcb))];
}
