import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'a capture on any, with both kinds of cooked headers',
  tolerance: 1,
  variants: {
    sll1: {
      differences: [
        {
          packets: [4],
          reason: 'tcpdump missed an ACK: its identification is between those of its neighbours',
        },
      ],
    },
    sll2: {},
  },
};
