/** Streams through boxes: whatever a box does to packets, the octets arrive and checksums hold. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SimulatedHost } from '../../src/sim/index.ts';
import {
  bleachEcn,
  insideOnly,
  randomizeSequences,
  synProxy,
  clampMss,
  icmpBlackhole,
  type Middlebox,
  masquerade,
  minutes,
  ms,
  nat,
  seconds,
  stripOptions,
} from '../../src/stack/index.ts';
import { sameBytes, verifyFrame } from '../../src/wire/index.ts';
import { pattern, play } from '../sim/lab.ts';

const PORT = 80;

const FAMILIES = {
  IPv4: { socket: 'AF_INET', inside: '192.168.1.0/24', outside: '203.0.113.0/24' },
  IPv6: { socket: 'AF_INET6', inside: '2001:db8:1::/64', outside: '2001:db8:2::/64' },
} as const;

/** Two hosts inside send and get `length` octets each, over a link that loses and disorders. */
async function exchange(
  family: keyof typeof FAMILIES,
  boxes: readonly Middlebox[],
  length: number,
  seed: number,
): Promise<{ router: SimulatedHost; causes: Set<string>; segments: number }> {
  let router: SimulatedHost | undefined;
  const { socket: kind, inside, outside } = FAMILIES[family];
  const observed = await play(
    ({ network }) => {
      const lan = network.switch(inside);
      const box = network.router('box', { boxes });
      router = box;
      const [a, b, server] = [network.host('a'), network.host('b'), network.host('server')];
      for (const each of [box, a, b]) network.link(each, lan);
      const netem = 'loss 3% delay 8ms reorder 94% duplicate 3%';
      network.link(box, server, { subnet: outside, latency: ms(5), netem });
      network.capture(server);
      network.capture(a);
      server.run('server', async (process) => {
        const listener = process.socket('stream', kind);
        listener.bind(PORT);
        listener.listen();
        for (const _client of 'ab') {
          const connection = await listener.accept();
          const sent = connection.send(pattern(length));
          expect(sameBytes(await connection.recvAll(), pattern(length))).toBe(true);
          await sent;
          await connection.close();
        }
      });
      for (const host of [a, b]) {
        host.run('client', async (process) => {
          const socket = process.socket('stream', kind);
          socket.bind(5000);
          await socket.connect({ address: server.address, port: PORT });
          await socket.send(pattern(length));
          socket.shutdown('write');
          expect(sameBytes(await socket.recvAll(), pattern(length))).toBe(true);
          await process.sleep(minutes(10));
        });
      }
    },
    { seed },
  );
  for (const { frame } of observed.frames) {
    expect(Object.values(verifyFrame(frame))).not.toContain('bad');
  }
  const causes = new Set(observed.drops.map(({ cause }) => cause));
  return { router: router!, causes, segments: observed.segments.length };
}

const BOXES: Readonly<Record<string, () => readonly Middlebox[]>> = {
  nothing: () => [],
  nat: () => [nat({ outside: 'eth1' })],
  masquerade: () => [masquerade('eth1')],
  'a clamp': () => [clampMss(536)],
  'options stripped': () => [stripOptions([4, 5, 8])],
  'window scale stripped from SYNs': () => [stripOptions([3], 'syns')],
  'a firewall': () => [insideOnly('eth0')],
  'new sequence numbers': () => [randomizeSequences()],
  'a SYN proxy': () => [synProxy(PORT)],
  'a SYN proxy behind a NAT': () => [nat({ outside: 'eth1' }), synProxy(PORT)],
  'all of them': () => [nat({ outside: 'eth1' }), clampMss(), stripOptions([5]), bleachEcn(), icmpBlackhole(), insideOnly('eth0'), randomizeSequences()], // prettier-ignore
};

const EVERY = Object.entries(BOXES).flatMap(([name, boxes]) => [
  { name, boxes, family: 'IPv4' as const },
  { name, boxes, family: 'IPv6' as const },
]);

test.each(EVERY)('law: both streams arrive by $family through $name', async ({ boxes, family }) => {
  let lossy = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(0xffff),
      fc.integer({ min: 3000, max: 20_000 }),
      async (seed, length) => {
        const { router, causes } = await exchange(family, boxes(), length, seed);
        if (causes.has('lost')) lossy += 1;
        expect([...causes].filter((name) => name.startsWith('nat'))).toEqual([]);
        if (boxes().length > 0) expect(router.stack.tracker.flows.size).toBe(0);
      },
    ),
    { numRuns: 3, seed: 20_261_121 },
  );
  expect(lossy).toBeGreaterThan(0);
});

/** Datagrams of any length cross a router that knows connections, over links of `mtu` octets. */
async function cross(
  family: keyof typeof FAMILIES,
  lengths: readonly number[],
  mtu: number,
): Promise<{ arrived: boolean[]; longest: number; fragments: number }> {
  const { socket: kind, inside, outside } = FAMILIES[family];
  const arrived: boolean[] = [];
  const { frames } = await play(({ network }) => {
    const [a, box] = [network.host('a'), network.router('box', { boxes: [insideOnly('eth0')] })];
    const server = network.host('server');
    network.link(box, a, { subnet: inside, mtu });
    network.link(box, server, { subnet: outside, latency: ms(1) });
    network.capture(server);
    server.run('server', async (process) => {
      const socket = process.socket('datagram', kind);
      socket.bind(PORT);
      for (const length of lengths) {
        const { payload } = await socket.recv(seconds(1));
        arrived.push(sameBytes(payload, pattern(length)));
      }
    });
    a.run('client', async (process) => {
      const socket = process.socket('datagram', kind);
      for (const length of lengths) {
        socket.send(pattern(length), { address: server.address, port: PORT });
        await process.sleep(ms(1));
      }
    });
  });
  const packets = frames.flatMap(({ frame: { ipv4, ipv6, extensions } }) =>
    (ipv4 ?? ipv6) === undefined
      ? []
      : [
          {
            length: ipv4?.totalLength ?? 40 + ipv6!.payloadLength,
            isFragment: ipv4?.isFragment ?? extensions?.some(({ kind: k }) => k === 'fragment'),
          },
        ],
  );
  return {
    arrived,
    longest: Math.max(...packets.map(({ length }) => length)),
    fragments: packets.filter(({ isFragment }) => isFragment).length,
  };
}

test.each(['IPv4', 'IPv6'] as const)(
  'law: %s datagrams in fragments pass a box that knows connections, and leave in fragments',
  async (family) => {
    let fragments = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1280, max: 1500 }),
        async (lengths, mtu) => {
          const crossed = await cross(family, lengths, mtu);
          expect(crossed.arrived).toEqual(lengths.map(() => true));
          // A router of IPv6 makes no fragments longer than those that came.
          expect(crossed.longest).toBeLessThanOrEqual(family === 'IPv6' ? mtu : 1500);
          fragments += crossed.fragments;
        },
      ),
      { numRuns: 15 },
    );
    expect(fragments).toBeGreaterThan(20);
  },
);
