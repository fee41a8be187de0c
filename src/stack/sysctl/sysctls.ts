/**
 * The sysctls of one host, as its administrator reads and writes them: by name (`net.ipv4.tcp_sack`
 * or `net/ipv4/tcp_sack`) or by file (`/proc/sys/net/ipv4/tcp_sack`).
 */
import type { HostSettings } from '../settings.ts';
import { BSD_SYSCTLS } from './bsd.ts';
import { LINUX_KEPT_SYSCTLS } from './linux-kept.ts';
import { LINUX_SYSCTLS } from './linux.ts';
import { printSysctlValue, type Sysctl, type SysctlValue } from './sysctl.ts';

/** Every sysctl that there is. */
export const SYSCTLS: readonly Sysctl[] = [...LINUX_SYSCTLS, ...LINUX_KEPT_SYSCTLS, ...BSD_SYSCTLS];

const BY_NAME: ReadonlyMap<string, Sysctl> = new Map(SYSCTLS.map((entry) => [entry.name, entry]));

const PROC_SYS = '/proc/sys/';

/** What became of a write. */
export type SysctlWritten = 'written' | 'unknown' | 'invalid' | 'read-only';

/** The name with dots, whichever way a sysctl is named; a file elsewhere is its own name. */
export function sysctlName(written: string): string {
  if (written.startsWith(PROC_SYS)) return written.slice(PROC_SYS.length).replaceAll('/', '.');
  if (written.startsWith('/')) return written;
  const separator = /[./]/.exec(written)?.[0];
  return separator === '/' ? written.replaceAll('/', '.') : written;
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
    return [...BY_NAME.keys()].toSorted();
  }

  /** The value as the kernel prints it; nothing for a name that it does not know. */
  read(written: string): string | undefined {
    const entry = BY_NAME.get(sysctlName(written));
    return entry === undefined ? undefined : printSysctlValue(this.#valueOf(entry));
  }

  /** Sets a value. What is refused changes nothing. */
  write(written: string, text: string): SysctlWritten {
    const entry = BY_NAME.get(sysctlName(written));
    if (entry === undefined) return 'unknown';
    if (entry.kind === 'fixed') return 'read-only';
    const value = entry.rule.parse(text, this.#valueOf(entry));
    if (value === undefined) return 'invalid';
    if (entry.kind === 'bound') entry.write(this.#settings, value);
    else this.#kept.set(entry.name, value);
    return 'written';
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
