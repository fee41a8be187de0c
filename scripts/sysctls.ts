/** Writes docs/sysctls.md from the tables of sysctls: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  freebsd,
  type HostProfile,
  linux6,
  printSysctlValue,
  settingsFrom,
  type Sysctl,
  SYSCTLS,
  Sysctls,
} from '../src/stack/index.ts';

/** The document. */
export function sysctlsDocument(): string {
  const isBsd = ({ name }: Sysctl): boolean => /^(?:net\.inet|kern\.)/.test(name);
  return [
    '# Sysctls',
    '',
    'What `sysctl` of a host knows, with the defaults of the profiles `linux-6` and `freebsd`. One with',
    'an effect is a field of the host’s settings, which protocol code reads. One without is there for',
    'scripts that set it: what is written can be read back, and the table says why nothing else',
    'happens. Any other name is an error, as on a real system. Written by `npm run docs`.',
    ...section(
      'Linux',
      SYSCTLS.filter((entry) => !isBsd(entry)),
      linux6,
    ),
    ...interfaces(),
    ...section('FreeBSD', SYSCTLS.filter(isBsd), freebsd),
    '',
  ].join('\n');
}

function section(title: string, entries: readonly Sysctl[], profile: HostProfile): string[] {
  const host = new Sysctls(settingsFrom(profile));
  const inOrder = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const effective = inOrder.filter(({ kind }) => kind !== 'kept');
  const kept = inOrder.filter((entry) => entry.kind === 'kept');
  return [
    '',
    `## ${title}: with an effect`,
    '',
    '```text',
    ...effective.map(({ name }) => line(name, host.read(name) ?? '')),
    '```',
    '',
    `## ${title}: without`,
    '',
    '```text',
    ...kept.flatMap(({ name, initial, why }) => [
      line(name, printSysctlValue(initial)),
      `    ${why}`,
    ]),
    '```',
  ];
}

/** What each interface has for itself, and how one number comes of that and the one for all. */
function interfaces(): string[] {
  const { tables } = settingsFrom(linux6).links;
  const ofAll = Object.entries(tables).flatMap(([directory, table]) =>
    table.knobsOf('default').map((knob) => ({
      knob,
      line: line(`net.${directory}.*.${knob.name}`, String(table.read('default', knob))),
    })),
  );
  const inOrder = ofAll.toSorted((a, b) => (a.line < b.line ? -1 : 1));
  return [
    '',
    '## Linux: of each interface, with an effect',
    '',
    'For `*` stands `all`, `default`, or an interface: `net.ipv4.conf.eth0.rp_filter`. An interface',
    'begins with what `default` says; neighbours have no `all`. What holds on it is said below each',
    'name. Sources: include/linux/inetdevice.h, net/ipv6/addrconf.c, net/core/neighbour.c.',
    '',
    '```text',
    ...inOrder.flatMap(({ knob, line: first }) =>
      knob.why === undefined ? [first, `    ${knob.combination.text}`] : [],
    ),
    '```',
    '',
    '## Linux: of each interface, without',
    '',
    '```text',
    ...inOrder.flatMap(({ knob, line: first }) =>
      knob.why === undefined ? [] : [first, `    ${knob.why}`],
    ),
    '```',
  ];
}

function line(name: string, value: string): string {
  return `${name} = ${value.replaceAll('\t', ' ')}`.trimEnd();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../docs/sysctls.md', import.meta.url), sysctlsDocument());
}
