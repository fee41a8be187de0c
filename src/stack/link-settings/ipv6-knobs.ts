/**
 * The knobs of IPv6 on links: net.ipv6.conf (ip-sysctl.rst, net/ipv6/addrconf.c). Nearly all are
 * the interface's own: what is written for `all` says nothing, and `default` is for interfaces that
 * come. A few are written for all of them by `all`.
 */
import {
  AND,
  type Combination,
  flagKnob,
  keptKnob,
  type Knob,
  MAXIMUM,
  numberKnob,
  OR,
} from './knob.ts';
import { BYTE, SECONDS_MAXIMUM } from '../sysctl/ranges.ts';
import { seconds } from '../time.ts';

/** ipv6_accept_ra(): a router heeds others only where it is told so by 2. */
const TWO_OF_ROUTERS: Combination = {
  text: 'the interface’s own; of routers only where it is 2',
  of: (_all, own, forwards) => (!forwards ? own : own === 2 ? 1 : 0),
};

/** rt6_do_redirect(): routers follow no redirects. */
const NOT_OF_ROUTERS: Combination = {
  text: 'the interface’s own; never of routers',
  of: (_all, own, forwards) => (forwards ? 0 : own),
};

const NO_LISTENER = 'reports of groups are those of MLDv2, sent once';
const NO_TEMPORARY = 'addresses are not changed for privacy (RFC 8981)';
const NO_ROUTE_OPTION = 'routes in advertisements (RFC 4191) are not read';
const NO_OPTIMISM = 'no address is used before it is known to be free (RFC 4429)';
const NO_SEGMENT_ROUTING = 'there is no segment routing';
const NO_IOAM = 'no data of operations is carried (RFC 9197)';

