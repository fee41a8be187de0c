/** Scenarios: what is wrong with one is said when it is made, and how a run can end. */
import { describe, expect, test } from 'vitest';
import {
  DeadlockError,
  ExpectationError,
  isScenario,
  LimitError,
  namesOf,
  runScenario,
  scenario,
  ScenarioError,
  type ScenarioOptions,
  TaskError,
} from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { parseIpv4 } from '../../src/wire/index.ts';
import { listening, play } from './lab.ts';

const nothing = (): void => {};

describe('making one', () => {
  test.each([
    [{ start: 'noon' }, 'not a date such as 2026-01-01T12:00:00.000000Z: "noon"'],
    [{ start: '2026-02-30T00:00:00Z' }, 'no such date: "2026-02-30T00:00:00Z"'],
    [{ hosts: { localhost: '127.0.0.1' } }, 'not an IPv4 address: "localhost"'],
    [{ services: { http: '80/tcp' } }, 'not a port such as 8000/tcp: "http"'],
    [{ services: { '80': 'http' } }, 'not a port such as 8000/tcp: "80"'],
    [{ services: { '80/sctp': 'http' } }, 'not a port such as 8000/tcp: "80/sctp"'],
    [{ services: { '65536/tcp': 'x' } }, 'not a port such as 8000/tcp: "65536/tcp"'],
    [{ seed: -1 }, 'a seed is a whole number of 0 to 2^53 - 1, not -1'],
    [{ seed: 0.5 }, 'a seed is a whole number of 0 to 2^53 - 1, not 0.5'],
    [{ limits: { events: -1 } }, 'a limit is 0 events or more, not -1'],
    [{ limits: { time: Number.NaN } }, 'a limit is an instant of 0 or more, not NaN'],
    [{ linger: -1 }, 'a linger is a whole number of nanoseconds, 0 or more, not -1'],
  ] satisfies [Partial<ScenarioOptions>, string][])('%j is refused', (options, message) => {
    const make = (): unknown => scenario('x', { summary: 'x', ...options }, nothing);
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });

  test('what is made is a scenario; other things are not', () => {
    expect(isScenario(scenario('x', { summary: 'x' }, nothing))).toBe(true);
    for (const other of [undefined, null, 0, 'x', {}, [], nothing, { name: 'x', options: {} }]) {
      expect(isScenario(other)).toBe(false);
    }
  });

  test('names of hosts and ports', () => {
    const { hosts, tcp, udp } = namesOf(
      scenario(
        'x',
        {
          summary: 'x',
          hosts: { '127.0.0.1': 'localhost', '::1': 'localhost' },
          services: { '8000/tcp': 'irdmi', '0/udp': 'zero', '65535/udp': 'last' },
        },
        nothing,
      ),
    );
    expect([...hosts]).toEqual([
      [parseIpv4('127.0.0.1'), 'localhost'],
      [1n, 'localhost'],
    ]);
    expect([...tcp]).toEqual([[8000, 'irdmi']]);
    expect([...udp]).toEqual([
      [0, 'zero'],
      [65_535, 'last'],
    ]);
  });
});

describe('running one', () => {
  test('builds it anew each time, without anything left of the last', async () => {
    let builds = 0;
    const what = scenario('x', { summary: 'x' }, ({ network }) => {
      builds += 1;
      network.host('host').run('program', async (process) => process.sleep(ms(1)));
    });
    const first = await runScenario(what);
    expect(await runScenario(what)).toEqual(first);
    expect(first).toEqual({ seed: 1, events: 1, endedAt: ms(1) });
    expect(builds).toBe(2);
  });

  test('the run’s seed is used before the scenario’s, and that before 1', async () => {
    const plain = scenario('x', { summary: 'x' }, nothing);
    const seeded = scenario('x', { summary: 'x', seed: 5 }, nothing);
    expect((await runScenario(plain)).seed).toBe(1);
    expect((await runScenario(seeded)).seed).toBe(5);
    expect((await runScenario(seeded, { seed: 0 })).seed).toBe(0);
    await expect(runScenario(seeded, { seed: -1 })).rejects.toThrow('a seed is');
  });

  test('linger: how long after the last program it goes on', async () => {
    const endings = [undefined, 0, seconds(1)].map(async (linger) => {
      const { result } = await play(
        ({ network }) => {
          const [client, server] = network.pair({ latency: ms(1) });
          server.run('server', async (process) => {
            await (await listening(process).accept()).recv();
          });
          client.run('client', async (process) => {
            await process.socket('stream').connect({ address: '10.0.0.2', port: 80 });
          });
        },
        linger === undefined ? {} : { linger },
      );
      return result?.endedAt;
    });
    const [forEver = 0, none = 0, second = 0] = await Promise.all(endings);
    expect(none).toBe(ms(5));
    expect(second).toBeGreaterThan(none);
    expect(second).toBeLessThan(none + seconds(1));
    expect(forEver).toBeGreaterThan(seconds(60)); // the end of TIME-WAIT
  });

  test('a router that advertises for ever, and a host without one, let a run end', async () => {
    const endings = ['advertises', 'is silent'].map(async (router) => {
      const { result, frames } = await play(({ network }) => {
        const box = network.router('router', { address: '2001:db8::1/64' });
        const host = network.host('host', { address: [], ipv6: 'comes-up' });
        network.link(box, host, { latency: ms(1) });
        network.capture(host);
        if (router === 'advertises') {
          const { stack } = box.interface('eth0');
          box.stack.advertise(stack, { prefixes: [{ prefix: '2001:db8::/64' }] }, 0);
        }
      });
      const types = frames.map(({ frame }) => frame.icmpv6?.type);
      const solicitations = types.filter((type) => type === 133).length;
      return { solicitations, end: result?.endedAt ?? 0 };
    });
    const [advertises, silent] = await Promise.all(endings);
    expect(advertises?.solicitations).toBeLessThanOrEqual(1);
    expect(advertises?.end).toBeLessThan(seconds(60)); // neighbours are forgotten to be reachable
    expect(silent?.solicitations).toBe(3);
    expect(silent?.end).toBeLessThan(seconds(30));
  });

  test('hosts: programs connect to their names, by IPv6 where that is there', async () => {
    const families = [['10.0.0.0/24', '2001:db8::/64'], '10.0.0.0/24'].map(async (subnet) => {
      let peer = '';
      await play(
        ({ network }) => {
          const [client, server] = [network.host('client'), network.host('server')];
          network.link(client, server, { subnet });
          server.run('server', async (process) => {
            const listener = process.socket('stream', 'AF_INET6');
            listener.bind(80);
            listener.listen();
            await (await listener.accept()).recvAll();
          });
          client.run('client', async (process) => {
            const socket = process.socket('stream');
            await socket.connect({ address: 'Server.test', port: 80 });
            peer = socket.remote?.address ?? '';
            const nobody = process.socket('stream').connect({ address: 'nobody', port: 80 });
            await expect(nobody).rejects.toThrow('EAI_NONAME');
          });
        },
        { hosts: { '10.0.0.2': 'server.test', '2001:db8::2': 'server.test' } },
      );
      return peer;
    });
    expect(await Promise.all(families)).toEqual(['2001:db8::2', '10.0.0.2']);
  });

  test('report is handed to whoever watches, with the time', async () => {
    const { reports } = await play(({ network, report }) => {
      report('before');
      network.host('host').run('program', async (process) => {
        await process.sleep(seconds(1));
        report('a second later');
      });
    });
    expect(reports).toEqual(['before', 'a second later']);
  });

  test('without anybody who watches it runs too', async () => {
    const what = scenario('x', { summary: 'x' }, ({ network, report }) => {
      const [client] = network.pair();
      network.capture(client);
      report('to nobody');
      client.run('client', async (process) => {
        process.socket('datagram').send('x', { address: '10.0.0.2', port: 9 });
      });
    });
    expect((await runScenario(what)).events).toBeGreaterThan(0);
  });

  test('at: instants of dates', () =>
    play(
      ({ at }) => {
        expect(at('10:00:01')).toBe(seconds(1));
        expect(at('2026-01-02T10:00:00Z')).toBe(seconds(86_400));
        expect(() => at('09:59:59')).toThrow('before the scenario begins');
      },
      { start: '2026-01-01T10:00:00Z' },
    ));
});

