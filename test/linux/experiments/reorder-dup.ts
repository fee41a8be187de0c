import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'segments that arrive late or twice, on a path of 100 ms there and back',
  tolerance: 5,
  variants: {
    'dup-data': {},
    'dup-fin': {},
    'dup-synack': {},
    'reorder-by-2': {},
    'reorder-by-3-no-sack': {},
    'delay-spike-spurious-rto': {},
  },
};
