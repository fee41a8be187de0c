/** Scripts on threads: verdicts in order, and a thread that dies costs one script alone. */
import { Worker } from 'node:worker_threads';
import { array, assert, asyncProperty, constantFrom, integer } from 'fast-check';
import { expect, test } from 'vitest';
import { runInPool, type Threads } from '../../src/cli/drill/pool.ts';
import { runScriptFile } from '../../src/cli/drill/run-script.ts';
import { findScripts } from '../../src/cli/drill/script-files.ts';
import type { DrillSettings } from '../../src/cli/drill/settings.ts';
import { type Verdict, verdictOf } from '../../src/cli/drill/verdict.ts';
import { ROOT } from './built.ts';

const SETTINGS: DrillSettings = {
  mode: 'ipv4',
  profile: undefined,
  definitions: [],
  options: [],
  isVerbose: false,
  capture: undefined,
};

/** A thread that does as the file's name says; the rest of the name is a number of its own. */
const OBEDIENT = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (file) => {
    const answer = () => parentPort.postMessage({ file, status: 'passed' });
    if (file.startsWith('die')) process.exit(3);
    if (file.startsWith('throw')) throw new Error('a defect');
    if (file.startsWith('hang')) for (;;);
    if (file.startsWith('late')) setTimeout(answer, 5);
    else answer();
  });
`;

/** Threads that may be slow to start, as on a busy machine; `limit` is in milliseconds. */
function threads(count: number, limit = 60_000): Threads {
  const start = (): Worker => new Worker(OBEDIENT, { eval: true, stderr: true, execArgv: [] });
  return { count, start, limit };
}

async function run(
  files: readonly (string | Verdict)[],
  ...limits: Parameters<typeof threads>
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  await runInPool(files, threads(...limits), (verdict) => {
    verdicts.push(verdict);
    return true;
  });
  return verdicts;
}

test('law: a verdict for each script, in order, whatever happens to the threads', async () => {
  const skipped = verdictOf('skipped', 'skipped');
  const kinds = constantFrom('good', 'late', 'die', 'throw', 'skipped');
  await assert(
    asyncProperty(
      array(kinds, { maxLength: 6 }),
      integer({ min: 1, max: 3 }),
      async (of, count) => {
        const names = of.map((kind, at) => (kind === 'skipped' ? kind : `${kind} ${at}`));
        const files = names.map((name) => (name === 'skipped' ? skipped : name));
        const verdicts = await run(files, count);
        expect(verdicts.map(({ file }) => file)).toEqual(names);
        const fates: Record<string, string> = {
          die: 'failed',
          throw: 'failed',
          skipped: 'skipped',
        };
        expect(verdicts.map(({ status }) => status)).toEqual(
          of.map((kind) => fates[kind] ?? 'passed'),
        );
      },
    ),
    { numRuns: 10 },
  );
});

test('says what became of the thread', async () => {
  const verdicts = await run(['die', 'throw', 'good'], 2);
  expect(verdicts.map(({ failure }) => failure?.message)).toEqual([
    'its run broke off: the thread ended with 3',
    'its run broke off: a defect',
    undefined,
  ]);
});

test('says that a script was not done in time, and goes on on another thread', async () => {
  const verdicts = await run(['hang 1', 'hang 2'], 1, 100);
  expect(verdicts.map(({ failure }) => failure?.message)).toEqual(
    Array(2).fill('it ran for more than 0.1 s of wall time'),
  );
});

test('scripts run on the threads of the built command as they do here', async () => {
  type Pool = typeof import('../../src/cli/drill/pool.ts');
  const built = (await import(`${ROOT}/dist/cli/drill/pool.js`)) as Pool;
  const files = findScripts([`${ROOT}/test/drill`], 'ipv4').map((script) => script.path);
  const verdicts: Verdict[] = [];
  await built.runInPool(files, built.scriptThreads(2, SETTINGS), (verdict) => {
    verdicts.push(verdict);
    return true;
  });
  const comparable = (each: Verdict): Verdict => ({ ...each, wallTime: 0 });
  const here = files.map((file) => comparable(runScriptFile(file, SETTINGS)));
  expect(verdicts.map(comparable)).toEqual(here);
  expect(built.HAS_THREADS).toBe(true);
});

test('ends when no more verdicts are wanted', async () => {
  const taken: string[] = [];
  await runInPool(['good 1', 'die', 'good 2', 'hang'], threads(2), ({ file, status }) => {
    taken.push(file);
    return status === 'passed';
  });
  expect(taken).toEqual(['good 1', 'die']);
});
