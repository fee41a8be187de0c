/** Which scripts a command line names, and which of them are for another version of IP. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findScripts } from '../../src/cli/drill/script-files.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'tcpetri-drill-'));
afterAll(() => rmSync(directory, { recursive: true }));
mkdirSync(path.join(directory, 'b/empty'), { recursive: true });
for (const name of ['z.pkt', 'b/a.pkt', 'b/a-v6.pkt', 'b/a-v4.pkt', 'notes.txt', 'b/c.pkt.orig']) {
  writeFileSync(path.join(directory, name), '');
}

function found(mode: 'ipv4' | 'ipv6' | undefined, ...paths: string[]): string[] {
  const files = findScripts(
    paths.map((each) => path.join(directory, each)),
    mode,
  );
  return files.map(({ path: file, skip }) => `${path.relative(directory, file)} ${skip ?? ''}`);
}

test('below a directory: every *.pkt, sorted; those for another IP with the reason', () => {
  expect(found('ipv4', '')).toEqual([
    'b/a-v4.pkt ',
    'b/a-v6.pkt a script for IPv6',
    'b/a.pkt ',
    'z.pkt ',
  ]);
  expect(found(undefined, 'b')).toEqual(['b/a-v4.pkt ', 'b/a-v6.pkt ', 'b/a.pkt ']);
  expect(found('ipv6', 'b')).toEqual(['b/a-v4.pkt a script for IPv4', 'b/a-v6.pkt ', 'b/a.pkt ']);
});

test('files stay in the order given, whatever their names, and each runs once', () => {
  expect(found('ipv4', 'z.pkt', 'notes.txt', 'b', 'z.pkt').slice(0, 3)).toEqual([
    'z.pkt ',
    'notes.txt ',
    'b/a-v4.pkt ',
  ]);
});

test('what is not there, and a directory without scripts, are errors', () => {
  expect(() => found('ipv4', 'none.pkt')).toThrow(/none\.pkt: no such file or directory$/);
  expect(() => found('ipv4', 'b/empty')).toThrow(/no script \(\*\.pkt\) below this directory$/);
});
