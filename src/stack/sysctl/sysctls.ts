/**
 * The sysctls of one host, as its administrator reads and writes them: by name (`net.ipv4.tcp_sack`
 * or `net/ipv4/tcp_sack`) or by file (`/proc/sys/net/ipv4/tcp_sack`).
 */
import type { HostSettings } from '../settings.ts';
import type { Instant } from '../time.ts';
import { BSD_SYSCTLS } from './bsd.ts';
import { LINUX_KEPT_SYSCTLS } from './linux-kept.ts';
import { linkSysctl, linkSysctlNames, withSlashesAndDotsSwapped } from './link-sysctls.ts';
import { LINUX_SYSCTLS } from './linux.ts';
import { printSysctlValue, type Sysctl, type SysctlValue } from './sysctl.ts';

/** Every sysctl that there is, but for those of interfaces. */
export const SYSCTLS: readonly Sysctl[] = [...LINUX_SYSCTLS, ...LINUX_KEPT_SYSCTLS, ...BSD_SYSCTLS];

const BY_NAME: ReadonlyMap<string, Sysctl> = new Map(SYSCTLS.map((entry) => [entry.name, entry]));

const PROC_SYS = '/proc/sys/';

/** What became of a write. */
export type SysctlWritten = 'written' | 'unknown' | 'invalid' | 'read-only';

/** The name with dots, whichever way a sysctl is named; a file elsewhere is its own name. */
export function sysctlName(written: string): string {
  if (written.startsWith(PROC_SYS)) {
    return withSlashesAndDotsSwapped(written.slice(PROC_SYS.length));
  }
  if (written.startsWith('/')) return written;
  const separator = /[./]/.exec(written)?.[0];
  return separator === '/' ? withSlashesAndDotsSwapped(written) : written;
}

export class Sysctls {
  readonly #settings: HostSettings;
  /** What was written to those that have no effect. */
  readonly #kept = new Map<string, SysctlValue>();

  constructor(settings: HostSettings) {
    this.#settings = settings;
  }

  /** The names, in their order. */
  names(): string[] {
    return [...BY_NAME.keys(), ...linkSysctlNames(this.#settings.links)].toSorted();
  }

  /** The value as the kernel prints it; nothing for a name that it does not know. */
  read(written: string): string | undefined {
    const entry = this.#find(written);
    return entry === undefined ? undefined : printSysctlValue(this.#valueOf(entry));
  }

  /** Sets a value. What is refused changes nothing. What follows for interfaces begins at `now`. */
  write(written: string, text: string, now: Instant = 0): SysctlWritten {
    const entry = this.#find(written);
    if (entry === undefined) return 'unknown';
    if (entry.kind === 'fixed') return 'read-only';
    const value = entry.rule.parse(text, this.#valueOf(entry));
    if (value === undefined) return 'invalid';
    if (entry.kind === 'bound') entry.write(this.#settings, value, now);
    else this.#kept.set(entry.name, value);
    return 'written';
  }

  #find(written: string): Sysctl | undefined {
    const name = sysctlName(written);
    return BY_NAME.get(name) ?? linkSysctl(name, this.#settings.links);
  }

  #valueOf(entry: Sysctl): SysctlValue {
    switch (entry.kind) {
      case 'bound':
        return entry.read(this.#settings);
      case 'kept':
        return this.#kept.get(entry.name) ?? entry.initial;
      case 'fixed':
        return entry.value;
    }
  }
}
