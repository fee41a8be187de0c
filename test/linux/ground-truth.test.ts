/**
 * The experiments of a real kernel as scenarios: what the simulated hosts say is what Linux 6.18
 * said, packet by packet, but for the differences that are listed with their reasons.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { captureFile, runScenario, seedOf } from '../../src/sim/index.ts';
import { concat } from '../../src/wire/index.ts';
import { loadScenario, SCENARIO_NAMES } from '../help/run.ts';
import { compareCaptures, type Difference } from './compare.ts';
import type { Experiment, KnownDifference } from './experiment.ts';

const FIXTURES = new URL('../fixtures/linux/', import.meta.url);

const EXPERIMENTS = readdirSync(new URL('experiments', import.meta.url))
  .map((file) => file.replace(/\.ts$/, ''))
  .toSorted();

/** Each capture of the scenario as a file of its own, in the order in which they were set up. */
async function capturesOf(name: string): Promise<readonly Uint8Array[]> {
  const scenario = await loadScenario(name);
  const seed = seedOf(scenario);
  const files: ReturnType<typeof captureFile>[] = [];
  await runScenario(scenario, {
    seed,
    observer: {
      captureOpened: (capture) => {
        const file = captureFile('pcap', scenario, seed);
        file.captureOpened(capture);
        files[capture.id] = file;
      },
      frame: (capture, ...rest) => files[capture.id]?.frame(capture, ...rest),
      dropped: () => undefined,
      stateEntered: () => undefined,
      reported: () => undefined,
    },
  });
  return files.map((file) => concat(...file.take()));
}

function isIn({ packets }: KnownDifference, packet: number): boolean {
  if ('from' in packets) return packet >= packets.from && packet <= packets.to;
  return packets.includes(packet);
}

/** Which differences nobody knows of, and which known ones are none. */
function judge(found: readonly Difference[], known: readonly KnownDifference[]): readonly string[] {
  const unknown = found.filter(({ packet }) => !known.some((each) => isIn(each, packet)));
  const gone = known.filter((each) => !found.some(({ packet }) => isIn(each, packet)));
  return [
    ...unknown.map(({ packet, text }) => `${packet} ${text}`),
    ...gone.map(({ reason }) => `no longer a difference: ${reason}`),
  ];
}

describe.each(EXPERIMENTS)('%s', async (name) => {
  const { experiment } = (await import(`./experiments/${name}.ts`)) as { experiment: Experiment };

  test.each(Object.entries(experiment.variants))('%s', async (variant, about) => {
    const captures = await capturesOf(`linux/${name}/${variant}`);
    const tolerance = { time: (about.tolerance ?? experiment.tolerance) / 1000 };
    const places = [
      [`${variant}.pcap`, about.differences],
      [`${variant}-server.pcap`, about.differencesAtServer],
    ] as const;
    for (const [i, [file, known = []]] of places.entries()) {
      const place = new URL(`${name}/${file}`, FIXTURES);
      if (!existsSync(place)) continue;
      const found = compareCaptures(readFileSync(place), captures[i]!, tolerance);
      expect(judge(found, known), file).toEqual([]);
    }
  });
});

test('every scenario of an experiment is compared, and every capture has its scenario', () => {
  const scenarios = SCENARIO_NAMES.filter((name) => name.startsWith('linux/'));
  const fixtures = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\/.*(?<!-server)\.pcap$/.test(file))
    .map((file) => `linux/${file.replace(/\.pcap$/, '')}`)
    .toSorted();
  expect(scenarios).toEqual(fixtures);
  const experiments = new Set(scenarios.map((name) => name.split('/')[1]));
  expect([...experiments]).toEqual(EXPERIMENTS);
});
