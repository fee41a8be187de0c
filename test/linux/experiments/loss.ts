import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'losses on a path of 100 ms there and back',
  tolerance: 5,
  variants: {
    'lost-synack': {},
    'lost-third-ack': {},
    'lost-first-data-single': {},
    'lost-one-of-thirty': {},
    'lost-one-no-sack': {},
    'lost-tail-3': {},
    'lost-three-spread': {},
    'lost-and-lost-again': {},
    'lost-ack-of-data': {},
    'lost-fin': {},
    'rto-backoff-no-tlp': {},
    'retrans-collapse': {},
  },
};
