/** Which scripts a command line names: files as they are, and every `*.pkt` below a directory. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';

/** How a script's packets and sockets relate: `--mode`. */
export type ModeName = 'ipv4' | 'ipv6' | 'ipv4-mapped';

/** A script to run, or to say why not. */
export interface ScriptFile {
  /** As the user would write it; `-` is standard input. */
  readonly path: string;
  /** Why it is not for this run. */
  readonly skip: string | undefined;
}

/** Standard input. */
export const STANDARD_INPUT = '-';

/**
 * The scripts that the arguments name, in their order; those of a directory sorted by path. With a
 * mode, those for another version of IP are not for this run.
 *
 * @throws UsageError for a path that is not there, and a directory without scripts
 */
export function findScripts(
  paths: readonly string[],
  mode: ModeName | undefined,
): readonly ScriptFile[] {
  const found = new Set<string>();
  for (const path of paths) {
    for (const file of scriptsAt(path)) found.add(file);
  }
  return [...found].map((path) => ({ path, skip: reasonToSkip(path, mode) }));
}

function scriptsAt(path: string): readonly string[] {
  if (path === STANDARD_INPUT) return [path];
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UsageError(`${path}: no such file or directory`);
  if (!stat.isDirectory()) return [path];
  const scripts = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.pkt'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  if (scripts.length === 0) throw new UsageError(`${path}: no script (*.pkt) below this directory`);
  return scripts;
}

/** A script may be made for one version of IP; its name then says so. */
function reasonToSkip(path: string, mode: ModeName | undefined): string | undefined {
  if (mode === undefined) return undefined;
  if (mode === 'ipv6') return path.endsWith('v4.pkt') ? 'a script for IPv4' : undefined;
  return isForIpv6(path) ? 'a script for IPv6' : undefined;
}

/** Whether the name says that the script is for IPv6 alone. */
export function isForIpv6(path: string): boolean {
  return path.endsWith('v6.pkt');
}
