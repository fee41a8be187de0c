/**
 * The documents tell the truth: every command in them runs, output that they show is what comes out,
 * code in them compiles and runs, links lead somewhere.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { asShown } from '../scripts/console-output.ts';
import { profilesDocument } from '../scripts/profiles.ts';
import { groundTruthDocument } from '../scripts/ground-truth.ts';
import { sysctlsDocument } from '../scripts/sysctls.ts';
import { tcpStatesDocument } from '../scripts/tcp-states.ts';
import type { Ended } from './cli/built.ts';
import { WarmShell } from './cli/warm-shell.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
/** Commands run one after the other in one empty directory, as a reader would type them. */
const DIRECTORY = mkdtempSync(path.join(tmpdir(), 'tcpetri-docs-'));
afterAll(() => rmSync(DIRECTORY, { recursive: true }));

interface Block {
  readonly document: string;
  readonly language: string;
  readonly text: string;
}

const BLOCKS: readonly Block[] = DOCUMENTS.flatMap((document) =>
  [...readFileSync(path.join(ROOT, document), 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ([, language = '', text = '']) => ({ document, language, text }),
  ),
);

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

const shell = new WarmShell(DIRECTORY);

/** What a line of a shell does, where `npx tcpetri` is the command of this checkout. */
async function outcomeOf(line: string): Promise<Omit<Ended, 'stdout'> & { stdout: string }> {
  const { stdout, ...outcome } = await shell.run(line);
  expect(outcome.stderr, line).not.toMatch(/^\s+at /m);
  return { ...outcome, stdout: stdout.toString() };
}

test('the examples of TypeScript stand where the commands find them', () => {
  const examples = BLOCKS.filter(({ language }) => language === 'ts');
  expect(examples.length).toBeGreaterThan(1);
  for (const { text } of examples) {
    const name = /scenario\('([\w-]+)'/.exec(text)?.[1];
    if (name !== undefined) writeFileSync(path.join(DIRECTORY, `${name}.ts`), text);
  }
});

test('those of JavaScript stand there too, with the package beside them', () => {
  mkdirSync(path.join(DIRECTORY, 'node_modules'));
  symlinkSync(ROOT, path.join(DIRECTORY, 'node_modules/tcpetri'));
  const examples = BLOCKS.filter(({ language }) => language === 'js');
  expect(examples.length).toBeGreaterThan(0);
  for (const { text } of examples) {
    const name = /^\/\/ ([\w-]+\.mjs)\n/.exec(text)?.[1];
    expect(name, text).toBeDefined();
    writeFileSync(path.join(DIRECTORY, name ?? ''), text);
  }
});

describe.each(BLOCKS.filter(({ language }) => language === 'sh'))('$document', ({ text }) => {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  test.each(lines)('%s', async (line) => {
    for (const [, script = ''] of line.matchAll(/npm (?:run )?([a-z:]+)/g)) {
      if (script !== 'ci') expect(Object.keys(scripts)).toContain(script);
    }
    if (line.startsWith('npm ')) return; // exists; running the tests from a test would not end
    expect((await outcomeOf(line)).status, line).toBe(0);
  });
});

describe.each(BLOCKS.filter(({ language }) => language === 'console'))('$document', ({ text }) => {
  const [command = '', ...shown] = text.trimEnd().split('\n');
  test(command, async () => {
    expect(command).toMatch(/^\$ /);
    const { status, stdout } = await outcomeOf(command.slice(2));
    expect(status).toBe(0);
    const lines = asShown(stdout).trimEnd().split('\n');
    let at = 0;
    let mayskip = false;
    for (const line of shown) {
      if (line === '…') {
        mayskip = true;
        continue;
      }
      if (mayskip) at = Math.max(at, lines.indexOf(line, at));
      expect(lines[at]).toBe(line);
      at += 1;
      mayskip = false;
    }
    expect(
      mayskip || at === lines.length,
      'all of the output is shown, or … says that more follows',
    ).toBe(true);
  });
});

test.each(DOCUMENTS)('%s: its links lead to files', (document) => {
  const text = readFileSync(path.join(ROOT, document), 'utf8');
  for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    expect(existsSync(path.join(ROOT, path.dirname(document), target)), target).toBe(true);
  }
  for (const [, file = ''] of text.matchAll(/`((?:src|test|scenarios|scripts|docs)\/[\w./-]+)`/g)) {
    if (!/NAME|TOPIC/.test(file)) expect(existsSync(path.join(ROOT, file)), file).toBe(true);
  }
});

test('docs/tcp-states.md is what npm run docs writes', () => {
  expect(readFileSync(path.join(ROOT, 'docs/tcp-states.md'), 'utf8')).toBe(tcpStatesDocument());
});

test('docs/profiles.md is what npm run docs writes', async () => {
  const written = readFileSync(path.join(ROOT, 'docs/profiles.md'), 'utf8');
  expect(written).toBe(await profilesDocument());
});

test('docs/linux.md is what npm run docs writes', async () => {
  expect(readFileSync(path.join(ROOT, 'docs/linux.md'), 'utf8')).toBe(await groundTruthDocument());
});

test('docs/sysctls.md is what npm run docs writes', () => {
  expect(readFileSync(path.join(ROOT, 'docs/sysctls.md'), 'utf8')).toBe(sysctlsDocument());
});
