/**
 * Linux 3.10 as in CentOS 7, which has taken over much of what came later. Whatever is not named
 * here is as in Linux 4.
 */
import type { HostProfile } from '../profile.ts';
import { ms } from '../time.ts';
import { linux4 } from './linux-4.ts';

const { tcp, icmp, neighbors } = linux4;

/** unres_qlen_bytes, until 4.14. */
const WAITING = 65_536;

/** Nothing bounds all errors together, before 3.18. */
const NO_BOUND = 0x7fff_ffff;

export const linux3: HostProfile = {
  ...linux4,
  name: 'linux-3',
  timers: { tick: ms(1), wheel: false }, // CONFIG_HZ=1000, the wheel before 4.8
  neighbors: {
    ipv4: { ...neighbors.ipv4, waitingMost: WAITING },
    ipv6: { ...neighbors.ipv6, waitingMost: WAITING },
  },
  icmp: { ...icmp, perSecond: NO_BOUND, burst: NO_BOUND },
  tcp: {
    ...tcp,
    // tcp_time_stamp until 4.13: jiffies, which begin at INITIAL_JIFFIES, 300 s before 0
    timestampClock: { tick: ms(1), start: 2 ** 32 - 300_000, offset: 'none' },
    lossRecovery: { ...tcp.lossRecovery, reorderingMost: 127 }, // TCP_MAX_REORDERING, until 3.18
    mtuProbing: { ...tcp.mtuProbing, baseMss: 512 }, // TCP_BASE_MSS, until 4.1
    // tcp_fastopen, until 3.13; the pause after a black hole, since 4.12
    fastOpen: { ...tcp.fastOpen, flags: 0, blackholeTimeout: 0 },
  },
};
