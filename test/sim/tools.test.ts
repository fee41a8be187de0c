/**
 * The tools in a simulation, beside what the real ones printed on the same three networks: the text
 * is theirs, times aside (`fixtures/tools/README.md`).
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arping,
  type Process,
  ping,
  runScenario,
  scenario,
  type ScenarioContext,
  type SimulatedHost,
  tracepath,
  traceroute,
} from '../../src/sim/index.ts';
import { Administrator, ms, seconds, us } from '../../src/stack/index.ts';
import { ArpOperation, MAC_BROADCAST, parseIp, parseIpv4 } from '../../src/wire/index.ts';

type Tool = typeof ping;

const TOOLS: Readonly<Record<string, Tool>> = { arping, ping, tracepath, traceroute };

function administer(host: SimulatedHost, ...commands: string[]): void {
  const administrator = new Administrator(host.stack);
  for (const each of commands) {
    expect(administrator.run(each.split(' '), '', 0), each).toMatchObject({ status: 0 });
  }
}

/** The networks, as `record.sh` makes them of real ones. */
function networks({ network }: ScenarioContext): SimulatedHost {
  const [r1, r2] = [network.router('r1'), network.router('r2')];
  const [h1, h2] = [network.host('h1'), network.host('h2')];
  const latency = us(10);
  const link = (hosts: SimulatedHost[], mtu: number, addresses: string[][]): void => {
    const [a, b] = hosts.map((host, i) => {
      const name = `eth${host.interfaces.length - 1}`;
      return network.interface(host, name, { address: addresses[i]!, mtu });
    });
    network.link(a!, b!, { latency });
  };
  link([r1, h1], 1500, [
    ['10.1.0.1/24', 'fd01::1/64'],
    ['10.1.0.2/24', 'fd01::2/64'],
  ]);
  link([r1, r2], 1400, [
    ['198.51.100.1/30', 'fd02::1/64'],
    ['198.51.100.2/30', 'fd02::2/64'],
  ]);
  link([r2, h2], 1500, [
    ['10.3.0.1/24', 'fd03::1/64'],
    ['10.3.0.2/24', 'fd03::2/64'],
  ]);
  administer(h1, 'ip route add default via 10.1.0.1', 'ip -6 route add default via fd01::1');
  for (const net of ['10.8.0.0/24', '10.9.0.0/24']) {
    administer(r1, `ip route add ${net} via 198.51.100.2`);
  }
  for (const net of ['fd08::/64', 'fd09::/64']) {
    administer(r1, `ip -6 route add ${net} via fd02::2`);
  }
  administer(r2, 'ip route add unreachable 10.8.0.0/24', 'ip route add prohibit 10.9.0.0/24');
  administer(r2, 'ip -6 route add unreachable fd08::/64', 'ip -6 route add prohibit fd09::/64');
  h2.run(
    'server',
    async (process) => {
      const socket = process.socket('stream', 'AF_INET6');
      socket.bind(80);
      socket.listen();
      for (;;) {
        const connection = await socket.accept();
        process.thread(async () => {
          await connection.recvAll();
          await connection.close();
        });
      }
    },
    { daemon: true },
  );
  return h1;
}

/** Programs, and the administrator's commands; what each prints, and its status. */
function toolsOf(host: SimulatedHost): (process: Process, words: string[]) => Promise<string[]> {
  const administrator = new Administrator(host.stack);
  return async (process, words) => {
    const lines: string[] = [];
    const [name = '', ...operands] = words;
    const tool = TOOLS[name];
    if (tool !== undefined) {
      const status = await tool(process, operands, (line) => void lines.push(line));
      return [...lines, `[exit ${status}]`];
    }
    if (host.program(name) !== undefined) {
      const job = host.start(`${words.join(' ')} < /dev/null`);
      const exit = `[exit ${await job.ended}]`;
      return [...job.output.split('\n').slice(0, -1), exit];
    }
    const { output, status } = administrator.run(words, '', process.now)!;
    return [...output.split('\n').slice(0, -1), `[exit ${status}]`];
  };
}

