/**
 * How long an administrator lends an address to an interface: `ip address add … valid_lft 100
 * preferred_lft 50` (ip-address(8)). Those that a router lends, `neighbor/router-discovery.ts`
 * looks after.
 */
import { isIpv4Prefix, isIpv6 } from '../../wire/index.ts';
import type { Host } from '../host.ts';
import type { InterfaceAddress } from '../ip/interface-address.ts';
import type { Port } from '../ip/routing.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';

/** For how long an address is valid, and how long of that it is used for what begins. */
export interface AddressLifetimes {
  readonly valid: Duration;
  readonly preferred: Duration;
}

/** From now on. One of IPv4 that is valid for ever does not age at all (Linux check_lifetime()). */
export function lendAddress(
  host: Host,
  port: Port,
  own: InterfaceAddress,
  { valid, preferred }: AddressLifetimes,
  now: Instant,
): void {
  const agesNot = valid === NEVER && !isIpv6(own.address);
  own.validUntil = now + valid;
  own.preferredUntil = agesNot ? NEVER : now + preferred;
  if (own.isUsable) own.state = preferred === 0 ? 'deprecated' : 'preferred';
  host.ipv6.routes.sourcesChanged();
  for (const until of [own.preferredUntil, own.validUntil]) {
    if (until > now && until < NEVER) {
      host.agenda.addInBackground(until, (at) => age(host, port, own, at));
    }
  }
}

/** What is due, unless other lifetimes have been given since. */
function age(host: Host, port: Port, own: InterfaceAddress, now: Instant): void {
  if (!port.interface.addresses.includes(own)) return;
  if (own.validUntil <= now) takeAddress(host, port, own, now);
  else if (own.preferredUntil <= now && own.state === 'preferred') {
    own.state = 'deprecated';
    host.ipv6.routes.sourcesChanged();
  }
}

/** The interface has the address no more. */
export function takeAddress(host: Host, port: Port, own: InterfaceAddress, now: Instant): void {
  if (isIpv4Prefix(own)) host.removeAddress(port.interface.name, own);
  else host.removeIpv6Address(port, own, now);
}
