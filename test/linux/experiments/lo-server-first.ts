import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'loopback: the server says the time and ends its side; the client closes later',
  tolerance: 1,
  variants: { modern: {}, rmem87380: {}, 'rmem87380-shutdown-instead-of-close': {} },
};
