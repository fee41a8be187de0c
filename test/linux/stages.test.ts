/**
 * The tables of the experiments' hosts at their stages, beside the kernel's: `netstat` and `ss` with
 * all that TCP_INFO tells, and in the end what `nstat` counted. Differences that remain are listed
 * with their reasons.
 */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SimulatedHost } from '../../src/sim/index.ts';
import { SCENARIO_NAMES } from '../help/run.ts';
import { COUNT_DIFFERENCES } from './count-differences.ts';
import { countDifferences, endCountersOf, readEndCounters } from './end-counters.ts';
import { FIXTURES } from './experiments.ts';
import { STAGE_DIFFERENCES } from './stage-differences.ts';
import { differences, readStages, simulatedStages } from './stages.ts';

const STAGED = SCENARIO_NAMES.filter((name) => existsSync(fileOf(name)));

function fileOf(name: string): URL {
  return new URL(`${name.replace(/^linux\//, '')}.stages.txt`, FIXTURES);
}

/** What each host has counted in the end. */
function compareCounters(name: string, hosts: readonly SimulatedHost[]): void {
  const known = COUNT_DIFFERENCES.find(({ scenario }) => scenario === name);
  const found = readEndCounters(fileOf(name)).flatMap((kernel) =>
    countDifferences(kernel, endCountersOf(hosts.find((each) => each.name === kernel.host)!)),
  );
  const unknown = found.filter(({ name: counter }) => known?.counters.test(counter) !== true);
  expect(unknown).toEqual([]);
  if (known !== undefined) expect(found, `no longer so: ${known.reason}`).not.toEqual([]);
}

describe('tables are the kernel’s', () => {
  test.each(STAGED)('%s', async (name) => {
    const kernel = readStages(fileOf(name));
    const { tables: ours, hosts } = await simulatedStages(name, kernel);
    compareCounters(name, hosts);
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
