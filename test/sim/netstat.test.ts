/** netstat: a row for each socket in each of its states, as Linux shows it. */
import { describe, expect, test } from 'vitest';
import {
  netstat,
  type NetstatRow,
  type Process,
  type SimulatedHost,
  type StreamSocket,
} from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { listening, ONE_WAY, play, SERVER } from './lab.ts';

/** A row as `State Recv-Q Send-Q program`. */
function brief({ state, receiveQueue, sendQueue, program }: NetstatRow): string {
  return `${state} ${receiveQueue} ${sendQueue} ${program}`;
}

/** The rows of both hosts at an instant, of connections only. */
interface Glance {
  readonly client: readonly string[];
  readonly server: readonly string[];
}

/** Two programs on a connection, and a glance at both hosts every 5 ms: `at(time)` gives one. */
async function watched(
  client: (socket: StreamSocket, process: Process) => Promise<void>,
  server: (socket: StreamSocket, process: Process) => Promise<void>,
): Promise<(time: number) => Glance> {
  const glances: Glance[] = [];
  await play(({ network }) => {
    const [a, b] = network.pair({ latency: ONE_WAY });
    const rows = (host: SimulatedHost): string[] =>
      netstat(host)
        .filter(({ state }) => state !== 'LISTEN')
        .map(brief);
    b.run(
      'watcher',
      async (process) => {
        await process.sleep(ms(2)); // between the events, which happen at multiples of 5 ms
        for (;;) {
          glances.push({ client: rows(a), server: rows(b) });
          await process.sleep(ms(5));
        }
      },
      { daemon: true },
    );
    b.run('srv', async (process) => server(await listening(process).accept(), process), {
      pid: 20,
    });
    a.run(
      'cli',
      async (process) => {
        const socket = process.socket('stream');
        await socket.connect(SERVER);
        await client(socket, process);
      },
      { pid: 10 },
    );
  });
  return (time) => glances[Math.floor(time / ms(5))] ?? { client: [], server: [] };
}

test('opening: SYN_SENT has a SYN to be acknowledged; SYN_RECV is nobody’s', async () => {
  const at = await watched(
    async (_socket, process) => process.sleep(ms(100)),
    async (connection) => void (await connection.recv()),
  );
  expect(at(ms(25)).client).toEqual(['SYN_SENT 0 1 10/cli']);
  expect(at(ms(25)).server).toEqual([]);
  expect(at(ms(35)).server).toEqual(['SYN_RECV 0 0 -']);
  expect(at(ms(45)).client).toEqual(['ESTABLISHED 0 0 10/cli']);
  expect(at(ms(55)).server).toEqual(['ESTABLISHED 0 0 20/srv']);
});

test('queues: octets unread there, octets unacknowledged here', async () => {
  const at = await watched(
    async (socket, process) => {
      await process.sleep(ms(60)); // 100 ms
      await socket.send('hello');
      await process.sleep(ms(200));
    },
    async (connection, process) => {
      await process.sleep(ms(100)); // 150 ms
      await connection.recvText(2);
      await process.sleep(ms(50)); // 200 ms
      await connection.recvText();
      await connection.recvText();
    },
  );
  expect(at(ms(105))).toEqual({
    client: ['ESTABLISHED 0 5 10/cli'],
    server: ['ESTABLISHED 0 0 20/srv'],
  });
  expect(at(ms(125))).toEqual({
    client: ['ESTABLISHED 0 0 10/cli'],
    server: ['ESTABLISHED 5 0 20/srv'],
  });
  expect(at(ms(160)).server).toEqual(['ESTABLISHED 3 0 20/srv']);
  expect(at(ms(205)).server).toEqual(['ESTABLISHED 0 0 20/srv']);
});

test('closing, one after the other: FINs count until they are acknowledged and read', async () => {
  const at = await watched(
    async (socket, process) => {
      await process.sleep(ms(60)); // 100 ms
      await socket.close();
      await process.sleep(ms(500));
    },
    async (connection, process) => {
      await process.sleep(ms(150)); // 200 ms
      await connection.recv();
      await process.sleep(ms(50)); // 250 ms
      await connection.close();
      await process.sleep(ms(500));
    },
  );
  expect(at(ms(105))).toEqual({
    client: ['FIN_WAIT1 0 1 -'],
    server: ['ESTABLISHED 0 0 20/srv'],
  });
  expect(at(ms(180))).toEqual({
    client: ['FIN_WAIT2 0 0 -'],
    server: ['CLOSE_WAIT 1 0 20/srv'],
  });
  expect(at(ms(205)).server).toEqual(['CLOSE_WAIT 0 0 20/srv']);
  expect(at(ms(255)).server).toEqual(['LAST_ACK 0 1 -']);
  expect(at(ms(265)).client).toEqual(['TIME_WAIT 0 0 -']);
  expect(at(ms(275)).server).toEqual([]);
});

