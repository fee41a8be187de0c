/** Sysctls of interfaces under net.ipv6.conf: what each changes on its link (ip-sysctl.rst). */
import { describe, expect, test } from 'vitest';
import { type Host, ms, seconds } from '../../src/stack/index.ts';
import { parseIp, parseIpv6, printIp } from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';

const FAR = parseIp('2001:db8:ffff::1');

function addressesOf(host: Host, number = 1): string[] {
  const own = host.interfaces[number]?.addresses ?? [];
  return own.map(({ address, state }) => `${printIp(address)} ${state}`);
}

/** Another interface of a host that comes up with IPv6, after settings, beside a router. */
function besideRouter(...settings: readonly string[]): { segment: Segment; host: Host } {
  const segment = new Segment();
  const router = segment.host(9, { address: '2001:db8:1::9/64' });
  const prefixes = [{ prefix: '2001:db8:1::/64' }];
  router.advertise(router.interfaces[1]!, { prefixes, hopLimit: 61, mtu: 1400 }, 0);
  const host = new Segment('-nn -t', segment.loop).host(1, { address: [] });
  for (const setting of settings) expect(segment.run(host, `sysctl ${setting}`)).toContain(' = ');
  segment.plug(host, 1, { address: [], ipv6: 'comes-up' });
  segment.after(seconds(20));
  return { segment, host };
}

/** Who has been told all that a router says. */
const TOLD = { made: true, byRouter: true, hopLimit: '61', mtu: '1400' };

describe('what of an advertisement is heeded', () => {
  test.each([
    ['accept_ra', '1', {}],
    ['accept_ra', '0', { made: false, byRouter: false, hopLimit: '64', mtu: '1500' }],
    ['accept_ra_defrtr', '0', { byRouter: false }],
    ['accept_ra_pinfo', '0', { made: false }],
    ['autoconf', '0', { made: false }],
    ['accept_ra_mtu', '0', { mtu: '1500' }],
    ['accept_ra_min_hop_limit', '61', {}],
    ['accept_ra_min_hop_limit', '62', { hopLimit: '64' }],
  ])('%s=%s', (name, value, expected) => {
    const { host } = besideRouter(`net.ipv6.conf.default.${name}=${value}`);
    const read = (which: string): string | undefined =>
      host.sysctl.read(`net.ipv6.conf.eth1.${which}`);
    const found = {
      made: addressesOf(host, 2).length > 1,
      byRouter: host.ipv6.routes.lookUp(FAR) !== undefined,
      hopLimit: read('hop_limit'),
      mtu: read('mtu'),
    };
    expect(found).toEqual({ ...TOLD, ...expected });
    expect(host.sysctl.read('net.ipv6.conf.eth0.hop_limit')).toBe('64');
  });

  test('hop_limit and mtu that are written later hold instead', () => {
    const { segment, host } = besideRouter();
    segment.run(host, 'sysctl net.ipv6.conf.eth1.hop_limit=9 net.ipv6.conf.eth1.mtu=1300');
    const route = host.ipv6.routes.lookUp(FAR)!;
    expect([host.ipv6.ttlFor(route), host.interfaces[2]!.ipv6!.mtu]).toEqual([9, 1300]);
  });

  test.each(['1279', '1501'])('mtu=%s is refused', (mtu) => {
    const { host } = besideRouter();
    expect(host.sysctl.write('net.ipv6.conf.eth1.mtu', mtu)).toBe('invalid');
    expect(host.sysctl.write('net.ipv6.conf.all.mtu', '9000')).toBe('written'); // says nothing
    expect(host.sysctl.read('net.ipv6.conf.eth1.mtu')).toBe('1400');
  });
});

describe('who begins to route forgets the routers of all links (rt6_purge_dflt_routers())', () => {
  test.each([
    ['all.forwarding=1', 'accept_ra=1', false],
    ['eth0.forwarding=1', 'accept_ra=1', false],
    ['all.forwarding=1', 'accept_ra=2', true],
    ['eth0.force_forwarding=1', 'accept_ra=1', true],
  ])('%s, with %s', (setting, heeds, stays) => {
    const { segment, host } = besideRouter(`net.ipv6.conf.default.${heeds}`);
    expect(host.ipv6.routes.lookUp(FAR)).toBeDefined();
    segment.run(host, `sysctl net.ipv6.conf.${setting}`);
    expect(host.ipv6.routes.lookUp(FAR) !== undefined).toBe(stays);
    expect(addressesOf(host, 2)).toHaveLength(2); // what it told of the link holds on
  });
});

