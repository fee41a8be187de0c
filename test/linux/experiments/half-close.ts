import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'one side of a connection is shut down, for writing or for reading',
  tolerance: 1,
  variants: { 'shut-wr': {}, 'shut-rd': {} },
};
