/** `tcpdump` on a host: what it says on which stream, and the files it writes, as the real one. */
import { expect, test } from 'vitest';
import { type Job, runScenario, scenario, type SimulatedHost } from '../../src/sim/index.ts';
import { ms, seconds } from '../../src/stack/index.ts';
import { LinkType, printHex, readCapture } from '../../src/wire/index.ts';
import { HAS_TCPDUMP, realText } from '../tcpdump/real-tcpdump.ts';

/** Somebody at a host with a server on port 8000, while others talk to it. */
async function atServer(
  body: (host: SimulatedHost, wait: (time: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const what = scenario(
    'dump',
    { summary: 'a test', hosts: { '10.0.0.1': 'alice' } },
    ({ network }) => {
      const [client, server] = network.pair({ latency: ms(1) });
      server.start('nc -k -l 8000 > got', { daemon: true });
      client.start('sleep 1; echo hello | nc -N 10.0.0.2 8000');
      server.start('sleep 1; echo local | nc -N 127.0.0.1 8000');
      server.run('user', (process) => body(server, (time) => process.sleep(time)));
    },
  );
  await runScenario(what);
}

async function dumped(line: string): Promise<Job> {
  let job: Job | undefined = undefined;
  await atServer(async (host, wait) => {
    job = host.start(line);
    await wait(seconds(3));
    job.interrupt();
    await job.ended;
  });
  return job!;
}

/** Without times, ports and numbers that chance draws. */
function plain(text: string): string[] {
  return text.split('\n').map((each) =>
    each
      .replaceAll(/\.(4|5)\d{4}\b/g, '.PORT')
      .replace(/, (win|options|seq).*(?=, length)/, '')
      .replace(/^\d\d:\d\d:\d\d\.\d{6}/, 'TIME'),
  );
}

test('packets as they pass, and the counts at Ctrl-C', async () => {
  const { output } = await dumped('sudo tcpdump -i eth0 -q');
  expect(plain(output)).toEqual([
    'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode',
    'listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes',
    'TIME ARP, Request who-has 10.0.0.2 tell alice, length 28',
    'TIME ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02 (oui Unknown), length 28',
    'TIME IP alice.PORT > 10.0.0.2.8000: tcp 0',
    'TIME IP 10.0.0.2.8000 > alice.PORT: tcp 0',
    'TIME IP alice.PORT > 10.0.0.2.8000: tcp 0',
    'TIME IP alice.PORT > 10.0.0.2.8000: tcp 6',
    'TIME IP 10.0.0.2.8000 > alice.PORT: tcp 0',
    'TIME IP alice.PORT > 10.0.0.2.8000: tcp 0',
    'TIME IP 10.0.0.2.8000 > alice.PORT: tcp 0',
    'TIME IP alice.PORT > 10.0.0.2.8000: tcp 0',
    '',
    '10 packets captured',
    '10 packets received by filter',
    '0 packets dropped by kernel',
    '',
  ]);
});

test('flags and a filter in any order, as many as -c says; on loopback all pass twice', async () => {
  const { output } = await dumped('tcpdump tcp and src port 8000 -nn -c 1 -t -i lo');
  expect(plain(output)).toEqual([
    'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode',
    'listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes',
    'IP 127.0.0.1.8000 > 127.0.0.1.PORT: Flags [S.], length 0',
    '1 packet captured',
    '2 packets received by filter',
    '0 packets dropped by kernel',
    '',
  ]);
});

test('any has packets of all interfaces, with their names', async () => {
  const { output } = await dumped("tcpdump -i any -nn -t 'tcp[tcpflags] = tcp-syn'");
  expect(plain(output).slice(0, 5)).toEqual([
    'tcpdump: data link type LINUX_SLL2',
    'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode',
    'listening on any, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 262144 bytes',
    'lo    In  IP 127.0.0.1.PORT > 127.0.0.1.8000: Flags [S], length 0',
    'eth0  In  IP 10.0.0.1.PORT > 10.0.0.2.8000: Flags [S], length 0',
  ]);
});

test('a file with -w, which is read again, here and by the real one', async () => {
  await atServer(async (host, wait) => {
    const job = host.start('tcpdump -i any -s 60 -w dump.pcap tcp');
    await wait(seconds(3));
    job.interrupt();
    expect(await job.ended).toBe(0);
    expect(job.output).toMatch(/^tcpdump: data link type LINUX_SLL2\ntcpdump: listening on any, /);
    const written = host.files.read('dump.pcap');
    expect(printHex(written.subarray(0, 24))).toBe(
      'd4c3b2a10200040000000000000000003c00000014010000',
    );
    const { records } = readCapture(written);
    expect(records.length).toBeGreaterThan(10);
    expect(records.every(({ bytes }) => bytes.length <= 60)).toBe(true);
    expect(records[0]?.linkType).toBe(LinkType.linuxSll2);
    expect(records[0]?.originalLength).toBeGreaterThan(60);

    const read = host.start('tcpdump -nn -r dump.pcap -w lo.pcap port 8000 and ifindex 1; ls');
    await read.ended;
    expect(read.output).toBe(
      'reading from file dump.pcap, link-type LINUX_SLL2 (Linux cooked v2), snapshot length 60\n' +
        'Warning: interface names might be incorrect\ndump.pcap\ngot\nlo.pcap\n',
    );
    const again = await host.sh('tcpdump -nn -r lo.pcap');
    if (HAS_TCPDUMP) expect(again).toBe(realText(host.files.read('lo.pcap').slice(), '-nn'));
  });
});

test('names of ports are those of the scenario, too', async () => {
  let dump: Job | undefined = undefined;
  const options = { summary: 'a test', services: { '8000/tcp': 'irdmi' } };
  const what = scenario('names', options, ({ network }) => {
    const host = network.host('host');
    host.run('user', async (process) => {
      dump = host.start('tcpdump -i lo -t -q -c 2 port irdmi');
      const server = host.start('nc -l irdmi');
      const client = host.start('nc -v -N 127.0.0.1 irdmi < /dev/null');
      await dump.ended;
      await server.ended;
      await process.sleep(ms(1));
      expect(client.output).toBe('Connection to 127.0.0.1 8000 port [tcp/irdmi] succeeded!\n');
    });
  });
  await runScenario(what);
  expect(plain(dump!.output).slice(2, 4)).toEqual([
    'IP localhost.PORT > localhost.irdmi: tcp 0',
    'IP localhost.irdmi > localhost.PORT: tcp 0',
  ]);
});

test('-w - into a pipe, from which another reads', async () => {
  const { output } = await dumped('tcpdump -i lo -c 2 -w - 2> /dev/null | cat > copy; ls -l');
  expect(output).toContain(` ${24 + 2 * (16 + 74)} Jan  1 12:00 copy\n`);
});

// What 4.99.3 says, and its status is 1.
test.each([
  ['tcpdump -i nosuch', 'tcpdump: nosuch: No such device exists\n(No such device exists)\n'],
  ['tcpdump -r nosuch', 'tcpdump: nosuch: No such file or directory\n'],
  ['tcpdump -r got', 'tcpdump: unknown file format\n'],
  ['tcpdump -c 0', 'tcpdump: invalid packet count 0\n'],
  ['tcpdump -s x', 'tcpdump: invalid snaplen x (must be >= 0 and <= 262144)\n'],
  ['tcpdump -i lo -y FOO', 'tcpdump: invalid data link type FOO\n'],
  ['tcpdump -i lo foo bar', "tcpdump: can't parse filter expression: syntax error\n"],
  [
    'sudo -u nobody tcpdump -i lo',
    "tcpdump: lo: You don't have permission to perform this capture on that device\n" +
      '(socket: Operation not permitted)\n',
  ],
])('%s is refused in its words', async (line, text) => {
  await atServer(async (host) => {
    const job = host.start(line);
    expect(await job.ended).toBe(1);
    expect(job.output).toBe(text);
  });
});

test('an interface is not watched any more when it has ended, however it did', async () => {
  await atServer(async (host) => {
    for (const [line, status] of [
      ['tcpdump -i any', 137],
      ['tcpdump -i lo', 137],
    ] as const) {
      const job = host.start(`${line} 2> said`);
      await host.sh('sleep 0.1');
      host.processes
        .find(({ name, hasEnded }) => name === 'tcpdump' && !hasEnded)
        ?.signal('SIGKILL');
      expect(await job.ended).toBe(status);
    }
    expect(host.interfaces.map(({ stack }) => stack.observer)).toEqual([undefined, undefined]);
  });
});
