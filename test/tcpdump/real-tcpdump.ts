/** The real tcpdump as judge: its text and ours of the same capture, with the same flags. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parsePrintFlags, Printer, type PrinterOptions } from '../../src/tcpdump/index.ts';
import { readCapture } from '../../src/wire/index.ts';
import { hasTool, inScratch, runTools } from '../help/real-tools.ts';

/** The version that is the standard; the texts of others differ here and there. */
const VERSION = '4.99.3';

/** Whether the judge is here, in the right version. */
export const HAS_TCPDUMP: boolean = isRightVersion();

function isRightVersion(): boolean {
  if (!hasTool('tcpdump')) return false;
  const { stdout, stderr } = spawnSync('tcpdump', ['--version'], { encoding: 'utf8' });
  const version = /tcpdump version (\S+)/.exec(stdout + stderr)?.[1];
  if (version === VERSION) return true;
  if (process.env['CI'] !== undefined) throw new Error(`tcpdump is ${version}, not ${VERSION}`);
  console.warn(`tcpdump is ${version}, not ${VERSION}: the tests that it judges are skipped`);
  return false;
}

/** What the real tcpdump prints of a capture; times are in UTC. */
export function realText(capture: Uint8Array, flags: string): string {
  return realTexts([capture], flags)[0] ?? '';
}

/** The same of several captures. */
export function realTexts(captures: readonly Uint8Array[], flags: string): string[] {
  const words = flags.split(' ').filter((flag) => flag !== '');
  return inScratch((directory) => {
    const commands = captures.map((capture, at) => {
      const file = path.join(directory, `${at}.pcap`);
      writeFileSync(file, capture);
      return ['tcpdump', '-r', file, ...words];
    });
    return runTools(commands).map((output) => output.toString('latin1'));
  });
}

/** What our printer prints of it. */
export function ourText(capture: Uint8Array, flags: string, options?: PrinterOptions): string {
  const printFlags = parsePrintFlags(flags);
  const printer = new Printer(printFlags, { interfaces: machineInterfaces(), ...options });
  const records = readCapture(capture).records.slice(0, printFlags.count);
  return records.map((record) => `${printer.print(record)}\n`).join('');
}

/** This machine's interfaces by index: the names that the real tcpdump gives to those of a capture. */
function machineInterfaces(): Map<number, string> {
  const folder = '/sys/class/net';
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return new Map(
    names.map((name) => [Number(readFileSync(`${folder}/${name}/ifindex`, 'utf8')), name]),
  );
}
