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
  stripOptions,
} from '../../src/stack/index.ts';
import { sameBytes, verifyFrame } from '../../src/wire/index.ts';
import { pattern, play } from '../sim/lab.ts';

const PORT = 80;

/** Two hosts inside send and get `length` octets each, over a link that loses and disorders. */
async function exchange(
  boxes: readonly Middlebox[],
  length: number,
  seed: number,
): Promise<{ router: SimulatedHost; causes: Set<string>; segments: number }> {
  let router: SimulatedHost | undefined;
  const observed = await play(
    ({ network }) => {
      const lan = network.switch('192.168.1.0/24');
      const box = network.router('box', { boxes });
      router = box;
      const [a, b, server] = [network.host('a'), network.host('b'), network.host('server')];
      for (const each of [box, a, b]) network.link(each, lan);
      const netem = 'loss 3% delay 8ms reorder 94% duplicate 3%';
      network.link(box, server, { subnet: '203.0.113.0/24', latency: ms(5), netem });
      network.capture(server);
      network.capture(a);
      server.run('server', async (process) => {
        const listener = process.socket('stream');
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
          const socket = process.socket('stream');
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

test.each(Object.entries(BOXES))('law: both streams arrive through %s', async (_name, boxes) => {
  let lossy = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(0xffff),
      fc.integer({ min: 3000, max: 20_000 }),
      async (seed, length) => {
        const { router, causes } = await exchange(boxes(), length, seed);
        if (causes.has('lost')) lossy += 1;
        expect([...causes].filter((name) => name.startsWith('nat'))).toEqual([]);
        if (boxes().length > 0) expect(router.stack.tracker.flows.size).toBe(0);
      },
    ),
    { numRuns: 3, seed: 20_261_121 },
  );
  expect(lossy).toBeGreaterThan(0);
});
