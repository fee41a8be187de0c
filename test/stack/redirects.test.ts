/** Redirects: routers tell of a nearer way, and hosts take it (RFC 1122 §3.2.2.2, RFC 4861 §8). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cause, Host, linux6, ms, rfc, seconds } from '../../src/stack/index.ts';
import type { HostProfile, UdpSocket } from '../../src/stack/index.ts';
import {
  encodeFrame,
  type FrameFields,
  icmpv6Fields,
  type IpAddress,
  parseIp,
  parseIpv4,
  parseIpv6,
  printIp,
} from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';

const BY_SENDER = cause('by-sender', 'the test sends it', 'none');
const ANY = { IPv4: 0, IPv6: 0n } as const;

/**
 * A host whose default router is not the nearest to the network behind another:
 *
 *     host 1 ─┬─ router 2 (default)
 *             └─ router 3 ── host 4
 */
class Detour {
  readonly loop;
  readonly lan: Segment;
  readonly host: Host;
  readonly router: Host;
  readonly nearer: Host;
  readonly far: Host;
  readonly farAddress: IpAddress;
  readonly socket: UdpSocket;

  constructor(family: 'IPv4' | 'IPv6') {
    this.lan = new Segment();
    this.loop = this.lan.loop;
    const behind = new Segment('-nn -t', this.loop);
    const isVersion6 = family === 'IPv6';
    const at = (net: number, host: number): { address: string; ipv6: 'is-up' } => ({
      address: isVersion6 ? `2001:db8:${net}::${host}/64` : `10.${net}.0.${host}/24`,
      ipv6: 'is-up',
    });
    this.host = this.lan.host(1, at(0, 1));
    this.router = this.lan.host(2, at(0, 2));
    this.nearer = this.lan.host(3, at(0, 3));
    behind.plug(this.nearer, 33, at(9, 1));
    this.far = behind.host(4, at(9, 2));
    for (const each of [this.router, this.nearer]) {
      each.settings.links.beRouter(0);
    }
    const way = isVersion6 ? 'ip -6 route' : 'ip route';
    const link = (number: number): string => `fe80::ff:fe00:${number}`;
    const [gateway, next, back] = isVersion6
      ? [link(2), `${link(3)} dev eth0`, `${link(33)} dev eth0`]
      : ['10.0.0.2', '10.0.0.3', '10.9.0.1'];
    this.lan.run(this.host, `${way} add default via ${gateway}${isVersion6 ? ' dev eth0' : ''}`);
    const network = isVersion6 ? '2001:db8:9::/64' : '10.9.0.0/24';
    this.lan.run(this.router, `${way} add ${network} via ${next}`);
    this.lan.run(this.far, `${way} add default via ${back}`);
    this.farAddress = parseIp(isVersion6 ? '2001:db8:9::2' : '10.9.0.2');
    const echo = this.far.udpSocket(isVersion6 ? 'AF_INET6' : 'AF_INET');
    echo.bind(ANY[family], 7);
    this.socket = this.host.udpSocket(isVersion6 ? 'AF_INET6' : 'AF_INET');
    this.socket.bind(ANY[family], 5000);
  }

  /** Datagrams, a second apart. */
  send(count: number): void {
    for (let i = 0; i < count; i++) {
      this.socket.send(Uint8Array.of(i), this.farAddress, 7, this.loop.now);
      this.lan.after(seconds(1));
    }
  }

  /** Where packets to the far host go first. */
  get nextHop(): string {
    return printIp(this.host.ipFor(this.farAddress).routes.lookUp(this.farAddress)!.nextHop);
  }
}

