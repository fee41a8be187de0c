/**
 * The four published captures come out of the simulator, line by line: as `tcpetri run` prints
 * them, and as the real tcpdump prints the capture that it writes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hasTool, inScratch, runTool } from '../help/real-tools.ts';
import { loadScenario, record, withHosts } from '../help/run.ts';

/** The lines of a published file, without its remarks. */
function published(name: string): string[] {
  const file = fileURLToPath(new URL(`../fixtures/published/${name}.txt`, import.meta.url));
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** What `tcpetri run` prints, without what the hosts make of it. */
function packetsAndReports(text: readonly string[]): string[] {
  return text.filter((line) => !/^ {8}[·×↑▸] /.test(line));
}

/** The last published lines of the time server are the first in time: another run of that day. */
function inTime(name: string, lines: readonly string[]): string[] {
  return name === 'time-server-loopback' ? [...lines.slice(-2), ...lines.slice(0, -2)] : [...lines];
}

/** Undoes the look-ups of names that the published lines show, so that no table is needed. */
function withoutNames(line: string): string {
  return line.replaceAll('localhost.', '127.0.0.1.').replaceAll('.irdmi', '.8000');
}

const NAMES = [
  'nc-loopback',
  'time-server-loopback',
  'socket-calls-loopback',
  'windows-to-centos-lan',
];

describe.each(NAMES)('published/%s', (name) => {
  test('tcpetri run prints the published lines and no others', async () => {
    const { text } = await record(await loadScenario(`published/${name}`));
    expect(packetsAndReports(text)).toEqual(inTime(name, published(name)));
  });

  test.skipIf(!hasTool('tcpdump'))('tcpdump prints them from the written capture', async () => {
    const recording = await record(await loadScenario(`published/${name}`));
    const packets = inTime(name, published(name)).filter((line) => !line.startsWith('tcp '));
    for (const format of ['pcap', 'pcapng'] as const) {
      const printed = inScratch((directory) => {
        const file = path.join(directory, `capture.${format}`);
        writeFileSync(file, recording[format]);
        if (name !== 'time-server-loopback') return runTool('tcpdump', '-nn', '-r', file);
        // The first packet was published with checksums verified, the others without.
        const verified = runTool('tcpdump', '-nn', '-vvv', '-c', '1', '-r', file);
        const unverified = runTool('tcpdump', '-nn', '-vvv', '-K', '-r', file);
        return verified + unverified.split('\n').slice(2).join('\n');
      });
      expect(printed.trimEnd().split('\n')).toEqual(packets.map(withoutNames));
    }
  });
});

test('another initial sequence number shows in the output, and nothing else changes', async () => {
  const original = await loadScenario('published/nc-loopback');
  const changed = withHosts(original, (options) => ({
    ...options,
    chosen: { ...options.chosen, initialSequenceNumbers: [0xffff_fffe, 7] },
  }));
  const lines = packetsAndReports((await record(changed)).text);
  const expected = published('nc-loopback').map((line) =>
    line
      .replace('seq 2397915828', 'seq 4294967294')
      .replace('seq 3312485390', 'seq 7')
      .replace('ack 2397915829', 'ack 4294967295'),
  );
  expect(lines).toEqual(expected);
  expect(lines).not.toEqual(published('nc-loopback'));
});

test('another profile shows in the output: windows, options and identifications follow', async () => {
  const { windows7 } = await import('../../src/stack/index.ts');
  const original = await loadScenario('published/nc-loopback');
  const changed = withHosts(original, (options) => ({ ...options, profile: windows7 }));
  const [syn, synAck, ack] = packetsAndReports((await record(changed)).text);
  expect(syn).toContain('win 8192, options [mss 65495,nop,wscale 8,nop,nop,sackOK]');
  expect(synAck).toContain('win 8192, options [mss 65495,nop,wscale 8,nop,nop,sackOK]');
  expect(ack).toMatch(/ack 1, win 256, length 0$/);
});