describe('who routes listens to what is meant for routers (dev_forward_change())', () => {
  const groupsOf = (host: Host, number: number): string[] =>
    [...host.interfaces[number]!.ipv6!.groups.all].map((group) => printIp(group)).slice(1);

  test('as it begins, and tells the link; as it ends, no more', () => {
    const { segment, host } = besideRouter();
    const before = groupsOf(host, 2);
    segment.run(host, 'sysctl net.ipv6.conf.eth1.forwarding=1');
    expect(groupsOf(host, 2)).toEqual([...before, 'ff02::2', 'ff01::2', 'ff05::2']);
    segment.after(ms(10));
    const ofTwoGroups = expect.stringContaining('listener report v2, 2 group record(s)') as string;
    expect(segment.said().at(-1)).toEqual(ofTwoGroups); // ff01::2 is the interface's own
    segment.run(host, 'sysctl net.ipv6.conf.eth1.forwarding=0');
    expect(groupsOf(host, 2)).toEqual(before);
    segment.after(ms(10));
    expect(segment.said().at(-1)).toEqual(ofTwoGroups);
  });

  test('a router’s new interface to those of the link', () => {
    const { segment, host } = besideRouter('net.ipv6.conf.default.forwarding=1');
    expect(groupsOf(host, 2)[0]).toBe('ff02::2');
    expect(groupsOf(host, 2)).not.toContain('ff05::2');
    segment.run(host, 'sysctl net.ipv6.conf.eth1.forwarding=0');
    expect(groupsOf(host, 2)).toEqual(['ff02::1:ff00:1']);
  });
});

test('below an MTU of 1,280 there is no IPv6, and above it what default says', () => {
  const { segment, host } = besideRouter('net.ipv6.conf.default.hop_limit=33');
  const names = ['conf.eth1.hop_limit', 'conf.eth1.mtu', 'neigh.eth1.ucast_solicit'];
  const values = (): (string | undefined)[] =>
    names.map((each) => host.sysctl.read(`net.ipv6.${each}`));
  segment.run(host, 'sysctl net.ipv6.conf.eth1.hop_limit=77');
  expect(values()).toEqual(['77', '1400', '3']);
  segment.run(host, 'ip link set eth1 mtu 1279');
  expect(values()).toEqual([undefined, undefined, undefined]);
  expect(host.sysctl.read('net.ipv4.conf.eth1.forwarding')).toBe('0');
  expect(segment.run(host, 'ls /proc/sys/net/ipv6/conf')).not.toContain('eth1');
  segment.run(host, 'sysctl net.ipv6.conf.all.forwarding=1');
  segment.run(host, 'ip link set eth1 mtu 1500');
  expect(values()).toEqual(['33', '1500', '3']);
});

/** What an interface that comes up alone on its link says, of a kind. */
function saidAlone(what: string, lasts: number, ...settings: readonly string[]): string[] {
  const segment = new Segment();
  const host = segment.host(1, { address: [] });
  for (const setting of settings) segment.run(host, `sysctl ${setting}`);
  segment.plug(host, 2, { address: [], ipv6: 'comes-up' });
  segment.after(seconds(lasts));
  return segment.said().filter((line) => line.includes(what));
}

describe('router_solicitations, of which the kernel sends so many (addrconf_rs_timer())', () => {
  test.each([
    ['-1', 8],
    ['0', 0],
    ['1', 1],
    ['3', 3],
  ])('%s', (value, expected) => {
    const settings = ['router_solicitations', 'router_solicitation_max_interval'];
    const values = [value, '8'];
    const all = settings.map((name, i) => `net.ipv6.conf.default.${name}=${values[i]}`);
    // 4 s, then 8 s lie between them, about: the last in a minute is the eighth.
    expect(saidAlone('router solicitation', 58, ...all)).toHaveLength(expected);
  });
});

