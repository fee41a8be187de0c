/** What the benchmarks are made of: workloads that give figures. */

/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** Something to measure. */
export interface Workload {
  readonly name: string;
  /** One line on what it measures. */
  readonly what: string;
  /**
   * Measures it at a share of its full size, more than 0 and at most 1.
   *
   * @throws Error when the work was not done as it should be: a figure never comes from a broken run.
   */
  measure(size: number): Promise<Figure[]>;
}

/** `size` of `whole`, rounded, and 1 at least. */
export function part(whole: number, size: number): number {
  return Math.max(1, Math.round(whole * size));
}

/** Ends a run in which the work was not done. */
export function mustHold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`the benchmark is broken: ${what}`);
}
