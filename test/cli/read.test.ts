/** `tcpetri read` as people and scripts use it: text, exit status, and one line for what is wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { concat, parseIpv4, PcapngWriter, readCapture } from '../../src/wire/index.ts';
import { goldenText } from '../tcpdump/fixtures.ts';
import { COMMAND, ROOT, tcpetri } from './built.ts';

const FILE = 'test/fixtures/linux/loopback-hello.pcap';
const BYTES = new Uint8Array(readFileSync(path.join(ROOT, FILE)));
const TEXT = goldenText('loopback-hello', false)!;
const ABOUT = 'link-type EN10MB (Ethernet), snapshot length 262144\n';

/** Where the third packet's record begins. */
const THIRD = (() => {
  const [first, second] = readCapture(BYTES).records;
  return 24 + 16 + first!.bytes.length + 16 + second!.bytes.length;
})();

describe('prints', () => {
  test('a capture as tcpdump does, its banner on standard error', async () => {
    expect(await tcpetri(['read', FILE, '-nn'])).toEqual({
      status: 0,
      stdout: TEXT,
      stderr: `reading from file ${FILE}, ${ABOUT}`,
    });
  });

  test('flags together and before the file', async () => {
    const { stdout } = await tcpetri(['read', '-nnvvv', FILE]);
    expect(stdout).toBe(goldenText('loopback-hello', true));
  });

  test('as many packets as asked for', async () => {
    const { status, stdout } = await tcpetri(['read', FILE, '-nn', '-c', '2']);
    expect(status).toBe(0);
    expect(stdout).toBe(TEXT.split('\n').slice(0, 2).join('\n') + '\n');
  });

  test('only packets that pass a filter, of which -c counts', async () => {
    const fins = ['tcp[tcpflags]', '&', 'tcp-fin', '!=', '0'];
    const { status, stdout } = await tcpetri(['read', FILE, '-nn', ...fins, '-c', '1']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^[^\n]* IP 127\.0\.0\.1\.49802 > 127\.0\.0\.1\.8000: Flags \[F\.\][^\n]*\n$/,
    );
    expect((await tcpetri(['read', FILE, 'udp or port 1'])).stdout).toBe('');
  });

  test('standard input', async () => {
    expect(await tcpetri(['read', '-', '-nn'], BYTES)).toEqual({
      status: 0,
      stdout: TEXT,
      stderr: `reading from file -, ${ABOUT}`,
    });
  });

  test('what is gzipped, in one piece or in two, as if it were not', async () => {
    const [one, other] = [BYTES.subarray(0, THIRD + 7), BYTES.subarray(THIRD + 7)];
    for (const gzipped of [gzipSync(BYTES), concat(gzipSync(one), gzipSync(other))]) {
      expect(await tcpetri(['read', '-', '-nn'], gzipped)).toEqual({
        status: 0,
        stdout: TEXT,
        stderr: `reading from file -, ${ABOUT}`,
      });
    }
  });

  test('the local time of day', async () => {
    const { stdout } = await tcpetri(['read', FILE, '-nn', '-tttt', '-c1'], '', {
      TZ: 'Asia/Tokyo',
    });
    expect(stdout).toMatch(/^20\d\d-\d\d-\d\d 13:31:12\.544811 IP /); // 04:31 UTC
  });

  test('names that a pcapng file gives', async () => {
    const writer = new PcapngWriter();
    writer.interface({ linkType: 1 });
    writer.names([{ address: parseIpv4('127.0.0.1'), names: ['petri.example.org'] }]);
    for (const record of readCapture(BYTES).records) {
      const { seconds, nanoseconds, bytes } = record;
      writer.packet({ seconds, nanoseconds, bytes });
    }
    const capture = concat(...writer.take());
    const { stdout } = await tcpetri(['read', '-', '-N', '-t', '-c1'], capture);
    expect(stdout).toMatch(/^IP petri\.49802 > petri\.8000: Flags \[S\]/);
  });

  test('one JSON object a packet', async () => {
    const { status, stdout, stderr } = await tcpetri(['read', FILE, '--json']);
    const packets = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect({ status, stderr, count: packets.length }).toEqual({ status: 0, stderr: '', count: 8 });
    expect(packets[0]).toMatchObject({
      type: 'packet',
      number: 1,
      time: expect.stringMatching(/^\d+\.544811000$/) as string,
      length: 74,
      captured: 74,
      ipv4: { source: '127.0.0.1', destination: '127.0.0.1', checksum: 'ok' },
      tcp: {
        sourcePort: 49_802,
        destinationPort: 8000,
        seq: 1_197_390_292,
        flags: ['syn'],
        options: [
          { kind: 'maximum-segment-size', mss: 65_495 },
          { kind: 'sack-permitted' },
          { kind: 'timestamps', tsVal: 3_382_679_301, tsEcr: 0 },
          { kind: 'no-operation' },
          { kind: 'window-scale', shift: 7 },
        ],
      },
      payload: '',
    });
  });
});

