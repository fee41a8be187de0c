import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'neighbours are asked for, confirmed, and given up on',
  tolerance: 1,
  variants: {
    'gratuitous-and-announce': {
      differences: [{ packets: [10], reason: 'the capture was over when the asker was verified' }],
    },
    'no-answer': {
      differences: [
        {
          packets: [5],
          reason: 'the virtual machine lost a tick: what was due at .917319 came with the next one',
        },
        {
          packets: [8, 10, 11],
          reason:
            'of timers in one bucket of its wheel Linux fires the last first (enqueue_timer())',
        },
      ],
    },
    'resolve-and-tcp': {},
    'stale-probe': {
      differences: [
        {
          packets: [10, 11],
          reason: 'an answer is believed for a time of chance (neigh_rand_reach_time())',
        },
        { packets: [20], reason: 'the capture was over when the neighbour was asked once more' },
      ],
    },
  },
};
