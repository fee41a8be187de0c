/** `tcpetri drill` as a process: what it prints, its exit status, and what it refuses. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCapture } from '../../src/wire/index.ts';
import { Desk, tcpetri } from './built.ts';

const desk = new Desk();
const { directory } = desk;

const OPEN = `
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
   +0 < S 0:0(0) win 65535 <mss 1000>
   +0 > S. 0:0(0) ack 1 <mss 1460>
 +.01 < . 1:1(0) ack 1 win 65535
   +0 accept(3, ..., ...) = 4
`;
/** On this wire alone the MSS is what Ethernet leaves beside a header of 40 octets. */
const OPEN_IPV6 = OPEN.replace('mss 1460', 'mss 1440');
const WRONG = `${OPEN}
   +0 < P. 1:101(100) ack 1 win 65535
   +0 > . 1:1(0) ack 100 // not the octets that came
`;

function script(name: string, text: string): string {
  const file = path.join(directory, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const open = script('good/open.pkt', OPEN);
const wrong = script('bad/wrong.pkt', WRONG);
const syntax = script(
  'bad/syntax.pkt',
  '0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 < S 0:0(0) win\n',
);
const later = script('good/open-v6.pkt', OPEN);

function drill(...args: string[]): ReturnType<typeof tcpetri> {
  return tcpetri(['drill', ...args]);
}

describe('scripts', { concurrent: true }, () => {
  test('that pass: a TAP line for each, a summary, status 0', async () => {
    const { status, stdout, stderr } = await drill(path.dirname(open), '--mode', 'ipv4');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^TAP version 14\n1\.\.2\n/);
    expect(stdout).toContain(`ok 1 - ${later} # SKIP a script for IPv6\n`);
    expect(stdout).toContain(`ok 2 - ${open} (10 ms in `);
    expect(stdout).toMatch(/\n# +1 passed +0 failed +1 skipped .*\n$/);
  });

  test('without a mode each runs in its own: by what it says, or its name', async () => {
    const says = script('own/says.pkt', `--ip_version=ipv6\n${OPEN_IPV6}`);
    const named = script('own/named-v6.pkt', OPEN_IPV6);
    const { status, stdout } = await drill(says, named, open);
    expect([status, stdout]).toEqual([0, expect.stringMatching(/\n# all +3 passed +0 failed /)]);
    const asked = await drill(says, named, open, '--mode', 'ipv4');
    expect(asked.stdout).toMatch(/\n# all +1 passed +0 failed +2 skipped /);
    const printed = await drill('--print', says);
    expect(printed.stdout).toContain('--ip_version=ipv6\n');
  });

  test('one that fails: the line, expected over actual, what came before, status 1', async () => {
    const { status, stdout, stderr } = await drill(wrong, open);
    expect([status, stderr]).toEqual([1, 'tcpetri: 1 of 2 scripts failed\n']);
    expect(stdout).toContain(`not ok 1 - ${wrong}\n  ---\n`);
    expect(stdout).toContain(`  at: "${wrong}:11"\n`);
    expect(stdout).toContain('11 │    +0 > . 1:1(0) ack 100 // not the octets that came\n');
    expect(stdout).toMatch(
      /expected: > \. 1:1\(0\) ack 100\n +\^\^\^\n +actual: .* ack 101 win \d+\n +\^\^\^\n/,
    );
    expect(stdout).toMatch(
      /< 0\.010000 IP 192\.0\.2\.1\.\d+ > 192\.168\.0\.1\.8080: Flags \[P\.\]/,
    );
    expect(stdout).toMatch(/↑ .*\(RFC 9293/);
    expect(stdout).toContain(`ok 2 - ${open}`);
  });

  test('one that does not parse: line, column, caret', async () => {
    const { status, stdout } = await drill(syntax);
    expect(status).toBe(1);
    expect(stdout).toMatch(/at: ".*syntax\.pkt:3:1"/);
    expect(stdout).toMatch(/\n {4}2 │ \+0 < S 0:0\(0\) win\n {4}3 │\n {6}│ \^\n/);
  });

  test('from standard input', async () => {
    const { status, stdout } = await tcpetri(['drill', '-', '--reporter', 'dots'], OPEN);
    expect([status, stdout.slice(0, 3)]).toEqual([0, '.\n\n']);
  });

  test('--bail ends at the first failure', async () => {
    const { status, stdout } = await drill('-n', syntax, open);
    expect(status).toBe(1);
    expect(stdout).toContain('Bail out!');
    expect(stdout).not.toContain('open.pkt');
  });

  test('-w keeps the packets, with their causes', async () => {
    const file = path.join(directory, 'out/open.pcapng');
    expect((await drill(open, '-w', file)).status).toBe(0);
    const { records } = readCapture(readFileSync(file));
    // Three of the script, and the reset that ends it.
    expect(records.map(({ direction }) => direction).slice(0, 3)).toEqual([
      'inbound',
      'outbound',
      'inbound',
    ]);
    expect(records[1]!.comments.join()).toMatch(/RFC 9293/);
  });

  test('--verbose prints each event, --print the canonical form, --dry_run nothing more', async () => {
    expect((await drill(open, '--verbose')).stdout).toContain('# $ 0.000000 socket(');
    expect((await drill(open, '--print')).stdout).toContain('+0 listen(3, 1) = 0\n');
    expect((await drill(wrong, '--dry_run')).status).toBe(0);
  });

  test('options of the original, spelled either way, win over the script', async () => {
    const short = script('short.pkt', `--mtu=600\n${OPEN.replace('1460', '1000')}`);
    for (const option of ['--mtu=1040', '--mtu=1040']) {
      expect((await drill(short, option)).status).toBe(0);
    }
    const late = script('late.pkt', OPEN.replace(' +.01 < .', '   +0 `true`\n +.01 < .'));
    expect((await drill(late, '--tolerance-usecs=1', '--tolerance_percent=0')).status).toBe(0);
  });

  test('-D gives words a meaning', async () => {
    const text = OPEN.replace('<mss 1000>', '<mss PEER_MSS>');
    const file = script('define.pkt', text);
    expect((await drill(file, '-D', 'PEER_MSS=1000')).status).toBe(0);
    expect((await drill(file)).status).toBe(1);
  });
});

describe('recording', { concurrent: true }, () => {
  const at = (name: string): string => path.join(directory, name);

  test('a scenario: the script passes, and its comments say what it is', async () => {
    const { status, stdout, stderr } = await drill('--record', 'handshake');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\/\/ Recorded from handshake\.\n\/\/ Captured at the host server\.\n/);
    const played = await tcpetri(['drill', '-', '--reporter', 'dots'], stdout);
    expect([played.status, played.stdout.slice(0, 1)]).toEqual([0, '.']);
  });

  test('a capture, of either end: scripts that pass', async () => {
    const capture = at('seen.pcapng');
    await tcpetri(['run', 'handshake', '-w', capture]);
    const ends = ['10.0.0.2', '10.0.0.1:59170'];
    const recorded = await Promise.all(
      ends.map((end, i) => drill('--record', capture, '--local', end, '-o', at(`seen${i}.pkt`))),
    );
    expect(recorded.map(({ status }) => status)).toEqual([0, 0]);
    const { status, stdout } = await drill(at('seen0.pkt'), at('seen1.pkt'));
    expect([status, stdout]).toEqual([0, expect.stringContaining('2 passed')]);
    expect(readFileSync(at('seen0.pkt'), 'utf8')).toContain('ms away from it');
    expect(readFileSync(at('seen1.pkt'), 'utf8')).toContain('EINPROGRESS');
  });

  test.each(['fd00::109', '[fd00::178]:8000'])('over IPv6: %s is under test', async (end) => {
    const capture = path.resolve('test/fixtures/linux/ipv6-lan.pcap');
    const { stdout } = await drill('--record', capture, '--local', end);
    expect(stdout).toContain('--ip_version=ipv6');
    const played = await tcpetri(['drill', '-'], stdout);
    expect([played.status, played.stdout]).toEqual([0, expect.stringContaining('1 passed')]);
  });

  test.each(['192.168.1.109', '192.168.1.178'])(
    'a simultaneous open: at %s, too, the program connects',
    async (end) => {
      const capture = path.resolve('test/fixtures/tcpdump/simultaneous.pcap');
      const { stdout } = await drill('--record', capture, '--local', end);
      expect(stdout).toContain('connect(3, ..., ...) = -1 EINPROGRESS');
      expect(stdout).not.toContain('listen');
      const played = await tcpetri(['drill', '-'], stdout);
      expect([played.status, played.stdout]).toEqual([0, expect.stringContaining('1 passed')]);
    },
  );

  test.each<[string[], RegExp]>([
    [['handshake', '--connection', '2'], /handshake: no connection 2: there is 1$/],
    [[syntax], /neither a pcap nor a pcapng file$/],
    [['none.pcap'], /none\.pcap: No such file or directory$/],
  ])('%j cannot be recorded: one line, status 1', async (args, message) => {
    const { status, stdout, stderr } = await desk.warm('drill', '--record', ...args);
    expect([status, stdout.length]).toEqual([1, 0]);
    expect(stderr.trimEnd()).toMatch(message);
  });
});

describe('what is refused', { concurrent: true }, () => {
  test.each<[string[], RegExp]>([
    [[], /nothing to run: name scripts or a directory/],
    [['none.pkt'], /none\.pkt: no such file or directory/],
    [[open, '--profile', 'plan-9'], /no profile "plan-9": there is linux-6, linux-4, linux-3/],
    [[open, '--tolerance_usecs', 'x'], /--tolerance_usecs=x: expected a whole number/],
    [[open, '--wire_client'], /--wire_client is not supported/],
    [[open, '-D', 'x'], /expected NAME=VALUE/],
    [[open, '--jobs', '0'], /expected a whole number, 1 to 9999/],
    [[open, '-w', 'x.txt'], /-w x\.txt: a capture's name ends in \.pcap or \.pcapng/],
    [[open, wrong, '-w', 'x.pcap'], /-w takes the packets of one script, not of 2/],
    [[open, '-o', 'x.pkt'], /--output is for --record/],
    [['--record', 'nothing'], /no scenario "nothing"/],
    [['--record', 'handshake', '--host', 'nobody'], /no host "nobody" in the scenario: there is/],
    [['--record', 'handshake', '--local', '9.9.9.9'], /--local 9\.9\.9\.9: the ends are 10\./],
  ])('%j: one line, status 2', async (args, message) => {
    const { status, stdout, stderr } = await desk.warm('drill', ...args);
    expect([status, stdout.length]).toEqual([2, 0]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
