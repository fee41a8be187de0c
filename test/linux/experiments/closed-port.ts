import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'connections to a port where nobody listens',
  tolerance: 1,
  variants: { lo: {}, lan: {} },
};
