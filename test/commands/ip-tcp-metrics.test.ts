/** `ip tcp_metrics`: what it prints, what it forgets and what it refuses, as iproute2 6.1 does. */
import { expect, test } from 'vitest';
import { ms } from '../../src/stack/index.ts';
import { play } from '../sim/lab.ts';

const USAGE = `Usage:\tip tcp_metrics/tcpmetrics { COMMAND | help }
\tip tcp_metrics { show | flush } SELECTOR
\tip tcp_metrics delete [ address ] ADDRESS
SELECTOR := [ [ address ] PREFIX ]
[255]`;
const FIRST = '10.0.0.2 age 3.012sec cwnd 10 rtt 3531us rttvar 3531us source 10.0.0.1\n';
const SECOND = '10.0.0.3 age 2.006sec cwnd 10 rtt 3531us rttvar 3531us source 10.0.0.1\n';
const THIRD = 'fd00::2 age 1.000sec cwnd 10 rtt 3531us rttvar 3531us source fd00::1\n';
const ALL = FIRST + SECOND + THIRD;
const NO_SUCH = 'RTNETLINK answers: No such process\n[2]';
const NOT_PERMITTED = 'RTNETLINK answers: Operation not permitted\n[2]';

const DUPLICATE = 'Error: either "address" is duplicate, or "10.0.0.9" is a garbage.\n[255]';
const FLUSHED = '\n*** Round 1, deleting 1 entries ***\n*** Flush is complete after 1 round ***\n';

/** What a user is told after connections to three addresses, one after the other. */
async function told(lines: readonly string[], user = 'root'): Promise<string[]> {
  const answers: string[] = [];
  await play(({ network }) => {
    const [one, other] = [network.host('one'), network.host('other')];
    network.link(one, other, { subnet: '10.0.0.0/24', latency: ms(1) });
    other.run('server', async () => {
      await other.sh('ip addr add 10.0.0.3/24 dev eth0; ip addr add fd00::2/64 dev eth0 nodad');
      await other.sh('nc -l 7000; nc -l 7000; nc -6 -l 7000');
    });
    one.run('administrator', async () => {
      await one.sh('ip addr add fd00::1/64 dev eth0 nodad; sleep 0.1');
      for (const address of ['10.0.0.2', '10.0.0.3', 'fd00::2']) {
        await one.sh(`echo hello | nc -N ${address} 7000; sleep 1`);
      }
      for (const line of lines) {
        const { text, status } = await one.login(user).watch(`ip ${line}`);
        answers.push(status === 0 ? text : `${text}[${status}]`);
      }
    });
  });
  return answers;
}

test('shows, in the words of iproute2, those that are meant', async () => {
  const rows: readonly (readonly [line: string, output: string])[] = [
    ['tcp_metrics', ALL],
    ['tcpmetrics list all', ALL],
    ['-s tcp show any', ALL],
    ['-4 tcp_metrics', FIRST + SECOND],
    ['-6 tcp_metrics', THIRD],
    ['tcp_metrics show 0.0.0.0/0', FIRST + SECOND],
    ['tcp_metrics show 10.0.0.2/31', FIRST + SECOND],
    ['tcp_metrics show 10.0.0.3', SECOND],
    ['tcp_metrics s addr fd00::2', THIRD],
    ['tcp_metrics show 10.0.0.4', NO_SUCH],
    ['tcp_metrics show src fd00::1', THIRD],
    ['tcp_metrics show source 10.0.0.9', ''],
    ['tcp_metrics show 10.0.0.3 src 10.0.0.9', DUPLICATE], // the word `src` is not looked at
    ['tcp_metrics show foo', 'Error: any valid prefix is expected rather than "foo".\n[1]'],
    [
      '-6 tcp_metrics show 10.0.0.2',
      'Error: inet6 prefix is expected rather than "10.0.0.2".\n[1]',
    ],
    ['-4 tcp_metrics show fd00::2', 'Error: inet prefix is expected rather than "fd00::2".\n[1]'],
    ['tcp_metrics show address', 'Command line is not complete. Try option "help"\n[255]'],
    ['tcp_metrics help', USAGE],
    ['tcp_metrics show help', USAGE],
    ['tcp_metrics get', 'Command "get" is unknown, try "ip tcp_metrics help".\n[255]'],
  ];
  expect(await told(rows.map(([line]) => line))).toEqual(rows.map(([, output]) => output));
});

test('forgets those that are meant', async () => {
  const rows: readonly (readonly [line: string, output: string])[] = [
    ['tcp_metrics del', 'Error: argument "address" is required\n[255]'],
    ['tcp_metrics del all', 'Error: a specific IP address is expected rather than "all"\n[1]'],
    ['tcp_metrics del 10.0.0.4', NO_SUCH],
    ['tcp_metrics del address 10.0.0.2', ''],
    ['tcp_metrics', SECOND + THIRD],
    ['tcp_metrics flush 10.0.0.2', NO_SUCH],
    ['tcp_metrics flush 10.9.0.0/16', 'Nothing to flush.\n'],
    ['-s tcp_metrics flush 10.0.0.0/8', FLUSHED],
    ['tcp_metrics', THIRD],
    ['-4 tcp_metrics flush', 'Nothing to flush.\n'],
    ['tcp_metrics flush', ''],
    ['tcp_metrics', ''],
  ];
  expect(await told(rows.map(([line]) => line))).toEqual(rows.map(([, output]) => output));
});

test('lets everybody look, and root alone forget', async () => {
  const rows: readonly (readonly [line: string, output: string])[] = [
    ['tcp_metrics', ALL],
    ['tcp_metrics flush', NOT_PERMITTED],
    ['tcp_metrics flush 10.0.0.4', NOT_PERMITTED],
    ['tcp_metrics delete 10.0.0.2', NOT_PERMITTED],
    [
      'tcp_metrics flush 10.0.0.0/8',
      'Failed to send flush request\n: Operation not permitted\n[1]',
    ],
    ['tcp_metrics', ALL],
  ];
  expect(
    await told(
      rows.map(([line]) => line),
      'ada',
    ),
  ).toEqual(rows.map(([, output]) => output));
});
