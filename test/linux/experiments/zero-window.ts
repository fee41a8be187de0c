import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'a receiver stops reading: the window closes, is probed, and opens again',
  tolerance: 1,
  variants: { 'lost-window-update': {} },
};
