import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'loopback: client and server, one system call at a time, seconds apart',
  tolerance: 1,
  variants: { stepped: {} },
};
