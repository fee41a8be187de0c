/**
 * The filter against forged senders (RFC 3704, Linux rp_filter): a packet must come by the link
 * that leads back to its sender, or by any while some link does. It holds for what a router passes
 * on and for what is for the host itself (Linux __fib_validate_source()).
 */
import type { Ipv4Address } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { NetworkInterface } from '../interfaces/interface.ts';
import type { RoutingTable } from './routing.ts';

export const WRONG_WAY: Cause = cause(
  'reverse-path',
  'the way back to its sender is another',
  'RFC 3704 §2, Linux rp_filter',
);

const STRICT = 1;

/** Whether a packet that came by `from` passes the filter there (RFC 3704 §2.2, §2.4). */
export function isOnItsWay(
  source: Ipv4Address,
  from: NetworkInterface,
  routes: RoutingTable,
): boolean {
  const filter = from.settings.forwarding.reversePathFilter;
  if (filter === 0 || source >>> 24 === 0) return true; // who has no address yet (DHCP)
  const back = routes.lookUp(source);
  return back !== undefined && (filter !== STRICT || back.port.interface === from);
}
