/** Causes are named once: what a capture or a trace says leads to one place in the source. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cause, printCause } from '../../src/stack/index.ts';

const ROOT = join(import.meta.dirname, '../../src');

/** Calls such as `cause('name', 'text', 'source')`, over lines or not. */
const CALL = /\bcause\(\s*'([^']*)',\s*'((?:[^'\\]|\\.)*)',\s*'((?:[^'\\]|\\.)*)',?\s*\)/g;

interface Named {
  readonly file: string;
  readonly name: string;
  readonly text: string;
  readonly source: string;
}

function causesIn(folder: string): Named[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const code = readFileSync(join(ROOT, folder, file), 'utf8');
      return [...code.matchAll(CALL)].map(([, name = '', text = '', source = '']) => ({
        file: `${folder}/${file}`,
        name,
        text,
        source,
      }));
    });
}

const causes = ['stack', 'sim'].flatMap(causesIn);

test('every cause is seen by this test', () => {
  const calls = readdirSync(join(ROOT, 'stack'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(ROOT, 'stack', file), 'utf8'))
    .flatMap((code) => [...code.matchAll(/= cause\(/g)]).length;
  expect(causesIn('stack').length).toBe(calls);
  expect(calls).toBeGreaterThan(70);
});

test('names are unique', () => {
  const names = causes.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

test.each(causes)('$file: $name has a clause and a source', ({ name, text, source }) => {
  expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  expect(text).toMatch(/^\S.*[^.\s]$/);
  expect(source).toMatch(/RFC \d+|IEEE 802|Linux|scenario/);
});

test('a cause is printed as a clause with its source', () => {
  expect(printCause(cause('x', 'because of it', 'RFC 1 §2'))).toBe('because of it (RFC 1 §2)');
});