describe('IPv4', () => {
  test('the router redirects, the host asks for the nearer one, and goes there for 300 s', () => {
    const detour = new Detour('IPv4');
    detour.send(1);
    expect(detour.lan.said().filter((line) => line.includes('redirect'))).toEqual([
      'IP 10.0.0.2 > 10.0.0.1: ICMP redirect 10.9.0.2 to host 10.0.0.3, length 37',
    ]);
    expect(detour.lan.drops).toContain('1 redirect-not-known-yet');
    detour.send(1);
    expect(detour.nextHop).toBe('10.0.0.3');
    detour.lan.said();
    detour.send(3);
    expect(detour.lan.said().filter((line) => line.includes('redirect'))).toEqual([]);
    expect(detour.lan.run(detour.host, 'ip route get 10.9.0.2')).toBe(
      '10.9.0.2 via 10.0.0.3 dev eth0 src 10.0.0.1 uid 0\n    cache <redirected> expires 296sec\n',
    );
    expect(detour.host.counters.IcmpInRedirects).toBe(2);
    detour.lan.after(seconds(296));
    expect(detour.nextHop).toBe('10.0.0.3');
    detour.lan.after(seconds(1));
    expect(detour.nextHop).toBe('10.0.0.2');
  });

  test('a connection goes on by the nearer way', () => {
    const detour = new Detour('IPv4');
    const listener = detour.far.tcpSocket();
    listener.bind(0, 80);
    listener.listen(1, 0);
    const client = detour.host.tcpSocket();
    client.connect(detour.farAddress, 80, 0);
    detour.lan.after(seconds(1));
    for (let i = 0; i < 5; i++) {
      client.send(new Uint8Array(100), detour.loop.now);
      detour.lan.after(ms(500));
    }
    expect(detour.nextHop).toBe('10.0.0.3');
    expect(listener.accept()?.recv(1000, detour.loop.now)?.length).toBe(500);
    expect(detour.host.counters.TcpRetransSegs).toBe(0);
    const through = detour.router.counters.IpForwDatagrams;
    client.send(new Uint8Array(100), detour.loop.now);
    detour.lan.after(ms(500));
    expect(detour.router.counters.IpForwDatagrams).toBe(through);
  });
});

describe('IPv6', () => {
  test('the router redirects and tells the hardware address; unused, the way is forgotten', () => {
    const detour = new Detour('IPv6');
    detour.send(2);
    expect(detour.lan.said().filter((line) => line.includes('redirect'))[0]).toMatch(
      /^IP6 fe80::ff:fe00:2 > 2001:db8::1: ICMP6, redirect, 2001:db8:9::2 to fe80::ff:fe00:3, /,
    );
    expect(detour.nextHop).toBe('fe80::ff:fe00:3');
    expect(detour.host.counters.Icmp6InRedirects).toBe(1);
    expect(detour.router.counters.Icmp6OutRedirects).toBe(1);
    detour.lan.after(seconds(50));
    detour.send(1);
    detour.lan.after(seconds(50));
    expect(detour.nextHop).toBe('fe80::ff:fe00:3'); // used within a minute
    detour.lan.after(seconds(30));
    expect(detour.nextHop).toBe('fe80::ff:fe00:2');
  });

  test('a way whose neighbour is gone is left', () => {
    const detour = new Detour('IPv6');
    detour.send(2);
    detour.lan.run(detour.host, 'ip -6 neigh del fe80::ff:fe00:3 dev eth0');
    detour.nearer.interfaces[1]!.ipv6 = undefined;
    detour.send(1);
    expect(detour.nextHop).toBe('fe80::ff:fe00:3');
    detour.lan.after(seconds(3)); // it is asked three times
    expect(detour.nextHop).toBe('fe80::ff:fe00:2');
  });

  test('a host of the link itself is redirected to', () => {
    const detour = new Detour('IPv6');
    detour.lan.run(detour.router, 'ip -6 route add 2001:db8:7::/64 dev eth0');
    const neighbor = detour.lan.host(5, { address: '2001:db8:7::5/64' });
    detour.lan.run(neighbor, 'ip -6 route add 2001:db8::/64 dev eth0');
    const address = parseIpv6('2001:db8:7::5');
    for (let i = 0; i < 2; i++) {
      detour.socket.send(Uint8Array.of(1), address, 7, detour.loop.now);
      detour.lan.after(seconds(1));
    }
    const route = detour.host.ipv6.routes.lookUp(address);
    expect([route?.nextHop, route?.usesGateway]).toEqual([address, false]);
  });
});

