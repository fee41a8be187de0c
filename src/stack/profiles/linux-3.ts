/**
 * Linux 3: a default receive buffer of 87,380 octets, timers of one millisecond, no linear SYNs.
 */
import type { HostProfile } from '../profile.ts';
import { ms } from '../time.ts';
import { linux6 } from './linux-6.ts';

export const linux3: HostProfile = {
  ...linux6,
  name: 'linux-3',
  timers: { tick: ms(1), wheel: false }, // HZ = 1000, the wheel before 4.8
  tcp: {
    ...linux6.tcp,
    receiveTuning: undefined,
    closesWindowWithoutMemory: false, // since 6.6
    receiveBuffer: { ...linux6.tcp.receiveBuffer, default: 87_380 }, // tcp_rmem, until 4.20
    sackCompression: undefined, // before 4.18
    takesBeyondWindow: false,
    challengesUnsentAck: false, // before 7.1
    retransmission: { ...linux6.tcp.retransmission, synLinearTimeouts: 0 }, // before 6.5
  },
};
