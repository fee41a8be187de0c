import type { Experiment } from '../experiment.ts';

const ERRORS_WAIT =
  'the program is in send(2): Linux puts off what an ICMP error asks for until that returns ' +
  '(TCP_MTU_REDUCED_DEFERRED), and until then an ACK has come, whose timestamp is echoed';
const CAPTURE_IS_OVER = 'the capture was over by then';

export const experiment: Experiment = {
  summary: 'ways that carry less, and what routers say',
  tolerance: 1,
  variants: {
    'pmtu-blackhole-probing0': { differences: [{ packets: [15], reason: CAPTURE_IS_OVER }] },
    'pmtu-routers': {
      differences: [
        { packets: [11, 12, 13, 14, 15, 16, 17, 24, 26, 28, 30], reason: ERRORS_WAIT },
        {
          packets: [69],
          reason:
            'between veths a packet takes along that its sender has confirmed its neighbour ' +
            '(dst_pending_confirm), and so confirms those of the routers',
        },
        { packets: [82], reason: CAPTURE_IS_OVER },
      ],
      differencesAtServer: [
        { packets: [8, 10, 12, 14], reason: ERRORS_WAIT },
        { packets: { from: 21, to: 27 }, reason: ERRORS_WAIT },
        { packets: [63], reason: CAPTURE_IS_OVER },
      ],
    },
  },
};
