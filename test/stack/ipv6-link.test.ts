/** What IPv6 interfaces say to their link: coming up, duplicates, routers, addresses lent. */
import { expect, test } from 'vitest';
import { type Host, ms, seconds } from '../../src/stack/index.ts';
import { parseIp, printIp } from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';

function addressesOf(host: Host): string[] {
  const own = host.interfaces[1]?.addresses ?? [];
  return own.map(({ address, length, state }) => `${printIp(address)}/${length} ${state}`);
}

/** What a line is about, without who says it to whom. */
function gist(line: string): string {
  return line
    .replace(/^IP6 (\S+) > (\S+): (?:HBH )?ICMP6, /, '$1 $2 ')
    .replace(/, length \d+.*$/, '');
}

test('LINUX an interface comes up: groups, duplicate probes, groups again, routers asked for', () => {
  const segment = new Segment('-nn -t -v');
  const a = segment.host(1, { address: 'fd00::109/64', ipv6: 'comes-up' });
  expect(addressesOf(a)).toEqual(['fe80::ff:fe00:1/64 tentative', 'fd00::109/64 tentative']);
  segment.after(seconds(30));
  const lines = segment.said();
  const report =
    'IP6 (hlim 1, next-header Options (0) payload length: 56) :: > ff02::16: HBH (rtalert: 0x0000) ' +
    '(padn) [icmp6 sum ok] ICMP6, multicast listener report v2, 2 group record(s) ' +
    '[gaddr ff02::1:ff00:109 to_ex, 0 source(s)] [gaddr ff02::1:ff00:1 to_ex, 0 source(s)]';
  const byLinkLocal = report.replace(':: >', 'fe80::ff:fe00:1 >');
  const probes = lines.filter((line) => line.includes('who has'));
  expect(lines.filter((line) => line === report)).toHaveLength(2);
  expect(lines.filter((line) => line === byLinkLocal)).toHaveLength(2);
  expect(probes).toHaveLength(2);
  expect(probes[0]).toMatch(
    /:: > ff02::1:ff00:\w+: \[icmp6 sum ok\].*length 32, who has.*\n.*option \(14\), length 8/,
  );
  const solicitations = lines.filter((line) => line.includes('router solicitation'));
  expect(solicitations).toHaveLength(4); // after 0, 4, 8 and 16 s, about
  expect(solicitations[0]).toMatch(
    /hlim 255.*fe80::ff:fe00:1 > ff02::2:.*length 16\n.*source link-address option \(1\), length 8 \(1\): 02:00:00:00:00:01/,
  );
  expect(lines.indexOf(byLinkLocal)).toBe(lines.indexOf(solicitations[0]!) - 1);
  expect(lines).toHaveLength(10);
  expect(addressesOf(a)).toEqual(['fe80::ff:fe00:1/64 preferred', 'fd00::109/64 preferred']);
});

test('RFC 4862 §5.4: an address that another host has is not used', () => {
  const segment = new Segment();
  segment.host(1, { address: '2001:db8::1/64' });
  const b = segment.host(2, { address: '2001:db8::1/64', ipv6: 'comes-up' });
  segment.after(seconds(3));
  expect(addressesOf(b)).toEqual(['fe80::ff:fe00:2/64 preferred', '2001:db8::1/64 duplicate']);
  expect(segment.drops).toContain('2 duplicate-address');
  expect(b.ipv6.isLocal(parseIp('2001:db8::1'))).toBe(false);
});

test('RFC 4862 §5.4.3: of two hosts that ask for one address, who hears the other gives way', () => {
  const segment = new Segment();
  const hosts = [1, 2].map((i) => segment.host(i, { address: '2001:db8::1/64', ipv6: 'comes-up' }));
  segment.after(seconds(3));
  const states = hosts.map((host) => addressesOf(host)[1]);
  expect(states).toContain('2001:db8::1/64 duplicate');
  expect(states).toContain('2001:db8::1/64 preferred');
});