describe('failing', () => {
  test('an expectation in a program is its task’s error', async () => {
    const run = play(({ network, check }) => {
      network.host('host').run('program', async () => {
        check(true, 'what is true');
        check(false, 'what is not');
      });
    });
    await expect(run).rejects.toThrow(TaskError);
    await expect(run).rejects.toThrow('task "host: program" failed: expected what is not');
    await expect(run).rejects.toMatchObject({
      task: 'host: program',
      cause: expect.any(ExpectationError) as unknown,
    });
  });

  test('an expectation where the hosts are set up is the run’s', async () => {
    await expect(play(({ check }) => check(false, 'more'))).rejects.toThrow(ExpectationError);
  });

  test('a socket error that nobody catches names the call', async () => {
    const run = play(({ network }) => {
      const [client] = network.pair();
      client.run('client', async (process) => {
        await process.socket('stream').connect({ address: '10.0.0.2', port: 80 });
      });
    });
    await expect(run).rejects.toThrow(
      'task "client: client" failed: connect: Connection refused (ECONNREFUSED)',
    );
  });

  test('what throws something that is no error', async () => {
    const run = play(({ network }) => {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors
      network.host('host').run('program', async () => Promise.reject('just a text'));
    });
    await expect(run).rejects.toThrow('task "host: program" failed: just a text');
  });

  test('a deadlock names who waits, in which call, and since when', async () => {
    const run = play(({ network }) => {
      const [client, server] = network.pair({ latency: ms(10) });
      server.run('server', async (process) => {
        const connection = await listening(process).accept();
        await connection.recv();
      });
      client.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect({ address: '10.0.0.2', port: 80 });
        await socket.recv();
      });
      client.run('idle', async (process) => {
        await process.sleep(seconds(1));
        await new Promise(() => {});
      });
    });
    await expect(run).rejects.toThrow(DeadlockError);
    await expect(run).rejects.toThrow(
      's, and tasks wait: ' +
        'server: server: waiting in recv since 0.05 s; ' +
        'client: client: waiting in recv since 0.04 s; ' +
        'client: idle: waiting in something outside the simulation',
    );
  });

  test('limits stop what does not end', async () => {
    const endless = (options: Partial<ScenarioOptions>): Promise<unknown> =>
      play(({ network }) => {
        network.host('host').run('program', async (process) => {
          for (;;) await process.sleep(ms(1));
        });
      }, options);
    await expect(endless({ limits: { events: 100 } })).rejects.toThrow(LimitError);
    await expect(endless({ limits: { events: 100 } })).rejects.toThrow(
      'the simulation does not end: the limit of 100 events is reached at 0.1 s',
    );
    await expect(endless({ limits: { time: ms(5) } })).rejects.toThrow(
      'the next event is due at 0.006 s, after the limit of 0.005 s',
    );
  });

  test('a function that is async is refused: what it awaits would never come', async () => {
    const run = play(async ({ network }) => {
      await Promise.reject(new Error(`${network.hosts.length} hosts`));
    });
    await expect(run).rejects.toThrow(ScenarioError);
    await expect(run).rejects.toThrow('is not async');
  });
});
