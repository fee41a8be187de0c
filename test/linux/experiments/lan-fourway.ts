import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'Ethernet: short lines, when they are acknowledged, and a close in four segments',
  tolerance: 1,
  variants: {
    classic: {},
    'native-6.18': {
      differences: [
        {
          packets: [11],
          reason:
            'the delayed ACK took 12 ticks: that virtual machine served its timer a tick late, as ' +
            'with 6 of the 31 delayed ACKs in all captures; the others took 11, as it does here',
        },
      ],
    },
    'server-closes-first': {},
    'request-response': {},
    'one-way-small': {},
  },
};
