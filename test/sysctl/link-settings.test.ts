/**
 * Sysctls of interfaces: which of the numbers for all, for those to come and for the interface
 * holds on it. The rules are those of the kernel's headers; that Linux 6.18 acts by them was seen
 * in network namespaces.
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Host, linux6, type LinkProfile, PROFILES } from '../../src/stack/index.ts';

const WORLD = { random: () => 4, wakeAt: (): void => undefined, trace: undefined };

function hostOf(profile = linux6): Host {
  return new Host({ name: 'host', profile }, WORLD);
}

/** A host with one interface more, that has no address yet, or has one. */
function hostWith(name: string, ...address: readonly string[]): Host {
  const host = hostOf();
  host.addInterface(name, { mac: 1, address }, 0);
  return host;
}

function holdsOn(host: Host, name: string): LinkProfile {
  const found = host.interfaces.find((each) => each.name === name);
  return found!.settings;
}

function set(host: Host, ...settings: readonly string[]): void {
  for (const setting of settings) {
    const [name = '', value = ''] = setting.split('=');
    expect(host.sysctl.write(`net.${name}`, value), setting).toBe('written');
  }
}

test.each([...PROFILES.values()])('$name: an interface begins as the profile says', (profile) => {
  const host = hostOf(profile);
  expect(profile).toMatchObject(holdsOn(host, 'lo'));
  // What is set as it is changes nothing, but from then on what holds is computed.
  const { links } = host.settings;
  links.write('ipv4.conf', 'lo', 'rp_filter', links.read('ipv4.conf', 'lo', 'rp_filter'), 0);
  expect(links.isUntouched).toBe(false);
  const holds = holdsOn(host, 'lo');
  expect(Object.keys(holds)).toContain('forwarding');
  expect(profile).toMatchObject(holds);
});

/** What the rules make of 0 and 1 for all and for the interface, in this order: 00 01 10 11. */
const [AND, OR, OWN] = ['0001', '0111', '0101'] as const;

