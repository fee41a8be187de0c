/**
 * Linux's sysctls of IP, ICMP and neighbours that have an effect here, by the kernel's names and
 * ranges (ip-sysctl.rst): each is a field of the host's settings.
 */
import { ms, seconds } from '../time.ts';
import { CONNTRACK_SYSCTLS } from './conntrack.ts';
import {
  type BoundSysctl,
  BYTE,
  flag,
  INT_MAXIMUM,
  INT_MINIMUM,
  numberField,
  numbers,
  SECONDS_MAXIMUM,
  type Sysctl,
  type SysctlValue,
  text,
} from './sysctl.ts';

/** The unit of what the routing table counts in: HZ = 250, as distributions have it. */
const JIFFY = ms(4);

/** What ip_unprivileged_port_start begins with; a range below it is refused. */
const UNPRIVILEGED_PORT = 1024;

const PORT_RANGE: BoundSysctl = {
  kind: 'bound',
  name: 'net.ipv4.ip_local_port_range',
  rule: {
    parse(text, present): SysctlValue | undefined {
      const value = numbers(2, 1, 0xffff).parse(text, present);
      const [first, last] = value ?? [];
      return Number(first) >= UNPRIVILEGED_PORT && Number(first) <= Number(last)
        ? value
        : undefined;
    },
  },
  read: ({ ephemeralPorts }) => ephemeralPorts,
  write(settings, [first, last]): void {
    settings.ephemeralPorts = [Number(first), Number(last)];
  },
};

/** Port numbers and ranges of them: `8080,9148-9200`. */
const RESERVED_PORTS: BoundSysctl = {
  kind: 'bound',
  name: 'net.ipv4.ip_local_reserved_ports',
  rule: text((value) => rangesOf(value) !== undefined),
  read: ({ reservedPorts }) =>
    reservedPorts.map(([least, most]) => (least === most ? `${least}` : `${least}-${most}`)).join(),
  write(settings, value): void {
    settings.reservedPorts = rangesOf(String(value)) ?? [];
  },
};

/** In order, and joined where they touch, as the kernel prints its bitmap. */
function rangesOf(value: string): readonly (readonly [number, number])[] | undefined {
  const ranges: [number, number][] = [];
  for (const part of value.split(',').filter((word) => word !== '')) {
    const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (match === null) return undefined;
    const least = Number(match[1]);
    const most = Number(match[2] ?? least);
    if (least > most || most > 0xffff) return undefined;
    ranges.push([least, most]);
  }
  const joined: [number, number][] = [];
  for (const range of ranges.toSorted(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last === undefined || range[0] > last[1] + 1) joined.push(range);
    else last[1] = Math.max(last[1], range[1]);
  }
  return joined;
}