/** What one command after the other prints on h1. */
async function printed(commands: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const body = async (process: Process, host: SimulatedHost): Promise<void> => {
    const run = toolsOf(host);
    for (const each of commands) {
      lines.push(`$ ${each}`, ...(await run(process, each.split(' '))));
      // Routers send so many errors in a time; queues are looked at while packets wait.
      if (!commands.some((command) => command.startsWith('tc'))) await process.sleep(seconds(1));
    }
  };
  const run = scenario('tools', { summary: 'three networks' }, (context) => {
    const h1 = networks(context);
    if (commands[0]?.startsWith('trace') === true) {
      for (const each of context.network.hosts) {
        administer(each, 'sysctl net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0');
      }
    }
    h1.run('tools', (process) => body(process, h1));
  });
  await runScenario(run);
  return `${lines.join('\n')}\n`;
}

/** Times are replaced, as in the fixtures. */
function withoutTimes(text: string): string {
  return text
    .replaceAll(/time=[\d.]+ ms/gu, 'time=T ms')
    .replaceAll(/time \d+ms/gu, 'time T')
    .replaceAll(/= [\d./]+ ms/gu, '= T ms')
    .replaceAll(/ewma [\d./]+ ms/gu, 'ewma T ms')
    .replaceAll(/^\[\d+\.\d{6}\]/gmu, '[T]')
    .replaceAll(/ {2}[\d.]+ ms/gu, '  T ms')
    .replaceAll(/[ \d]{2}\d\.\d{3}ms/gu, 'TTT.TTTms');
}

const FIXTURES = `${import.meta.dirname}/../fixtures/tools`;

describe.each(['arping', 'nc', 'ping', 'ping6', 'tc', 'tracepath', 'traceroute', 'traceroute6'])(
  'what the real one prints: %s',
  (name) => {
    const expected = readFileSync(`${FIXTURES}/${name}.txt`, 'utf8');
    const blocks = expected.split(/^(?=\$ )/mu);

    test('all its lines', async () => {
      const commands = blocks.map((block) => block.slice(2, block.indexOf('\n')));
      expect(commands.length).toBeGreaterThan(5);
      expect(withoutTimes(await printed(commands))).toBe(expected);
    });
  },
);

describe('ping', () => {
  test.each([
    ['ping -z 10.0.0.1', "ping: invalid option -- 'z'"],
    ['ping -c', "ping: option requires an argument -- 'c'"],
    ['ping -c 1 -i x 10.3.0.2', 'ping: option argument contains garbage: x'],
    ['ping -c 1 fd03::zz', 'ping: fd03::zz: Name or service not known'],
  ])('%s', async (command, line) => {
    expect(await printed([command])).toMatch(`$ ${command}\n${line}\n[exit `);
  });

  test('names are found by the host’s resolver, and shown', async () => {
    const lines: string[] = [];
    const run = scenario('names', { summary: 'a name is pinged' }, (context) => {
      const h1 = networks(context);
      const addresses = [parseIp('fd03::2'), parseIp('10.3.0.2')];
      h1.resolver = { resolve: async () => addresses };
      h1.run('tools', async (process) => {
        const print = (line: string): void => void lines.push(line);
        await ping(process, ['-4', '-c', '1', 'h2.example'], print);
        await ping(process, ['-c', '1', 'h2.example'], print);
        await traceroute(process, ['-q', '1', '-m', '1', '-4', 'h2.example'], print);
      });
    });
    await runScenario(run);
    expect(lines).toContain('PING h2.example (10.3.0.2) 56(84) bytes of data.');
    expect(lines).toContain('--- h2.example ping statistics ---');
    expect(lines).toContain('PING h2.example(fd03::2) 56 data bytes');
    expect(lines).toContain('traceroute to h2.example (10.3.0.2), 1 hops max, 60 byte packets');
  });

  test('times: what the way takes, in microseconds; minimum, mean, maximum, deviation', async () => {
    const text = await printed(['ping -c 3 -i 0.2 10.3.0.2', 'ping -w 1 -q 10.3.0.2']);
    expect(text).toContain('icmp_seq=2 ttl=62 time=0.060 ms');
    expect(text).toContain('3 packets transmitted, 3 received, 0% packet loss, time 400ms');
    expect(text).toMatch(/rtt min\/avg\/max\/mdev = 0\.060\/0\.\d{3}\/0\.\d{3}\/0\.\d{3} ms/u);
    expect(text).toContain('1 packets transmitted, 1 received, 0% packet loss, time 0ms');
  });
});

