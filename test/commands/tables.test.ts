/**
 * The administrator's tables of a simulated host, beside what the real tools printed of a real one
 * with the same sockets (`fixtures/tools/tables.txt`, made by `record-tables.py`). The kernel lists
 * sockets by a hash of their ends, so lines are compared in alphabetical order; times aside, and
 * blanks at the ends of lines.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Process,
  runScenario,
  scenario,
  type ScenarioContext,
  type SimulatedHost,
  type StreamSocket,
} from '../../src/sim/index.ts';
import { Administrator, type Instant, ms, us } from '../../src/stack/index.ts';

const REAL = readFileSync(new URL('../fixtures/tools/tables.txt', import.meta.url), 'utf8');

/** What was recorded: each command with its output and exit status. */
const SESSIONS = REAL.split(/^\$ /m)
  .slice(1)
  .map((session) => {
    const [command = '', ...lines] = session.split('\n');
    return { command, output: lines.join('\n') };
  });

const LOCAL = '127.0.0.1';

/** The host as `record-tables.py` makes a real one. */
function network({ network: lan }: ScenarioContext): SimulatedHost {
  const host = lan.host('host', { address: '192.168.1.1/24' });
  const peer = lan.host('peer', { address: '192.168.1.2/24' });
  lan.link(host, peer, { latency: us(10) });
  host.command('ip route add default via 192.168.1.2');
  peer.run('peer', accepting, { daemon: true });
  host.run('server', serve, { daemon: true });
  host.run('client', call, { daemon: true });
  return host;
}

async function accepting(process: Process): Promise<void> {
  await (await listen(process, '192.168.1.2', 9000, 5).accept()).recv(2000);
  await process.sleep(ms(600_000));
}

function listen(process: Process, address: string, port: number, backlog: number): StreamSocket {
  const socket = process.socket('stream', address.includes(':') ? 'AF_INET6' : 'AF_INET');
  socket.bind(port, address);
  socket.listen(backlog);
  return socket;
}

async function serve(process: Process): Promise<void> {
  const [web, dual] = [listen(process, '0.0.0.0', 8000, 5), listen(process, '::', 8001, 128)];
  listen(process, LOCAL, 8002, 1);
  process.socket('datagram', 'AF_INET').bind(53);
  process.socket('datagram', 'AF_INET6').bind(5353, '::1');
  await (await web.accept()).send('abc');
  await web.accept();
  await dual.accept();
  await process.sleep(ms(600_000));
}

async function call(process: Process): Promise<void> {
  const connect = async (from: string, port: number, to: string, toPort: number) => {
    const socket = process.socket('stream', 'AF_INET');
    socket.bind(port, from);
    await socket.connect({ address: to, port: toPort });
    return socket;
  };
  (await connect(LOCAL, 40001, LOCAL, 8000)).setsockopt('SO_KEEPALIVE', 1);
  await (await connect(LOCAL, 40002, LOCAL, 8000)).close();
  await connect(LOCAL, 40004, LOCAL, 8001);
  await connect(LOCAL, 40003, LOCAL, 8000);
  await (await connect('192.168.1.1', 40005, '192.168.1.2', 9000)).send('x'.repeat(1000));
  const datagram = process.socket('datagram', 'AF_INET');
  datagram.bind(40053, LOCAL);
  datagram.connect({ address: LOCAL, port: 53 });
  datagram.send('hello');
  await process.sleep(ms(600_000));
}

/** What each command prints there, with its status. */
async function printed(commands: readonly string[]): Promise<string[]> {
  const outputs: string[] = [];
  const played = scenario('tables', { summary: 'sockets in many states' }, (context) => {
    const host = network(context);
    const administrator = new Administrator(host.stack, () => host.socketHolders());
    host.run('administrator', async (process) => {
      await process.sleep(ms(400));
      for (const each of commands) {
        const [, asNobody] = /^su nobody .* '(.*)'$/.exec(each) ?? [];
        const user = asNobody === undefined ? 'root' : 'nobody';
        const words = (asNobody ?? each).split(' ');
        outputs.push(outputOf(administrator, words, process.now, user));
      }
    });
  });
  await runScenario(played);
  return outputs;
}

function outputOf(
  administrator: Administrator,
  words: readonly string[],
  now: Instant,
  user: string,
): string {
  if (words[0] === 'cat') return `${administrator.readFile(words[1]!, now) ?? ''}[exit 0]\n`;
  const { status, output, note = '' } = administrator.run(words, '', now, user)!;
  return `${note}${output}[exit ${status}]\n`;
}

/** What depends on the moment, on the kernel's own choices or its build, and by what it is replaced. */
const FREE: readonly (readonly [RegExp, string])[] = [
  [/timewait,5\dsec/g, 'timewait,59sec'],
  [/geteuid\(\)=65534/, 'geteuid()=1000'],
  [/ino:\d+ sk:[0-9a-f]+(?: cgroup:\/)?/g, 'ino sk'], // the kernel's own numbers
  [/1\d \(estab 8, closed \d,/, '12 (estab 8, closed 1,'], // those of other namespaces count
  [/^Total: \d+$/m, 'Total: N'], // the kernel's own sockets count
  [/alloc \d+ mem \d+|mem \d+$/gm, 'mem'], // those of other namespaces
  [/f32\d\d,/g, 'f0,'], // what is left of the last page
  // Before 6.18 a small packet took a smaller block.
  [/^(udp +)832|(\bUNCONN )832|\b(r)832/gm, '$1$2$3768'],
  [/:00000340/, ':00000300'],
  [/@if2(?=:)| link-netns tables-peer/g, ''], // the other end of a virtual link
  [/@if2 /g, '     '],
  // Segments of these kinds are not told apart here.
  [/^ +\d+ (?:predicted acknow|acknowledgments not).*\n| +TCPOrigDataSent.*\n/gm, ''],
  // Numbers of lines, inodes and references, and addresses of the kernel's memory.
  [/^ *\d+: ([0-9A-F]{8,32}:.* 0{8}) .*$/gm, '$1'],
  [/02:000A[0-9A-F]{4}|03:0000[0-9A-F]{4}/g, 'timer'],
  [/ +$/gm, ''],
];

function comparable(text: string): string[] {
  const coarse = text.replaceAll(/\((\d+\.\d\d)\//g, (_, left) => `(${Math.round(Number(left))}/`);
  return FREE.reduce((rest, [pattern, by]) => rest.replace(pattern, by), coarse)
    .split('\n')
    .toSorted();
}

describe('a real tool prints the same', () => {
  let outputs: string[];
  beforeAll(async () => {
    outputs = await printed(SESSIONS.map(({ command }) => command));
  });

  test.each(SESSIONS.map(({ command, output }, i) => [command, output, i] as const))(
    '%s',
    (_, real, i) => {
      expect(comparable(outputs[i]!)).toEqual(comparable(real));
    },
  );
});
