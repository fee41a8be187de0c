/**
 * `nstat`: what the host has counted since it was last asked (nstat(8) of iproute2).
 *
 *     #kernel
 *     TcpActiveOpens                  1                  0.0
 */
import type { Counters } from '../counters.ts';
import { type CommandContext, type CommandOutcome, done, failed } from './command.ts';

const LONG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ['--ignore', 'a'],
  ['--noupdate', 's'],
  ['--nooutput', 'n'],
  ['--reset', 'r'],
  ['--zeros', 'z'],
]);

export function nstat(
  { host, counterHistory }: CommandContext,
  words: readonly string[],
): CommandOutcome {
  let letters = '';
  const patterns: RegExp[] = [];
  for (const word of words) {
    if (word.startsWith('-')) letters += LONG_OPTIONS.get(word) ?? word.slice(1);
    else patterns.push(shellPattern(word));
  }
  const unknown = /[^asnrz]/.exec(letters)?.[0];
  if (unknown !== undefined) return failed(255, `nstat: invalid option -- '${unknown}'`);
  if (letters.includes('r')) counterHistory.clear();
  const since = letters.includes('a') ? new Map<string, number>() : new Map(counterHistory);
  const rows: string[] = [];
  for (const [name, count] of countersOf(host.counters)) {
    const increment = count - (since.get(name) ?? 0);
    if (!letters.includes('s')) counterHistory.set(name, count);
    const isWanted = patterns.length === 0 || patterns.some((pattern) => pattern.test(name));
    if (isWanted && (increment !== 0 || letters.includes('z'))) rows.push(row(name, increment));
  }
  return letters.includes('n') ? done() : done(`#kernel\n${rows.join('')}`);
}

/** The counters with their names, in the kernel's order. */
export function countersOf(counters: Counters): [name: string, count: number][] {
  return Object.entries(counters) as [string, number][];
}

function row(name: string, increment: number): string {
  return `${name.padEnd(32)}${String(increment).padEnd(16)}   0.0\n`;
}

/** A pattern of the shell: `*` for anything, `?` for one character. A run of stars is one. */
function shellPattern(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/\*+/g, '*')
    .replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('?', '.')
    .replaceAll('*', '.*');
  return new RegExp(`^${source}$`);
}
