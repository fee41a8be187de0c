/** `tcpetri run`: what it prints where, the files it writes, and how it fails. */
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CaptureRecord, readCapture } from '../../src/wire/index.ts';
import { hasTool } from '../help/real-tools.ts';
import { loadScenario, record } from '../help/run.ts';
import { clientScenario, Desk, type Ended } from './built.ts';

const desk = new Desk();

/** One line that begins with the program's name, and no stack trace. */
function theOneLine({ stderr }: Ended): string {
  const lines = stderr.split('\n');
  expect(lines).toEqual([expect.stringMatching(/^tcpetri: /), '']);
  return lines[0] ?? '';
}

/** The number of packets in a whole, well-formed capture. */
function packetsIn(bytes: Uint8Array): number {
  const { records, error } = readCapture(bytes);
  expect(error).toBeUndefined();
  expect(records.every((each) => each instanceof CaptureRecord)).toBe(true);
  return records.length;
}

const HANDSHAKE_PACKETS = 13;

describe.concurrent('text', () => {
  test('goes to standard output, and is what the scenario prints', async () => {
    const { status, stdout, stderr } = await desk.tcpetri('run', 'handshake');
    expect(status).toBe(0);
    expect(stderr).toBe('');
    const { text } = await record(await loadScenario('handshake'));
    expect(stdout.toString()).toBe(`${text.join('\n')}\n`);
  });

  test('has no colour when it is piped', async () => {
    const { stdout } = await desk.tcpetri('run', 'handshake', '--why');
    expect(stdout.includes('\u001B')).toBe(false);
  });

  test('--why: the cause of each packet on the line below it', async () => {
    const { stdout } = await desk.tcpetri('run', 'handshake', '--why', '-n');
    const lines = stdout.toString().split('\n');
    const packets = lines.flatMap((line, at) => (/^\d\d:/.test(line) ? [at] : []));
    expect(packets).toHaveLength(HANDSHAKE_PACKETS);
    for (const at of packets) expect(lines[at + 1]).toMatch(/^ {8}↑ .+ \(.+\)$/);
  });

  test('print flags take the place of the scenario’s own', async () => {
    const { stdout } = await desk.tcpetri('run', 'handshake', '-t', '-nn', '-q', '-c', '4');
    const packets = stdout
      .toString()
      .split('\n')
      .filter((line) => /^\S/.test(line));
    expect(packets).toEqual([
      'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      'ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28',
      expect.stringMatching(/^IP 10\.0\.0\.1\.\d+ > 10\.0\.0\.2\.8000: tcp 0$/),
      expect.stringMatching(/^IP 10\.0\.0\.2\.8000 > 10\.0\.0\.1\.\d+: tcp 0$/),
    ]);
  });

  test('--filter: only packets that pass', async () => {
    const run = (text: string): ReturnType<typeof desk.tcpetri> =>
      desk.tcpetri('run', 'handshake', '-t', '--filter', text);
    const { stdout } = await run('tcp[tcpflags] & tcp-syn != 0');
    const packets = stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('IP '));
    expect(packets.map((line) => /Flags \[(.*?)\]/.exec(line)?.[1])).toEqual(['S', 'S.']);
    const { status, stderr } = await run('port');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^tcpetri: .*can't parse filter expression: syntax error/);
  });

  test('--seed: another one gives other numbers, the same gives the same', async () => {
    const runs = ['7', '7', '8'].map((seed) => desk.tcpetri('run', 'handshake', '--seed', seed));
    const [first, again, other] = (await Promise.all(runs)).map(({ stdout }) => stdout.toString());
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('packets of two captures say whose they are; of one they need not', async () => {
    const file = desk.write(
      'two.ts',
      clientScenario("process.socket('datagram').send('x', to);").replace(
        "  client.run('",
        "  for (const host of network.hosts) network.capture(host);\n  client.run('",
      ),
    );
    const { stdout } = await desk.tcpetri('run', file, '-nt');
    const lines = stdout.toString().split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '        ▸ client eth0',
      'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
      '        ▸ server eth0',
      'ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28',
    ]);
    const { stdout: one } = await desk.tcpetri('run', 'handshake');
    expect(one.includes('▸')).toBe(false);
  });

  test('what a host or a link drops is said, and which frame it was', async () => {
    const file = desk.write(
      'lossy.ts',
      clientScenario("process.socket('datagram').send('hello', to);")
        .replace('ms(5)', 'ms(5), aToB: { faults: [drop(frames(1))] }')
        .replace('{ ms,', '{ drop, frames, ms,'),
    );
    const { stdout } = await desk.tcpetri('run', file);
    expect(stdout.toString()).toMatch(
      /^ {8}× client – server drops 10\.0\.0\.1\.\d+ > 10\.0\.0\.2\.80 with 5 octets: a rule of the link drops it \(scenario\)$/m,
    );
  });

  test('what a host only overhears is said with --why', async () => {
    const file = desk.write(
      'switched.ts',
      [
        "import { scenario } from 'tcpetri';",
        "export default scenario('switched', { summary: 'three' }, ({ network }) => {",
        "  const lan = network.switch(['10.0.0.0/24', '2001:db8::/64']);",
        "  const [a, b, c] = ['a', 'b', 'c'].map((name) => network.host(name));",
        '  for (const host of [a, b, c]) network.link(host, lan);',
        "  a.run('sender', async (process) => {",
        "    process.socket('datagram').send('', { address: '10.0.0.2', port: 9 });",
        "    process.socket('datagram').send('', { address: 'ff02::77%eth0', port: 9 });",
        '  });',
        '});',
        '',
      ].join('\n'),
    );
    const drops = async (...flags: string[]): Promise<string[]> => {
      const { stdout } = await desk.tcpetri('run', file, ...flags);
      const lines = stdout.toString().match(/^ {8}× .*/gm) ?? [];
      return lines.map((line) => line.slice(10).replace(/\.\d{5} >/, ' >'));
    };
    const [shown, explained] = await Promise.all([drops(), drops('--why')]);
    const refused = [
      'b drops 10.0.0.1 > 10.0.0.2.9 with 0 octets: no socket has this port (RFC 1122 §4.1.3.1)',
    ];
    const group = 'drops fe80::ff:fe00:1 > ff02::77.9 with 0 octets';
    expect(shown).toEqual(refused);
    expect(explained).toEqual([
      'c drops an ARP packet: an ARP request for another host (RFC 826)',
      `b ${group}: to a group that nobody here has joined (RFC 4291 §2.7)`,
      `c ${group}: to a group that nobody here has joined (RFC 4291 §2.7)`,
      ...refused,
    ]);
  });
});

