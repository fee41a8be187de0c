/** Lines that go on: a keyboard, a screen, Ctrl-C and Ctrl-D, and who waits for them. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeadlockError, type Program, runScenario, scenario } from '../../src/sim/index.ts';
import { seconds } from '../../src/stack/index.ts';
import { fromUtf8 } from '../../src/wire/index.ts';
import { onHost, outcomeOf } from './terminals.ts';

/** Connects, sends what comes in, and ends when the input does. */
const talk: Program = async ({ process, streams }, [address = '127.0.0.1']) => {
  const socket = process.socket('stream');
  await socket.connect({ address, port: 8000 });
  for (let typed = await streams.read(); typed !== undefined; typed = await streams.read()) {
    await socket.send(typed);
  }
  return 0;
};

/** Takes one connection and prints what comes, until the end of it. */
const listen: Program = async ({ process, streams }) => {
  const listener = process.socket('stream');
  listener.bind(8000);
  listener.listen();
  const connection = await listener.accept();
  for (let got = await connection.recv(); got.length > 0; got = await connection.recv()) {
    streams.write(got);
  }
  return 0;
};

const PROGRAMS = { talk, listen };

describe('a job', () => {
  test('gets what is typed, a line at a time, until Ctrl-D', async () => {
    const read: string[] = [];
    const reader: Program = async ({ streams }) => {
      for (let line = await streams.read(); line !== undefined; line = await streams.read()) {
        read.push(fromUtf8(line));
      }
      return 7;
    };
    await onHost(
      async (host) => {
        const job = host.start('reader');
        job.type('one\ntwo\n');
        job.type('three');
        job.endInput();
        expect(await job.ended).toBe(7);
      },
      { reader },
    );
    expect(read).toEqual(['one\n', 'two\n', 'three']);
  });

  test('talks to another over the network', async () => {
    await onHost(async (host) => {
      const server = host.start('listen | tee log');
      const client = host.start('talk');
      client.type('hello\n');
      client.endInput();
      expect(await client.ended).toBe(0);
      expect(await server.ended).toBe(0);
      expect(server.output).toBe('hello\n');
      expect(host.files.readText('log')).toBe('hello\n');
    }, PROGRAMS);
  });

  test('is ended by Ctrl-C, and what it had open is closed', async () => {
    const { endedAt } = await onHost(async (host) => {
      const server = host.start('listen; echo never');
      const client = host.start('sleep 1; talk');
      await host.sh('sleep 2');
      expect(await host.sh('ss -tn | grep -c 8000')).toBe('2\n');
      client.interrupt();
      expect(await client.ended).toBe(130);
      expect(await server.ended).toBe(0);
      expect(server.output).toBe('never\n');
    }, PROGRAMS);
    expect(endedAt).toBeLessThan(seconds(100));
  });

  test('that waits for nothing but the clock is over at Ctrl-C', async () => {
    const { endedAt } = await onHost(async (host) => {
      const job = host.start('sleep 1000; echo never');
      await host.sh('sleep 1');
      job.interrupt();
      expect(await job.ended).toBe(130);
      expect(job.output).toBe('');
    });
    expect(endedAt).toBe(seconds(1));
  });

  test('that waits for what it started in the background is over at Ctrl-C', async () => {
    const { endedAt } = await onHost(async (host) => {
      const job = host.start('sleep 1000 & wait; echo never');
      await host.sh('sleep 1');
      job.interrupt();
      expect(await job.ended).toBe(130);
      expect(job.output).toBe('');
    });
    expect(endedAt).toBe(seconds(1));
  });

  test('may make something else of Ctrl-C, and its line goes on', async () => {
    const polite: Program = async ({ process, streams, onInterrupt }) => {
      onInterrupt(() => {
        streams.write('bye\n');
        process.end(0);
      });
      await process.sleep(seconds(100));
      return 1;
    };
    await onHost(
      async (host) => {
        const job = host.start('polite; echo and on');
        await host.sh('sleep 1');
        job.interrupt();
        expect(await job.ended).toBe(0);
        expect(job.output).toBe('bye\nand on\n');
      },
      { polite },
    );
  });

  test('interrupted before it begins does nothing', () =>
    onHost(async (host) => {
      const job = host.start('echo no');
      job.interrupt();
      expect(await job.ended).toBe(130);
      expect(job.output).toBe('');
    }));

  test('that never ends is named, and a daemon is not waited for', async () => {
    const run = (daemon: boolean): Promise<unknown> =>
      runScenario(
        scenario('daemon', { summary: 'a test' }, ({ network }) => {
          const host = network.host('lab', { address: '10.0.0.1/24' });
          host.install('listen', listen);
          host.start('listen', { daemon });
        }),
      );
    await expect(run(false)).rejects.toThrow(/lab: listen: waiting in accept/);
    await expect(run(false)).rejects.toThrow(DeadlockError);
    await run(true);
  });

  test('is ended by a `head` that has seen enough', async () => {
    const ticks: Program = async ({ process, streams }) => {
      for (let i = 1; ; i++) {
        streams.write(`tick ${i}\n`);
        await process.sleep(seconds(1));
      }
    };
    const { output } = await outcomeOf('ticks | head -n 3; date +%S', {}, { ticks });
    expect(output).toBe('tick 1\ntick 2\ntick 3\n03\n');
  });

  test('writes to a pipe that nobody reads, and ends', async () => {
    let written = 0;
    const endless: Program = async ({ process, streams }) => {
      for (;;) {
        streams.write(`${written++}\n`);
        await process.sleep(seconds(1));
      }
    };
    const first: Program = async ({ streams }) => {
      await streams.read();
      return 0;
    };
    const { status } = await outcomeOf('endless | first', {}, { endless, first });
    expect(status).toBe(0);
    expect(written).toBe(2);
  });
});

test('a user who is not root says so, and may be root by sudo', () =>
  onHost(async (host) => {
    const student = host.login('student');
    expect(await student.sh('whoami; echo $HOME; sudo whoami')).toBe(
      'student\n/home/student\nroot\n',
    );
    const setting = 'net.ipv4.tcp_sack';
    await expect(student.sh(`sysctl -w ${setting}=0`)).rejects.toMatchObject({
      errors: `sysctl: permission denied on key "${setting}"\n`,
    });
    await expect(student.sh('echo 0 > /proc/sys/net/ipv4/tcp_sack')).rejects.toMatchObject({
      errors: 'bash: /proc/sys/net/ipv4/tcp_sack: Permission denied\n',
    });
    expect(await student.sh(`sudo sysctl -w ${setting}=0; sysctl ${setting}`)).toBe(
      `${setting} = 0\n${setting} = 0\n`,
    );
  }));

test('law: files go through pipes and redirections as they are', async () => {
  const stage = fc.constantFrom('cat', 'cat -', 'tee copy', 'tee -a copy', 'cat | cat');
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 50_000, size: 'max' }),
      fc.array(stage),
      (octets, stages) =>
        onHost(async (host) => {
          host.files.write('in', octets);
          await host.sh(['cat < in', ...stages].join(' | ') + ' > out');
          expect(Buffer.compare(host.files.read('out'), octets)).toBe(0);
        }).then(() => undefined),
    ),
    { numRuns: 30 },
  );
});
