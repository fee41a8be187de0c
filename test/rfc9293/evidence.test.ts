/** The table of evidence, and the page that is made from it, know every requirement of RFC 9293. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pathsOf } from '../../scripts/conformance.ts';
import { EVIDENCE } from './evidence.ts';
import { mentions, REQUIREMENTS } from './requirements.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IDS = REQUIREMENTS.map(({ id }) => id);

test('the tables have 119 requirements with a number, and 11 without', () => {
  expect(new Set(IDS).size).toBe(130);
  expect(IDS.filter((id) => id.startsWith('U-'))).toHaveLength(11);
});

test('each requirement has its line of evidence, in the order of the tables', () => {
  expect(Object.keys(EVIDENCE)).toEqual(IDS);
});

test.each(Object.entries(EVIDENCE))('%s is named by what shows it', (id, evidence) => {
  for (const file of pathsOf(evidence)) {
    expect(existsSync(path.join(ROOT, file)), file).toBe(true);
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    const told = evidence.kind === 'scripts' ? (/^(?:\/\/.*\n)+/.exec(text)?.[0] ?? '') : text;
    expect(mentions(told, id), file).toBe(true);
  }
});

test('docs/rfc9293.md has a line for each requirement, and names what shows it', () => {
  const rows = readFileSync(path.join(ROOT, 'docs/rfc9293.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| [A-Z]+-\d+ \|/.test(line));
  expect(rows.map((line) => line.split(' ')[1])).toEqual(IDS);
  for (const [at, row] of rows.entries()) {
    for (const file of pathsOf(EVIDENCE[IDS[at] ?? ''])) expect(row).toContain(`(../${file})`);
  }
});
