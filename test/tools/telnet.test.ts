/** `telnet`: what it says and sends, as GNU inetutils 2.4 do. */
import { describe, expect, test } from 'vitest';
import { runScenario, scenario, type SimulatedHost } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';
import { concat, utf8 } from '../../src/wire/index.ts';
import { outcomeOf } from '../terminal/terminals.ts';

const CONNECTED = "Trying 127.0.0.1...\nConnected to 127.0.0.1.\nEscape character is '^]'.\n";

/** A server says `greeting`, reads for a while and closes; what came, while somebody types. */
async function session(
  greeting: Uint8Array,
  type: (host: SimulatedHost, wait: () => Promise<void>) => Promise<void>,
): Promise<string> {
  let heard = '';
  const what = scenario('telnet', { summary: 'a test' }, ({ network }) => {
    const host = network.host('host');
    host.run('server', async (process) => {
      const listener = process.socket('stream');
      listener.bind(7000);
      listener.listen();
      const connection = await listener.accept();
      await connection.send(greeting);
      await process.sleep(ms(500));
      for (let octets = await connection.recv(); octets.length > 0;) {
        heard += String.fromCharCode(...octets);
        if (heard.includes('bye')) break;
        octets = await connection.recv();
      }
      await connection.close();
    });
    host.run('user', (process) => type(host, () => process.sleep(ms(100))));
  });
  await runScenario(what);
  return heard;
}

describe('a connection', () => {
  test('takes lines, and ends with the server', async () => {
    const heard = await session(utf8('hello\r\n'), async (host, wait) => {
      const job = host.start('telnet 127.0.0.1 7000');
      await wait();
      job.type('GET /\nbye\n');
      expect(await job.ended).toBe(0);
      expect(job.output).toBe(`${CONNECTED}hello\nConnection closed by foreign host.\n`);
    });
    expect(heard).toBe('GET /\r\nbye\r\n');
  });

  test('ends with the input, and by quit at the prompt', async () => {
    await session(utf8(''), async (host) => {
      const { text } = await host.login().watch('telnet 127.0.0.1 7000 < /dev/null');
      expect(text).toBe(`${CONNECTED}Connection closed by foreign host.\n`);
    });
    await session(utf8(''), async (host, wait) => {
      const job = host.start('telnet 127.0.0.1 7000');
      await wait();
      job.type('\x1d\n');
      await wait();
      job.type('quit\n');
      expect(await job.ended).toBe(0);
      expect(job.output).toBe(`${CONNECTED}\ntelnet> Connection closed.\n`);
    });
  });

  test('refuses options, shows none of them', async () => {
    const greeting = concat(
      utf8('one\r\n'),
      Uint8Array.of(255, 255, 255, 253, 24, 255, 251, 1, 255, 250, 24, 1, 255, 240, 13, 0, 255),
    );
    const heard = await session(greeting, async (host, wait) => {
      const typed = host.start('telnet 127.0.0.1 7000');
      await wait();
      typed.type('bye\n');
      await typed.ended;
      expect(typed.output).toBe(`${CONNECTED}one\n\ufffd\rConnection closed by foreign host.\n`);
    });
    expect(heard).toBe('\xff\xfc\x18\xff\xfe\x01bye\r\n');
  });
});

// prettier-ignore
test.each([
  ['telnet 127.0.0.1 7', 'Trying 127.0.0.1...\n', 'telnet: Unable to connect to remote host: Connection refused\n', 1],
  ['telnet ::1 7', 'Trying ::1...\n', 'telnet: Unable to connect to remote host: Connection refused\n', 1],
  ['telnet 10.77.0.1 7', 'Trying 10.77.0.1...\n', 'telnet: Unable to connect to remote host: Network is unreachable\n', 1],
  ['telnet 127.0.0.1 frob', '', 'Server lookup failure:  127.0.0.1:frob, Servname not supported for ai_socktype\n', 1],
  ['telnet -Z 127.0.0.1', '', "telnet: invalid option -- 'Z'\nTry 'telnet --help' or 'telnet --usage' for more information.\n", 64],
])('%s', async (line, output, errors, status) => {
  expect(await outcomeOf(line)).toEqual({ output, errors, status });
});