describe('how a number for all and the interface’s own combine', () => {
  test.each<[name: string, rule: string, holds: (on: LinkProfile) => boolean | number]>([
    ['ipv4.conf.*.forwarding', OWN, (on) => on.forwarding.isOn],
    ['ipv4.conf.*.rp_filter', OR, (on) => on.forwarding.reversePathFilter],
    ['ipv4.conf.*.send_redirects', OR, (on) => on.forwarding.sendsRedirects],
    ['ipv4.conf.*.accept_redirects', OR, (on) => on.redirects.areHeeded],
    ['ipv4.conf.*.secure_redirects', OR, (on) => on.redirects.onlyToGateways],
    ['ipv4.conf.*.shared_media', OR, (on) => on.redirects.sharesMedia],
    ['ipv4.conf.*.accept_source_route', AND, (on) => on.acceptsSourceRoutes],
    ['ipv4.conf.*.arp_ignore', OR, (on) => on.arp.ignore],
    ['ipv4.conf.*.arp_announce', OR, (on) => on.arp.announce],
    ['ipv4.conf.*.arp_accept', OR, (on) => on.arp.accept],
    ['ipv4.conf.*.arp_notify', OR, (on) => on.arp.notifies],
    ['ipv4.conf.*.arp_evict_nocarrier', AND, (on) => on.arp.forgetsWithoutCarrier],
    ['ipv4.conf.*.arp_filter', OR, (on) => on.arp.filters],
    ['ipv4.conf.*.proxy_arp', OR, (on) => on.arp.isProxy],
    ['ipv4.conf.*.medium_id', OWN, (on) => on.arp.medium],
    ['ipv4.conf.*.drop_gratuitous_arp', OR, (on) => on.arp.dropsGratuitous],
    ['ipv4.conf.*.accept_local', OR, (on) => on.forwarding.acceptsOwnSource],
    ['ipv4.conf.*.promote_secondaries', OR, (on) => on.promotesSecondaries],
    ['ipv6.conf.*.accept_ra', OWN, (on) => on.ipv6.heedsRouters],
    ['ipv6.conf.*.autoconf', OWN, (on) => on.ipv6.makesAddresses],
    ['ipv6.conf.*.accept_redirects', OWN, (on) => on.ipv6.heedsRedirects],
    ['ipv6.conf.*.ndisc_notify', OR, (on) => on.ipv6.notifies],
    ['ipv6.conf.*.ndisc_evict_nocarrier', AND, (on) => on.ipv6.forgetsWithoutCarrier],
    ['ipv6.conf.*.drop_unsolicited_na', OWN, (on) => on.ipv6.dropsUnsolicited],
    ['ipv6.conf.*.dad_transmits', OWN, (on) => on.ipv6.duplicateProbes],
  ])('%s: %s', (name, rule, holds) => {
    const host = hostWith('eth0', '10.0.0.1/24');
    for (const i of [0, 1, 2, 3]) {
      set(host, `${name.replace('*', 'all')}=${i >> 1}`, `${name.replace('*', 'eth0')}=${i & 1}`);
      expect(Number(holds(holdsOn(host, 'eth0'))), String(i)).toBe(Number(rule[i]));
    }
  });

  test('law: of three values the greater one holds (IN_DEV_MAXCONF)', () => {
    const value = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(fc.constantFrom('rp_filter', 'arp_ignore'), value, value, (name, all, own) => {
        const host = hostWith('eth0', '10.0.0.1/24');
        set(host, `ipv4.conf.all.${name}=${all}`, `ipv4.conf.eth0.${name}=${own}`);
        const { forwarding, arp } = holdsOn(host, 'eth0');
        const held = name === 'rp_filter' ? forwarding.reversePathFilter : arp.ignore;
        expect(held).toBe(Math.max(all, own));
      }),
    );
  });

  test.each([
    ['ipv4.conf.*.accept_redirects', AND, (on: LinkProfile) => on.redirects.areHeeded],
    ['ipv6.conf.*.accept_redirects', '0000', (on: LinkProfile) => on.ipv6.heedsRedirects],
    ['ipv6.conf.*.accept_ra', '0000', (on: LinkProfile) => on.ipv6.heedsRouters],
  ])('%s of routers: %s', (name, rule, holds) => {
    const host = hostWith('eth0', '10.0.0.1/24');
    set(host, 'ipv4.ip_forward=1', 'ipv6.conf.all.forwarding=1');
    for (const i of [0, 1, 2, 3]) {
      set(host, `${name.replace('*', 'all')}=${i >> 1}`, `${name.replace('*', 'eth0')}=${i & 1}`);
      expect(Number(holds(holdsOn(host, 'eth0'))), String(i)).toBe(Number(rule[i]));
    }
  });

  test('net.ipv6.conf accept_ra=2 heeds routers even on a router (ipv6_accept_ra())', () => {
    const host = hostWith('eth0', '10.0.0.1/24');
    set(host, 'ipv6.conf.eth0.accept_ra=2', 'ipv6.conf.all.forwarding=1');
    expect(holdsOn(host, 'eth0').ipv6.heedsRouters).toBe(true);
  });
});

describe('default', () => {
  test.each([
    ['ipv4.conf.*.rp_filter', '2', '1'],
    ['ipv4.neigh.*.ucast_solicit', '7', '5'],
  ])('%s reaches interfaces until they have an address, or a number of their own', (name, a, b) => {
    const host = hostWith('eth0');
    host.addInterface('eth1', { mac: 2, address: '10.0.0.1/24' }, 0);
    const [ofDefault, ...own] = ['default', 'eth0', 'eth1'].map((of) => name.replace('*', of));
    const before = host.sysctl.read(`net.${own[1]}`);
    set(host, `${ofDefault}=${a}`);
    expect(own.map((each) => host.sysctl.read(`net.${each}`))).toEqual([a, before]);
    set(host, `${own[0]}=${b}`, `${ofDefault}=0`);
    host.addInterface('eth2', { mac: 3, address: [] }, 0);
    const all = [...own, name.replace('*', 'eth2')];
    expect(all.map((each) => host.sysctl.read(`net.${each}`))).toEqual([b, before, '0']);
  });

  test('net.ipv6.conf.default is for interfaces to come', () => {
    const host = hostWith('eth0');
    set(host, 'ipv6.conf.default.hop_limit=10');
    host.addInterface('eth1', { mac: 2, address: [] }, 0);
    expect(['eth0', 'eth1'].map((name) => holdsOn(host, name).ipv6.hopLimit)).toEqual([64, 10]);
  });

  test('how many neighbours there may be is said by it alone', () => {
    const host = hostWith('eth0');
    set(host, 'ipv4.neigh.default.gc_thresh3=9');
    expect(holdsOn(host, 'eth0').neighbors.ipv4.most).toBe(9);
    expect(host.sysctl.read('net.ipv4.neigh.eth0.gc_thresh3')).toBeUndefined();
  });
});

