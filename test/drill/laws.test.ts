/**
 * Laws of the scripts below this folder: what passes does so wherever it is run and however it is
 * spelt, and not because it could not fail.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { findScripts } from '../../src/cli/drill/script-files.ts';
import {
  definitionsOf,
  parseScript,
  printScript,
  runScript,
  type RunOptions,
  type Script,
  ScriptError,
  simulatedStack,
  type StackFactory,
} from '../../src/drill/index.ts';
import type { Choices } from '../../src/stack/index.ts';
import { toSeq } from '../../src/wire/index.ts';
import { mutationsOf } from './mutations.ts';

const FOLDER = path.relative('.', fileURLToPath(new URL('.', import.meta.url)));
const FILES = findScripts([FOLDER], 'ipv4')
  .filter(({ skip }) => skip === undefined)
  .map((script) => script.path);

function parsed(text: string): Script {
  const script = parseScript(text, definitionsOf('ipv4'));
  if (script instanceof ScriptError) throw script;
  return script;
}

const SCRIPTS: readonly (readonly [file: string, script: Script])[] = FILES.map((file) => [
  file,
  parsed(readFileSync(file, 'utf8')),
]);

/** Where and why it fails; nothing when it passes. */
function failure(script: Script, options: RunOptions, stack: StackFactory): string | undefined {
  const found = runScript(script, stack, options).failure;
  return found && `line ${found.place.line}: ${found.message}`;
}

/** Scripts that say no address: those that ask about the remote end or have a cookie do. */
const ANYWHERE = SCRIPTS.filter(
  ([file, { options }]) =>
    !/ip route|ip tcp_metrics delete/.test(readFileSync(file, 'utf8')) &&
    !options.some(({ name }) => name === 'remote_ip'),
);

function expectAllToPass(
  options: RunOptions,
  stack: StackFactory = simulatedStack,
  scripts = SCRIPTS,
): void {
  const failed = scripts.flatMap(([file, script]) => {
    const reason = failure(script, options, stack);
    return reason === undefined ? [] : [`${file}: ${reason}`];
  });
  expect(failed).toEqual([]);
}

test('a script that is printed and read again passes', () => {
  const failed = SCRIPTS.flatMap(([file, script]) => {
    const reason = failure(parsed(printScript(script)), {}, simulatedStack);
    return reason === undefined ? [] : [`${file}: ${reason}`];
  });
  expect(failed).toEqual([]);
});

test('law: scripts pass whatever chance gives, at any addresses', () => {
  const host = fc.integer({ min: 2, max: 254 });
  fc.assert(
    fc.property(fc.integer({ min: 0 }), host, host, (seed, local, remote) => {
      const commandLine = [
        { name: 'local_ip', value: `10.${remote}.7.${local}` },
        { name: 'gateway_ip', value: `10.${remote}.7.1` },
        { name: 'remote_ip', value: `198.18.${local}.${remote}` },
      ];
      expectAllToPass({ seed, commandLine }, simulatedStack, ANYWHERE);
    }),
    { numRuns: 2 },
  );
});

/** All numbers that a host counts from stand just below the end of their range. */
function nearTheEnd(distance: number): Choices {
  return {
    initialSequenceNumber: () => toSeq(0x1_0000_0000 - distance),
    timestampOffset: () => 0xffff_ffff - 3_600_000 - distance,
    ipIdentification: () => 0xffff,
    ephemeralPort: (first, last) => Math.max(first, last - 1),
    chance: () => 4,
  };
}

test('law: scripts pass when our sequence numbers and timestamps wrap', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 50, 101, 1000, 1001, 5000, 0x8000_0000), (distance) => {
      expectAllToPass({}, (setup) => simulatedStack(setup, { choices: nearTheEnd(distance) }));
    }),
    { numRuns: 2 },
  );
});

test('law: a script fails when one number that it expects is another', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SCRIPTS), fc.nat(), ([file, script], choice) => {
      const mutations = mutationsOf(script);
      const mutation = mutations[choice % mutations.length];
      if (mutation === undefined) return; // expects nothing
      const { line, what } = mutation;
      const passed = failure(mutation.script, {}, simulatedStack) === undefined;
      expect(passed, `${file}:${line} passes with another ${what}`).toBe(false);
    }),
    { numRuns: 300 },
  );
});
