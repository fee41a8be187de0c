/**
 * The defaults of a Linux host are those of a Linux kernel: `sysctl -a` of 6.18.44 in a fresh
 * network namespace, but for what that kernel's build or memory decides.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { linux6, settingsFrom, Sysctls } from '../../src/stack/index.ts';

const FILE = new URL('../fixtures/linux/sysctl-defaults.txt', import.meta.url);
const KERNEL = readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' = ') as [name: string, value: string]);

/** Where the profile has other numbers, and why. */
const OTHERS: ReadonlyMap<string, readonly [value: string, why: string]> = new Map([
  [
    'net.ipv4.tcp_rmem',
    ['4096\t131072\t6291456', 'as distributions have it, and Linux before 6.16'],
  ],
  ['net.ipv4.tcp_congestion_control', ['cubic', 'the build of that kernel has BBR']],
  ['net.ipv4.tcp_available_congestion_control', ['reno cubic dctcp bbr', 'likewise']],
  ['net.ipv4.tcp_allowed_congestion_control', ['reno cubic dctcp bbr', 'likewise']],
  ['net.ipv4.tcp_max_syn_backlog', ['4096', 'it grows with the memory']],
  ['net.ipv4.tcp_max_tw_buckets', ['262144', 'it grows with the memory']],
]);

/** What a host of ours has no word for. */
const WITHOUT: readonly (readonly [names: RegExp, why: string])[] = [
  [/^net\.ipv4\.(?:tcp|udp)_(?:child_)?e?hash_entries$/, 'the sizes of its hash tables'],
  [
    /^net\.ipv4\.(?:igmp_(?!max_mem)|fwmark_reflect|udp_l3mdev_accept|ip_forward_update_priority)/,
    'not there',
  ],
];

const sysctls = new Sysctls(settingsFrom(linux6));

test('the file is whole', () => {
  expect(KERNEL.filter(([name]) => name.startsWith('net.ipv4.tcp_')).length).toBeGreaterThan(80);
  const names = new Set(KERNEL.map(([name]) => name));
  for (const name of OTHERS.keys()) expect(names).toContain(name);
});

test.each(KERNEL.filter(([name]) => !WITHOUT.some(([names]) => names.test(name))))(
  '%s is %j',
  (name, value) => {
    const [expected] = OTHERS.get(name) ?? [value];
    expect(sysctls.read(name)).toBe(expected);
  },
);

test('what is said to be missing is', () => {
  const missing = KERNEL.filter(([name]) => WITHOUT.some(([names]) => names.test(name)));
  expect(missing.length).toBeGreaterThan(5);
  for (const [name] of missing) expect(sysctls.read(name)).toBeUndefined();
});
