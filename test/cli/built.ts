/** Runs the command as users do: `node bin/tcpetri.js`, from what `npm run build` has built. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { WarmCommand } from './warm-command.ts';

export const ROOT: string = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** What comes after `node`. */
export const COMMAND: string = path.join(ROOT, 'bin', 'tcpetri.js');

/** What a process left behind. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A directory of its own for a test file, removed in the end. */
export class Desk {
  readonly directory: string = mkdtempSync(path.join(tmpdir(), 'tcpetri-cli-'));
  #warm: WarmCommand | undefined = undefined;

  constructor() {
    afterAll(() => {
      this.#warm?.end();
      rmSync(this.directory, { recursive: true });
    });
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

  /** The same where it need not have a process of its own. */
  warm(...args: string[]): Promise<Ended> {
    this.#warm ??= new WarmCommand();
    return this.#warm.run({ words: args, directory: this.directory });
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
    const env = { HOME: this.directory, ...environment };
    return ended(program, args, { cwd: this.directory, env });
  }
}

/**
 * `tcpetri …args` in the package's folder, with `input` on standard input; in UTC unless
 * `environment` says otherwise.
 */
export async function tcpetri(
  args: readonly string[],
  input: Uint8Array | string = '',
  environment: NodeJS.ProcessEnv = {},
): Promise<Omit<Ended, 'stdout'> & { readonly stdout: string }> {
  const command = [COMMAND, ...args];
  const { stdout, ...rest } = await ended(process.execPath, command, { env: environment }, input);
  return { ...rest, stdout: stdout.toString() };
}

/** Runs a program to its end: what it reads is `input`, where there is any. */
function ended(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env }: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv },
  input?: Uint8Array | string,
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin?.on('error', () => {}); // it may end before it has read everything
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout: Buffer.concat(stdout), stderr }));
  });
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