describe.concurrent('--json', () => {
  test('is an object a line, each with a type and a time', async () => {
    const { status, stdout } = await desk.tcpetri('run', 'handshake', '--json');
    expect(status).toBe(0);
    const lines = stdout.toString().trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects.filter(({ type }) => type === 'packet')).toHaveLength(HANDSHAKE_PACKETS);
    expect(new Set(objects.map(({ type }) => type))).toEqual(
      new Set(['capture', 'state', 'packet']),
    );
    for (const { type, time } of objects) {
      if (type !== 'capture') expect(time).toMatch(/^17672688\d\d\.\d{9}$/);
    }
    expect(objects.find(({ type }) => type === 'packet')).toMatchObject({
      capture: 0,
      cause: { name: 'arp-request', source: 'RFC 826' },
      bytes: expect.stringMatching(/^ffffffffffff0200000000010806/) as unknown,
    });
    expect(objects.find(({ type }) => type === 'state')).toMatchObject({
      host: 'server',
      local: { address: '0.0.0.0', port: 8000 },
      from: 'CLOSED',
      to: 'LISTEN',
    });
  });
});

describe.concurrent('-w', () => {
  test.each(['pcap', 'pcapng'])('FILE.%s: the capture, and a word of it', async (format) => {
    const { status, stdout, stderr } = await desk.tcpetri('run', 'handshake', '-w', `h.${format}`);
    expect(status).toBe(0);
    expect(stderr).toBe(`wrote h.${format}: ${HANDSHAKE_PACKETS} packets\n`);
    expect(stdout.includes('Flags [S]')).toBe(true);
    const bytes = readFileSync(desk.path(`h.${format}`));
    expect(packetsIn(bytes)).toBe(HANDSHAKE_PACKETS);
    const recording = await record(await loadScenario('handshake'));
    expect(bytes.equals(recording[format as 'pcap' | 'pcapng'])).toBe(true);
  });

  test('makes the folders that are missing', async () => {
    const { status } = await desk.tcpetri('run', 'handshake', '--write', 'new/folder/h.pcap');
    expect(status).toBe(0);
    expect(existsSync(desk.path('new/folder/h.pcap'))).toBe(true);
  });

  test('-: pcapng on standard output, and the text on standard error', async () => {
    const { status, stdout, stderr } = await desk.tcpetri('run', 'handshake', '-w', '-');
    expect(status).toBe(0);
    expect(packetsIn(stdout)).toBe(HANDSHAKE_PACKETS);
    const { text, pcapng } = await record(await loadScenario('handshake'));
    expect(stderr).toBe(`${text.join('\n')}\n`);
    expect(stdout.equals(pcapng)).toBe(true);
  });

  test.skipIf(!hasTool('tcpdump'))('-: straight into tcpdump', async () => {
    const { status, stdout } = await desk.shell(
      'tcpetri run handshake -w - 2> text | tcpdump -r - -nt --count 2>/dev/null',
    );
    expect(status).toBe(0);
    expect(stdout.toString()).toBe(`${HANDSHAKE_PACKETS} packets\n`);
  });

  test('is written to its end although nobody reads the text any more', async () => {
    const { status, stdout, stderr } = await desk.shell(
      'tcpetri run handshake -w cut.pcapng | head -1',
    );
    expect(status).toBe(0);
    expect(stdout.toString().split('\n')).toHaveLength(2);
    expect(stderr).toBe(`wrote cut.pcapng: ${HANDSHAKE_PACKETS} packets\n`);
    expect(packetsIn(readFileSync(desk.path('cut.pcapng')))).toBe(HANDSHAKE_PACKETS);
  });

  test('holds what was captured before a failure', async () => {
    const file = desk.write(
      'late.ts',
      clientScenario("await process.socket('stream').connect(to);"),
    );
    const { status, stderr } = await desk.tcpetri('run', file, '-w', 'late.pcapng');
    expect(status).toBe(1);
    expect(stderr).toBe(
      'wrote late.pcapng: 4 packets\n' +
        'tcpetri: ./late.ts:7: task "client: client" failed: connect: Connection refused (ECONNREFUSED)\n',
    );
    expect(packetsIn(readFileSync(desk.path('late.pcapng')))).toBe(4);
  });

  test.each([
    ['capture.txt', 2, "-w capture.txt: a capture's name ends in .pcap or .pcapng"],
    ['', 2, "-w : a capture's name ends in .pcap or .pcapng"],
    ['folder.pcap', 1, 'folder.pcap: cannot be written (EISDIR)'],
    ['file.pcap/x.pcap', 1, 'file.pcap/x.pcap: cannot be written (ENOTDIR)'],
  ])('%j: status %i, %s', async (target, status, message) => {
    mkdirSync(desk.path('folder.pcap'), { recursive: true });
    desk.write('file.pcap', '');
    const ended = await desk.tcpetri('run', 'handshake', '-w', target);
    expect(ended.status).toBe(status);
    expect(theOneLine(ended)).toBe(`tcpetri: ${message}`);
    expect(ended.stdout).toHaveLength(0); // nothing has run
  });

  test.skipIf(process.getuid?.() === 0)('a folder without permission', async () => {
    mkdirSync(desk.path('closed'));
    chmodSync(desk.path('closed'), 0o500);
    const ended = await desk.tcpetri('run', 'handshake', '-w', 'closed/x.pcap');
    expect(ended.status).toBe(1);
    expect(theOneLine(ended)).toBe('tcpetri: closed/x.pcap: cannot be written (EACCES)');
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk', async () => {
    const ended = await desk.shell('ln -s /dev/full full.pcap; tcpetri run handshake -w full.pcap');
    expect(ended.status).toBe(1);
    expect(ended.stderr).toBe('tcpetri: full.pcap: cannot be written (ENOSPC)\n');
  });
});

