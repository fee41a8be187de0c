/**
 * Calls that take time: what arrives while one has the socket waits for its end, hung together, and
 * is acknowledged once. Whatever that does to the segments, the stream is the same.
 */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Process, SimulatedHost, StreamSocket } from '../../src/sim/index.ts';
import {
  type Duration,
  type HostProfile,
  linux4,
  linux6,
  ms,
  openbsd,
  us,
} from '../../src/stack/index.ts';
import { concat } from '../../src/wire/index.ts';
import { FAMILIES, type FamilyName } from '../help/families.ts';
import { familyOfTest, test } from '../help/family-test.ts';
import { anyOf, errno, listening, type Observed, pairOf, pattern, play, serverOf } from './lab.ts';

interface Transfer {
  readonly family?: FamilyName;
  readonly profile?: HostProfile;
  readonly callTime?: { readonly client?: Duration; readonly server?: Duration };
  readonly latency?: Duration;
  readonly writes?: readonly number[];
  readonly reads?: number;
  readonly prepare?: (server: SimulatedHost) => void;
}

/** What the server has read, and the hosts. */
interface Transferred {
  readonly observed: Observed;
  readonly client: SimulatedHost;
  readonly server: SimulatedHost;
  readonly read: Uint8Array;
}

/** The client writes and closes; the server reads to the end. */
async function transfer(given: Transfer): Promise<Transferred> {
  const { profile = linux6, callTime = {}, latency = us(10), writes = [50_000] } = given;
  const family = given.family === undefined ? familyOfTest() : FAMILIES[given.family];
  const hosts: SimulatedHost[] = [];
  const parts: Uint8Array[] = [];
  const observed = await play(({ network }) => {
    const [client, server] = pairOf(
      network,
      { latency },
      {
        client: { profile, callTime: callTime.client ?? 0 },
        server: { profile, callTime: callTime.server ?? 0 },
      },
      family,
    );
    hosts.push(client, server);
    given.prepare?.(server);
    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(80, anyOf(family));
      listener.listen();
      const connection = await listener.accept();
      for (;;) {
        const part = await connection.recv(given.reads ?? 65_536);
        if (part.length === 0) break;
        parts.push(part.slice());
      }
      await connection.close();
    });
    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect(serverOf(family));
      let at = 0;
      for (const length of writes) {
        await connection.send(pattern(at + length).subarray(at));
        at += length;
      }
      await connection.close();
    });
  });
  const [client, server] = hosts as [SimulatedHost, SimulatedHost];
  return { observed, client, server, read: concat(...parts) };
}

test.law('whatever calls take, the stream arrives whole', async (families) => {
  const seen = { hung: 0, alone: 0 };
  await fc.assert(
    fc.asyncProperty(
      families,
      fc.constantFrom(linux6, linux6, linux6, linux4, openbsd),
      fc.record({ client: fc.nat(100), server: fc.nat(100) }),
      fc.integer({ min: 1, max: 15 }),
      fc.array(fc.integer({ min: 1, max: 12_000 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1000, 5000, 65_536),
      async (family, profile, calls, latency, writes, reads) => {
        const { client, server, read } = await transfer({
          family,
          profile,
          callTime: { client: us(calls.client), server: us(calls.server) },
          latency: us(latency),
          writes,
          reads,
        });
        const written = pattern(writes.reduce((sum, each) => sum + each));
        expect(read.length).toBe(written.length);
        expect(read.every((octet, at) => octet === written[at])).toBe(true);
        for (const { stack } of [client, server]) {
          const { TcpExtTCPBacklogCoalesce: hung, TcpEstabResets } = stack.counters;
          expect(TcpEstabResets).toBe(0);
          if (hung > 0) seen.hung += 1;
          else seen.alone += 1;
          if (profile !== linux6) expect(hung).toBe(0); // Linux 4 has it not, OpenBSD no backlog
        }
      },
    ),
    { numRuns: 20, seed: 20261121 },
  );
  expect(Math.min(seen.hung, seen.alone)).toBeGreaterThan(3);
});

test('acknowledgments that come during a call are one when it ends', async () => {
  const { client } = await transfer({ callTime: { client: us(100) } });
  const quick = await transfer({});
  expect(client.stack.counters.TcpExtTCPBacklogCoalesce).toBeGreaterThan(5);
  const heard = ({ TcpExtTCPPureAcks, TcpExtTCPHPAcks }: typeof client.stack.counters): number =>
    TcpExtTCPPureAcks + TcpExtTCPHPAcks;
  expect(heard(client.stack.counters)).toBeLessThan(heard(quick.client.stack.counters));
});

/** How many segments the server sent. */
async function answersOf(prepare: (server: SimulatedHost) => void): Promise<number> {
  const { server } = await transfer({
    profile: { ...linux6, tcp: { ...linux6.tcp, backlog: { coalesces: false, defersAcks: true } } },
    callTime: { server: us(300) },
    writes: [100_000],
    reads: 500,
    prepare,
  });
  return server.stack.counters.TcpOutSegs;
}

test('what came during a call is acknowledged once, unless tcp_backlog_ack_defer is off', async () => {
  const once = await answersOf(() => {});
  const each = await answersOf((server) => {
    server.command('sysctl -w net.ipv4.tcp_backlog_ack_defer=0');
  });
  expect(once).toBeLessThan(each);
});

/** A client that is connected, its calls taking 10 ms, and a server that says a lot meanwhile. */
async function during(
  client: (process: Process, connection: StreamSocket) => Promise<void>,
): Promise<SimulatedHost> {
  const hosts: SimulatedHost[] = [];
  await play(({ network }) => {
    const pair = pairOf(network, { latency: us(10) }, { client: { callTime: ms(10) } });
    hosts.push(pair[0]);
    pair[1].run('server', async (process) => {
      const connection = await listening(process).accept();
      await connection.recv(1);
      await connection.send(pattern(5000));
      await errno(() => connection.recv());
    });
    pair[0].run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect(serverOf());
      await client(process, connection);
    });
  });
  return hosts[0]!;
}