function withRouter(lifetimes: { valid?: number; preferred?: number; router?: number } = {}): {
  segment: Segment;
  host: Host;
  router: Host;
} {
  const segment = new Segment();
  const router = segment.host(9, { address: '2001:db8:1::9/64' });
  segment.run(router, 'sysctl net.ipv6.conf.all.forwarding=1');
  const prefix = '2001:db8:1::/64';
  const { valid: validLifetime, preferred: preferredLifetime, router: lifetime } = lifetimes;
  router.advertise(
    router.interfaces[1]!,
    {
      prefixes: [{ prefix, validLifetime, preferredLifetime }],
      lifetime,
      hopLimit: 61,
      mtu: 1400,
      nameServers: [parseIp('2001:db8::53') as bigint],
    },
    0,
  );
  const host = segment.host(1, { address: [], ipv6: 'comes-up' });
  return { segment, host, router };
}

test('SLAAC: address, default router, hop limit, MTU and name servers by an advertisement', () => {
  const { segment, host } = withRouter();
  segment.after(seconds(6));
  const said = segment.said().map(gist);
  const asked = said.findIndex((line) => line.endsWith('router solicitation'));
  expect(said[asked]).toBe('fe80::ff:fe00:1 ff02::2 router solicitation');
  expect(addressesOf(host)).toEqual([
    'fe80::ff:fe00:1/64 preferred',
    '2001:db8:1::ff:fe00:1/64 preferred',
  ]);
  const route = host.ipv6.routes.lookUp(parseIp('2001:db8:ffff::1'));
  expect(printIp(route!.nextHop)).toBe('fe80::ff:fe00:9');
  expect(printIp(route!.source)).toBe('2001:db8:1::ff:fe00:1');
  expect(host.ipv6.ttlFor(route!)).toBe(61);
  expect(host.interfaces[1]?.ipv6?.mtu).toBe(1400);
  expect(host.nameServers(segment.loop.now).map(printIp)).toEqual(['2001:db8::53']);
});

test('RFC 4862 §5.5.4: an address is deprecated, then gone; RFC 4861 §6.3.5: so is the router', () => {
  // Each of the first advertisements comes within 16 s, and begins the times anew.
  const { segment, host, router } = withRouter({ valid: 2000, preferred: 700, router: 900 });
  segment.after(seconds(60));
  const far = parseIp('2001:db8:ffff::1');
  expect(addressesOf(host)).toHaveLength(2);
  router.interfaces[1]!.queue = { ...router.interfaces[1]!.queue, limit: 0 }; // it falls silent
  segment.after(seconds(750));
  expect(addressesOf(host)[1]).toMatch(/ deprecated$/);
  expect(host.ipv6.routes.lookUp(far)).toBeDefined();
  segment.after(seconds(200));
  expect(host.ipv6.routes.lookUp(far)).toBeUndefined();
  segment.after(seconds(1100));
  expect(addressesOf(host)).toEqual(['fe80::ff:fe00:1/64 preferred']);
});

test('RFC 4861 §7.1: a message that may have come by a router is not heard', () => {
  const segment = new Segment();
  const a = segment.host(1, { address: '2001:db8::1/64' });
  segment.host(2, { address: '2001:db8::2/64' });
  a.icmpv6.sendOnLink(
    a.interfaces[1]!.ipv6!,
    {
      content: {
        kind: 'neighbor-solicitation',
        target: parseIp('2001:db8::2') as bigint,
        options: [],
      },
      source: parseIp('2001:db8::1') as bigint,
      destination: parseIp('ff02::1:ff00:2') as bigint,
      hopLimit: 254,
      cause: { name: '', text: '', source: '' },
    },
    0,
  );
  segment.after(ms(10));
  expect(segment.drops).toEqual(['2 discovery-from-afar']);
  expect(segment.said()).toHaveLength(1);
});
