/**
 * The programs that judge our captures from outside: tcpdump, tshark, capinfos, editcap, p0f.
 *
 * Where one is not installed its tests are skipped with a line that says so; where `CI` is set, a
 * missing tool is a failure, so that they cannot be skipped unnoticed for ever.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const known = new Map<string, boolean>();

/** Whether the program is installed. */
export function hasTool(name: string): boolean {
  let has = known.get(name);
  if (has === undefined) {
    has = spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined;
    if (!has && process.env['CI']) throw new Error(`${name} is not installed, and CI is set`);
    if (!has) console.warn(`skipped: what needs ${name}, which is not installed`);
    known.set(name, has);
  }
  return has;
}

/** What the program prints; it must succeed. */
export function runTool(name: string, ...args: string[]): string {
  return execFileSync(name, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  });
}

/**
 * What several commands print, one after the other; each must succeed. One shell starts them all:
 * to fork a process as large as ours takes longer than most of them run.
 */
export function runTools(commands: readonly (readonly string[])[]): Buffer[] {
  const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return inScratch((directory) => {
    const outputs = commands.map((_, at) => path.join(directory, String(at)));
    const lines = commands.map((words, at) => `${words.map(quoted).join(' ')} > ${outputs[at]}`);
    runTool('sh', '-ec', lines.join('\n'));
    return outputs.map((output) => readFileSync(output));
  });
}

/** Runs `use` with the path of a new directory, which is removed afterwards. */
export function inScratch<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(path.join(tmpdir(), 'tcpetri-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
