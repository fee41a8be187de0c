/** Tools that print lines, as programs of a shell: until Ctrl-C, and errors where errors go. */
import { expect, test } from 'vitest';
import { runScenario, scenario, type SimulatedHost } from '../../src/sim/index.ts';
import { ms } from '../../src/stack/index.ts';

/** What somebody does at a host whose neighbour, 10.0.0.2, is 5 ms away. */
async function atClient(
  body: (host: SimulatedHost, wait: (time: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const what = scenario('tools', { summary: 'a test' }, ({ network }) => {
    const [client] = network.pair({ latency: ms(5) });
    client.run('user', (process) => body(client, (time) => process.sleep(time)));
  });
  await runScenario(what);
}

test('ping goes on until Ctrl-C, and then has its statistics', async () => {
  await atClient(async (host, wait) => {
    const job = host.start('ping 10.0.0.2');
    await wait(ms(2500));
    job.interrupt();
    expect(await job.ended).toBe(0);
    expect(job.output.split('\n')).toEqual([
      'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.',
      '64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=20.0 ms',
      '64 bytes from 10.0.0.2: icmp_seq=2 ttl=64 time=10.0 ms',
      '64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=10.0 ms',
      '',
      '--- 10.0.0.2 ping statistics ---',
      '3 packets transmitted, 3 received, 0% packet loss, time 2000ms',
      'rtt min/avg/max/mdev = 10.000/13.333/20.000/4.714 ms',
      '',
    ]);
  });
});

test('arping too; nobody answered', async () => {
  await atClient(async (host, wait) => {
    const job = host.start('arping -I eth0 10.0.0.9');
    await wait(ms(1500));
    job.interrupt();
    expect(await job.ended).toBe(1);
    expect(job.output).toBe(
      'ARPING 10.0.0.9 from 10.0.0.1 eth0\n' +
        'Sent 2 probes (2 broadcast(s))\nReceived 0 response(s)\n',
    );
  });
});

test('what they print goes through pipes, what they complain of does not', async () => {
  await atClient(async (host) => {
    expect(await host.sh('ping -c 1 -q 10.0.0.2 | grep transmitted')).toBe(
      '1 packets transmitted, 1 received, 0% packet loss, time 0ms\n',
    );
    expect(await host.sh('traceroute -n 10.0.0.2 | tail -n 1')).toMatch(
      /^ 1  10\.0\.0\.2  10\.000 ms/,
    );
    expect(await host.sh('tracepath -n 10.0.0.2 2> /dev/null | wc -l')).toBe('3\n');
    expect(await host.sh('ping nosuch 2> errors; echo $?; cat errors')).toBe(
      '2\nping: nosuch: Temporary failure in name resolution\n',
    );
  });
});

test('Ctrl-C ends the others at once', async () => {
  await atClient(async (host, wait) => {
    const job = host.start('traceroute -n 10.9.9.9');
    await wait(ms(10));
    job.interrupt();
    expect([1, 130]).toContain(await job.ended);
  });
});
