/** Every script below this folder passes; one that does not is shown as `tcpetri drill` shows it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { failureLines, placeOf } from '../../src/cli/drill/reporters/failure-text.ts';
import { runScriptFile } from '../../src/cli/drill/run-script.ts';
import { findScripts } from '../../src/cli/drill/script-files.ts';
import type { DrillSettings } from '../../src/cli/drill/settings.ts';
import { PLAIN } from '../../src/cli/drill/style.ts';

const FOLDER = path.relative('.', fileURLToPath(new URL('.', import.meta.url)));
const SETTINGS: DrillSettings = {
  mode: 'ipv4',
  profile: undefined,
  definitions: [],
  options: [],
  isVerbose: false,
  capture: undefined,
};

test.each(findScripts([FOLDER], SETTINGS.mode).map((script) => script.path))('%s', (file) => {
  const { status, failure } = runScriptFile(file, SETTINGS);
  if (failure !== undefined) {
    const title = `${placeOf(file, failure)}: ${failure.message}`;
    expect.fail([title, ...failureLines(failure, PLAIN)].join('\n'));
  }
  expect(status).toBe('passed');
});
