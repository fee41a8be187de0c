import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'two that open and close at once, and one that connects to itself',
  tolerance: 1,
  variants: { 'open-and-close': {}, 'self-connect': {} },
};
