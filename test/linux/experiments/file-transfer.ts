import type { Experiment } from '../experiment.ts';

/** All that the sender does is as the kernel's; of the receiver, when it acknowledges and opens. */
const READER_IS_LATE = {
  sentBy: '192.168.1.178.8000',
  reason:
    'the reading thread ran some 100 µs after data had come, at instants that nobody wrote down: ' +
    'what was unread by then narrowed the window, and what came while it had the socket locked ' +
    'was acknowledged together (TcpExtTCPBacklogCoalesce); identifications count ACKs',
} as const;

const ROOM_FOR_ONE_MORE =
  'the program that held frames back was some 40 µs quicker with an ACK: the window had room for ' +
  'four segments of the last burst, not three, so that the short one left with them';

const CALLS_TAKE_TIME =
  'frames between the ends of a veth take no time, calls do: the ACKs of what leaves while a call ' +
  'writes are read together when it ends, and the reader, on another processor, finds more at once';

export const experiment: Experiment = {
  summary: 'long transfers: bursts, the growth of both windows, and their decay',
  tolerance: 5,
  variants: {
    'relay-50ms-bbr-native': {
      differences: [
        { packets: { from: 17, to: 1332 }, ...READER_IS_LATE },
        { packets: [983], reason: ROOM_FOR_ONE_MORE },
      ],
      differencesAtServer: [
        { packets: { from: 5, to: 1332 }, ...READER_IS_LATE },
        { packets: [1327, 1328], reason: ROOM_FOR_ONE_MORE },
      ],
    },
    'relay-50ms-idle-restart': {
      differences: [{ packets: { from: 29, to: 649 }, ...READER_IS_LATE }],
    },
    'veth-tso-offload-on': {
      differences: [{ packets: { from: 5, to: 53 }, reason: CALLS_TAKE_TIME }],
    },
  },
};
