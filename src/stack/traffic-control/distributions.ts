/**
 * How delays spread: netem's tables of distributions, as iproute2 makes them for the kernel. A
 * table is the inverse of a distribution function at 4,096 places, in steps of 1/8192 of the
 * standard deviation; who draws one of its places evenly draws from the distribution. Pareto's is
 * the same as iproute2's, the others are within its rounding.
 *
 * They are computed with nothing but + − × ÷, which IEEE 754 rounds alike on every machine: `exp`
 * and its like may differ in their last bit.
 */

/** What one standard deviation is in a table (NETEM_DIST_SCALE). */
export const DISTRIBUTION_SCALE = 8192;

const ENTRIES = 4096;
/** The tables are of 16 bits: nothing is further than about four deviations from the mean. */
const FURTHEST = 32_767;

export type DistributionName = 'uniform' | 'normal' | 'pareto' | 'paretonormal';

/** The table of a distribution; for the uniform one, which needs none, nothing. Made when asked. */
export function distributionTable(name: DistributionName): Int16Array | undefined {
  if (name === 'uniform') return undefined;
  let table = tables.get(name);
  if (table === undefined) {
    table = MAKERS[name]();
    tables.set(name, table);
  }
  return table;
}

const tables = new Map<DistributionName, Int16Array>();

const MAKERS = {
  normal: () => tableOf(normalQuantiles()),
  pareto: () => tableOf(paretoQuantiles()),
  paretonormal: () => {
    const normal = normalQuantiles();
    return tableOf(paretoQuantiles().map((pareto, i) => 0.25 * normal[i]! + 0.75 * pareto));
  },
};

function tableOf(quantiles: readonly number[]): Int16Array {
  return Int16Array.from(quantiles, (x) => Math.max(-FURTHEST - 1, Math.min(x, FURTHEST)));
}

/**
 * The standard normal distribution, in 1/8192. From the middle outwards: the area below the bell
 * curve is summed in steps of one unit, and an entry is where its share of all is reached.
 */
function normalQuantiles(): number[] {
  // With h = 1/8192 the curve falls from x to x + h by exp(-xh - h²/2): from step to step by a
  // factor that itself falls by exp(-h²), which is 1 - h² + h⁴/2 to the last bit.
  const h2 = 1 / (DISTRIBUTION_SCALE * DISTRIBUTION_SCALE);
  const fallOfFall = 1 - h2 + (h2 * h2) / 2;
  const steps = 8 * DISTRIBUTION_SCALE; // beyond eight deviations there is nothing
  const areas = new Float64Array(steps + 1);
  let height = 1;
  let fall = 1 - h2 / 2 + (h2 * h2) / 8;
  for (let step = 1; step <= steps; step++) {
    const next = height * fall;
    fall *= fallOfFall;
    areas[step] = areas[step - 1]! + (height + next) / 2;
    height = next;
  }
  const half = areas[steps]!;
  const quantiles = Array.from({ length: ENTRIES }, () => 0);
  let step = 0;
  for (let i = 0; i < ENTRIES / 2; i++) {
    while (areas[step]! < (half * i) / (ENTRIES / 2)) step += 1;
    quantiles[ENTRIES / 2 + i] = step;
    if (i > 0) quantiles[ENTRIES / 2 - i] = -step;
  }
  quantiles[0] = -FURTHEST - 1;
  return quantiles;
}

/**
 * The Pareto distribution of shape 3, which has a long tail of late packets: mean 3/2, and moved
 * and stretched as netem has it so that the mean is 0.
 */
function paretoQuantiles(): number[] {
  return Array.from({ length: ENTRIES }, (_, i) => {
    const quantile = cubeRoot(ENTRIES / (ENTRIES - i));
    return Math.round((quantile - 1.5) * (4 / 3) * DISTRIBUTION_SCALE);
  });
}

/** By Newton's method, for `a` of 1 to {@link ENTRIES}. */
function cubeRoot(a: number): number {
  let root = a;
  for (let i = 0; i < 40; i++) root -= (root - a / (root * root)) / 3;
  return root;
}
