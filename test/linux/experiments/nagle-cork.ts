import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'Nagle, TCP_CORK and delayed acknowledgments',
  tolerance: 5,
  variants: {
    cork: {},
    'delack-pingpong-small-every-15ms': {},
    'delack-rtt300-every-100ms': {},
    'delack-unread-full-every-5ms': {
      differences: [
        {
          packets: [63, 68, 70],
          reason:
            'payload that crosses a 32 kB block of the sender has two of the 17 places of a packet, ' +
            'and none is hung to a packet that the sender still keeps: both cost a record more',
        },
      ],
    },
    'delack-unread-small-every-15ms': {},
    'nagle-odd-tail': {},
    'nagle-typing': {
      differences: [
        {
          packets: { from: 41, to: 46 },
          reason:
            'two timers of delayed ACKs fired 48 ms after they were set, a tick late, the others of ' +
            'the capture after 44: two more writes were gathered until then',
        },
      ],
    },
    'nodelay-prompt-server': {},
  },
};
