/** How a system uses IPv6 (`net.ipv6`). */
import type { Duration } from '../time.ts';

export interface Ipv6Profile {
  /** Whether it is a router (RFC 4861 §6.2.2), which heeds no other router's advertisements. */
  readonly forwards: boolean;
  /** The hop limit of packets, unless a router says another. */
  readonly hopLimit: number;
  /** How often an address is asked for before it is used (DupAddrDetectTransmits). */
  readonly duplicateProbes: number;
  /** How long a host may wait before it says anything on a link (RFC 4861 §10). */
  readonly solicitationDelay: Duration;
  /** Between the first two router solicitations; it doubles (RFC 7559). */
  readonly solicitationInterval: Duration;
  /** Whether advertisements of routers are heeded, and addresses made of their prefixes. */
  readonly heedsRouters: boolean;
  readonly makesAddresses: boolean;
  /** Whether redirects are followed. */
  readonly heedsRedirects: boolean;
}

/** Linux's defaults. */
export const LINUX_IPV6: Ipv6Profile = {
  forwards: false, // net.ipv6.conf.all.forwarding
  hopLimit: 64, // hop_limit
  duplicateProbes: 1, // dad_transmits
  solicitationDelay: 1_000_000_000, // router_solicitation_delay
  solicitationInterval: 4_000_000_000, // router_solicitation_interval
  heedsRouters: true, // accept_ra
  makesAddresses: true, // autoconf
  heedsRedirects: true, // accept_redirects
};
