/**
 * The kernel of this machine in a network namespace of its own, with `tcpetri bridge` beside it:
 *
 *     namespace: curl, nc, ping ── kernel ── tun0 ── socat ── UDP ── tcpetri bridge
 *     (192.0.2.1, 2001:db8::1)                          (192.0.2.2, 2001:db8::2)
 *
 * It needs root, /dev/net/tun and a few programs.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../cli/built.ts';

const PROGRAMS: readonly (readonly [string, string])[] = [
  ['ip', '-V'],
  ['socat', '-V'],
  ['curl', '--version'],
  ['nc', '-h'],
  ['ping', '-V'],
];

/** Why there can be no such kernel here; nothing when there can. */
export function whyNoKernel(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/dev/net/tun')) return 'no /dev/net/tun';
  const missing = PROGRAMS.filter(([name, flag]) => spawnSync(name, [flag]).error !== undefined);
  if (missing.length > 0) return `without ${missing.map(([name]) => name).join(', ')}`;
  const probe = `tcpetri-probe-${process.pid}`;
  const device = ['netns', 'exec', probe, 'ip', 'tuntap', 'add', 'mode', 'tun', 'name', 'probe'];
  const isAllowed =
    spawnSync('ip', ['netns', 'add', probe]).status === 0 && spawnSync('ip', device).status === 0;
  spawnSync('ip', ['netns', 'del', probe]);
  return isAllowed ? undefined : 'no network namespace with a TUN device is allowed';
}

/** How long a program may take to be ready, in milliseconds. */
const READY_WITHIN = 20_000;

export class Kernel {
  readonly #namespace: string;
  readonly #children: ChildProcess[] = [];
  readonly #removeAtExit = (): void => this.remove();

  /** Makes the namespace; it goes with {@link remove}, and with this process in any case. */
  constructor(name: string) {
    this.#namespace = `tcpetri-${process.pid}-${name}`;
    execFileSync('ip', ['netns', 'add', this.#namespace]);
    process.on('exit', this.#removeAtExit);
    execFileSync('ip', ['-n', this.#namespace, 'link', 'set', 'lo', 'up']);
  }

  /** Ends what runs here, and removes the namespace with its device. */
  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    spawnSync('ip', ['netns', 'del', this.#namespace]);
    process.off('exit', this.#removeAtExit);
  }

  /** Sets a sysctl of the namespace: `net.ipv4.tcp_ecn`. */
  sysctl(name: string, value: number): void {
    const file = `/proc/sys/${name.replaceAll('.', '/')}`;
    const write = ['netns', 'exec', this.#namespace, 'sh', '-c', `echo ${value} > ${file}`];
    execFileSync('ip', write);
  }

  /** Starts a program in the namespace. */
  start(program: string, ...args: readonly string[]): ChildProcess {
    const child = spawn('ip', ['netns', 'exec', this.#namespace, program, ...args]);
    this.#children.push(child);
    return child;
  }

  /** Runs `tcpetri bridge bridge/host …args` and a TUN device joined to it. */
  async bridge(...args: readonly string[]): Promise<ChildProcess> {
    const udp = ['--udp', '--listen', '127.0.0.1:7001', '--framing', 'ip'];
    const command = [`${ROOT}/bin/tcpetri.js`, 'bridge', 'bridge/host', ...udp, ...args];
    const bridge = this.start(process.execPath, ...command);
    let said = '';
    bridge.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until(() => said.includes('running'), 'the bridge runs');
    this.start('socat', '-b', '65536', 'TUN:192.0.2.1/24,up,iff-no-pi', 'UDP:127.0.0.1:7001');
    const link = ['-n', this.#namespace, 'link', 'show', 'up', 'dev', 'tun0'];
    await until(() => spawnSync('ip', link).stdout.length > 0, 'tun0 is up');
    const address = ['addr', 'add', '2001:db8::1/64', 'dev', 'tun0', 'nodad'];
    spawnSync('ip', ['-n', this.#namespace, '-6', ...address]); // where the kernel has IPv6
    return bridge;
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + READY_WITHIN;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${READY_WITHIN} ms: ${what}`);
    await sleep(20);
  }
}

/** What a program prints, as its SHA-256, with how many octets it was; and its status. */
export async function digestOf(
  child: ChildProcess,
): Promise<{ readonly status: number; readonly octets: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let octets = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    octets += chunk.length;
  });
  const [status] = (await once(child, 'close')) as [number];
  return { status, octets, sha256: hash.digest('hex') };
}
