/** Taking the time: of whole simulations, and by mitata of short functions. */
import { measure } from 'mitata';
import type { Figure } from './figure.ts';

/** What a run got done, by unit: 103,607 packets, say. */
export type Work = Readonly<Record<string, number>>;

/** Warm figures are medians of so many runs, after so many, and so many seconds, to warm up. */
const RUNS = 7;
const WARM_UP_RUNS = 3;
const WARM_UP_SECONDS = 2;

/**
 * Rates of `run`, which does some work and says how much: `name-cold` is the first run's in this
 * process, `name` the median of later ones. Of several units, those after the first are named
 * behind the workload: `zero-delay segments/s`.
 */
export function measureRuns(name: string, run: () => Work, size: number): Figure[] {
  const cold = rates(run);
  if (size === 1) warmUp(run);
  const warm = Array.from({ length: size === 1 ? RUNS : 1 }, () => rates(run));
  return Object.keys(cold).flatMap((unit) => [
    { name, value: median(warm.map((rate) => rate[unit] ?? 0)), unit: `${unit}/s` },
    { name: `${name}-cold`, value: cold[unit] ?? 0, unit: `${unit}/s` },
  ]);
}

/**
 * A short workload is run often: it is not warm before the compiler has seen all of it, and that
 * takes time, whatever the number of runs.
 */
function warmUp(run: () => unknown): void {
  const end = process.hrtime.bigint() + BigInt(WARM_UP_SECONDS * 1e9);
  for (let i = 1; i < WARM_UP_RUNS || process.hrtime.bigint() < end; i++) run();
}

function rates(run: () => Work): Record<string, number> {
  const start = process.hrtime.bigint();
  const work = run();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return Object.fromEntries(Object.entries(work).map(([unit, done]) => [unit, done / seconds]));
}

/** The median time of a call in seconds, warm. */
export async function measureCall(call: () => unknown, size: number): Promise<number> {
  const isFull = size === 1;
  const { p50 } = await measure(call, {
    min_cpu_time: isFull ? 1e9 : 1e6,
    min_samples: isFull ? 12 : 2,
    warmup_samples: isFull ? 10 : 1,
  });
  return p50 / 1e9;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1] ?? Number.NaN;
}
