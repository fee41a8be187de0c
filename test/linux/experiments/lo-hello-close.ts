import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'loopback: hello, the client closes, the server closes at once',
  tolerance: 1,
  variants: { classic: {}, nc: {}, 'native-6.18': {} },
};