// prettier-ignore
export const IPV6_KNOBS: readonly Knob[] = [
  // addrconf_disable_ipv6()
  flagKnob('disable_ipv6', (p) => !p.ipv6.isOn, (on, is) => { on.ipv6.isOn = !is; },
    { reach: 'all' }),
  // addrconf_fixup_forwarding()
  flagKnob('forwarding', (p) => p.ipv6.forwards, (on, is) => { on.ipv6.forwards = is; },
    { reach: 'all' }),
  flagKnob('force_forwarding', (p) => p.ipv6.forwardsAlone,
    (on, is) => { on.ipv6.forwardsAlone = is; }, { least: 0, most: 1, reach: 'all' }),
  numberKnob('hop_limit', (p) => p.ipv6.hopLimit,
    (on, value) => { on.ipv6.hopLimit = value; }, { least: 1, most: BYTE }), // ip6_dst_hoplimit()
  // addrconf_dad_kick(), which counts them in an octet
  numberKnob('dad_transmits', (p) => p.ipv6.duplicateProbes,
    (on, value) => { on.ipv6.duplicateProbes = value & BYTE; }),
  // addrconf_dad_begin(): yes from 1 on
  numberKnob('accept_dad', (p) => (p.ipv6.detectsDuplicates ? 1 : 0),
    (on, value) => { on.ipv6.detectsDuplicates = value > 0; },
    { combination: MAXIMUM, initialOfAll: () => 0 }),
  numberKnob('accept_ra', (p) => (p.ipv6.heedsRouters ? 1 : 0),
    (on, value) => { on.ipv6.heedsRouters = value !== 0; }, { combination: TWO_OF_ROUTERS }),
  // ndisc_router_discovery()
  flagKnob('accept_ra_defrtr', (p) => p.ipv6.heeded.router,
    (on, is) => { on.ipv6.heeded.router = is; }),
  flagKnob('accept_ra_pinfo', (p) => p.ipv6.heeded.prefixes,
    (on, is) => { on.ipv6.heeded.prefixes = is; }),
  flagKnob('accept_ra_mtu', (p) => p.ipv6.heeded.mtu,
    (on, is) => { on.ipv6.heeded.mtu = is; }),
  numberKnob('accept_ra_min_hop_limit', (p) => p.ipv6.heeded.leastHopLimit,
    (on, value) => { on.ipv6.heeded.leastHopLimit = value; }),
  flagKnob('autoconf', (p) => p.ipv6.makesAddresses,
    (on, is) => { on.ipv6.makesAddresses = is; }), // addrconf_prefix_rcv()
  flagKnob('drop_unsolicited_na', (p) => p.ipv6.dropsUnsolicited,
    (on, is) => { on.ipv6.dropsUnsolicited = is; }), // ndisc_recv_na()
  // ndisc_netdev_event(), which asks of both
  flagKnob('ndisc_notify', (p) => p.ipv6.notifies,
    (on, is) => { on.ipv6.notifies = is; }, { combination: OR }),
  flagKnob('ndisc_evict_nocarrier', (p) => p.ipv6.forgetsWithoutCarrier,
    (on, is) => { on.ipv6.forgetsWithoutCarrier = is; },
    { combination: AND, least: 0, most: 1 }),
  flagKnob('accept_redirects', (p) => p.ipv6.heedsRedirects,
    (on, is) => { on.ipv6.heedsRedirects = is; }, { combination: NOT_OF_ROUTERS }),
  numberKnob('router_solicitation_delay', (p) => p.ipv6.solicitationDelay / seconds(1),
    (on, value) => { on.ipv6.solicitationDelay = seconds(value); },
    { least: 0, most: SECONDS_MAXIMUM }),
  numberKnob('router_solicitation_interval', (p) => p.ipv6.solicitationInterval / seconds(1),
    (on, value) => { on.ipv6.solicitationInterval = seconds(value); },
    { least: 0, most: SECONDS_MAXIMUM }),
  numberKnob('router_solicitation_max_interval',
    (p) => p.ipv6.solicitationIntervalMost / seconds(1),
    (on, value) => { on.ipv6.solicitationIntervalMost = seconds(value); },
    { least: 0, most: SECONDS_MAXIMUM }),
  numberKnob('router_solicitations', (p) => p.ipv6.solicitations,
    (on, value) => { on.ipv6.solicitations = value; }, { least: -1 }), // addrconf_rs_timer()
  keptKnob('accept_ra_from_local', 0, 'no advertisement comes from this host itself'),
  keptKnob('accept_ra_min_lft', 0, 'any lifetime is heeded'),
  keptKnob('accept_ra_rt_info_max_plen', 0, NO_ROUTE_OPTION),
  keptKnob('accept_ra_rt_info_min_plen', 0, NO_ROUTE_OPTION),
  keptKnob('accept_ra_rtr_pref', 1, 'routers have no preference (RFC 4191)'),
  keptKnob('accept_source_route', 0, 'no routing header is followed (RFC 5095)'),
  keptKnob('accept_untracked_na', 0, 'strangers are learned when they are asked for',
    { least: 0, most: 2 }),
  keptKnob('addr_gen_mode', 0, 'identifiers are made of the hardware address (EUI-64)',
    { least: 0, most: 3, reach: 'all' }),
  keptKnob('disable_policy', 0, 'there is no IPsec'),
  keptKnob('drop_unicast_in_l2_multicast', 0, 'RFC 4443 is followed anyway'),
  keptKnob('enhanced_dad', 1, 'solicitations always have a nonce (RFC 7527)'),
  keptKnob('force_mld_version', 0, NO_LISTENER),
  keptKnob('force_tllao', 0, 'who asked only whether we are there knows our address'),
  keptKnob('ignore_routes_with_linkdown', 0, 'routes stay when the carrier goes',
    { reach: 'all' }),
  keptKnob('ioam6_enabled', 0, NO_IOAM, { least: 0, most: 1 }),
  keptKnob('ioam6_id', 0xffff, NO_IOAM, { least: 0, most: 0xffff }),
  keptKnob('ioam6_id_wide', 0xffff_ffff, NO_IOAM, { least: 0, most: 0xffff_ffff }),
  keptKnob('keep_addr_on_down', 0, 'all addresses go when the interface goes down'),
  keptKnob('max_addresses', 16, 'addresses are not counted'),
  keptKnob('max_desync_factor', 600, NO_TEMPORARY),
  keptKnob('mc_forwarding', 0, 'no packets to groups are passed on', { isReadOnly: true }),
  keptKnob('mldv1_unsolicited_report_interval', 10_000, NO_LISTENER),
  keptKnob('mldv2_unsolicited_report_interval', 1000, NO_LISTENER),
  keptKnob('mtu', 1280, 'each interface begins with its own', { least: 1280 }),
  keptKnob('ndisc_tclass', 0, 'messages to the link are of the class 0', { least: 0, most: BYTE }),
  keptKnob('optimistic_dad', 0, NO_OPTIMISM),
  keptKnob('proxy_ndp', 0, 'nobody is answered for'),
  keptKnob('ra_defrtr_metric', 1024, 'the metric of routes by routers is fixed',
    { least: 1, most: 0xffff_ffff }),
  keptKnob('ra_honor_pio_life', 0, 'lifetimes are heeded as RFC 4862 §5.5.3 says',
    { least: 0, most: 1 }),
  keptKnob('ra_honor_pio_pflag', 0, 'no prefixes are delegated (RFC 9762)',
    { least: 0, most: 1 }),
  keptKnob('regen_max_retry', 3, NO_TEMPORARY),
  keptKnob('regen_min_advance', 2, NO_TEMPORARY),
  keptKnob('router_probe_interval', 60, 'routers are asked as other neighbours are'),
  keptKnob('rpl_seg_enabled', 0, 'there is no RPL', { least: 0, most: 1 }),
  keptKnob('seg6_enabled', 0, NO_SEGMENT_ROUTING),
  keptKnob('seg6_require_hmac', 0, NO_SEGMENT_ROUTING),
  keptKnob('suppress_frag_ndisc', 1, 'messages to the link never come in fragments'),
  keptKnob('temp_prefered_lft', 86_400, NO_TEMPORARY),
  keptKnob('temp_valid_lft', 604_800, NO_TEMPORARY),
  keptKnob('use_oif_addrs_only', 0, 'sources are chosen by RFC 6724 among all'),
  keptKnob('use_optimistic', 0, NO_OPTIMISM),
  keptKnob('use_tempaddr', 0, NO_TEMPORARY),
];
