/** A program that would send where no way leads: what it is told, and what is counted of it. */
import { type IpAddress, isIpv6 } from '../../wire/index.ts';
import type { Counters } from '../counters.ts';
import { SocketError } from '../errno.ts';
import type { IpLayer } from './ip-layer.ts';
import { REFUSAL_ERRORS } from './routing.ts';

/** A packet finds no route. */
export function countNoRoute(counters: Counters, destination: IpAddress): void {
  if (isIpv6(destination)) counters.Ip6OutNoRoutes += 1;
  else counters.IpOutNoRoutes += 1;
}

/** Linux tcp_v4_connect(), udp_sendmsg(), ip6_dst_lookup_tail(). */
export function noWay(
  { routes }: IpLayer,
  counters: Counters,
  destination: IpAddress,
  call: string,
): SocketError {
  const code = REFUSAL_ERRORS[routes.refusal(destination)];
  if (code === 'ENETUNREACH') countNoRoute(counters, destination);
  return new SocketError(code, call);
}
