/** `tcpetri list`: what there is to run. */
import { expect, test } from 'vitest';
import { loadScenario, SCENARIO_NAMES } from '../help/run.ts';
import { Desk } from './built.ts';

const desk = new Desk();

test('a line for each scenario: its name, and in a column its summary', async () => {
  const { status, stdout, stderr } = await desk.tcpetri('list');
  expect([status, stderr]).toEqual([0, '']);
  const width = Math.max(...SCENARIO_NAMES.map((name) => name.length));
  const expected: string[] = [];
  for (const name of SCENARIO_NAMES) {
    expected.push(`${name.padEnd(width)}  ${(await loadScenario(name)).options.summary}`);
  }
  expect(stdout.toString().trimEnd().split('\n')).toEqual(expected);
});

test('--json: an object a line', async () => {
  const { stdout } = await desk.tcpetri('list', '--json');
  const objects = stdout
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { name: string; summary: string });
  expect(objects.map(({ name }) => name)).toEqual(SCENARIO_NAMES);
  for (const { summary } of objects) expect(summary).toMatch(/^\S.{10,}[^.]$/);
});

test('nobody reads to the end: no word about it', async () => {
  const { status, stdout, stderr } = await desk.shell('tcpetri list | head -1');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.toString().split('\n')).toHaveLength(2);
});

test('takes no argument', async () => {
  const { status, stderr } = await desk.tcpetri('list', 'handshake');
  expect(status).toBe(2);
  expect(stderr).toBe("tcpetri: too many arguments for 'list'. Expected 0 arguments but got 1.\n");
});
