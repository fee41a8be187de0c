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

const SECOND_IS_COPIED_LATER =
  'the call that writes copies its second packet while the ACK of the first one comes; ours has ' +
  'copied both at the instant at which it begins';

const SENDER_HAS_ITS_COPY =
  'of packets that never leave the machine, one can have others hung to it only when the sender ' +
  'has let go of its own copy (skb_cloned()): the kernel’s receiver has one record more, and frees ' +
  'it sooner, so that it offers 5 or 6 units less with nothing read, and 68 more behind a read';

const TURNS_OF_TWO_PROCESSORS =
  'writer and reader ran on two processors, each call going on while the other’s did, in turns of ' +
  '5 to 50 µs: how much each found decides how long frames are, and what each ACK tells';

export const experiment: Experiment = {
  summary: 'long transfers: bursts, the growth of both windows, and their decay',
  tolerance: 5,
  variants: {
    lo: {
      differences: [
        { packets: [5, 6], reason: SECOND_IS_COPIED_LATER },
        { packets: [9], reason: SENDER_HAS_ITS_COPY },
        { packets: { from: 10, to: 37 }, reason: TURNS_OF_TWO_PROCESSORS },
      ],
    },
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
      differences: [
        { packets: [5, 6], reason: SECOND_IS_COPIED_LATER },
        { packets: { from: 9, to: 13 }, reason: SENDER_HAS_ITS_COPY },
        { packets: { from: 14, to: 53 }, reason: TURNS_OF_TWO_PROCESSORS },
      ],
    },
  },
};
