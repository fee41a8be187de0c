/** `nc`: which calls it makes at which moment, and what it says, as the real one does (strace). */
import { describe, expect, test } from 'vitest';
import { type Job, type Network, scenario, type SimulatedHost } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { record } from '../help/run.ts';
import { outcomeOf } from '../terminal/terminals.ts';

/** What a user does at the hosts, and what they sent: `client S`, with who sends and the flags. */
async function session(
  body: (
    host: SimulatedHost,
    wait: (time: number) => Promise<void>,
    network: Network,
  ) => Promise<void>,
): Promise<string[]> {
  const what = scenario('nc', { summary: 'a test', print: '-nn -t' }, ({ network }) => {
    const host = network.host('host');
    network.capture(host.interface('lo'));
    host.run('user', (process) => body(host, (time) => process.sleep(time), network));
  });
  const { text } = await record(what);
  return text
    .filter((line) => /^IP6? /.test(line))
    .map((line) => {
      const [, port = ''] = /^IP6? \S+\.(\d+) >/.exec(line) ?? [];
      const who = port === '8000' ? 'server' : 'client';
      const [, flags] = /Flags \[(.*?)\]/.exec(line) ?? [];
      return `${who} ${flags ?? line.replace(/^.*?: /, '')} ${/length (\d+)/.exec(line)?.[1]}`;
    });
}

const HANDSHAKE = ['client S 0', 'server S. 0', 'client . 0'];

describe('a connection', () => {
  test('of a line, ended by Ctrl-C: the listener ends with it', async () => {
    const jobs: Job[] = [];
    const packets = await session(async (host, wait) => {
      const server = host.start('nc -l 8000');
      await wait(ms(100));
      const client = host.start('nc 127.0.0.1 8000');
      await wait(ms(100));
      client.type('hello\n');
      await wait(seconds(1));
      client.interrupt();
      expect([await client.ended, await server.ended]).toEqual([130, 0]);
      jobs.push(server, client);
    });
    expect(packets).toEqual([
      ...HANDSHAKE,
      'client P. 6',
      'server . 0',
      'client F. 0',
      'server F. 0',
      'client . 0',
    ]);
    expect(jobs.map(({ output }) => output)).toEqual(['hello\n', '']);
  });

  test('stays open at the end of input, without -N', async () => {
    const packets = await session(async (host, wait) => {
      host.files.write('request', 'hi\n');
      const server = host.start('nc -l 8000');
      const client = host.start('nc 127.0.0.1 8000 < request');
      await wait(seconds(5));
      server.type('answer\n');
      await wait(seconds(5));
      expect(client.output).toBe('answer\n');
      server.interrupt();
      expect(await client.ended).toBe(0);
    });
    expect(packets.slice(3)).toEqual([
      'client P. 3',
      'server . 0',
      'server P. 7',
      'client . 0',
      'server F. 0',
      'client F. 0',
      'server . 0',
    ]);
  });

  test('is half-closed with -N, and ends when the listener has nothing more', async () => {
    const packets = await session(async (host) => {
      const server = host.start('nc -l 8000 > got');
      const client = host.start('printf hi | nc -N 127.0.0.1 8000');
      expect([await client.ended, await server.ended]).toEqual([0, 0]);
      expect(host.files.readText('got')).toBe('hi');
    });
    expect(packets.slice(3)).toEqual([
      'client P. 2',
      'client F. 0',
      'server . 0',
      'server F. 0',
      'client . 0',
    ]);
  });

  test('that the peer has ended is found out by what is typed', async () => {
    const packets = await session(async (host, wait) => {
      const server = host.start('nc -l 8000');
      const client = host.start('nc 127.0.0.1 8000');
      await wait(seconds(1));
      server.interrupt();
      await wait(seconds(10));
      client.type('late\n');
      expect(await client.ended).toBe(0);
    });
    expect(packets.slice(3)).toEqual(['server F. 0', 'client . 0', 'client P. 5', 'server R 0']);
  });

  test('that is idle for longer than -w ends', async () => {
    await session(async (host, wait) => {
      host.start('nc -l 8000', { daemon: true });
      const client = host.start('nc -w 3 127.0.0.1 8000');
      await wait(seconds(2));
      client.type('more\n');
      await wait(seconds(2));
      expect(host.processes.some(({ name, hasEnded }) => name === 'nc' && !hasEnded)).toBe(true);
      expect(await client.ended).toBe(0);
    });
  });
});

