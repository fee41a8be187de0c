/** What is counted of ICMP, and bounded, for each version by itself; as measured on Linux 6.18. */
import { expect, test } from 'vitest';
import { Administrator, type CounterName, type Host, ms, seconds } from '../../src/stack/index.ts';
import { parseIp } from '../../src/wire/index.ts';
import { Segment } from '../help/segment.ts';

const ADDRESSES = [
  ['10.0.0.1/24', 'fd00::1/64'],
  ['10.0.0.2/24', 'fd00::2/64'],
] as const;

function two(): { segment: Segment; a: Host; b: Host } {
  const segment = new Segment();
  const [a, b] = [1, 2].map((n) => segment.host(n, { address: ADDRESSES[n - 1]! }));
  return { segment, a: a!, b: b! };
}

test.each([
  ['an echo', 1, [8, 0, 0xf7, 0xff, 0, 0, 0, 0], '10.0.0.2', ['IcmpOutMsgs', 'IcmpOutEchos']],
  ['a type unknown', 1, [99, 0, 0x9c, 0xff, 0, 0, 0, 0], '10.0.0.2', ['IcmpOutMsgs']],
  ['another protocol', 253, [8, 0, 0, 0], '10.0.0.2', []],
  ['an echo of IPv6', 58, [128, 0, 0, 0, 0, 0, 0, 0], 'fd00::2', ['Icmp6OutMsgs', 'Icmp6OutEchos']],
] as const)('LINUX what a raw socket sends counts: %s', (_, protocol, octets, to, names) => {
  const { a } = two();
  a.rawSockets.open([protocol]).send(protocol, Uint8Array.from(octets), parseIp(to), 0);
  const counted = Object.entries(a.counters).filter(
    ([name, value]) => name.startsWith('Icmp') && value !== 0 && !name.includes('Neighbor'),
  );
  const messages = protocol === 58 ? 2 : 1; // the neighbour is asked for, too
  expect(counted).toEqual(
    [...names].map((name: CounterName) => [name, name.endsWith('Msgs') ? messages : 1]),
  );
});

test('LINUX nstat has messages by their types, too, in the order of the files', () => {
  const { segment, a, b } = two();
  for (const [protocol, octets, to] of [
    [1, [8, 0, 0xf7, 0xff, 0, 0, 0, 0], '10.0.0.2'],
    [58, [128, 0, 0, 0, 0, 0, 0, 0], 'fd00::2'],
  ] as const) {
    a.rawSockets.open([protocol]).send(protocol, Uint8Array.from(octets), parseIp(to), 0);
  }
  segment.loop.runUntil(ms(10));
  const shown = new Administrator(b).run(['nstat', '-a'], '', ms(10))!.output;
  const names = [...shown.matchAll(/^\w+/gm)].map(([name]) => name);
  const types = names.filter((name) => name.includes('Type'));
  // prettier-ignore
  expect(types).toEqual([
    'IcmpMsgInType8', 'IcmpMsgOutType0', 'Icmp6InType128', 'Icmp6InType135',
    'Icmp6OutType129', 'Icmp6OutType136',
  ]);
  const groups = names.map((name) => /^(?:IpExt|Ip6|Icmp6|IcmpMsg|Icmp|Ip)/.exec(name)?.[0]);
  expect([...new Set(groups)]).toEqual(['Ip', 'Icmp', 'IcmpMsg', 'Ip6', 'Icmp6', 'IpExt']);
});

test('LINUX each version has its own bound for one destination, and one counter for all', () => {
  const flood = (to: string, ...settings: readonly string[]): Host => {
    const { segment, a, b } = two();
    for (const setting of settings) {
      const [name = '', value = ''] = setting.split('=');
      expect(a.sysctl.write(`net.${name}`, value)).toBe('written');
    }
    const socket = b.udpSocket(to.includes(':') ? 'AF_INET6' : 'AF_INET');
    socket.send(new Uint8Array(1), parseIp(to), 9, 0);
    segment.after(seconds(20));
    for (let i = 0; i < 100; i++) socket.send(new Uint8Array(1), parseIp(to), 9, segment.loop.now);
    segment.after(ms(100));
    return a;
  };
  const [v4, v6] = ['10.0.0.1', 'fd00::1'];
  expect(flood(v4).counters).toMatchObject({ IcmpOutDestUnreachs: 7, IcmpOutRateLimitHost: 94 });
  expect(flood(v6).counters).toMatchObject({ Icmp6OutDestUnreachs: 7, Icmp6OutRateLimitHost: 94 });
  const all = { IcmpOutDestUnreachs: 51, IcmpOutRateLimitGlobal: 50, IcmpOutRateLimitHost: 0 };
  expect(flood(v4, 'ipv4.icmp_ratelimit=0').counters).toMatchObject(all);
  expect(flood(v6, 'ipv4.icmp_ratelimit=0').counters.Icmp6OutRateLimitHost).toBe(94);
  expect(flood(v6, 'ipv6.icmp.ratelimit=0').counters).toMatchObject({
    Icmp6OutDestUnreachs: 51,
    IcmpOutRateLimitGlobal: 50,
    Icmp6OutRateLimitHost: 0,
  });
});
