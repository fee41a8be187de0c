/** Somebody at a terminal while the world stands still. */
import { describe, expect, test } from 'vitest';
import { type Program, runSession, scenario, type SessionSetup } from '../../src/sim/index.ts';
import { type Instant, seconds } from '../../src/stack/index.ts';

/** A server that greets a client after two seconds. */
const greeting = scenario('greeting', { summary: 'a test' }, ({ network }) => {
  const [client, server] = network.pair();
  server.run('server', async (process) => {
    const listener = process.socket('stream');
    listener.bind(80);
    listener.listen();
    const connection = await listener.accept();
    await process.sleep(seconds(2));
    await connection.send('welcome');
  });
  client.run('client', async (process) => {
    const socket = process.socket('stream');
    await socket.connect({ address: server.address, port: 80 });
    await socket.recvAll();
  });
});

/** What is printed for the lines, and at which instants they were typed. */
async function sit(
  lines: readonly string[],
  setup: Partial<SessionSetup> = {},
): Promise<{ readonly text: string; readonly prompts: readonly string[] }> {
  let text = '';
  const prompts: string[] = [];
  const rest = [...lines];
  await runSession(
    greeting,
    { at: 0, ...setup },
    {
      next: async (host: string, at: Instant) => {
        // A person takes time, of which the simulation knows nothing.
        await new Promise((resolve) => {
          setTimeout(resolve, 1);
        });
        prompts.push(`${host} ${at / seconds(1)}`);
        return rest.shift();
      },
      print: (printed: string) => {
        text += printed;
      },
    },
  );
  return { text, prompts };
}

describe('time', () => {
  test('stands still between lines, and passes as long as they run', async () => {
    const { text, prompts } = await sit([
      'date +%S',
      'sleep 1.5',
      'hostname; date +%T.%N',
      'sleep 1',
    ]);
    expect(prompts).toEqual(['client 0', 'client 0', 'client 1.5', 'client 1.5', 'client 2.5']);
    expect(text).toBe('00\nclient\n12:00:01.500000000\n');
  });

  test('comes to the instant at which one sits down, and is seen by all', async () => {
    const states = 'ss -tan | grep -c ESTAB';
    const { text, prompts } = await sit([states, 'sleep 100', states], { at: seconds(1) });
    expect(prompts[0]).toBe('client 1');
    expect(text).toBe('1\n0\n');
  });

  test('goes on behind the end of the scenario', async () => {
    const { prompts } = await sit(['date'], { at: seconds(500) });
    expect(prompts).toEqual(['client 500', 'client 500']);
  });
});

test('ssh goes to another host, exit back, and out', async () => {
  const { text, prompts } = await sit([
    'ssh server',
    'hostname',
    'exit',
    'ssh moon',
    'exit',
    'hostname',
  ]);
  expect(prompts.map((prompt) => prompt.split(' ')[0])).toEqual([
    'client',
    'server',
    'server',
    'client',
    'client',
  ]);
  expect(text).toBe('server\nssh: Could not resolve hostname moon: Name or service not known\n');
});

test('a host that there is not is refused', async () => {
  const message = 'it has no host "moon", but client, server';
  await expect(sit([], { host: 'moon' })).rejects.toMatchObject({ message });
});

test('what runs in the background goes on while a line waits for it', async () => {
  const { text, prompts } = await sit(['sleep 3 & wait; date +%M:%S', 'date'], {
    at: seconds(500),
  });
  expect(prompts).toEqual(['client 500', 'client 503', 'client 503']);
  expect(text).toMatch(/^08:23\n/);
});

describe('a line for which nothing is left to happen', () => {
  const wait: Program = async ({ process }) => {
    const listener = process.socket('stream');
    listener.bind(90);
    listener.listen();
    await listener.accept();
    return 0;
  };
  const deaf: Program = async (context, words) => {
    context.onInterrupt(() => {});
    return wait(context, words);
  };
  const programs = new Map([
    ['block', wait],
    ['deaf', deaf],
  ]);

  test('gets a Ctrl-C', async () => {
    const { text } = await sit(['block', 'echo on'], { programs });
    expect(text).toBe('^C\non\n');
  });

  test('and does not heed it: the session ends', async () => {
    await expect(sit(['deaf'], { programs })).rejects.toThrow('"deaf" does not end');
  });
});
