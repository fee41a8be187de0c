/**
 * The commands and files by which a host is administered: what a shell on it would find. A command
 * that is not here does not exist on the host.
 */
import type { Host } from '../host.ts';
import type { Instant } from '../time.ts';
import type { Command, CommandOutcome } from './command.ts';
import { arp } from './arp.ts';
import { conntrack } from './conntrack.ts';
import { ethtool } from './ethtool.ts';
import { ROOT, type SocketHolders } from './holders.ts';
import { ifconfig } from './ifconfig.ts';
import { ip } from './ip.ts';
import { netstat } from './netstat.ts';
import { countersOf, nstat } from './nstat.ts';
import { PROC_NET } from './proc-net.ts';
import { route } from './route-table.ts';
import { sockstat } from './sockstat.ts';
import { ss } from './ss.ts';
import { sysctl } from './sysctl.ts';
import { tc } from './tc.ts';
import { tcpdrop } from './tcpdrop.ts';

export type { CommandOutcome } from './command.ts';
export { type SocketHolder, type SocketHolders } from './holders.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['sysctl', sysctl],
  ['nstat', nstat],
  ['ip', ip],
  ['ss', ss],
  ['netstat', netstat],
  ['ifconfig', ifconfig],
  ['route', route],
  ['arp', arp],
  ['conntrack', conntrack],
  ['tc', tc],
  ['ethtool', ethtool],
  ['sockstat', sockstat],
  ['tcpdrop', tcpdrop],
]);

/** The administrator of one host. */
export class Administrator {
  readonly #host: Host;
  readonly #holders: () => SocketHolders;
  readonly #counterHistory = new Map<string, number>();

  /** @param holders asks which processes have sockets open; without it, none is known */
  constructor(host: Host, holders: () => SocketHolders = (): SocketHolders => new Map()) {
    this.#host = host;
    this.#holders = holders;
  }

  /**
   * Runs a simple command, already split into words; `input` is what comes by a pipe. Nothing when
   * the host has no such command.
   */
  run(
    words: readonly string[],
    input: string,
    now: Instant,
    user: string = ROOT,
  ): CommandOutcome | undefined {
    const [name = '', ...operands] = words;
    const command = COMMANDS.get(name);
    return command?.(
      {
        host: this.#host,
        now,
        user,
        holders: this.#holders,
        input,
        counterHistory: this.#counterHistory,
      },
      operands,
    );
  }

  /** A file of the kernel's: below `/proc/sys`, `/sys/module` or `/proc/net`. */
  readFile(path: string, now: Instant): string | undefined {
    const file = PROC_NET.get(path);
    if (file !== undefined) return file(this.#host, now, this.#holders());
    const value = path.startsWith('/') ? this.#host.sysctl.read(path) : undefined;
    return value === undefined ? undefined : `${value}\n`;
  }

  /** Sets what a file of the kernel's sets; false when there is none or it refuses. */
  writeFile(path: string, text: string): boolean {
    return path.startsWith('/') && this.#host.sysctl.write(path, text) === 'written';
  }

  /** The counters by name, as `nstat -az` shows them. */
  counters(): ReadonlyMap<string, number> {
    return new Map(countersOf(this.#host.counters));
  }
}
