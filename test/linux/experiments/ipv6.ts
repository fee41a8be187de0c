import type { Experiment } from '../experiment.ts';

export const experiment: Experiment = {
  summary: 'IPv6: interfaces that come up, neighbours, TCP, UDP, ping, and loopback',
  tolerance: 1,
  variants: {
    lan: {
      differences: [
        {
          packets: { from: 1, to: 16 },
          reason:
            'reports and duplicate detection wait for times of chance (RFC 3810 §6.1, RFC 4862 ' +
            '§5.4.2), and here the hosts have their addresses when they come up',
        },
        {
          packets: [31, 37, 44, 50, 51],
          reason: 'routers are asked for again after times of chance (RFC 7559 §2)',
        },
        {
          packets: [31],
          reason: 'the virtual machine lost a tick: what was due at .109345 came with the next one',
        },
      ],
    },
    lo: {},
  },
};
