/** Every script below this folder passes; one that does not is shown as `tcpetri drill` shows it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { failureLines, placeOf } from '../../src/cli/drill/reporters/failure-text.ts';
import { runScriptFile } from '../../src/cli/drill/run-script.ts';
import { findScripts, type ModeName } from '../../src/cli/drill/script-files.ts';
import { PLAIN } from '../../src/cli/drill/style.ts';

const FOLDER = path.relative('.', fileURLToPath(new URL('.', import.meta.url)));
const MODES: readonly ModeName[] = ['ipv4', 'ipv4-mapped'];

describe.each(MODES)('%s', (mode) => {
  const scripts = findScripts([FOLDER], mode).filter(({ skip }) => skip === undefined);

  test.each(scripts.map((script) => script.path))('%s', (file) => {
    const { status, failure } = runScriptFile(file, {
      mode,
      profile: undefined,
      definitions: [],
      options: mode === 'ipv4' ? [] : [{ name: 'ip_version', value: 'ipv4-mapped-ipv6' }],
      isVerbose: false,
      capture: undefined,
    });
    if (failure !== undefined) {
      const title = `${placeOf(file, failure)}: ${failure.message}`;
      expect.fail([title, ...failureLines(failure, PLAIN)].join('\n'));
    }
    expect(status).toBe('passed');
  });
});
