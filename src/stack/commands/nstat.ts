/**
 * `nstat`: what the host has counted since it was last asked (nstat(8) of iproute2).
 *
 *     #kernel
 *     TcpActiveOpens                  1                  0.0
 */
import type { Counters } from '../counters.ts';
import { countsByType as icmpv4ByType } from '../icmp/icmpv4-counts.ts';
import { countsByType as icmpv6ByType } from '../icmp/icmpv6-counts.ts';
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

/** The groups of counters in the order of the files that they are from: snmp, snmp6, netstat. */
// prettier-ignore
const GROUPS = [
  'Ip', 'Icmp', 'IcmpMsg', 'Tcp', 'Udp',
  'Ip6', 'Icmp6', 'Icmp6InType', 'Icmp6OutType', 'Udp6',
  'TcpExt', 'IpExt',
];
// The last first: a name that begins with another's stands behind it.
const GROUP = new RegExp(`^(?:${GROUPS.toReversed().join('|')})`);

/** The counters with their names, in the kernel's order. */
export function countersOf(counters: Counters): [name: string, count: number][] {
  const all = Object.entries(counters) as [string, number][];
  const byType = [...icmpv4ByType(counters), ...icmpv6ByType(counters)];
  return [...all, ...byType].toSorted(([a], [b]) => placeOf(a) - placeOf(b));
}

function placeOf(name: string): number {
  return GROUPS.indexOf(GROUP.exec(name)?.[0] ?? '');
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
