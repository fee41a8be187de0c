/** Runs the command as users do: `node bin/tcpetri.js`, from what `npm run build` has built. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const ROOT: string = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));
const COMMAND = path.join(ROOT, 'bin', 'tcpetri.js');

/** What a process left behind. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A directory of its own for a test file, removed in the end. */
export class Desk {
  readonly directory: string = mkdtempSync(path.join(tmpdir(), 'tcpetri-cli-'));

  constructor() {
    afterAll(() => rmSync(this.directory, { recursive: true }));
  }

  path(name: string): string {
    return path.join(this.directory, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return `./${name}`;
  }

  /** `tcpetri …args` in this directory, without a terminal. */
  tcpetri(...args: string[]): Promise<Ended> {
    return this.run(process.execPath, [COMMAND, ...args]);
  }

  /** A line of a shell, in which `tcpetri` is the command, run by `$PREFIX` where that is set. */
  shell(line: string): Promise<Ended> {
    const define = `tcpetri() { $PREFIX "${process.execPath}" "${COMMAND}" "$@"; }`;
    return this.run('bash', ['-c', `set -o pipefail\n${define}\n${line}`]);
  }

  run(
    program: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Ended> {
    const env = { PATH: process.env['PATH'], HOME: this.directory, TZ: 'UTC', ...environment };
    const child = spawn(program, args, {
      cwd: this.directory,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, stdout: Buffer.concat(stdout), stderr }));
    });
  }
}

/** A scenario of two hosts, whose client does `body`, with `options` besides the summary. */
export function clientScenario(body: string, options = ''): string {
  return [
    "import { ms, scenario, SocketError, type Process } from 'tcpetri';",
    '',
    `export default scenario('mine', { summary: 'my own'${options} }, ({ network, check }) => {`,
    '  const [client] = network.pair({ latency: ms(5) });',
    "  client.run('client', async (process: Process) => {",
    "    const to = { address: '10.0.0.2', port: 80 } as const;",
    `    ${body}`, // line 7
    '  });',
    '});',
    '',
  ].join('\n');
}
