/**
 * What the peer acknowledges has gone there and come back, so the next hop is reachable: the
 * neighbour table need not ask (RFC 4861 §7.3.1, RFC 1122 §2.3.2.1 (4); Linux sk_dst_confirm()).
 */
import type { Instant } from '../../time.ts';
import type { Tcb } from '../tcb.ts';

export function confirmNeighbor({ route }: Tcb, now: Instant): void {
  route.port.neighbors.confirm(route.nextHop, now);
}