test('solicitations without a wait between them come with the ticks', () => {
  const names = ['interval', 'max_interval'].map((name) => `router_solicitation_${name}`);
  const settings = names.map((name) => `net.ipv6.conf.default.${name}=0`);
  const said = saidAlone('router solicitation', 2, ...settings);
  expect(said.length).toBeGreaterThan(10);
  expect(said.length).toBeLessThan(600);
});

describe('accept_dad: the greater of both says whether addresses are asked for', () => {
  test.each([
    ['0', '0', 0],
    ['1', '0', 1],
    ['0', '1', 1],
  ])('all=%s, its own %s', (all, own, probes) => {
    const settings = [`net.ipv6.conf.all.accept_dad=${all}`, `net.ipv6.conf.default.accept_dad=${own}`]; // prettier-ignore
    expect(saidAlone('who has', 3, ...settings)).toHaveLength(probes);
  });

  test('who does not ask has the address at once', () => {
    const segment = new Segment();
    const host = segment.host(1, { address: [] });
    segment.run(host, 'sysctl net.ipv6.conf.default.accept_dad=0');
    segment.plug(host, 2, { address: '2001:db8::2/64', ipv6: 'comes-up' });
    expect(addressesOf(host, 2)).toEqual(['fe80::ff:fe00:2 preferred', '2001:db8::2 preferred']);
  });
});

describe('disable_ipv6', () => {
  test('takes all addresses away, and gives the link-local one back', () => {
    const segment = new Segment();
    const host = segment.host(1, { address: '2001:db8::1/64' });
    segment.run(host, 'sysctl net.ipv6.conf.eth0.disable_ipv6=1');
    expect([addressesOf(host, 0), addressesOf(host)]).toEqual([
      ['127.0.0.1 preferred', '::1 preferred'],
      [],
    ]);
    expect(segment.run(host, 'ip -6 route show')).toBe('');
    const refused = 'Error: ipv6: IPv6 is disabled on this device.\n';
    expect(segment.run(host, 'ip -6 addr add 2001:db8::1/64 dev eth0')).toBe(refused);
    segment.run(host, 'ip link set eth0 down');
    segment.run(host, 'ip link set eth0 up');
    expect(addressesOf(host)).toEqual([]);
    segment.run(host, 'sysctl net.ipv6.conf.eth0.disable_ipv6=0');
    segment.after(seconds(3));
    expect(addressesOf(host)).toEqual(['fe80::ff:fe00:1 preferred']);
  });

  test('of all is of all, and of those to come', () => {
    const segment = new Segment();
    const host = segment.host(1, { address: '2001:db8::1/64' });
    segment.run(host, 'sysctl net.ipv6.conf.all.disable_ipv6=1');
    segment.plug(host, 2, { address: ['10.0.0.1/24', '2001:db8:2::1/64'] });
    const all = [0, 1, 2].map((number) => addressesOf(host, number));
    expect(all).toEqual([['127.0.0.1 preferred'], [], ['10.0.0.1 preferred']]);
    segment.run(host, 'sysctl net.ipv6.conf.lo.disable_ipv6=0');
    expect(addressesOf(host, 0)).toEqual(['127.0.0.1 preferred', '::1 preferred']);
  });
});

test('force_forwarding passes on what comes by one interface, on a host that is no router', () => {
  const left = new Segment();
  const right = new Segment('-nn -t', left.loop);
  const between = left.host(9, { address: '2001:db8:1::9/64' });
  right.plug(between, 10, { address: '2001:db8:2::9/64' });
  const a = left.host(1, { address: '2001:db8:1::1/64' });
  const b = right.host(2, { address: '2001:db8:2::2/64' });
  a.addDefaultRoute(parseIpv6('2001:db8:1::9'));
  b.addDefaultRoute(parseIpv6('2001:db8:2::9'));
  const echoes = (...settings: readonly string[]): [number, number] => {
    for (const setting of settings) left.run(between, `sysctl ${setting}`);
    a.icmpv6.sendEcho(parseIpv6('2001:db8:2::2'), 1, 1, new Uint8Array(8), left.loop.now);
    left.after(ms(100));
    return [b.counters.Icmp6InEchos, a.counters.Icmp6InEchoReplies];
  };
  expect(echoes()).toEqual([0, 0]);
  expect(echoes('net.ipv6.conf.eth0.forwarding=1')).toEqual([0, 0]); // only `all` counts
  expect(echoes('net.ipv6.conf.eth0.force_forwarding=1')).toEqual([1, 0]);
  expect(echoes('net.ipv6.conf.all.force_forwarding=1')).toEqual([2, 1]);
});