test('a socket that another call has is waited for', () =>
  during(async (process, connection) => {
    const begun = process.now;
    process.thread(async () => connection.send('first'));
    await process.sleep(us(1));
    const bytes = await connection.recv();
    expect(bytes).toHaveLength(5000); // which came while the other call had the socket
    expect(process.now - begun).toBe(ms(20));
  }));

test('a socket that is closed during a call takes in what waits, and is gone', async () => {
  const { stack } = await during(async (process, connection) => {
    const sent = errno(() => connection.send('x'));
    await process.sleep(ms(1));
    await connection.close();
    expect(await sent).toBe(undefined);
  });
  expect(stack.tcp.connections()).toEqual([]);
});

test('a process that ends during a call leaves its connection to the host', async () => {
  const { stack } = await during(async (process, connection) => {
    process.thread(async () => connection.send('x'));
    await process.sleep(ms(1));
  });
  expect(stack.tcp.connections()).toEqual([]);
});

test('long frames that wait for a call are counted by their segments', async () => {
  const counted: (string | undefined)[] = [];
  const { length } = pattern(100_000);
  await play(({ network }) => {
    const [client, server] = [network.host('client'), network.host('server')];
    const [one, other] = [client, server].map((host, i) =>
      network.interface(host, 'eth0', {
        address: `10.0.0.${i + 1}/24`,
        segmentationOffload: true,
      }),
    );
    network.link(one!, other!, { veth: true, latency: us(10) });
    server.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(80);
      listener.listen();
      const connection = await listener.accept();
      process.callTime = us(200);
      for (let left = length; left > 0;) left -= (await connection.recv(20_000)).length;
      counted.push(/data_segs_in:(\d+)/.exec(server.command('ss -tni'))?.[1]);
      counted.push(/data_segs_out:(\d+)/.exec(client.command('ss -tni'))?.[1]);
      expect(server.stack.counters.TcpInSegs).toBeLessThan(Number(counted[0]));
    });
    client.run('client', async (process) => {
      const connection = process.socket('stream');
      await connection.connect({ address: '10.0.0.2', port: 80 });
      await connection.send(pattern(length));
      await process.sleep(ms(100));
    });
  });
  expect(counted[0]).toBe(counted[1]);
});

test('what a call takes is a time', async () => {
  await expect(
    play(({ network }) => void network.host('client', { callTime: -1 })),
  ).rejects.toThrow('callTime is a whole number of nanoseconds, 0 or more, not -1');
  await play(({ network }) => {
    network.host('client').run('client', async (process) => {
      expect(() => (process.callTime = 0.5)).toThrow('callTime is a whole number');
      expect(process.callTime).toBe(0);
    });
  });
});
