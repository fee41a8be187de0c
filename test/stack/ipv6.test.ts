/** IPv6 of a host: TCP, UDP and echo over it, what it takes, and what it answers. */
import { expect, test } from 'vitest';
import { type Host, ms, seconds } from '../../src/stack/index.ts';
import { IPV6_ANY, parseIpv6 } from '../../src/wire/index.ts';
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
  const listener = b.tcpSocket();
  listener.bind(IPV6_ANY, 80);
  listener.listen(1, 0);
  const client = a.tcpSocket();
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
  const listener = a.tcpSocket();
  listener.bind(parseIpv6('::1'), 80);
  listener.listen(1, 0);
  const client = a.tcpSocket();
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