// prettier-ignore
const IP: readonly Sysctl[] = [
  numberField('net.ipv4.ip_default_ttl', 1, BYTE,
    (s) => s.ttl, (s, value) => { s.ttl = value; }),
  PORT_RANGE,
  numberField('net.ipv4.ip_unprivileged_port_start', 0, 0xffff,
    (s) => s.firstUnprivilegedPort, (s, value) => { s.firstUnprivilegedPort = value; }),
  RESERVED_PORTS,
  flag('net.ipv4.conf.all.accept_source_route',
    (s) => s.acceptsSourceRoutes, (s, value) => { s.acceptsSourceRoutes = value; }),
  flag('net.ipv6.conf.all.forwarding',
    (s) => s.ipv6.forwards, (s, value) => { s.ipv6.forwards = value; }),
  numberField('net.ipv6.conf.all.hop_limit', 1, BYTE,
    (s) => s.ipv6.hopLimit, (s, value) => { s.ipv6.hopLimit = value; }),
  numberField('net.ipv6.conf.all.dad_transmits', 0, INT_MAXIMUM,
    (s) => s.ipv6.duplicateProbes, (s, value) => { s.ipv6.duplicateProbes = value; }),
  flag('net.ipv6.conf.all.accept_ra',
    (s) => s.ipv6.heedsRouters, (s, value) => { s.ipv6.heedsRouters = value; }),
  flag('net.ipv6.conf.all.autoconf',
    (s) => s.ipv6.makesAddresses, (s, value) => { s.ipv6.makesAddresses = value; }),
  ...CONNTRACK_SYSCTLS,
  flag('net.ipv4.ip_forward',
    (s) => s.forwarding.isOn, (s, value) => { s.forwarding.isOn = value; }),
  flag('net.ipv4.conf.all.send_redirects',
    (s) => s.forwarding.sendsRedirects, (s, value) => { s.forwarding.sendsRedirects = value; }),
  flag('net.ipv4.conf.all.accept_redirects',
    (s) => s.redirects.areHeeded, (s, value) => { s.redirects.areHeeded = value; }),
  flag('net.ipv4.conf.all.secure_redirects',
    (s) => s.redirects.onlyToGateways, (s, value) => { s.redirects.onlyToGateways = value; }),
  flag('net.ipv4.conf.all.shared_media',
    (s) => s.redirects.sharesMedia, (s, value) => { s.redirects.sharesMedia = value; }),
  numberField('net.ipv4.route.gc_timeout', 0, INT_MAXIMUM,
    (s) => s.redirects.lifetime / seconds(1),
    (s, value) => { s.redirects.lifetime = seconds(value); }),
  flag('net.ipv6.conf.all.accept_redirects',
    (s) => s.ipv6.heedsRedirects, (s, value) => { s.ipv6.heedsRedirects = value; }),
  numberField('net.ipv6.route.gc_timeout', 0, INT_MAXIMUM,
    (s) => s.ipv6.redirectIdle / seconds(1),
    (s, value) => { s.ipv6.redirectIdle = seconds(value); }),
  numberField('net.ipv4.conf.all.rp_filter', 0, 2,
    (s) => s.forwarding.reversePathFilter,
    (s, value) => { s.forwarding.reversePathFilter = value; }),
  flag('net.ipv4.icmp_echo_ignore_all',
    (s) => !s.icmp.answersEchoes, (s, value) => { s.icmp.answersEchoes = !value; }),
  flag('net.ipv4.icmp_echo_ignore_broadcasts',
    (s) => !s.icmp.answersEchoesToMany, (s, value) => { s.icmp.answersEchoesToMany = !value; }),
  numberField('net.ipv4.igmp_max_memberships', 0, INT_MAXIMUM,
    (s) => s.sockets.membershipsMost, (s, value) => { s.sockets.membershipsMost = value; }),
  numberField('net.ipv4.icmp_ratelimit', 0, INT_MAXIMUM,
    (s) => s.icmp.interval / ms(1), (s, value) => { s.icmp.interval = ms(value); }),
  numberField('net.ipv6.icmp.ratelimit', 0, INT_MAXIMUM,
    (s) => s.icmp.intervalOfIpv6 / ms(1), (s, value) => { s.icmp.intervalOfIpv6 = ms(value); }),
  numberField('net.ipv4.icmp_ratemask', 0, INT_MAXIMUM,
    (s) => s.icmp.limitedTypes, (s, value) => { s.icmp.limitedTypes = value; }),
  numberField('net.ipv4.icmp_msgs_per_sec', 0, INT_MAXIMUM,
    (s) => s.icmp.perSecond, (s, value) => { s.icmp.perSecond = value; }),
  numberField('net.ipv4.icmp_msgs_burst', 0, INT_MAXIMUM,
    (s) => s.icmp.burst, (s, value) => { s.icmp.burst = value; }),
  numberField('net.ipv4.route.error_cost', 0, INT_MAXIMUM,
    (s) => s.icmp.refusalCost / JIFFY, (s, value) => { s.icmp.refusalCost = value * JIFFY; }),
  numberField('net.ipv4.route.error_burst', 0, INT_MAXIMUM,
    (s) => s.icmp.refusalBurst / JIFFY, (s, value) => { s.icmp.refusalBurst = value * JIFFY; }),
  numberField('net.ipv4.ip_no_pmtu_disc', 0, 3,
    (s) => s.pathMtu.isOff, (s, value) => { s.pathMtu.isOff = value; }),
  numberField('net.ipv4.route.min_adv_mss', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.pathMtu.leastAnnouncedMss, (s, value) => { s.pathMtu.leastAnnouncedMss = value; }),
  numberField('net.ipv4.route.min_pmtu', 68, INT_MAXIMUM,
    (s) => s.pathMtu.least, (s, value) => { s.pathMtu.least = value; }),
  numberField('net.ipv4.route.mtu_expires', 0, SECONDS_MAXIMUM,
    (s) => s.pathMtu.lifetime / seconds(1),
    (s, value) => { s.pathMtu.lifetime = seconds(value); }),
];

/** The bounds on fragments that wait for the rest of their packet. */
function fragments(prefix: string, family: 'ipv4' | 'ipv6'): readonly Sysctl[] {
  return [
    numberField(
      `${prefix}high_thresh`,
      0,
      Number.MAX_SAFE_INTEGER,
      ({ reassembly }) => reassembly[family].memory,
      ({ reassembly }, value) => {
        reassembly[family].memory = value;
      },
    ),
    numberField(
      `${prefix}time`,
      0,
      SECONDS_MAXIMUM,
      ({ reassembly }) => reassembly[family].timeout / seconds(1),
      ({ reassembly }, value) => {
        reassembly[family].timeout = seconds(value);
      },
    ),
  ];
}

// prettier-ignore
const FRAGMENTS: readonly Sysctl[] = [
  ...fragments('net.ipv4.ipfrag_', 'ipv4'),
  ...fragments('net.ipv6.ip6frag_', 'ipv6'),
  numberField('net.ipv4.ipfrag_max_dist', 0, INT_MAXIMUM,
    (s) => s.reassembly.ipv4.distance, (s, value) => { s.reassembly.ipv4.distance = value; }),
];

/** A packet as long as an Ethernet frame, as unres_qlen counts the memory of those that wait. */
const QUEUED_FRAME = 2090; // SKB_TRUESIZE(ETH_FRAME_LEN)

