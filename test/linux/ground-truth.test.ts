/**
 * The experiments of a real kernel as scenarios: what the simulated hosts say is what Linux 6.18
 * said, packet by packet, but for the differences that are listed with their reasons.
 */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SCENARIO_NAMES } from '../help/run.ts';
import {
  type ComparedCapture,
  compareVariant,
  experimentNamed,
  EXPERIMENTS,
  FIXTURES,
  isAbout,
} from './experiments.ts';

/** Which differences nobody knows of, and which known ones are none. */
function judge({ found, known }: ComparedCapture): readonly string[] {
  const unknown = found.filter((difference) => !known.some((each) => isAbout(each, difference)));
  const gone = known.filter((each) => !found.some((difference) => isAbout(each, difference)));
  return [
    ...unknown.map(({ packet, text }) => `${packet} ${text}`),
    ...gone.map(({ reason }) => `no longer a difference: ${reason}`),
  ];
}

describe.each(EXPERIMENTS)('%s', async (name) => {
  const experiment = await experimentNamed(name);

  test.each(Object.keys(experiment.variants))('%s', async (variant) => {
    const compared = await compareVariant(name, experiment, variant);
    expect(compared.length).toBeGreaterThan(0);
    for (const each of compared) expect(judge(each), each.file).toEqual([]);
  });
});

test('every scenario of an experiment is compared, and every capture has its scenario', () => {
  const scenarios = SCENARIO_NAMES.filter((name) => name.startsWith('linux/'));
  const captures = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\/.*\.pcap$/.test(file))
    .map((file) => `linux/${file.replace(/\.pcap$/, '')}`);
  const captured = new Set(
    captures.map((name) => (scenarios.includes(name) ? name : name.replace(/-server$/, ''))),
  );
  expect(scenarios).toEqual([...captured].toSorted());
  const experiments = new Set(scenarios.map((name) => name.split('/')[1]));
  expect([...experiments]).toEqual(EXPERIMENTS);
});
