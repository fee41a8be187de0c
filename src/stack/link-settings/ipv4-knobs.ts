/**
 * The knobs of IPv4 on links: net.ipv4.conf (ip-sysctl.rst), with the macro of
 * include/linux/inetdevice.h that says how each combines. What is written for `default` reaches
 * the interfaces there, too, until they were told otherwise or have had an address
 * (devinet_copy_dflt_conf(), ipv4_devconf_setall()).
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

/** IN_DEV_RX_REDIRECTS(): who forwards has to be told twice that it may. */
const AND_OF_ROUTERS: Combination = {
  text: 'of routers for all and its own, of hosts for all or its own',
  of: (all, own, forwards) => (forwards ? AND : OR).of(all, own, forwards),
};

const ALL_OR_OWN = { combination: OR, reach: 'untouched' } as const;
const ALL_AND_OWN = { combination: AND, reach: 'untouched' } as const;
const GREATER = { combination: MAXIMUM, reach: 'untouched' } as const;
const OWN_ALONE = { reach: 'untouched' } as const;

// prettier-ignore
export const IPV4_KNOBS: readonly Knob[] = [
  // IN_DEV_FORWARD(); all: inet_forward_change()
  flagKnob('forwarding', (p) => p.forwarding.isOn, (on, is) => { on.forwarding.isOn = is; },
    { reach: 'all-if-changed' }),
  numberKnob('rp_filter', (p) => p.forwarding.reversePathFilter,
    (on, value) => { on.forwarding.reversePathFilter = value; }, GREATER), // IN_DEV_RPFILTER()
  flagKnob('send_redirects', (p) => p.forwarding.sendsRedirects,
    (on, is) => { on.forwarding.sendsRedirects = is; }, ALL_OR_OWN), // IN_DEV_TX_REDIRECTS()
  flagKnob('accept_redirects', (p) => p.redirects.areHeeded,
    (on, is) => { on.redirects.areHeeded = is; },
    { combination: AND_OF_ROUTERS, reach: 'untouched' }),
  flagKnob('secure_redirects', (p) => p.redirects.onlyToGateways,
    (on, is) => { on.redirects.onlyToGateways = is; }, ALL_OR_OWN), // IN_DEV_SEC_REDIRECTS()
  flagKnob('shared_media', (p) => p.redirects.sharesMedia,
    (on, is) => { on.redirects.sharesMedia = is; }, ALL_OR_OWN), // IN_DEV_SHARED_MEDIA()
  // IN_DEV_SOURCE_ROUTE(); an interface alone says yes (ipv4_devconf_dflt)
  numberKnob('accept_source_route', () => 1,
    (on, value) => { on.acceptsSourceRoutes = value !== 0; },
    { ...ALL_AND_OWN, initialOfAll: (p) => (p.acceptsSourceRoutes ? 1 : 0) }),
  numberKnob('arp_ignore', (p) => p.arp.ignore,
    (on, value) => { on.arp.ignore = value; }, GREATER), // IN_DEV_ARP_IGNORE()
  numberKnob('arp_announce', (p) => p.arp.announce,
    (on, value) => { on.arp.announce = value; }, GREATER), // IN_DEV_ARP_ANNOUNCE()
  numberKnob('arp_accept', (p) => p.arp.accept,
    (on, value) => { on.arp.accept = value; }, GREATER), // IN_DEV_ARP_ACCEPT()
  flagKnob('arp_notify', (p) => p.arp.notifies,
    (on, is) => { on.arp.notifies = is; }, GREATER), // IN_DEV_ARP_NOTIFY()
  // IN_DEV_ARP_EVICT_NOCARRIER()
  flagKnob('arp_evict_nocarrier', (p) => p.arp.forgetsWithoutCarrier,
    (on, is) => { on.arp.forgetsWithoutCarrier = is; }, ALL_AND_OWN),
  flagKnob('arp_filter', (p) => p.arp.filters,
    (on, is) => { on.arp.filters = is; }, ALL_OR_OWN), // IN_DEV_ARPFILTER()
  flagKnob('proxy_arp', (p) => p.arp.isProxy,
    (on, is) => { on.arp.isProxy = is; }, ALL_OR_OWN), // IN_DEV_PROXY_ARP()
  // arp_fwd_proxy(): IN_DEV_MEDIUM_ID() is the interface's own
  numberKnob('medium_id', (p) => p.arp.medium,
    (on, value) => { on.arp.medium = value; }, OWN_ALONE),
  flagKnob('drop_gratuitous_arp', (p) => p.arp.dropsGratuitous,
    (on, is) => { on.arp.dropsGratuitous = is; }, ALL_OR_OWN), // arp_process()
  flagKnob('accept_local', (p) => p.forwarding.acceptsOwnSource,
    (on, is) => { on.forwarding.acceptsOwnSource = is; }, ALL_OR_OWN), // IN_DEV_ACCEPT_LOCAL()
  // IN_DEV_PROMOTE_SECONDARIES()
  flagKnob('promote_secondaries', (p) => p.promotesSecondaries,
    (on, is) => { on.promotesSecondaries = is; }, ALL_OR_OWN),
  keptKnob('bc_forwarding', 0, 'broadcasts to a network are not passed on', OWN_ALONE),
  keptKnob('bootp_relay', 0, 'Linux itself has no relay', OWN_ALONE),
  keptKnob('disable_policy', 0, 'there is no IPsec', OWN_ALONE),
  keptKnob('disable_xfrm', 0, 'there is no IPsec', OWN_ALONE),
  keptKnob('drop_unicast_in_l2_multicast', 0, 'RFC 1122 §3.3.6 is followed anyway', OWN_ALONE),
  keptKnob('force_igmp_version', 0, 'groups of IPv4 are not told to routers', OWN_ALONE),
  keptKnob('igmpv2_unsolicited_report_interval', 10_000, 'likewise', OWN_ALONE),
  keptKnob('igmpv3_unsolicited_report_interval', 1000, 'likewise', OWN_ALONE),
  keptKnob('ignore_routes_with_linkdown', 0, 'routes stay when the carrier goes', OWN_ALONE),
  keptKnob('log_martians', 0, 'the trace tells why each packet is dropped', OWN_ALONE),
  keptKnob('mc_forwarding', 0, 'no packets to groups are passed on',
    { ...OWN_ALONE, isReadOnly: true }),
  keptKnob('proxy_arp_pvlan', 0, 'there are no private VLANs', OWN_ALONE),
  keptKnob('route_localnet', 0, 'loopback addresses never leave a host', OWN_ALONE),
  keptKnob('src_valid_mark', 0, 'packets bear no marks', OWN_ALONE),
  keptKnob('tag', 0, 'it is for programs that look at it', OWN_ALONE),
];
