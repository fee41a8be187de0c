/** `tcpetri bridge` as a process: its pipes, its sockets, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parsePlace, printPlace } from '../../src/cli/bridge/place.ts';
import { CaptureReader, DecodeError, hex } from '../../src/wire/index.ts';
import { hasTool } from '../help/real-tools.ts';
import { Desk, ROOT } from './built.ts';

const desk = new Desk();

/** An echo request to 192.0.2.2 from 192.0.2.1, its answer, and both as IP packets. */
const REQUEST = hex`4500001d 00000000 4001f6dc c0000201 c0000202 08009dfc 00010002 5a`;
const REPLY = hex`0000a5fc 00010002 5a`;

describe('standard input and output', () => {
  test('an echo request is answered, and the end of input is the end', async () => {
    writeFileSync(desk.path('request'), REQUEST);
    const { status, stdout, stderr } = await desk.shell('tcpetri bridge bridge/host < request');
    expect([status, stdout.subarray(20)]).toEqual([0, Buffer.from(REPLY)]);
    expect(stderr).toMatch(/^in 1 frame \(29 octets\), out 1 frame \(29 octets\), lost 0, /m);
  });

  test('what is no frame ends it with one line', async () => {
    writeFileSync(desk.path('garbage'), hex`00000000000000`);
    const { status, stderr } = await desk.shell('tcpetri bridge bridge/host < garbage');
    expect(status).toBe(1);
    expect(stderr.split('\n').filter((line) => line.startsWith('tcpetri:'))).toEqual([
      'tcpetri: what came in is not framed as ip: bridge: bad-version at offset 0 (IP version 0)',
    ]);
  });
});

test('over a Unix socket from one simulation to another, with a capture', async () => {
  const path = desk.path('net.sock');
  const listening = spawn(
    process.execPath,
    [`${ROOT}/bin/tcpetri.js`, 'bridge', 'bridge/host', '--listen', path, '-w', 'b.pcapng'],
    { cwd: desk.directory, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exit = once(listening, 'exit');
  let said = '';
  listening.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  while (!existsSync(path)) await sleep(20);
  const settings = '--set address=192.0.2.1/24 --set peer=192.0.2.2:9 --set octets=200000';
  const sender = await desk.shell(`tcpetri bridge bridge/host --connect ./net.sock ${settings}`);
  expect([sender.status, /^tcpetri: .*/m.exec(sender.stderr)]).toEqual([0, null]);
  while (!said.includes('disconnected')) await sleep(20);
  listening.kill('SIGINT');
  expect(await exit).toEqual([0, null]);
  expect(said).toMatch(/^connected$.*^disconnected$.*^wrote b.pcapng: \d+ packets$/ms);

  const reader = new CaptureReader();
  reader.push(readFileSync(desk.path('b.pcapng')));
  let octets = 0;
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    if (next instanceof DecodeError) throw new Error(next.toString());
    octets += next.bytes.length;
  }
  expect(octets).toBeGreaterThan(200_000);
});

test('a socket that who was killed has left is taken over, one in use is not', async () => {
  const args = [`${ROOT}/bin/tcpetri.js`, 'bridge', 'bridge/host', '--listen', './left.sock'];
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, args, { cwd: desk.directory, stdio: 'pipe' });
    await once(child.stderr, 'data'); // running
    return child;
  };
  const killed = await start();
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const next = await start();
  const { status, stderr } = await desk.shell('tcpetri bridge bridge/host --listen ./left.sock');
  expect([status, stderr]).toEqual([1, 'tcpetri: cannot listen on ./left.sock (EADDRINUSE)\n']);
  next.kill('SIGINT');
  expect(await once(next, 'exit')).toEqual([0, null]);
});

test.skipIf(!hasTool('script'))('a terminal sends no packets', async () => {
  const { status, stdout } = await desk.shell(
    'export -f tcpetri; export SHELL="$BASH"; script -qec "tcpetri bridge bridge/host" /dev/null < /dev/null',
  );
  expect([status, stdout.toString()]).toEqual([
    2,
    expect.stringContaining('standard input is a terminal'),
  ]);
});

test.each([
  ['--udp', '--udp needs --listen, --connect or both'],
  ['-w -', '-w -: standard output is the bridge'],
  ["--netem 'loss 101%'", 'not "101%"'],
  ['--mac 01:00:5e:00:00:01', 'a hardware address is as 02:00:00:00:00:01, and no group'],
])('%s is wrong usage: %s', async (options, message) => {
  const { status, stderr } = await desk.shell(`tcpetri bridge bridge/host ${options}`);
  expect([status, stderr.trimEnd().split('\n').length]).toEqual([2, 1]);
  expect(stderr).toContain(message);
});

test.each([
  ['bridge/host --connect ./nobody.sock', 'cannot connect to ./nobody.sock (ENOENT)'],
  ['bridge/host --set adress=1', 'bridge/host: it has no parameter "adress", but address,'],
])('%s fails: %s', async (args, message) => {
  const { status, stderr } = await desk.shell(`tcpetri bridge ${args} < /dev/null`);
  expect([status, stderr.includes(`tcpetri: ${message}`)]).toEqual([1, true]);
});

describe('a place', () => {
  test.each([
    ['127.0.0.1:7001', '127.0.0.1:7001'],
    [':7001', '127.0.0.1:7001'],
    ['[::1]:7001', '[::1]:7001'],
    ['localhost:0', 'localhost:0'],
    ['./net.sock', './net.sock'],
  ])('%s is %s', (text, shown) => {
    expect(printPlace(parsePlace(text))).toBe(shown);
  });

  test.each(['', '7001', ':70000', '::1:7001', '[x]:1', 'net.sock'])('%j is none', (text) => {
    expect(() => parsePlace(text)).toThrow('a place is HOST:PORT or the path of a socket');
  });
});
