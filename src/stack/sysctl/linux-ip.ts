/**
 * Linux's sysctls of IP and ICMP that have an effect here, by the kernel's names and ranges
 * (ip-sysctl.rst): each is a field of the host's settings. Those of interfaces are in
 * `link-sysctls.ts`.
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
  ...CONNTRACK_SYSCTLS,
  // The same number as net.ipv4.conf.all.forwarding.
  numberField('net.ipv4.ip_forward', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.links.read('ipv4.conf', 'all', 'forwarding'),
    (s, value, now) => s.links.write('ipv4.conf', 'all', 'forwarding', value, now)),
  numberField('net.ipv4.route.gc_timeout', 0, INT_MAXIMUM,
    (s) => s.redirectLifetimes.ipv4 / seconds(1),
    (s, value) => { s.redirectLifetimes.ipv4 = seconds(value); }),
  numberField('net.ipv6.route.gc_timeout', 0, INT_MAXIMUM,
    (s) => s.redirectLifetimes.ipv6 / seconds(1),
    (s, value) => { s.redirectLifetimes.ipv6 = seconds(value); }),
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

export const LINUX_IP_SYSCTLS: readonly Sysctl[] = [...IP, ...FRAGMENTS];