describe.concurrent('nobody reads', () => {
  test('a run that writes nothing ends early and quietly', async () => {
    const file = desk.write(
      'long.ts',
      clientScenario(
        'for (let i = 0; i < 1e7; i++) { process.socket("datagram").send("x", to); await process.sleep(ms(1)); }',
      ),
    );
    const { status, stdout, stderr } = await desk.shell(`tcpetri run ${file} | head -1`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout.toString().split('\n')).toHaveLength(2);
  });
});

describe.concurrent('wrong usage: status 2 and one line that names it', () => {
  test.each([
    [['run'], "tcpetri: missing required argument 'scenario'"],
    [['run', 'nope'], 'tcpetri: no scenario "nope": see `tcpetri list`'],
    [['run', 'shake'], 'tcpetri: no scenario "shake": did you mean handshake?'],
    [['run', '../handshake'], 'tcpetri: no scenario "../handshake": see `tcpetri list`'],
    [['run', 'nope.ts'], 'tcpetri: nope.ts: no such file'],
    [
      ['run', process.execPath],
      `tcpetri: ${process.execPath}: the name of a scenario's file ends in .ts or .js`,
    ],
    [
      ['run', 'handshake', 'b'],
      "tcpetri: too many arguments for 'run'. Expected 1 argument but got 2.",
    ],
    [['run', 'handshake', '--jsn'], "tcpetri: unknown option '--jsn' (Did you mean --json?)"],
    [['run', 'handshake', '-w'], "tcpetri: option '-w, --write <file>' argument missing"],
    [['run', 'handshake', '-c', 'few'], 'tcpetri: invalid packet count few'],
    [
      ['run', 'handshake', '--seed', '1e3'],
      'tcpetri: --seed 1e3: a seed is a whole number from 0 to 2^53 - 1',
    ],
    [
      ['run', 'handshake', '--seed=-1'],
      'tcpetri: --seed -1: a seed is a whole number from 0 to 2^53 - 1',
    ],
    [['help', 'rn'], "tcpetri: unknown command 'rn'"],
    [
      ['run', 'handshake', '--show', 'ss |'],
      "tcpetri: --show 'ss |': a command is missing at the end",
    ],
    [['rn', 'handshake'], "tcpetri: unknown command 'rn' (Did you mean run?)"],
  ])('%j', async (args, line) => {
    const ended = await desk.warm(...args);
    expect(theOneLine(ended)).toBe(line);
    expect(ended.status).toBe(2);
    expect(ended.stdout).toHaveLength(0);
  });
});

