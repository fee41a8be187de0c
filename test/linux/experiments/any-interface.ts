import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'a capture on any interface: loopback and Ethernet, in both forms of cooked headers',
  tolerance: 1,
  variants: {
    sll1: {
      differences: [
        {
          packets: [4],
          reason:
            'the capture missed the ACK of the first data, of which the identification (10439, ' +
            'between 10438 and 10440) is skipped; the same run in the other form has it',
        },
      ],
    },
    sll2: {},
  },
};
