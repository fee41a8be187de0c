/**
 * Linux 4.15 as in Ubuntu 18.04 (HZ = 250): what has changed since, beside the first version that
 * has it. Whatever is not named here is as in Linux 6.
 */
import type { HostProfile } from '../profile.ts';
import { ms, seconds } from '../time.ts';
import { linux6 } from './linux-6.ts';

const { arp, ipv6, tcp, sockets, socketMemory } = linux6;

export const linux4: HostProfile = {
  ...linux6,
  name: 'linux-4',
  timers: { tick: ms(4), wheel: true }, // CONFIG_HZ=250; the wheel is there since 4.8
  sockets: { ...sockets, backlogMaximum: 128 }, // net.core.somaxconn, until 5.4
  arp: { ...arp, forgetsWithoutCarrier: false }, // since 4.20
  ipv6: { ...ipv6, forgetsWithoutCarrier: false }, // likewise
  socketMemory: {
    ...socketMemory,
    receiveMost: 212_992, // net.core.rmem_max, until 6.18
    sendMost: 212_992, // net.core.wmem_max, likewise
    smallBlock: 512, // kmalloc-512: short packets have a cache of their own since 6.3
  },
  tcp: {
    ...tcp,
    initialWindow: { rule: 'segments', count: 20 }, // tcp_default_init_rwnd(), until 4.20
    receiveBuffer: { ...tcp.receiveBuffer, default: 87_380 }, // tcp_rmem, until 4.20
    receiveTuning: {
      moderates: true,
      learnsRatio: false, // scaling_ratio, since 6.6
      growsAhead: false, // since 6.17
    },
    closesWindowWithoutMemory: false, // since 6.6
    takesBeyondWindow: false, // since 6.17
    // secure_tcp_ts_off(): of both addresses, not of the ports
    timestampClock: { ...tcp.timestampClock, offset: 'addresses' },
    backlog: { coalesces: false, defersAcks: false }, // since 5.0, and 6.7
    sackCompression: undefined, // since 4.18
    delayedAck: {
      ...tcp.delayedAck,
      staysBelowRto: false, // since 6.7
      quickAcksTellNews: false, // since 6.6
    },
    challengeLimit: 1000, // tcp_challenge_ack_limit, from 4.7 until 6.0
    challengesUnsentAck: false, // since 7.1
    bursts: tcp.bursts && { ...tcp.bursts, fillsFromNext: false }, // since 6.10
    congestion: {
      ...tcp.congestion,
      finIgnoresWindow: true, // until 6.10
      decaysUnfilled: true, // tcp_cwnd_application_limited()
    },
    boundsOldAcks: false, // since 6.7
    smallerWindow: 'ignored', // tcp_may_update_window(), until 6.6
    retransmission: { ...tcp.retransmission, synLinearTimeouts: 0 }, // since 6.5
    lossRecovery: { ...tcp.lossRecovery, timerAllowance: 'two-ticks' }, // until 6.6
    listen: { ...tcp.listen, opensBeyondBacklog: false }, // since 6.14
    ecn: { ...tcp.ecn, answerMayBeAccurate: false }, // since 6.18
    fastOpen: {
      ...tcp.fastOpen,
      blackholeTimeout: seconds(3600), // tcp_fastopen_blackhole_timeout_sec, until 5.14
      shutdownWaits: false, // since 6.10
    },
    // tcp_no_ssthresh_metrics_save, since 5.6
    peerMetrics: { savesNothing: 0, ignoresThreshold: false },
    timeWaitRecords: {
      most: 262_144, // tcp_max_tw_buckets
      reuse: 0, // tcp_tw_reuse, until 4.19
      reuseDelay: seconds(1), // a constant, until 6.13
    },
  },
};