describe.concurrent('a scenario of one’s own', () => {
  test('is TypeScript in any folder, and imports from tcpetri', async () => {
    const body =
      "const failure: unknown = await process.socket('stream').connect(to).catch((e: unknown) => e);" +
      "check(failure instanceof SocketError && failure.code === 'ECONNREFUSED', 'a refusal');";
    const { status, stderr, stdout } = await desk.tcpetri(
      'run',
      desk.write('mine.ts', clientScenario(body)),
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout.includes('Flags [R.]')).toBe(true);
  });

  test('may be JavaScript, and import from beside it and from the layers', async () => {
    desk.write('helper.mts', 'export const summary: string = "helped";\n');
    const file = desk.write(
      'mine.mjs',
      [
        "import { scenario } from 'tcpetri';",
        "import { parseIpv4 } from 'tcpetri/wire';",
        "import { linux6 } from 'tcpetri/stack';",
        "import { netstat } from 'tcpetri/sim';",
        "import { summary } from './helper.mts';",
        'export default scenario(summary, { summary }, ({ network, report }) => {',
        "  const host = network.host('h', { profile: linux6 });",
        "  report(`${parseIpv4('1.2.3.4')} ${netstat(host).length} ${summary}`);",
        '});',
      ].join('\n'),
    );
    const { stdout, stderr, status } = await desk.tcpetri('run', file);
    expect([status, stderr, stdout.toString()]).toEqual([0, '', '16909060 0 helped\n']);
  });

  test.each([
    ['no package.json', undefined],
    ['a package.json of CommonJS', '{ "type": "commonjs" }'],
    ['a package.json of modules', '{ "type": "module" }'],
  ])('may be a .js file that imports and exports, beside %s', async (_, description) => {
    const folder = `js-${description?.length ?? 0}`;
    mkdirSync(desk.path(folder));
    if (description !== undefined) desk.write(`${folder}/package.json`, description);
    desk.write(`${folder}/helper.js`, "export const summary = 'helped';\n");
    desk.write(`${folder}/common.cjs`, "exports.more = 'twice';\n");
    const file = desk.write(
      `${folder}/mine.js`,
      [
        "import { scenario } from 'tcpetri';",
        "import { summary } from './helper.js';",
        "import common from './common.cjs';",
        'export default scenario(summary, { summary }, ({ network, report }) => {',
        "  network.host('h');",
        '  report(`${summary} ${common.more}`);',
        '});',
      ].join('\n'),
    );
    const { stdout, stderr, status } = await desk.tcpetri('run', file);
    expect([status, stderr, stdout.toString()]).toEqual([0, '', 'helped twice\n']);
  });

  const failing: readonly (readonly [string, string, string])[] = [
    [
      'syntax',
      'import { scenario } from "tcpetri";\n\nexport default scenario("x", {},, () => {});\n',
      ':3: does not parse: Unexpected ","',
    ],
    ['empty', '', ': its default export is no scenario: export default scenario(…)'],
    [
      'other',
      'export default 42;\n',
      ': its default export is no scenario: export default scenario(…)',
    ],
    [
      'throws',
      '\nthrow new Error("while loading");\n',
      ':2: failed while it was loaded: while loading',
    ],
    [
      'package',
      'import "no-such-package";\n',
      /^: failed while it was loaded: Cannot find package 'no-such-package' imported from .*package\.ts$/
        .source,
    ],
    [
      'export',
      'import { nope } from "tcpetri";\nexport default nope;\n',
      ":1: failed while it was loaded: SyntaxError: The requested module 'tcpetri' does not provide an export named 'nope'",
    ],
    [
      'date',
      clientScenario('', ", start: 'noon'"),
      ':3: failed while it was loaded: RangeError: not a date such as 2026-01-01T12:00:00.000000Z: "noon"',
    ],
    [
      'flags',
      clientScenario('', ", print: '--nope'"),
      ': its print flags: not a flag of printing: --nope',
    ],
    [
      'build',
      clientScenario('').replace('ms(5)', 'ms(-5)'),
      ':4: RangeError: a latency is a whole number of nanoseconds, 0 or more, not -5000000',
    ],
    [
      'words',
      clientScenario('').replace('ms(5)', "ms(5), netem: 'delay fast'"),
      ':4: WordError: netem: word 2: "delay" wants a time such as 10ms, not "fast"',
    ],
    [
      'runtime',
      clientScenario('const nothing = undefined as unknown as string[]; nothing.pop();'),
      `:7: task "client: client" failed: Cannot read properties of undefined (reading 'pop')`,
    ],
    [
      'errno',
      clientScenario("await process.socket('stream').connect(to);"),
      ':7: task "client: client" failed: connect: Connection refused (ECONNREFUSED)',
    ],
    [
      'check',
      clientScenario("check(1 + 1 === 3, 'the sum to be 3');"),
      ':7: task "client: client" failed: expected the sum to be 3',
    ],
    [
      'stray',
      clientScenario("void process.socket('stream').connect(to); await process.sleep(ms(100));"),
      ': what nobody awaited failed: connect: Connection refused (ECONNREFUSED)',
    ],
    [
      'timer',
      clientScenario(
        "setTimeout(() => { throw new Error('late'); }, 50); await process.sleep(ms(1));",
      ),
      ':7: what nobody awaited failed: late',
    ],
    [
      'deadlock',
      clientScenario(
        "const s = process.socket('stream'); s.bind(80); s.listen(); await s.accept();",
      ),
      ': nothing is left to happen at 0 s, and tasks wait: client: client: waiting in accept since 0 s',
    ],
    [
      'endless',
      clientScenario('for (;;) await process.sleep(ms(1));', ', limits: { events: 1000 }'),
      ': the simulation does not end: the limit of 1000 events is reached at 1 s',
    ],
    [
      'async',
      clientScenario('').replace('({ network', 'async ({ network'),
      ': the function of a scenario is not async: it sets hosts up; what waits goes into host.run',
    ],
  ];

  test.each(failing)(
    'that fails (%s): status 1, file, line, and what',
    async (name, text, message) => {
      const file = desk.write(`${name}.ts`, text);
      const isAstray = message.includes('nobody awaited'); // which ends the process
      const { status, stderr } = await desk[isAstray ? 'tcpetri' : 'warm']('run', file);
      expect(status).toBe(1);
      if (message.startsWith('^')) {
        expect(stderr.slice(`tcpetri: ${file}`.length).trimEnd()).toMatch(new RegExp(message));
      } else {
        expect(stderr).toBe(`tcpetri: ${file}${message}\n`);
      }
    },
  );
});
