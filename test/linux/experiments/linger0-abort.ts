import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'the client aborts by SO_LINGER without a time; with octets unread, too',
  tolerance: 1,
  variants: { lo: {}, lan: {}, 'lan-unread': {} },
};