/** What a forger may say, and whether that is right. */
const LIES = {
  sender: { '10.0.0.2': true, '10.0.0.3': false, '10.9.0.1': false },
  gateway: {
    '10.0.0.3': true,
    '10.0.0.2': false, // the sender itself
    '10.0.0.1': false, // the host itself
    '10.0.0.255': false,
    '255.255.255.255': false,
    '224.0.0.1': false,
    '0.0.0.3': false,
    '10.5.0.1': 'of another network',
  },
  port: { 5000: true, 5001: false },
  code: { 0: true, 1: true, 2: true, 3: true, 4: false },
} as const;

/** One of the keys, the true ones more often. */
function oneOf(of: Readonly<Record<string | number, unknown>>): fc.Arbitrary<string> {
  const keys = Object.keys(of);
  const truths = keys.filter((key) => of[key] === true);
  return fc.oneof(fc.constantFrom(...truths), fc.constantFrom(...keys));
}

test('law: a redirect is followed when all that it says is right, and else never', () => {
  let followed = 0;
  const forged = fc.record({
    sender: oneOf(LIES.sender),
    gateway: oneOf(LIES.gateway),
    port: oneOf(LIES.port),
    code: oneOf(LIES.code),
    setting: fc.constantFrom('as it is', 'no redirects', 'router', 'only gateways'),
    profile: fc.constantFrom<HostProfile>(linux6, rfc),
  });
  fc.assert(
    fc.property(forged, ({ sender, gateway, port, code, setting, profile }) => {
      const segment = new Segment();
      const host = segment.host(1, { address: '10.0.0.1/24' }, profile);
      host.addDefaultRoute(parseIpv4('10.0.0.2'));
      const eth = host.interfaces[1]!;
      for (const [i, each] of Object.keys(LIES.gateway).entries()) {
        host.addNeighbor(eth, parseIpv4(each), 100 + i, 0);
      }
      host.udpSocket().bind(0, 5000);
      const { links } = host.settings;
      const set = (knob: string, value: number): void =>
        links.writeEverywhere('ipv4.conf', knob, value, 0);
      if (setting === 'no redirects') set('accept_redirects', 0);
      if (setting === 'router') links.beRouter(0);
      if (setting === 'only gateways') {
        set('secure_redirects', 1);
        set('shared_media', 0);
      }
      const { redirects } = eth.settings;
      const quote = quoted(Number(port));
      const redirect = {
        ipv4: { source: parseIpv4(sender), destination: parseIpv4('10.0.0.1') },
        icmpv4: { type: 5, code: Number(code), rest: parseIpv4(gateway) },
        payload: quote,
      };
      eth.receive(frameOf(redirect), BY_SENDER, 0);
      const truths = [
        LIES.sender[sender as keyof typeof LIES.sender],
        isRightGateway(gateway as keyof typeof LIES.gateway, redirects.sharesMedia),
        LIES.port[Number(port) as keyof typeof LIES.port],
        LIES.code[Number(code) as keyof typeof LIES.code],
        setting === 'as it is',
      ];
      const nextHop = host.ip.routes.lookUp(parseIpv4('10.9.0.2'))!.nextHop;
      const isFollowed = truths.every(Boolean);
      expect(printIp(nextHop)).toBe(isFollowed ? gateway : '10.0.0.2');
      expect(segment.drops).toHaveLength(isFollowed ? 0 : 1);
      if (isFollowed) followed += 1;
    }),
    { numRuns: 1000 },
  );
  expect(followed).toBeGreaterThan(20);
});

function isRightGateway(gateway: keyof typeof LIES.gateway, sharesMedia: boolean): boolean {
  const truth = LIES.gateway[gateway];
  return truth === 'of another network' ? sharesMedia : truth;
}

function frameOf(fields: FrameFields): Uint8Array {
  return encodeFrame({ ethernet: { source: 2, destination: 0x0200_0000_0001 }, ...fields });
}

/** The datagram that the host sent to 10.9.0.2. */
function quoted(sourcePort: number): Uint8Array {
  const frame = frameOf({
    ipv4: { source: parseIpv4('10.0.0.1'), destination: parseIpv4('10.9.0.2') },
    udp: { sourcePort, destinationPort: 7 },
  });
  return frame.slice(14);
}