test('a listener with -k takes one connection after the other', async () => {
  await session(async (host) => {
    const server = host.start('nc -k -l -v 8000');
    await host.sh('echo one | nc -N 127.0.0.1 8000; echo two | nc -N 127.0.0.1 8000');
    server.interrupt();
    expect(await server.ended).toBe(130);
    const said = server.output.replaceAll(/localhost \d+/g, 'localhost PORT');
    expect(said).toBe(
      'Listening on 0.0.0.0 8000\n' +
        'Connection received on localhost PORT\none\n' +
        'Connection received on localhost PORT\ntwo\n',
    );
  });
});

test('with -k, what is typed between two connections goes to the next one', async () => {
  await session(async (host, wait) => {
    const server = host.start('nc -k -l 8000');
    await host.sh('true | nc -N 127.0.0.1 8000 & sleep 1');
    server.type('for the next\n');
    const client = host.start('nc 127.0.0.1 8000');
    await wait(ms(10));
    expect(client.output).toBe('for the next\n');
    client.interrupt();
    server.interrupt();
    expect(await server.ended).toBe(130);
  });
});

test('datagrams: the first one says who the peer is, and the end of input nothing', async () => {
  const packets = await session(async (host, wait) => {
    const server = host.start('nc -u -l 8000');
    const client = host.start('nc -u 127.0.0.1 8000');
    client.type('what time\n');
    await wait(ms(10));
    server.type('late\n');
    await wait(ms(10));
    expect([server.output, client.output]).toEqual(['what time\n', 'late\n']);
    server.interrupt();
    await wait(ms(10));
    client.type('again\n');
    expect(await client.ended).toBe(0); // by the ICMP error
  });
  expect(packets).toEqual([
    'client UDP, length 10 10',
    'server UDP, length 5 5',
    'client UDP, length 6 6',
    expect.stringContaining('udp port 8000 unreachable'),
  ]);
});

// What Debian's nc 1.219 says on a terminal, and its status.
test.each([
  ['nc -v -N 127.0.0.1 8000', 0, 'Connection to 127.0.0.1 8000 port [tcp/*] succeeded!\n'],
  ['nc -z 127.0.0.1 8000', 0, ''],
  [
    'nc -v 127.0.0.1 7003',
    1,
    'nc: connect to 127.0.0.1 port 7003 (tcp) failed: Connection refused\n',
  ],
  ['nc 127.0.0.1 7003', 1, ''],
  [
    'nc -vz 127.0.0.1 7999-8000',
    0,
    'nc: connect to 127.0.0.1 port 7999 (tcp) failed: Connection refused\n' +
      'Connection to 127.0.0.1 8000 port [tcp/*] succeeded!\n',
  ],
  ['nc -zvu 127.0.0.1 7098', 1, ''],
  [
    'nc -w 1 -v 10.0.0.77 http',
    1,
    'nc: connect to 10.0.0.77 port 80 (tcp) timed out: Operation now in progress\n',
  ],
  ['nc -l', 1, 'nc: missing port number\n'],
  ['nc 1.2.3.4', 1, 'nc: missing port number\n'],
  ['nc -w x 1 2', 1, 'nc: timeout invalid: x\n'],
  ['nc 127.0.0.1 99999', 1, 'nc: port number too large: 99999\n'],
  ['nc 127.0.0.1 abc', 1, 'nc: port number invalid: abc\n'],
  ['nc -l -z 8000', 1, 'nc: cannot use -z and -l\n'],
  ['nc -k 127.0.0.1 80', 1, 'nc: must use -l with -k\n'],
  ['nc -l 22x', 1, 'nc: getaddrinfo: Servname not supported for ai_socktype\n'],
  ['nc -l 9.9.9.9 80', 1, 'nc: Cannot assign requested address\n'],
  ['nc -s 9.9.9.9 127.0.0.1 7003', 1, 'nc: bind failed: Cannot assign requested address\n'],
  [
    'nc -n localhost 80',
    1,
    'nc: getaddrinfo for host "localhost" port 80: Name or service not known\n',
  ],
])('%s says what the real one says', async (line, status, errors) => {
  const setUp = 'nc -k -l 8000 > /dev/null & sleep 0.1; ';
  expect(await outcomeOf(`${setUp} sh=1; ${line} < /dev/null 2>&1 || exit $?`)).toMatchObject({
    status,
    output: errors,
  });
});
