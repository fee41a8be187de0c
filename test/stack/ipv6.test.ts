/** IPv6 of a host: TCP, UDP and echo over it, what it takes, and what it answers. */
import { describe, expect, test } from 'vitest';
import { type Host, ms, seconds } from '../../src/stack/index.ts';
import {
  encodeFrame,
  encodeIpv6Options,
  IPV6_ANY,
  type Ipv6Extension,
  parseIpv6,
} from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';

const [ONE, TWO] = ['2001:db8::1', '2001:db8::2'].map(parseIpv6) as [bigint, bigint];

function pair(flags?: string): { segment: Segment; a: Host; b: Host } {
  const segment = new Segment(flags);
  const a = segment.host(1, { address: ['10.0.0.1/24', '2001:db8::1/64'] });
  const b = segment.host(2, { address: ['10.0.0.2/24', '2001:db8::2/64'] });
  return { segment, a, b };
}

test('TCP over IPv6 as Linux has it: neighbour discovery, MSS 1440, windows, flow labels', () => {
  const { segment, a, b } = pair('-nn -t -v');
  const listener = b.tcpSocket('AF_INET6');
  listener.bind(IPV6_ANY, 80);
  listener.listen(1, 0);
  const client = a.tcpSocket('AF_INET6');
  client.connect(TWO, 80, 0);
  segment.after(ms(50));
  const lines = segment.said();
  expect(lines.slice(0, 2)).toEqual([
    'IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8::1 > ff02::1:ff00:2: ' +
      '[icmp6 sum ok] ICMP6, neighbor solicitation, length 32, who has 2001:db8::2\n' +
      '\t  source link-address option (1), length 8 (1): 02:00:00:00:00:01',
    'IP6 (hlim 255, next-header ICMPv6 (58) payload length: 32) 2001:db8::2 > 2001:db8::1: ' +
      '[icmp6 sum ok] ICMP6, neighbor advertisement, length 32, tgt is 2001:db8::2, ' +
      'Flags [solicited, override]\n' +
      '\t  destination link-address option (2), length 8 (1): 02:00:00:00:00:02',
  ]);
  const tcp = lines.slice(2);
  expect(tcp).toHaveLength(3);
  expect(tcp[0]).toMatch(
    /hlim 64, next-header TCP \(6\) payload length: 40.*win 64800, options \[mss 1440,/,
  );
  expect(tcp[1]).toMatch(/Flags \[S\.\].*\(correct\).*win 64260, options \[mss 1440,/);
  const labels = tcp.map((line) => /flowlabel (0x[0-9a-f]+)/.exec(line)?.[1]);
  expect(labels[0]).toBe(labels[2]);
  expect(labels[0]).not.toBe(labels[1]);
  expect(client.connected()).toBe(true);
  expect(listener.accept()).toBeDefined();
  expect(a.tcp.connections()[0]).toMatchObject({ localAddress: ONE, remoteAddress: TWO });
});

test('on loopback: MSS 65476, half-made checksums', () => {
  const { a } = pair();
  const listener = a.tcpSocket('AF_INET6');
  listener.bind(parseIpv6('::1'), 80);
  listener.listen(1, 0);
  const client = a.tcpSocket('AF_INET6');
  const frames: Uint8Array[] = [];
  a.loopback.observer = (frame) => void frames.push(frame);
  client.connect(parseIpv6('::1'), 80, 0);
  expect(frames[0]?.subarray(54 + 20, 54 + 24)).toEqual(
    Uint8Array.of(2, 4, 65476 >> 8, 65476 & 255),
  );
  expect(frames[0]?.subarray(54 + 16, 54 + 18)).toEqual(Uint8Array.of(0, 0x30));
});

test('an IPv4-only host says nothing of IPv6, and hears nothing', () => {
  const segment = new Segment();
  const a = segment.host(1, { address: '2001:db8::1/64' });
  const b = segment.host(2, { address: '10.0.0.2/24' });
  expect(b.interfaces[1]?.ipv6).toBeUndefined();
  a.icmpv6.sendEcho(TWO, 1, 1, new Uint8Array(8), 0);
  segment.after(seconds(5));
  expect(segment.drops.filter((drop) => drop.startsWith('2'))).toEqual([
    '2 ethernet-type',
    '2 ethernet-type',
    '2 ethernet-type',
  ]);
});

test('RFC 4443 §4.2, §2.4: echo; a port and a protocol that nobody has', () => {
  const { segment, a, b } = pair();
  const replies: unknown[] = [];
  a.onEchoReply = (from, identifier, sequence) => replies.push([from, identifier, sequence]);
  a.icmpv6.sendEcho(TWO, 0xbeef, 3, new Uint8Array(2000), 0);
  segment.after(ms(50));
  const socket = a.udpSocket('AF_INET6');
  socket.connect(TWO, 9);
  socket.send(new Uint8Array(1452), TWO, 9, segment.loop.now);
  segment.after(ms(50));
  expect(socket.takeError()).toBe('ECONNREFUSED');
  expect(segment.said().at(-1)).toBe(
    'IP6 2001:db8::2 > 2001:db8::1: ICMP6, destination unreachable, unreachable port, ' +
      '2001:db8::2 udp port 9, length 1240',
  );
  expect(b.counters.Icmp6OutDestUnreachs).toBe(1);
});

describe('a router', () => {
  /** 2001:db8:1::/64 and 2001:db8:2::/64, with a router between, whose right link is narrow. */
  function routed(): { left: Segment; right: Segment; a: Host; b: Host } {
    const left = new Segment();
    const right = new Segment('-nn -t', left.loop);
    const r = left.host(9, { address: '2001:db8:1::9/64' });
    right.plug(r, 10, { address: '2001:db8:2::9/64', mtu: 1300 });
    left.run(r, 'sysctl net.ipv6.conf.all.forwarding=1');
    const a = left.host(1, { address: '2001:db8:1::1/64' });
    const b = right.host(2, { address: '2001:db8:2::2/64', mtu: 1300 });
    a.addDefaultRoute(parseIpv6('2001:db8:1::9'));
    b.addDefaultRoute(parseIpv6('2001:db8:2::9'));
    return { left, right, a, b };
  }

  test('sends on, one hop less to go', () => {
    const { left, a, b } = routed();
    const replies: unknown[] = [];
    a.onEchoReply = (from) => replies.push(from);
    a.icmpv6.sendEcho(parseIpv6('2001:db8:2::2'), 1, 1, new Uint8Array(8), 0);
    left.after(ms(40));
    expect(replies).toEqual([parseIpv6('2001:db8:2::2')]);
    expect(b.counters.Icmp6InEchos).toBe(1);
  });

  test('RFC 8201: what is too long for the next link is answered, and TCP sends shorter', () => {
    const { left, right, a, b } = routed();
    const listener = b.tcpSocket('AF_INET6');
    listener.bind(IPV6_ANY, 80);
    listener.setOption('TCP_MAXSEG', 1440, 0);
    listener.listen(1, 0);
    const client = a.tcpSocket('AF_INET6');
    client.connect(parseIpv6('2001:db8:2::2'), 80, 0);
    left.after(ms(40));
    client.send(new Uint8Array(4000), left.loop.now);
    left.after(ms(100));
    expect(b.tcp.connections()[0]).toMatchObject({ state: 'ESTABLISHED' });
    expect(right.said().filter((line) => line.includes('length 1228')).length).toBeGreaterThan(2);
  });

  test.each([
    ['2001:db8:9::1', 'unreachable route'],
    ['2001:db8:2::77', 'unreachable address'],
  ])('what leads nowhere: %s is %s', (destination, words) => {
    const { left, a } = routed();
    a.icmpv6.sendEcho(parseIpv6(destination), 1, 1, new Uint8Array(8), 0);
    left.after(seconds(4));
    expect(left.said().filter((line) => line.includes(words))).toHaveLength(1);
  });
});

/** An echo request for host b behind an extension header, as host a would send it. */
function behind(extension: Ipv6Extension, to = TWO): Uint8Array {
  return encodeFrame({
    ethernet: { source: 0x0200_0000_0001, destination: 0x0200_0000_0002 },
    ipv6: { source: ONE, destination: to },
    extensions: [extension],
    icmpv6: { type: 128, code: 0, rest: 0 },
    payload: new Uint8Array(8),
  });
}

test.each<[string, Ipv6Extension, string | undefined]>([
  ['options to skip', options(0x1e), 'echo reply'],
  ['an option that discards', options(0x5e), undefined],
  ['an option to report', options(0x9e), 'parameter problem'],
  ['an option to report unless to many', options(0xde), 'parameter problem'],
  ['a route that is over', routing(0), 'echo reply'],
  ['a route with nodes left', routing(1), 'parameter problem'],
])('RFC 8200 §4: behind %s', (_, extension, answer) => {
  const { segment, b } = pair();
  b.addNeighbor(b.interfaces[1]!, ONE, 0x0200_0000_0001, 0);
  b.interfaces[1]!.receive(behind(extension), { name: '', text: '', source: '' }, 0);
  segment.after(ms(5));
  const said = segment.said();
  expect(said).toHaveLength(answer === undefined ? 0 : 1);
  if (answer !== undefined) expect(said[0]).toContain(answer);
});

function options(code: number): Ipv6Extension {
  const list = [{ kind: 'other', code, data: new Uint8Array(4) }] as const;
  return { kind: 'destination-options', options: encodeIpv6Options(list) };
}

function routing(segmentsLeft: number): Ipv6Extension {
  return { kind: 'routing', type: 0, segmentsLeft, data: new Uint8Array(20) };
}