test('closing without reading the end: the FIN stays unread', async () => {
  const at = await watched(
    async (socket) => socket.close(),
    async (connection, process) => {
      await process.sleep(ms(150));
      await connection.close();
      await process.sleep(ms(50));
    },
  );
  expect(at(ms(205)).server).toEqual(['LAST_ACK 1 1 -']);
});

test('closing at once on both sides', async () => {
  const at = await watched(
    async (socket, process) => {
      await process.sleep(ms(60)); // 100 ms
      await socket.close();
      await process.sleep(ms(500));
    },
    async (connection, process) => {
      await process.sleep(ms(50)); // 100 ms
      await connection.close();
      await process.sleep(ms(500));
    },
  );
  expect(at(ms(105))).toEqual({ client: ['FIN_WAIT1 0 1 -'], server: ['FIN_WAIT1 0 1 -'] });
  expect(at(ms(115))).toEqual({ client: ['CLOSING 1 1 -'], server: ['CLOSING 1 1 -'] });
  expect(at(ms(125))).toEqual({ client: ['TIME_WAIT 0 0 -'], server: ['TIME_WAIT 0 0 -'] });
});

test('a half-closed socket is its process’s, until TIME_WAIT takes it over', async () => {
  const at = await watched(
    async (socket, process) => {
      await process.sleep(ms(60)); // 100 ms
      socket.shutdown('write');
      await process.sleep(ms(500));
    },
    async (connection, process) => {
      await process.sleep(ms(250)); // 300 ms
      await connection.close();
      await process.sleep(ms(500));
    },
  );
  expect(at(ms(105)).client).toEqual(['FIN_WAIT1 0 1 10/cli']);
  expect(at(ms(180)).client).toEqual(['FIN_WAIT2 0 0 10/cli']);
  expect(at(ms(320)).client).toEqual(['TIME_WAIT 0 0 -']);
});

test('an orphan with data and a FIN behind them counts both', async () => {
  const at = await watched(
    async (socket, process) => {
      await process.sleep(ms(60)); // 100 ms
      await socket.send(new Uint8Array(70_000)); // more than the first window lets go
      await socket.close();
      await process.sleep(ms(500));
    },
    async (connection, process) => {
      await process.sleep(ms(300));
      expect((await connection.recvAll()).length).toBe(70_000);
    },
  );
  expect(at(ms(105)).client).toEqual(['FIN_WAIT1 0 70001 -']);
  const [row = ''] = at(ms(150)).client;
  expect(row).toMatch(/^FIN_WAIT1 0 \d+ -$/);
  expect(Number(row.split(' ')[2])).toBeGreaterThan(1);
  expect(Number(row.split(' ')[2])).toBeLessThan(70_001);
});

describe('listeners', () => {
  test('come first, with how many wait to be accepted', () =>
    play(({ network }) => {
      const [client, server] = network.pair();
      server.run('srv', async (process) => {
        const late = process.socket('stream');
        late.bind(8080, '10.0.0.2');
        late.listen();
        const listener = listening(process);
        await process.sleep(seconds(1));
        expect(netstat(server).map((row) => Object.values(row).join(' '))).toEqual([
          'tcp 2 0 0.0.0.0:80 0.0.0.0:* LISTEN 1001/srv',
          'tcp 0 0 10.0.0.2:8080 0.0.0.0:* LISTEN 1001/srv',
          expect.stringMatching(/^tcp 0 0 10\.0\.0\.2:80 10\.0\.0\.1:\d+ ESTABLISHED -$/),
          expect.stringMatching(/^tcp 0 0 10\.0\.0\.2:80 10\.0\.0\.1:\d+ ESTABLISHED -$/),
        ]);
        await listener.accept();
        expect(netstat(server)[0]?.receiveQueue).toBe(1);
        expect(netstat(server)[2]?.program).toBe('1001/srv');
        await listener.close();
        await late.close();
        expect(netstat(server).map(({ state }) => state)).toEqual(['ESTABLISHED']);
      });
      client.run('cli', async (process) => {
        for (let i = 0; i < 2; i++) await process.socket('stream').connect(SERVER);
        await process.sleep(seconds(5));
      });
    }));

  test('a bound socket that does not listen is not shown', () =>
    play(({ network }) => {
      const host = network.host('host');
      host.run('program', async (process) => {
        process.socket('stream').bind(80);
        expect(netstat(host)).toEqual([]);
      });
    }));
});

test('connections are in the order in which they began', () =>
  play(({ network }) => {
    const [client, server, link] = network.pair();
    link.down(seconds(1));
    server.run('srv', async (process) => {
      listening(process);
      await process.sleep(seconds(2));
    });
    client.run('cli', async (process) => {
      const ports: number[] = [];
      for (let i = 0; i < 5; i++) {
        const socket = process.socket('stream');
        await socket.connect(SERVER);
        ports.push(socket.local.port);
      }
      expect(netstat(client).map(({ local }) => local)).toEqual(
        ports.map((port) => `10.0.0.1:${port}`),
      );
    });
  }));
