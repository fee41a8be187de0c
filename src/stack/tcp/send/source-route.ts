/**
 * Source routes (RFC 9293 §3.9.2.1): a program may say by which gateways its connection goes
 * (IP_OPTIONS, MUST-51). Else the replies to a peer that came by a source route go back along it
 * (MUST-53), and along the newest where it changes (SHLD-24); what a program says comes first
 * (MUST-52). Systems that refuse such packets never see them here: see `acceptsSourceRoutes`.
 */
import {
  firstHop,
  IPV4_HEADER_LENGTH,
  Ipv4Packet,
  routeBack,
  type SourceRoute,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { syncMss } from '../path-mtu/segment-size.ts';
import type { Tcb } from '../tcb.ts';

/** The route back to who sent a packet, if it came by one. */
export function routeOfReply(packet: IpPacket): SourceRoute | undefined {
  const hasOptions = packet.payloadAt - packet.start > IPV4_HEADER_LENGTH;
  return hasOptions && packet instanceof Ipv4Packet ? routeBack(packet.options) : undefined;
}

/** The program names a route. */
export function sourceRouteGiven(tcb: Tcb, route: SourceRoute): void {
  tcb.sourceRouteIsGiven = true;
  useSourceRoute(tcb, route);
}

/** A segment was accepted that may have come by another route than those before it. */
export function sourceRouteReceived(tcb: Tcb, packet: IpPacket): void {
  const route = routeOfReply(packet);
  if (route !== undefined && !tcb.sourceRouteIsGiven) useSourceRoute(tcb, route);
}

function useSourceRoute(tcb: Tcb, route: SourceRoute): void {
  tcb.sourceRoute = route;
  const { routes } = tcb.ip;
  tcb.route = routes.lookUp(firstHop(route, tcb.remoteAddress)) ?? tcb.route;
  if (tcb.pathMtu > 0) syncMss(tcb, tcb.pathMtu);
}
