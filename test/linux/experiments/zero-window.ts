import type { Experiment } from '../experiment.ts';

const ANSWERED_BETWEEN_BURSTS =
  'on a veth the kernel takes in each burst and answers it while the call that sends it goes on ' +
  '(softirq), so that ACKs of the first burst leave before the second; here all bursts of a call ' +
  'leave at one instant';

export const experiment: Experiment = {
  summary: 'a receiver stops reading: the window closes, is probed, and opens again',
  tolerance: 1,
  variants: {
    'default-rcvbuf': {
      differences: [
        { packets: [9, 10, 11, 12, 13, 18, 37, 47, 48], reason: ANSWERED_BETWEEN_BURSTS },
      ],
    },
    'lost-window-update': {},
  },
};
