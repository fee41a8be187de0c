/** Every scenario's capture before the real tools: tcpdump's text is ours, tshark finds no fault. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CaptureReader,
  DecodeError,
  decodeFrame,
  encodeFrame,
  readCapture,
} from '../../src/wire/index.ts';
import { parsePrintFlags, Printer } from '../../src/tcpdump/index.ts';
import { hasTool, inScratch, runTool, runTools } from '../help/real-tools.ts';
import { loadScenario, record, SCENARIO_NAMES } from '../help/run.ts';

// Names come from tables that differ between machines, so names are compared elsewhere.
const FLAG_SETS = [
  '-nn',
  '-nn -v',
  '-nn -vv',
  '-nn -vvv',
  '-nn -vvv -K',
  '-nn -e',
  '-nn -S',
  '-nn -t',
  '-nn -tt',
  '-nn -ttt',
  '-nn -tttt',
  '-nn -ttttt',
  '-nn -#',
  '-nn -q',
  '-nn -A',
  '-nn -x',
  '-nn -xx',
  '-nn -X',
  '-nn -XX',
  '-nn -c 3',
  '-nn -e -vvv -XX -S -tttt -#',
  '--nano -nn -tt',
];

/** What tshark may say about a scenario, because the scenario means it. */
const INTENDED: Readonly<Record<string, RegExp>> = {
  'impaired/third-segment': /Previous segment\(s\) not captured/,
  'middlebox/nat': /Previous segment\(s\) not captured/,
  'published/socket-calls-loopback': /Connection reset \(RST\)/,
  'published/windows-to-centos-lan': /Connection reset \(RST\)/,
  // The long segments are in no capture: they never came.
  'middlebox/path-mtu-blackhole': /Previous segment\(s\) not captured/,
  // What goes the shorter way arrives before what went the longer one, and was acknowledged so.
  'routed/route-change': /out-of-order segment|Duplicate ACK|D-SACK/,
  // What the router refuses is sent again so soon that tshark suspects the network; and it sums the
  // quoted beginning of a segment as if that were the whole.
  'routed/three-networks': /out-of-order segment|too long for the next link.*Bad checksum/,
  'walkthroughs/big-file': /completely full|Zero Window segment|Connection reset \(RST\)/,
  'walkthroughs/error-codes': /Connection reset \(RST\)/,
};

/** Scenarios whose hosts leave checksums to a device that loopback has not. */
function leavesChecksums(name: string): boolean {
  return name.endsWith('-loopback') || /^walkthroughs\/(nc|student|tcpdump)$/.test(name);
}

function printed(capture: Uint8Array, flags: string): string {
  const parsed = parsePrintFlags(flags);
  const printer = new Printer(parsed);
  const reader = new CaptureReader();
  reader.push(capture);
  reader.end();
  const lines: string[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    if (next instanceof DecodeError) throw new Error(next.toString());
    if (lines.length === parsed.count) break;
    lines.push(printer.print(next));
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Without a bridge those for bridges have nobody to talk to; test/bridge judges them beside one. Of
 * a real kernel's experiments its own captures are the judges: test/linux.
 */
const TALKING = SCENARIO_NAMES.filter((name) => !/^(bridge|linux)\//.test(name));

/** Takes out of a file the packets that tcpdump decodes further than we do, and say that we do. */
function withoutGaps(file: string, capture: Uint8Array): Uint8Array {
  const printer = new Printer(parsePrintFlags('-nn'));
  const gaps = readCapture(capture).records.flatMap((record, at) => {
    printer.print(record);
    return printer.gap === undefined ? [] : [String(at + 1)];
  });
  if (gaps.length === 0) return capture;
  const whole = `${file}.whole`;
  renameSync(file, whole);
  runTool('editcap', '-F', path.extname(file).slice(1), whole, file, ...gaps);
  return readFileSync(file);
}

describe.each(TALKING)('%s', (name) => {
  test('every frame decodes, and encodes back to its bytes', async () => {
    const { pcapng } = await record(await loadScenario(name));
    const reader = new CaptureReader();
    reader.push(pcapng);
    let frames = 0;
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      if (next instanceof DecodeError) throw new Error(next.toString());
      const frame = decodeFrame(next.linkType, next.bytes);
      expect(frame.error).toBeUndefined();
      expect(encodeFrame(frame)).toEqual(next.bytes);
      expect(next.comments?.[0]).toMatch(/\((RFC|Linux).*\)$/);
      frames += 1;
    }
    expect(frames).toBeGreaterThan(3);
  });

  test.skipIf(!hasTool('tcpdump'))('tcpdump prints what we print', async () => {
    const recording = await record(await loadScenario(name));
    inScratch((directory) => {
      for (const format of ['pcap', 'pcapng'] as const) {
        const file = path.join(directory, `capture.${format}`);
        writeFileSync(file, recording[format]);
        const capture = withoutGaps(file, recording[format]);
        const real = runTools(
          FLAG_SETS.map((flags) => ['tcpdump', '-r', file, ...flags.split(' ')]),
        );
        for (const [at, flags] of FLAG_SETS.entries()) {
          expect(printed(capture, flags), flags).toBe(real[at]?.toString());
        }
      }
    });
  });

  test.skipIf(!hasTool('tshark'))('tshark finds nothing that is not intended', async () => {
    const { pcapng } = await record(await loadScenario(name));
    const faults = inScratch((directory) => {
      const file = path.join(directory, 'capture.pcapng');
      writeFileSync(file, pcapng);
      const checks = ['tcp', 'udp', 'ip'].flatMap((layer) => [
        '-o',
        `${layer}.check_checksum:${leavesChecksums(name) && layer !== 'ip' ? 'FALSE' : 'TRUE'}`,
      ]);
      const wrong = '_ws.malformed || _ws.expert.severity >= 0x600000'; // warnings and errors
      const fields = ['-T', 'fields', '-e', 'frame.number', '-e', '_ws.expert.message'];
      return runTool('tshark', '-n', '-r', file, ...checks, '-Y', wrong, ...fields);
    });
    const unexpected = faults
      .split('\n')
      .filter((line) => line !== '' && INTENDED[name]?.test(line) !== true);
    expect(unexpected).toEqual([]);
  });
});
