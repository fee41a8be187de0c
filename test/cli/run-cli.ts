/** Runs the command as a process of its own, from the sources. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The package's folder, without a slash at the end. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What comes after `node` in place of `bin/tcpetri.js`. */
export const COMMAND: readonly string[] = [
  '--import',
  'tsx',
  '--conditions=tcpetri:source',
  'src/cli/main.ts',
];

/** What a process left behind. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `tcpetri …args`, with `input` on standard input; in UTC unless `environment` says otherwise. */
export function tcpetri(
  args: readonly string[],
  input: Uint8Array | string = '',
  environment: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const env = { PATH: process.env['PATH'], TZ: 'UTC', ...environment };
  const child = spawn(process.execPath, [...COMMAND, ...args], { cwd: ROOT, env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {}); // it may end before it has read everything
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}