describe('ndisc_notify', () => {
  /** What is told unasked while an interface comes up, and when its hardware address changes. */
  function told(...settings: readonly string[]): string[][] {
    const segment = new Segment();
    const host = segment.host(1, { address: [] });
    for (const setting of settings) segment.run(host, `sysctl ${setting}`);
    segment.plug(host, 2, { address: '2001:db8::2/64', ipv6: 'comes-up' });
    segment.after(seconds(4));
    segment.run(host, 'ip addr add 2001:db8::3/64 dev eth1 nodad');
    const comesUp = segment.said();
    segment.run(host, 'ip link set eth1 address 02:00:00:00:00:77');
    segment.after(ms(5));
    const advertised = / > ff02::1: ICMP6, neighbor advertisement, tgt is (\S+),/;
    return [comesUp, segment.said()].map((lines) =>
      lines.flatMap((line) => advertised.exec(line)?.[1] ?? []),
    );
  }

  test.each(['all', 'default'])('of %s: addresses are told as they begin to be used', (of) => {
    const [comesUp = [], changes] = told(`net.ipv6.conf.${of}.ndisc_notify=1`);
    expect(comesUp.toSorted()).toEqual(['2001:db8::2', 'fe80::ff:fe00:2']);
    // As seen on Linux 6.18: the newest first, those of the link alone last.
    expect(changes).toEqual(['2001:db8::3', '2001:db8::2', 'fe80::ff:fe00:2']);
  });

  test('without it nothing is told', () => expect(told()).toEqual([[], []]));
});

test('drop_unsolicited_na: a neighbour’s new hardware address is not heeded', () => {
  const heeds = (value: string): boolean => {
    const segment = new Segment();
    const [a, b] = [1, 2].map((number) => segment.host(number, { address: `fd00::${number}/64` }));
    a!.icmpv6.sendEcho(parseIpv6('fd00::2'), 1, 1, new Uint8Array(8), 0);
    segment.after(ms(10));
    segment.run(a!, `sysctl net.ipv6.conf.eth0.drop_unsolicited_na=${value}`);
    segment.run(b!, 'sysctl net.ipv6.conf.eth0.ndisc_notify=1');
    segment.run(b!, 'ip link set eth0 address 02:00:00:00:00:77');
    segment.after(ms(10));
    expect(segment.drops.includes('1 neighbor-unsolicited')).toBe(value === '1');
    return segment
      .run(a!, 'ip -6 neigh show')
      .includes('fd00::2 dev eth0 lladdr 02:00:00:00:00:77');
  };
  expect([heeds('0'), heeds('1')]).toEqual([true, false]);
});

test.each([
  ['arp_evict_nocarrier', ['10.0.0.2']],
  ['ndisc_evict_nocarrier', ['fd00::2']],
])('%s=0 keeps the neighbours of its family when the link is lost', (name, kept) => {
  const segment = new Segment();
  const host = segment.host(1, { address: ['10.0.0.1/24', 'fd00::1/64'] });
  for (const address of ['10.0.0.2', 'fd00::2']) {
    segment.run(host, `ip neigh add ${address} lladdr 02:00:00:00:00:02 dev eth0 nud reachable`);
  }
  const family = name.startsWith('arp') ? 'ipv4' : 'ipv6';
  segment.run(host, `sysctl net.${family}.conf.eth0.${name}=0`);
  host.interfaces[1]!.carrierChanged(false, segment.loop.now);
  const known = segment.run(host, 'ip neigh show').trim().split('\n');
  expect(known.map((line) => line.split(' ')[0])).toEqual(kept);
});
