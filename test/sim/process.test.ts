/** Programs: what ends with them, what outlives them, and what their hosts are called. */
import { describe, expect } from 'vitest';
import { TaskError } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { test } from '../help/family-test.ts';
import { between, errno, listening, ONE_WAY, pairOf, play, serverOf } from './lab.ts';

test('a process that ends closes its sockets, as a kernel does', async () => {
  const { states, segments } = await between(
    async (process) => {
      await process.socket('stream').connect(serverOf());
      process.socket('datagram').bind(53);
      expect(process.sockets.size).toBe(2);
    },
    async (process) => {
      const connection = await listening(process).accept();
      expect(await connection.recv()).toHaveLength(0);
    },
  );
  expect(segments.some((segment) => /^80 FA|^80 A/.test(segment))).toBe(true);
  expect(states.filter((state) => state.endsWith(' CLOSED')).toSorted()).toEqual([
    'client CLOSED',
    'server CLOSED', // the listener
    'server CLOSED',
  ]);
});

test('a type of socket or an option that is none is refused', () =>
  between(
    async (process) => {
      // Files of scenarios run without their types being checked.
      expect(() => process.socket('tcp' as 'stream')).toThrow(
        "a socket is 'stream' or 'datagram', not 'tcp'",
      );
      const none = 'SO_NONE' as 'SO_SNDBUF';
      expect(await errno(() => process.socket('stream').setsockopt(none, 1))).toBe('ENOPROTOOPT');
    },
    async () => {},
  ));

test('exit closes them at once', () =>
  between(
    async (process) => {
      const socket = process.socket('stream');
      await socket.connect(serverOf());
      await process.exit();
      expect(process.sockets.size).toBe(0);
      expect(await errno(() => socket.send('x'))).toBe('EBADF');
      await process.sleep(seconds(1));
    },
    async (process) => {
      const connection = await listening(process).accept();
      await connection.recv();
      expect(process.now).toBeLessThan(seconds(1));
    },
  ));

describe('a signal', () => {
  test('ends a process wherever it waits, and its sockets are closed', async () => {
    const { result, states } = await play(({ network }) => {
      const [client, server] = pairOf(network);
      const served = server.run('server', async (process) => {
        await listening(process).accept();
        await process.sleep(seconds(1_000_000));
      });
      client.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        await process.sleep(seconds(1));
        served.signal('SIGTERM');
        expect(await socket.recv()).toHaveLength(0);
      });
    });
    expect(states).toContain('server FIN-WAIT-1');
    expect(result?.endedAt).toBeLessThan(seconds(100));
  });

  test('with unread data resets the connection', async () => {
    await play(({ network }) => {
      const [client, server] = pairOf(network);
      const served = server.run('server', async (process) => {
        await listening(process).accept();
        await process.sleep(seconds(10));
      });
      client.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        await socket.send('unread');
        await process.sleep(seconds(1));
        served.signal('SIGINT');
        expect(await errno(() => socket.recv())).toBe('ECONNRESET');
      });
    });
  });

  test('that a process heeds does not end it; SIGKILL does', async () => {
    const heard: string[] = [];
    await play(({ network }) => {
      const host = network.host('host', { address: '10.0.0.1/24' });
      const deaf = host.run('deaf', async (process) => {
        process.onSignal('SIGINT', () => heard.push('SIGINT'));
        const thread = async (): Promise<void> => {
          await process.sleep(seconds(9));
          heard.push('thread');
        };
        process.thread(thread);
        await process.sleep(seconds(9));
        heard.push('body');
      });
      host.run('killer', async (process) => {
        deaf.signal('SIGINT');
        expect(deaf.hasEnded).toBe(false);
        await process.sleep(1);
        deaf.signal('SIGKILL');
        expect(deaf.hasEnded).toBe(true);
        deaf.signal('SIGINT');
      });
    });
    expect(heard).toEqual(['SIGINT']);
  });
});

test('exit waits for the sockets that linger', () =>
  between(
    async (process) => {
      const socket = process.socket('stream');
      socket.setsockopt('SO_LINGER', { on: true, seconds: 5 });
      await socket.connect(serverOf());
      const before = process.now;
      await process.exit();
      expect(process.now - before).toBe(2 * ONE_WAY);
    },
    async (process) => {
      await listening(process).accept();
      await process.sleep(seconds(3));
    },
  ));

