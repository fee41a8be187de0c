/** The experiments of a real kernel: each as a scenario, beside what the kernel's capture shows. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { captureFile, runScenario, seedOf } from '../../src/sim/index.ts';
import { concat, readCapture } from '../../src/wire/index.ts';
import { loadScenario } from '../help/run.ts';
import { compareCaptures, type Difference } from './compare.ts';
import type { Experiment, KnownDifference } from './experiment.ts';

export const FIXTURES = new URL('../fixtures/linux/', import.meta.url);

/** The names of the experiments. */
export const EXPERIMENTS: readonly string[] = readdirSync(new URL('experiments', import.meta.url))
  .map((file) => file.replace(/\.ts$/, ''))
  .toSorted();

/** An experiment by its name. */
export async function experimentNamed(name: string): Promise<Experiment> {
  const module = (await import(`./experiments/${name}.ts`)) as { readonly experiment: Experiment };
  return module.experiment;
}

/** A capture of the kernel's beside ours. */
export interface ComparedCapture {
  /** Of the kernel's capture, below the fixtures. */
  readonly file: string;
  /** How many packets the kernel's has. */
  readonly packets: number;
  readonly found: readonly Difference[];
  readonly known: readonly KnownDifference[];
}

/** Runs a variant's scenario, and compares each capture of it that the kernel has, too. */
export async function compareVariant(
  name: string,
  experiment: Experiment,
  variant: string,
): Promise<readonly ComparedCapture[]> {
  const about = experiment.variants[variant]!;
  const captures = await capturesOf(`linux/${name}/${variant}`);
  const tolerance = { time: (about.tolerance ?? experiment.tolerance) / 1000 };
  const places = [
    [`${name}/${variant}.pcap`, about.differences],
    [`${name}/${variant}-server.pcap`, about.differencesAtServer],
  ] as const;
  return places.flatMap(([file, known = []], i) => {
    const place = new URL(file, FIXTURES);
    if (!existsSync(place)) return [];
    const kernel = readFileSync(place);
    const found = compareCaptures(kernel, captures[i]!, tolerance);
    return [{ file, packets: readCapture(kernel).records.length, found, known }];
  });
}

/** Whether that is what is known of. */
export function isAbout(
  { packets, sentBy }: KnownDifference,
  { packet, text }: Difference,
): boolean {
  if (sentBy !== undefined && !text.includes(` ${sentBy} > `)) return false;
  if ('from' in packets) return packet >= packets.from && packet <= packets.to;
  return packets.includes(packet);
}

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
