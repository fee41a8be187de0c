import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'ports and pairs in TIME-WAIT, and orphans in FIN-WAIT-2',
  tolerance: 1,
  variants: {
    'bind-errors': {
      differences: [
        {
          packets: [21],
          reason: 'the virtual machine lost a tick: what was due at .745331 came with the next one',
        },
      ],
    },
    'fin-wait2-timeout': {},
    'one-ephemeral-port': {},
  },
};
