/**
 * The tables of the experiments' hosts at their stages, beside the kernel's: `netstat` and `ss` with
 * all that TCP_INFO tells. Differences that remain are listed with their reasons.
 */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SCENARIO_NAMES } from '../help/run.ts';
import { FIXTURES } from './experiments.ts';
import { STAGE_DIFFERENCES } from './stage-differences.ts';
import { differences, readStages, simulatedStages } from './stages.ts';

const STAGED = SCENARIO_NAMES.filter((name) => existsSync(fileOf(name)));

function fileOf(name: string): URL {
  return new URL(`${name.replace(/^linux\//, '')}.stages.txt`, FIXTURES);
}

describe('tables are the kernel’s', () => {
  test.each(STAGED)('%s', async (name) => {
    const kernel = readStages(fileOf(name));
    const ours = await simulatedStages(name, kernel);
    const known = STAGE_DIFFERENCES.filter(({ scenario }) => scenario === name);
    const differing = new Set<string>();
    for (const [i, table] of kernel.entries()) {
      const found = differences(table, ours[i]!);
      if (found.length > 0) differing.add(table.stage);
      const isKnown = known.some(({ stages }) => stages.test(table.stage));
      if (!isKnown) expect(found, `${table.stage}: ${table.host}$ ${table.command}`).toEqual([]);
    }
    for (const { stages, reason } of known) {
      const remains = [...differing].some((stage) => stages.test(stage));
      expect(remains, `no longer a difference: ${reason}`).toBe(true);
    }
  });

  test('there are some', () => expect(STAGED.length).toBeGreaterThan(5));
});