describe('what an IPv6 redirect must be (RFC 4861 §8.1)', () => {
  // prettier-ignore
  const right = { source: 'fe80::2', target: 'fe80::3', destination: '2001:db8:9::2', hopLimit: 255, port: 5000 };
  test.each([
    { name: 'right', change: {}, drop: [] },
    {
      name: 'of another router',
      change: { source: 'fe80::4' },
      drop: ['1 router-redirect-untrusted'],
    },
    { name: 'of no neighbour', change: { source: '2001:db8::2' }, drop: ['1 discovery-from-afar'] },
    { name: 'from afar', change: { hopLimit: 254 }, drop: ['1 discovery-from-afar'] },
    {
      name: 'to a global address',
      change: { target: '2001:db8::3' },
      drop: ['1 router-redirect-invalid'],
    },
    { name: 'to the destination', change: { target: '2001:db8:9::2' }, drop: [] },
    { name: 'for many', change: { destination: 'ff0e::1' }, drop: ['1 router-redirect-invalid'] },
    { name: 'about nothing', change: { port: 5001 }, drop: ['1 router-redirect-unasked'] },
    { name: 'ignored', change: {}, heeds: false, drop: ['1 router-redirect-ignored'] },
  ])('$name', ({ change, heeds = true, drop }) => {
    const segment = new Segment();
    const host = segment.host(1, { address: '2001:db8::1/64' });
    host.addDefaultRoute(parseIpv6('fe80::2'));
    expect(host.sysctl.write('net.ipv6.conf.eth0.accept_redirects', heeds ? '1' : '0')).toBe(
      'written',
    );
    host.udpSocket('AF_INET6').bind(0n, 5000);
    const { source, target, destination, hopLimit, port } = { ...right, ...change };
    const [from, to] = [parseIpv6(source), parseIpv6('2001:db8::1')];
    const packet = frameOf({
      ipv6: { source: to, destination: parseIpv6('2001:db8:9::2') },
      udp: { sourcePort: port, destinationPort: 7 },
    }).slice(14);
    const content = {
      kind: 'redirect',
      target: parseIpv6(target),
      destination: parseIpv6(destination),
      options: [{ kind: 'redirected-header', packet }],
    } as const;
    const { payload, ...icmpv6 } = icmpv6Fields(content);
    const frame = frameOf({ ipv6: { source: from, destination: to, hopLimit }, icmpv6, payload });
    host.interfaces[1]!.receive(frame, BY_SENDER, 0);
    expect(segment.drops).toEqual(drop);
    const { nextHop } = host.ipv6.routes.lookUp(parseIpv6('2001:db8:9::2'))!;
    expect(printIp(nextHop)).toBe(drop.length === 0 ? target : 'fe80::2');
  });
});

test('redirects beyond number take no more room, and end in their time', () => {
  const segment = new Segment();
  const host = segment.host(1, { address: '10.0.0.1/24' });
  host.addDefaultRoute(parseIpv4('10.0.0.2'));
  const eth = host.interfaces[1]!;
  host.addNeighbor(eth, parseIpv4('10.0.0.3'), 3, 0);
  for (let i = 0; i < 3000; i++) {
    const ping = frameOf({
      ipv4: { source: parseIpv4('10.0.0.1'), destination: parseIpv4('10.8.0.0') + i },
      icmpv4: { type: 8, code: 0 },
    });
    const redirect = {
      ipv4: { source: parseIpv4('10.0.0.2'), destination: parseIpv4('10.0.0.1') },
      icmpv4: { type: 5, code: 1, rest: parseIpv4('10.0.0.3') },
      payload: ping.slice(14),
    };
    segment.after(ms(1));
    eth.receive(frameOf(redirect), BY_SENDER, segment.loop.now);
  }
  expect(host.ip.routes.redirected.size).toBe(1024);
  expect(segment.loop.pending).toBeLessThan(10);
  segment.after(seconds(299));
  expect(host.ip.routes.redirected.size).toBeGreaterThan(0);
  segment.after(seconds(2));
  expect(host.ip.routes.redirected.size).toBe(0);
});
