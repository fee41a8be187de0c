import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'paths on which packets are too long: routers that say so, and one that does not',
  tolerance: 5,
  variants: {
    'pmtu-blackhole-probing0': {
      differences: [
        {
          packets: [15],
          reason:
            'the laboratory was taken down after the close; here the orphan goes on to ' +
            'retransmit, until it gives up',
        },
      ],
    },
  },
};
