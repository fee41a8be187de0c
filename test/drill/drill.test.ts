/**
 * Every script below this folder passes over IPv4, by mapped addresses and over IPv6; one that does
 * not is shown as `tcpetri drill` shows it.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { failureLines, placeOf } from '../../src/cli/drill/reporters/failure-text.ts';
import { runScriptFile } from '../../src/cli/drill/run-script.ts';
import { findScripts, type ModeName } from '../../src/cli/drill/script-files.ts';
import { PLAIN } from '../../src/cli/drill/style.ts';
import type { Verdict } from '../../src/cli/drill/verdict.ts';
import { ONLY_IPV4 } from './only-ipv4.ts';

const FOLDER = path.relative('.', fileURLToPath(new URL('.', import.meta.url)));
const VERSIONS: Readonly<Record<ModeName, string>> = {
  ipv4: 'ipv4',
  'ipv4-mapped': 'ipv4-mapped-ipv6',
  ipv6: 'ipv6',
};

function nameOf(file: string): string {
  return path.relative(FOLDER, file).replace(/\.pkt$/, '');
}

function scriptsFor(mode: ModeName): string[] {
  return findScripts([FOLDER], mode)
    .filter(({ skip }) => skip === undefined)
    .map((script) => script.path)
    .filter((file) => mode !== 'ipv6' || !ONLY_IPV4.has(nameOf(file)));
}

function run(file: string, mode: ModeName): Verdict {
  return runScriptFile(file, {
    mode,
    profile: undefined,
    definitions: [],
    options: [{ name: 'ip_version', value: VERSIONS[mode] }],
    isVerbose: false,
    capture: undefined,
  });
}

describe.each(['ipv4', 'ipv4-mapped', 'ipv6'] as const)('%s', (mode) => {
  test.each(scriptsFor(mode))('%s', (file) => {
    const { status, failure } = run(file, mode);
    if (failure !== undefined) {
      const title = `${placeOf(file, failure)}: ${failure.message}`;
      expect.fail([title, ...failureLines(failure, PLAIN)].join('\n'));
    }
    expect(status).toBe('passed');
  });
});

test.each([...ONLY_IPV4])('%s does not pass over IPv6: %s', (name) => {
  expect(run(path.join(FOLDER, `${name}.pkt`), 'ipv6').status).not.toBe('passed');
});
