import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'datagrams on loopback and on a LAN',
  tolerance: 1,
  variants: { 'lo-hello': {}, 'nc-u': {}, 'lan-ids-and-fragments': {} },
};