/** How neighbours of a family are believed and asked, the same here for all links. */
// prettier-ignore
function neighbors(family: 'ipv4' | 'ipv6'): readonly Sysctl[] {
  const prefix = `net.${family}.neigh.default.`;
  return [
    numberField(`${prefix}base_reachable_time_ms`, 1, INT_MAXIMUM,
      (s) => s.neighbors[family].reachableTime / ms(1),
      (s, value) => { s.neighbors[family].reachableTime = ms(value); }),
    numberField(`${prefix}base_reachable_time`, 1, SECONDS_MAXIMUM,
      (s) => Math.floor(s.neighbors[family].reachableTime / seconds(1)),
      (s, value) => { s.neighbors[family].reachableTime = seconds(value); }),
    numberField(`${prefix}delay_first_probe_time`, 0, SECONDS_MAXIMUM,
      (s) => s.neighbors[family].delayFirstProbe / seconds(1),
      (s, value) => { s.neighbors[family].delayFirstProbe = seconds(value); }),
    numberField(`${prefix}retrans_time_ms`, 10, INT_MAXIMUM,
      (s) => s.neighbors[family].retransmit / ms(1),
      (s, value) => { s.neighbors[family].retransmit = ms(value); }),
    numberField(`${prefix}ucast_solicit`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].unicastSolicitations,
      (s, value) => { s.neighbors[family].unicastSolicitations = value; }),
    numberField(`${prefix}mcast_solicit`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].multicastSolicitations,
      (s, value) => { s.neighbors[family].multicastSolicitations = value; }),
    numberField(`${prefix}mcast_resolicit`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].multicastResolicitations,
      (s, value) => { s.neighbors[family].multicastResolicitations = value; }),
    numberField(`${prefix}app_solicit`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].programSolicitations,
      (s, value) => { s.neighbors[family].programSolicitations = value; }),
    numberField(`${prefix}unres_qlen_bytes`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].waitingMost,
      (s, value) => { s.neighbors[family].waitingMost = value; }),
    numberField(`${prefix}unres_qlen`, 0, Math.floor(INT_MAXIMUM / QUEUED_FRAME),
      (s) => Math.floor(s.neighbors[family].waitingMost / QUEUED_FRAME),
      (s, value) => { s.neighbors[family].waitingMost = value * QUEUED_FRAME; }),
    numberField(`${prefix}gc_thresh1`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].keptAlways,
      (s, value) => { s.neighbors[family].keptAlways = value; }),
    numberField(`${prefix}gc_thresh2`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].keptLong,
      (s, value) => { s.neighbors[family].keptLong = value; }),
    numberField(`${prefix}gc_thresh3`, 0, INT_MAXIMUM,
      (s) => s.neighbors[family].most, (s, value) => { s.neighbors[family].most = value; }),
    numberField(`${prefix}gc_stale_time`, 0, SECONDS_MAXIMUM,
      (s) => s.neighbors[family].staleTime / seconds(1),
      (s, value) => { s.neighbors[family].staleTime = seconds(value); }),
  ];
}

/** Times of neighbours that the kernel counts in hundredths of a second (USER_HZ). */
const TICK = ms(10);

/** How ARP is spoken, on all interfaces. */
// prettier-ignore
const ARP: readonly Sysctl[] = [
  numberField('net.ipv4.conf.all.arp_ignore', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.arp.ignore, (s, value) => { s.arp.ignore = value; }),
  numberField('net.ipv4.conf.all.arp_announce', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.arp.announce, (s, value) => { s.arp.announce = value; }),
  numberField('net.ipv4.conf.all.arp_accept', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.arp.accept, (s, value) => { s.arp.accept = value; }),
  flag('net.ipv4.conf.all.arp_notify',
    (s) => s.arp.notifies, (s, value) => { s.arp.notifies = value; }),
  flag('net.ipv4.conf.all.arp_evict_nocarrier',
    (s) => s.arp.forgetsWithoutCarrier, (s, value) => { s.arp.forgetsWithoutCarrier = value; }),
  flag('net.ipv4.conf.all.arp_filter',
    (s) => s.arp.filters, (s, value) => { s.arp.filters = value; }),
  flag('net.ipv4.conf.all.proxy_arp',
    (s) => s.arp.isProxy, (s, value) => { s.arp.isProxy = value; }),
  numberField('net.ipv4.neigh.default.proxy_delay', 0, INT_MAXIMUM,
    (s) => s.arp.proxyDelay / TICK, (s, value) => { s.arp.proxyDelay = value * TICK; }),
  numberField('net.ipv4.neigh.default.locktime', 0, INT_MAXIMUM,
    (s) => s.arp.lockTime / TICK, (s, value) => { s.arp.lockTime = value * TICK; }),
];

export const LINUX_IP_SYSCTLS: readonly Sysctl[] = [
  ...IP,
  ...FRAGMENTS,
  ...neighbors('ipv4'),
  ...neighbors('ipv6'),
  ...ARP,
];
