/** `tcpetri run --at --on --show`: what hosts' terminals show at an instant, in the flow of a run. */
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addVisits, planVisits } from '../../src/cli/visits.ts';
import { runScenario, scenario } from '../../src/sim/index.ts';
import { seconds } from '../../src/stack/index.ts';
import { Desk } from './built.ts';

const desk = new Desk();

/** The views of a run, without edges: each the head line and what stands below. */
function viewsIn(text: string): string[][] {
  const views: string[][] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('┌ ')) views.push([line.slice(2)]);
    else if (line.startsWith('│ ')) views.at(-1)?.push(line.slice(2).trimEnd());
  }
  return views;
}

describe.concurrent('a view', () => {
  test('stands in the flow of the packets, at its instant, of each host', async () => {
    const { status, stdout } = await desk.tcpetri(
      'run',
      'handshake',
      '--at',
      '+0.1',
      '--show',
      "netstat -antp | grep -v '^Active'",
    );
    expect(status).toBe(0);
    const text = stdout.toString();
    const HEAD = expect.stringMatching(/^Proto Recv-Q Send-Q Local Address/) as string;
    expect(viewsIn(text)).toEqual([
      [
        "12:00:00.100000 client# netstat -antp | grep -v '^Active'",
        HEAD,
        expect.stringMatching(/^tcp {8}0 {6}0 10\.0\.0\.1:\d+ +10\.0\.0\.2:8000 +FIN_WAIT2 +-$/),
      ],
      [
        "12:00:00.100000 server# netstat -antp | grep -v '^Active'",
        HEAD,
        expect.stringMatching(/ LISTEN +1001\/server$/),
        expect.stringMatching(/ CLOSE_WAIT +1001\/server$/),
      ],
    ]);
    const times = text.split('\n').flatMap((line) => /^(?:┌ )?(\d\d:\S+)/.exec(line)?.[1] ?? []);
    expect(times).toEqual(times.toSorted());
  });

  test('--at and --on hold for what is behind them; looking changes nothing', async () => {
    const shows = ['--at', '12:00:00.03', '--on', 'server', '--show', 'ss -tanl; date +%T.%N'];
    const later = [
      '--show',
      'sleep 0.001; hostname',
      '--at',
      'end',
      '--on',
      'client',
      '--show',
      'hostname',
    ];
    const { stdout } = await desk.tcpetri('run', 'handshake', ...shows, ...later);
    const text = stdout.toString();
    expect(viewsIn(text).map(([head, ...rest]) => [head, rest.at(-1)])).toEqual([
      ['12:00:00.030000 server# ss -tanl; date +%T.%N', '12:00:00.030000000'],
      ['12:00:00.030000 server# sleep 0.001; hostname', 'server'],
      ['12:01:00.140000 client# hostname', 'client'],
    ]);
    const { stdout: plain } = await desk.tcpetri('run', 'handshake');
    expect(text.replaceAll(/^[┌│└].*\n/gm, '')).toBe(plain.toString());
  });

  test('is an object for programs', async () => {
    const { stdout } = await desk.tcpetri(
      'run',
      'handshake',
      '--json',
      '--no-packets',
      '--on',
      'server',
      '--show',
      'cat none',
    );
    const [, view] = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(view).toEqual({
      type: 'view',
      time: '1767268860.140000000',
      host: 'server',
      line: 'cat none',
      status: 1,
      text: 'cat: none: No such file or directory\n',
    });
  });

  test('of a command that there is not is refused in a line', async () => {
    const options = ['--on', 'server', '--show', 'frobnicate'];
    const { status, stderr } = await desk.tcpetri('run', 'handshake', ...options);
    expect(stderr).toBe("tcpetri: --show 'frobnicate': no such command on server\n");
    expect(status).toBe(2);
  });

  test.each(['--at', '--on'])('%s without anything to be shown there is refused', (option) => {
    const command = new Command().exitOverride();
    const givenShows = addVisits(command);
    command.parse(['--show', 'date', option, 'end'], { from: 'user' });
    expect(givenShows).toThrow(`${option} is for a --show behind it, and there is none`);
  });
});

const quiet = scenario('quiet', { summary: 'a test' }, ({ network }) => {
  const [client] = network.pair();
  client.run('sleeper', (process) => process.sleep(seconds(1)));
});

/** Plans and runs a look at the date. */
async function look(at: string, host?: string): Promise<string[]> {
  const shown: string[] = [];
  const { visits, check } = planVisits([{ at, host, line: 'date +%T.%N' }], quiet, ({ text }) =>
    shown.push(text.trim()),
  );
  const { endedAt } = await runScenario(quiet, { visits });
  check(endedAt);
  return shown;
}

describe('a time', () => {
  test.each([
    ['12:00:00', '12:00:00.000000000'],
    ['2026-01-01T12:00:00Z', '12:00:00.000000000'],
    ['+0', '12:00:00.000000000'],
    ['+250ms', '12:00:00.250000000'],
    ['end', '12:00:01.000000000'],
  ])('%s', async (at, shown) => {
    expect(await look(at, 'client')).toEqual([shown]);
  });

  // prettier-ignore
  test.each([
    ['noon', undefined, '--at: not a time such as 12:00:01.5, +1.5s or end: "noon"'],
    ['+1h', undefined, '--at: not a time such as 12:00:01.5, +1.5s or end: "+1h"'],
    ['11:00:00', undefined, '--at: 11:00:00 is before the scenario begins'],
    ['25:00:00', undefined, '--at: no such time: "25:00:00"'],
    ['+2m', undefined, '--at +2m: the run was over at 12:00:01.000000'],
    ['end', 'router', 'it has no host "router", but client, server'],
  ])('%s on %s is refused', async (at, host, message) => {
    await expect(look(at, host)).rejects.toMatchObject({ message });
  });
});