describe('forwarding', () => {
  const read = (host: Host, ...names: readonly string[]): string =>
    names.map((name) => host.sysctl.read(`net.${name}`)).join('');
  const OF_IPV4 = ['ip_forward', ...['all', 'default', 'lo', 'eth0'].map((of) => `conf.${of}.forwarding`)]; // prettier-ignore

  test('ip_forward is that of all, and writes all where it changes (inet_forward_change())', () => {
    const host = hostWith('eth0', '10.0.0.1/24');
    const states = (): string => read(host, ...OF_IPV4.map((name) => `ipv4.${name}`), 'ipv4.conf.all.accept_redirects'); // prettier-ignore
    expect(states()).toBe('000001');
    set(host, 'ipv4.ip_forward=1');
    expect(states()).toBe('111110');
    set(host, 'ipv4.conf.eth0.forwarding=0', 'ipv4.conf.all.forwarding=1');
    expect(states()).toBe('111100');
    set(host, 'ipv4.conf.all.forwarding=0', 'ipv4.conf.eth0.forwarding=1');
    expect(states()).toBe('000011');
  });

  test('of IPv6 all writes all each time (addrconf_fixup_forwarding())', () => {
    const host = hostWith('eth0', '2001:db8::1/64');
    const names = ['all', 'default', 'lo', 'eth0'].map((of) => `ipv6.conf.${of}.forwarding`);
    set(host, 'ipv6.conf.eth0.forwarding=1');
    expect([read(host, ...names), host.settings.links.routesIpv6]).toEqual(['0001', false]);
    set(host, 'ipv6.conf.all.forwarding=0');
    expect(read(host, ...names)).toBe('0000');
    set(host, 'ipv6.conf.all.forwarding=1');
    expect([read(host, ...names), host.settings.links.routesIpv6]).toEqual(['1111', true]);
  });
});

describe('names', () => {
  test.each(['all', 'default'])('no interface is called %s', (name) => {
    expect(() => hostWith(name, '10.0.0.1/24')).toThrow(`${name} names no interface`);
  });

  test.each([
    'net.ipv4.conf.eth0/10.rp_filter',
    'net/ipv4/conf/eth0.10/rp_filter',
    '/proc/sys/net/ipv4/conf/eth0.10/rp_filter',
  ])('%s', (name) => {
    const host = hostWith('eth0.10', '10.0.0.1/24');
    expect(host.sysctl.write(name, '2')).toBe('written');
    expect(holdsOn(host, 'eth0.10').forwarding.reversePathFilter).toBe(2);
    expect(host.sysctl.names()).toContain('net.ipv4.conf.eth0/10.rp_filter');
  });

  test.each([
    'net.ipv4.conf.eth9.rp_filter',
    'net.ipv4.conf.eth0.gc_thresh1',
    'net.ipv4.neigh.all.mcast_solicit',
    'net.ipv4.neigh.eth0.gc_thresh1',
    'net.ipv5.conf.eth0.rp_filter',
  ])('%s is none', (name) => {
    const host = hostWith('eth0', '10.0.0.1/24');
    expect([host.sysctl.read(name), host.sysctl.write(name, '1')]).toEqual([undefined, 'unknown']);
  });
});

const FILE = new URL('../fixtures/linux/link-sysctl-defaults.txt', import.meta.url);

test('`sysctl -a` of Linux 6.18 lists the same of interfaces, with the same numbers', () => {
  const kernel = readFileSync(FILE, 'utf8').trimEnd().split('\n');
  expect(kernel.length).toBeGreaterThan(300);
  const host = hostOf();
  host.addInterface('eth0', { mac: 1, address: [], ipv6: 'is-up' }, 0);
  const names = host.sysctl.names().filter((name) => /\.(?:all|default|eth0)\./.test(name));
  expect(names.map((name) => `${name} = ${host.sysctl.read(name)}`)).toEqual(kernel);
});