test('the descriptor counts, not the variable: a socket is its process’s until it is closed', () =>
  play(({ network }) => {
    const host = network.host('host');
    host.run('one', async (one) => {
      const socket = one.socket('stream');
      socket.bind(80);
      const holders = host.socketHolders().get(socket.stackSocket);
      expect(holders).toMatchObject([{ pid: one.pid, name: 'one', user: 'root', descriptor: 3 }]);
      await socket.close();
      expect(host.socketHolders().size).toBe(0);
    });
  }));

test('a new socket has the lowest descriptor that is free, and an inode of its own', () =>
  play(({ network }) => {
    const host = network.host('host');
    host.run(
      'one',
      async (one) => {
        const [first, second] = [one.socket('stream'), one.socket('datagram')];
        await first.close();
        const third = one.socket('stream');
        const fourth = one.socket('stream');
        const numbers = [second, third, fourth].map((each) => one.sockets.get(each));
        expect(numbers.map((each) => each?.number)).toEqual([4, 3, 5]);
        expect(new Set(numbers.map((each) => each?.inode)).size).toBe(3);
        expect(host.socketHolders().get(third.stackSocket)?.[0]?.user).toBe('student');
      },
      { user: 'student' },
    );
  }));

test('process ids count up from 1001 unless given', () =>
  play(({ network }) => {
    const host = network.host('host');
    const idle = async (): Promise<void> => {};
    expect([
      host.run('a', idle),
      host.run('b', idle, { pid: 7 }),
      host.run('c', idle),
    ]).toMatchObject([
      { name: 'a', pid: 1001 },
      { name: 'b', pid: 7 },
      { name: 'c', pid: 1002 },
    ]);
  }));

test('sleep and sleepUntil are exact; the past is now', () =>
  play(({ network, at }) => {
    network.host('host').run('sleeper', async (process) => {
      await process.sleep(ms(1));
      expect(process.now).toBe(ms(1));
      await process.sleepUntil(at('12:00:01.5'));
      expect(process.now).toBe(ms(1500));
      await process.sleepUntil(at('12:00:01'));
      expect(process.now).toBe(ms(1500));
      await process.sleep(0);
      expect(process.now).toBe(ms(1500));
    });
  }));

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'sleep(%d) is refused, and the message says what would be right',
  async (duration) => {
    await play(({ network }) => {
      network.host('host').run('sleeper', async (process) => {
        expect(() => process.sleep(duration)).toThrow(RangeError);
        expect(() => process.sleep(duration)).toThrow('a whole number of nanoseconds');
      });
    });
  },
);

describe('daemons', () => {
  test('are not waited for', async () => {
    const { result } = await play(({ network }) => {
      const [client, server] = pairOf(network);
      server.run(
        'server',
        async (process) => {
          const listener = listening(process);
          for (;;) await (await listener.accept()).close();
        },
        { daemon: true },
      );
      client.run('client', async (process) => {
        const socket = process.socket('stream');
        await socket.connect(serverOf());
        expect(await socket.recv()).toHaveLength(0);
      });
    });
    expect(result?.endedAt).toBeLessThan(seconds(120)); // the end of TIME-WAIT
  });

  test('that fail end the run all the same', async () => {
    const run = play(({ network }) => {
      const host = network.host('host');
      host.run('daemon', async () => Promise.reject(new Error('of its own accord')), {
        daemon: true,
      });
      host.run('other', async (process) => process.sleep(seconds(1)));
    });
    await expect(run).rejects.toThrow(TaskError);
    await expect(run).rejects.toThrow('task "host: daemon" failed: of its own accord');
  });
});

test('a process starts another in the middle of a run', async () => {
  const order: string[] = [];
  await play(({ network }) => {
    const host = network.host('host');
    host.run('parent', async (parent) => {
      await parent.sleep(ms(1));
      host.run('child', async (child) => {
        order.push(`child at ${child.now}`);
      });
      order.push('parent goes on');
      await parent.sleep(ms(1));
      order.push('parent ends');
    });
  });
  expect(order).toEqual(['parent goes on', `child at ${ms(1)}`, 'parent ends']);
});