describe('of what cannot be read says', () => {
  const inputs: readonly (readonly [string, Uint8Array, string])[] = [
    ['empty', new Uint8Array(0), 'offset 0: the file is empty'],
    ['garbage', BYTES.map((octet) => octet ^ 0x55), 'offset 0: neither a pcap nor a pcapng file'],
    ['a header cut short', BYTES.subarray(0, 20), 'offset 20: the file ends within a record'],
  ];

  test.each(inputs)('that it is %s', async (_what, input, message) => {
    expect(await tcpetri(['read', '-'], input)).toEqual({
      status: 1,
      stdout: '',
      stderr: `tcpetri: -: ${message}\n`,
    });
  });

  test('where it ends, after what it has', async () => {
    expect(await tcpetri(['read', '-', '-nn'], BYTES.subarray(0, THIRD + 30))).toEqual({
      status: 1,
      stdout: TEXT.split('\n').slice(0, 2).join('\n') + '\n',
      stderr:
        `reading from file -, ${ABOUT}` +
        `tcpetri: -: offset ${THIRD + 30}: the file ends within a record\n`,
    });
  });

  test.each([
    ['ends too early', (gzipped: Uint8Array) => gzipped.subarray(0, -20)],
    [
      'is damaged: incorrect data check',
      (gzipped: Uint8Array) => gzipped.fill(9, gzipped.length - 8),
    ],
  ])('that what is gzipped %s', async (fault, spoil) => {
    const { status, stderr } = await tcpetri(['read', '-', '-nn'], spoil(gzipSync(BYTES)));
    expect([status, stderr.split('\n').at(-2)]).toEqual([
      1,
      `tcpetri: -: the gzipped file ${fault}`,
    ]);
  });

  test('where it is damaged, after what came before', async () => {
    const damaged = BYTES.slice();
    damaged.fill(0xff, THIRD + 8, THIRD + 12); // the captured length
    const { status, stdout, stderr } = await tcpetri(['read', '-', '-nn'], damaged);
    expect(status).toBe(1);
    expect(stdout.split('\n')).toHaveLength(3);
    expect(stderr).toMatch(/^reading .*\ntcpetri: -: offset \d+: too-large in pcap: .*\n$/);
  });

  test('that it is not there, or a folder', async () => {
    expect(await tcpetri(['read', '/no/such/file'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'tcpetri: /no/such/file: No such file or directory\n',
    });
    const folder = await tcpetri(['read', ROOT]);
    expect(folder).toEqual({
      status: 1,
      stdout: '',
      stderr: `tcpetri: ${ROOT}: Is a directory\n`,
    });
  });
});

describe('wrong usage', () => {
  test.each([
    [['read'], "missing required argument 'file'"],
    [['read', FILE, '-z'], "unknown option '-z'"],
    [['read', FILE, 'another'], "can't parse filter expression: syntax error"],
    [['read', FILE, '-c', 'many'], 'invalid packet count many'],
    [['read', FILE, '-tttttt'], 'only -t, -tt, -ttt, -tttt and -ttttt are supported'],
    [['no-such-command'], "unknown command 'no-such-command'"],
  ])('%j is one line and status 2', async (args, message) => {
    const { status, stdout, stderr } = await tcpetri(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^tcpetri: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });
});

test('help has examples and every flag', async () => {
  const { status, stdout } = await tcpetri(['read', '--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('Examples:\n  tcpetri read ');
  for (const flag of ['-n', '-v', '-e', '-S', '-t', '-#, --number', '-X', '-K', '--nano', '-c <']) {
    expect(stdout).toContain(`\n  ${flag}`);
  }
});

test.each([
  ['plain', BYTES],
  ['gzipped', gzipSync(BYTES)],
])('who has read enough of what is %s does not wait for more', async (_, octets) => {
  const child = spawn(process.execPath, [COMMAND, 'read', '-', '-nn', '-c', '1'], { cwd: ROOT });
  child.stdin.on('error', () => {}); // it is gone before all is written
  child.stdin.write(octets); // and no end
  const [status] = (await once(child, 'exit')) as [number];
  child.stdin.destroy();
  expect(status).toBe(0);
});

test('a reader that has had enough ends it without a word', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'tcpetri-'));
  const big = path.join(folder, 'big.pcap');
  try {
    writeFileSync(big, concat(BYTES, ...Array<Uint8Array>(20_000).fill(BYTES.subarray(24))));
    const child = spawn(process.execPath, [COMMAND, 'read', big, '-nn'], { cwd: ROOT });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    child.stdout.destroy();
    const [status] = (await once(child, 'close')) as [number];
    expect(first.toString()).toContain('127.0.0.1.49802');
    expect({ status, stderr }).toEqual({ status: 0, stderr: `reading from file ${big}, ${ABOUT}` });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
