/** AccECN between two hosts on a link that marks: what one end counts, the other learns. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runScenario, scenario } from '../../src/sim/index.ts';
import { linux6, ms, rfc, seconds } from '../../src/stack/index.ts';
import { TCP_INFO_VALUE } from '../../src/stack/posix/constants.ts';
import { tcpInfo } from '../../src/stack/tcp/sockets/tcp-info.ts';

type Info = Readonly<Record<string, number>>;

interface Ends {
  readonly client: Info;
  readonly server: Info;
}

interface World {
  /** Of packets marked; or lost, those that are not ECT. */
  readonly percent: number;
  readonly octets: number;
  readonly isByTheBook: boolean;
  /** tcp_ecn_option of both. */
  readonly option: number;
  readonly seed: number;
}

const worlds: fc.Arbitrary<World> = fc.record({
  percent: fc.constantFrom(0, 1, 5, 10),
  octets: fc.integer({ min: 1, max: 300_000 }),
  isByTheBook: fc.boolean(),
  option: fc.constantFrom(1, 2),
  seed: fc.nat(1000),
});

/** The server takes all octets and answers; then both are asked what they know. */
async function exchange(world: World): Promise<Ends> {
  const { percent, octets, isByTheBook, option, seed } = world;
  const ecn = { ...(isByTheBook ? rfc : linux6).tcp.ecn, mode: 3, option };
  const profile = { ...linux6, tcp: { ...linux6.tcp, ecn } };
  let client: Info = {};
  let server: Info = {};
  const run = scenario('marks', { summary: 'a link that marks' }, ({ network }) => {
    const [a, b] = [network.host('a', { profile }), network.host('b', { profile })];
    network.link(a, b, { subnet: '10.0.0.0/24', latency: ms(5), netem: `loss ${percent}% ecn` });
    b.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(80);
      listener.listen();
      const connection = await listener.accept();
      for (let left = octets; left > 0;) left -= (await connection.recv(left)).length;
      await connection.send('done');
      server = tcpInfo(connection.stackSocket, process.now);
      await connection.recvAll();
    });
    a.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: b.address, port: 80 });
      await connection.send('x'.repeat(octets));
      await connection.recv(4);
      client = tcpInfo(connection.stackSocket, process.now);
      await process.sleep(seconds(1));
    });
  });
  await runScenario(run, { seed });
  return { client, server };
}

test('law: marked packets and octets are known to who sent them', async () => {
  const accurate = TCP_INFO_VALUE.TCPI_ECN_MODE_ACCECN;
  let marked = 0;
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      const { client, server } = await exchange(world);
      if (client['tcpi_ecn_mode'] !== accurate) return; // SYNs were lost
      // By the book acknowledgments are lost, and then more marks are assumed than there are.
      const [told, seen] = [client['tcpi_delivered_ce'] ?? 0, server['tcpi_received_ce'] ?? 0];
      if (world.isByTheBook) expect(told).toBeGreaterThanOrEqual(seen);
      else expect(told).toBe(seen);
      marked += server['tcpi_received_ce'] ?? 0;
      const { TCP_ACCECN_OPT_COUNTER_SEEN: countersSeen } = TCP_INFO_VALUE;
      // Without a first option there are no others; with few, the last octets wait to be told of.
      if (client['tcpi_accecn_opt_seen'] !== countersSeen || world.option === 1) return;
      compared += 1;
      for (const kind of ['e0', 'e1', 'ce']) {
        expect(client[`tcpi_delivered_${kind}_bytes`]).toBe(server[`tcpi_received_${kind}_bytes`]);
      }
    }),
    { numRuns: 60, seed: 20240801 },
  );
  expect(marked).toBeGreaterThan(100);
  expect(compared).toBeGreaterThan(5);
});
