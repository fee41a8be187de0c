/** How a system uses IPv6 (`net.ipv6`). */
import type { Duration } from '../time.ts';

/** What a host does as advertisements tell it (RFC 4861 §6.3.4). */
export interface HeededAdvertisements {
  /** Whether it leaves the link by the router. */
  readonly router: boolean;
  /** Whether it learns which prefixes are on the link. */
  readonly prefixes: boolean;
  /** Whether it sends no longer packets than the link takes. */
  readonly mtu: boolean;
  /** The smallest hop limit that is believed. */
  readonly leastHopLimit: number;
}

export interface Ipv6Profile {
  /** Whether there is IPv6 at all (not with disable_ipv6). */
  readonly isOn: boolean;
  /** Whether it is a router (RFC 4861 §6.2.2), which heeds no other router's advertisements. */
  readonly forwards: boolean;
  /** Whether packets go on that come by this interface, though the host is no router. */
  readonly forwardsAlone: boolean;
  /** The hop limit of packets, unless a router says another. */
  readonly hopLimit: number;
  /** Whether an address is asked for before it is used (accept_dad). */
  readonly detectsDuplicates: boolean;
  /** How often an address is asked for before it is used (DupAddrDetectTransmits). */
  readonly duplicateProbes: number;
  /** How long a host may wait before it says anything on a link (RFC 4861 §10). */
  readonly solicitationDelay: Duration;
  /** Between the first two router solicitations; it doubles until it is the longest (RFC 7559). */
  readonly solicitationInterval: Duration;
  readonly solicitationIntervalMost: Duration;
  /** How many of them are sent; without end where it is less than 0. */
  readonly solicitations: number;
  /** Whether advertisements of routers are heeded, and what of them. */
  readonly heedsRouters: boolean;
  readonly heeded: HeededAdvertisements;
  /** Whether addresses are made of the prefixes. */
  readonly makesAddresses: boolean;
  /** Whether what neighbours tell unasked is not heeded at all (drop_unsolicited_na). */
  readonly dropsUnsolicited: boolean;
  /** Whether the link is told of new addresses, and of a new hardware address (ndisc_notify). */
  readonly notifies: boolean;
  /** Whether neighbours are forgotten when the link is lost (ndisc_evict_nocarrier). */
  readonly forgetsWithoutCarrier: boolean;
  /** Whether redirects are followed. */
  readonly heedsRedirects: boolean;
}

/** Linux's defaults. */
export const LINUX_IPV6: Ipv6Profile = {
  isOn: true, // disable_ipv6
  forwards: false, // net.ipv6.conf.all.forwarding
  forwardsAlone: false, // force_forwarding, since 6.17
  hopLimit: 64, // hop_limit
  detectsDuplicates: true, // accept_dad
  duplicateProbes: 1, // dad_transmits
  solicitationDelay: 1_000_000_000, // router_solicitation_delay
  solicitationInterval: 4_000_000_000, // router_solicitation_interval
  solicitationIntervalMost: 3_600_000_000_000, // router_solicitation_max_interval
  solicitations: -1, // router_solicitations
  heedsRouters: true, // accept_ra
  // accept_ra_defrtr, accept_ra_pinfo, accept_ra_mtu, accept_ra_min_hop_limit
  heeded: { router: true, prefixes: true, mtu: true, leastHopLimit: 1 },
  makesAddresses: true, // autoconf
  dropsUnsolicited: false,
  notifies: false,
  forgetsWithoutCarrier: true, // neigh_carrier_down(), since 4.20
  heedsRedirects: true, // accept_redirects
};
