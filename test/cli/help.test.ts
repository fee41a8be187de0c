/** Help: every command has it, with examples, and the examples work as they stand. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { clientScenario, Desk, ROOT } from './built.ts';
import { WarmShell } from './warm-shell.ts';

const desk = new Desk();
const COMMANDS = ['run', 'list', 'read', 'drill', 'shell', 'bridge'];

/** What a user of the examples would have: a scenario, a script, captures, and mute programs. */
const shell = new WarmShell(
  desk.directory,
  `
wireshark() { cat > /dev/null; }
tcpdump() { cat handshake.pcapng; }
jq() { cat > /dev/null; }
`,
);

/** What waits for others is interrupted once it runs, which it takes for its end. */
function interrupted(example: string): string {
  return `rm -f said; PREFIX=exec; ${example} 2> said &
while kill -0 $! && ! grep -q running said; do sleep 0.05; done 2> /dev/null
kill -INT $!; wait $!; status=$?; cat said >&2; exit $status`;
}

beforeAll(async () => {
  desk.write('mine.ts', clientScenario("process.socket('datagram').send('x', to);"));
  for (const name of ['handshake.pcapng', 'handshake.pcap']) {
    await shell.run(`tcpetri run handshake -w ${name}`);
  }
  await shell.run('tcpetri drill --record handshake -o open.pkt');
  copyFileSync(desk.path('handshake.pcapng'), desk.path('nc.pcapng'));
  for (const name of ['big.pcap', 'x.pcap'])
    copyFileSync(desk.path('handshake.pcap'), desk.path(name));
  mkdirSync(desk.path('test/drill'), { recursive: true });
  copyFileSync(desk.path('open.pkt'), desk.path('test/drill/open.pkt'));
});

async function helpOf(...command: string[]): Promise<string> {
  const { status, stdout, stderr } = await shell.run(['tcpetri', ...command, '--help'].join(' '));
  expect([status, stderr]).toEqual([0, '']);
  return stdout.toString();
}

/** The command lines below `Examples:`, without what is said of them. */
function examplesOf(help: string): string[] {
  const [, below = ''] = help.split('\nExamples:\n');
  const [block = ''] = below.split('\n\n');
  return block
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/ {2,}/)[0] ?? '');
}

describe('tcpetri --help', () => {
  test('names every command, the exit statuses, and examples', async () => {
    const help = await helpOf();
    for (const command of COMMANDS) expect(help).toMatch(new RegExp(`^  ${command} .+`, 'm'));
    expect(help).toContain(
      'Exit status: 0 success, 1 a scenario, a script or its input failed, 2 wrong usage.',
    );
    expect(examplesOf(help).length).toBeGreaterThan(2);
  });

  test('tcpetri help COMMAND is tcpetri COMMAND --help', async () => {
    const { stdout } = await desk.tcpetri('help', 'run');
    expect(stdout.toString()).toBe(await helpOf('run'));
  });

  test('without a command: the same on standard error, and status 2', async () => {
    const { status, stdout, stderr } = await desk.tcpetri();
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
    expect(stderr).toBe(await helpOf());
  });

  test('--version is the package’s', async () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect((await desk.tcpetri('--version')).stdout.toString()).toBe(`${version}\n`);
  });
});

describe.each([[[]], ...COMMANDS.map((command) => [[command]])])('%j', (command: string[]) => {
  test('fits a terminal of 100 columns', async () => {
    const help = await helpOf(...command);
    expect(help.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });

  test('its examples work', async () => {
    const examples = examplesOf(await helpOf(...command));
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) {
      expect(example).toContain('tcpetri');
      const isEndless = example.includes('--listen');
      const { status, stderr } = await (isEndless
        ? desk.shell(interrupted(example))
        : shell.run(example));
      expect([example, status, /tcpetri: .*/.exec(stderr)]).toEqual([example, 0, null]);
    }
  });
});