test('law: any words are run, or refused in lines; the status is one', async () => {
  const list = (text: string): string[] => text.split(', ');
  const tools = list('ping -c 2, tracepath, traceroute, arping -c 2');
  const options = [
    ...list('-w 1, -i 2, -i 0.2, -I eth0, -I lo, -I, -I fd01::2, -s 100, -s, -t 0, -t 3, -q, -q 2'),
    ...list('-M do, -f, -D, -U, -A, -T, -m 3, -m 0, -p 80, -p ff, -p, --mtu, --tcp, --first=2, -F'),
    ...list('-N 2, -n, -6, -4, -l 1500, -l 0, -b, -O, -Q 300, -nI, x, --, -, -w x, -c'),
  ];
  const destinations = [
    ...list('10.3.0.2, 10.1.0.1, fd03::2, ::1, fe80::ff:fe00:1%eth0, 10.3.0.2/70, 10.3.0.2 900'),
    ...list('fe80::ff:fe00:1%eth7, 255.255.255.255, 10.1.0.255, 0.0.0.0, ff02::1, nobody, '),
  ];
  const line = fc
    .tuple(
      fc.constantFrom(...tools),
      fc.array(fc.constantFrom(...options), { maxLength: 3 }),
      fc.constantFrom(...destinations),
    )
    .map(([tool, given, destination]) => [tool, ...given, destination].join(' ').trim());
  const statuses = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 10, maxLength: 10 }), async (lines) => {
      const text = await printed(lines);
      const ends = text.split('\n').filter((each) => /^\[exit \d+\]$/u.test(each));
      expect(ends.length).toBe(lines.length);
      for (const end of ends) statuses.set(end, (statuses.get(end) ?? 0) + 1);
    }),
    { numRuns: 40 },
  );
  expect(statuses.get('[exit 0]')).toBeGreaterThan(40);
  expect(statuses.get('[exit 1]')).toBeGreaterThan(20);
  expect(statuses.get('[exit 2]')).toBeGreaterThan(40);
});

describe('arping hears of an address', () => {
  const [macOfOther, address] = [0x02_00_00_00_00_01, parseIpv4('10.1.0.50')];
  const announced = { senderMac: macOfOther, senderAddress: address, targetAddress: address };
  const { request, reply } = ArpOperation;

  // As arping of iputils 20221126 said it when the router announced an address that it did not have.
  test.each([
    [
      '-D',
      { ...announced, operation: request, targetMac: MAC_BROADCAST },
      'Broadcast request from 10.1.0.50 [02:00:00:00:00:01] for 10.1.0.50 [FF:FF:FF:FF:FF:FF] 300.010ms',
      'Sent 2 probes (2 broadcast(s))',
      'Received 1 response(s) (1 request(s), 1 broadcast(s))',
    ],
    [
      '-D',
      { ...announced, operation: reply, targetMac: macOfOther },
      'Broadcast reply from 10.1.0.50 [02:00:00:00:00:01] for 10.1.0.50 [02:00:00:00:00:01] 300.010ms',
      'Sent 2 probes (2 broadcast(s))',
      'Received 1 response(s) (1 broadcast(s))',
    ],
  ])('%s while another announces it', async (option, packet, ...lines) => {
    const printedLines: string[] = [];
    const run = scenario('announced', { summary: 'an address is announced' }, (context) => {
      const h1 = networks(context);
      const words = [option, '-c', '5', '-I', 'eth0', '10.1.0.50'];
      h1.run('arping', async (process) => {
        await arping(process, words, (line) => void printedLines.push(line));
      });
      const [r1] = context.network.hosts;
      r1?.run('announces', async (process) => {
        await process.sleep(ms(1300));
        process.arpSocket('eth0').send(packet, MAC_BROADCAST);
      });
    });
    await runScenario(run);
    expect(printedLines.slice(1)).toEqual(lines);
  });
});
