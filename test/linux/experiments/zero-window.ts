import type { Experiment } from '../experiment.ts';

const ANSWERED_BETWEEN_BURSTS =
  'on a veth the kernel takes in each burst and answers it while the call that sends it goes on ' +
  '(softirq), so that ACKs of the first burst leave before the second; here all bursts of a call ' +
  'leave at one instant';

const FREED_BY_PARTS =
  'the kernel frees a packet when its last octet is read, of those that a call of 65,536 octets ' +
  'ends in the middle of the whole counts on; here each octet read frees its part of the memory';

export const experiment: Experiment = {
  summary: 'a receiver stops reading: the window closes, is probed, and opens again',
  tolerance: 1,
  variants: {
    'default-rcvbuf': {
      differences: [
        { packets: [9, 10, 11, 12, 13, 18, 37, 47, 48], reason: ANSWERED_BETWEEN_BURSTS },
        { packets: [122, 133], reason: FREED_BY_PARTS },
      ],
    },
    'lost-window-update': {},
  },
};
