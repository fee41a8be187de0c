/**
 * Linux's sysctls that have an effect here, by the kernel's names and ranges (ip-sysctl.rst,
 * net.rst): each is a field of the host's settings.
 */
import { isCongestionAlgorithm } from '../tcp/congestion/congestion-profile.ts';
import { parseFastOpenKeys, printFastOpenKeys } from '../tcp/fast-open/cookie.ts';
import { ms, seconds, us } from '../time.ts';
import { CUBIC_SYSCTLS } from './cubic.ts';
import { LINUX_IP_SYSCTLS } from './linux-ip.ts';
import {
  type BoundSysctl,
  BYTE,
  flag,
  INT_MAXIMUM,
  INT_MINIMUM,
  numberField,
  numbers,
  SECONDS_MAXIMUM,
  type Sysctl,
  text,
} from './sysctl.ts';

/** The most seconds of which jiffies fit into an unsigned number (HZ = 250). */
const UNSIGNED_SECONDS_MAXIMUM = Math.floor((2 ** 32 - 1) / 250);
const SYN_COUNT_MAXIMUM = 127; // MAX_TCP_SYNCNT

/** Least, default and most of a buffer. */
function bufferSizes(name: string, field: 'receiveBuffer' | 'sendBuffer'): BoundSysctl {
  return {
    kind: 'bound',
    name,
    rule: numbers(3, 1, INT_MAXIMUM),
    read({ tcp }): readonly number[] {
      const { minimum, default: usual, maximum } = tcp[field];
      return [minimum, usual, maximum];
    },
    write({ tcp }, value): void {
      const [minimum, usual, maximum] = value;
      tcp[field] = {
        minimum: Number(minimum),
        default: Number(usual),
        maximum: Number(maximum),
      };
    },
  };
}

// prettier-ignore
const CORE: readonly Sysctl[] = [
  numberField('net.core.rmem_max', 2304, INT_MAXIMUM, // SOCK_MIN_RCVBUF
    (s) => s.socketMemory.receiveMost, (s, value) => { s.socketMemory.receiveMost = value; }),
  numberField('net.core.wmem_max', 4608, INT_MAXIMUM, // SOCK_MIN_SNDBUF
    (s) => s.socketMemory.sendMost, (s, value) => { s.socketMemory.sendMost = value; }),
  numberField('net.core.rmem_default', 2304, INT_MAXIMUM,
    (s) => s.sockets.receiveBuffer, (s, value) => { s.sockets.receiveBuffer = value; }),
  numberField('net.core.wmem_default', 4608, INT_MAXIMUM,
    (s) => s.sockets.sendBuffer, (s, value) => { s.sockets.sendBuffer = value; }),
  numberField('net.core.somaxconn', 0, INT_MAXIMUM,
    (s) => s.sockets.backlogMaximum, (s, value) => { s.sockets.backlogMaximum = value; }),
  flag('net.ipv4.ip_autobind_reuse',
    (s) => s.sockets.sharesEphemeralPorts,
    (s, value) => { s.sockets.sharesEphemeralPorts = value; }),
  flag('net.ipv4.ip_nonlocal_bind',
    (s) => s.sockets.bindsFreely, (s, value) => { s.sockets.bindsFreely = value; }),
  flag('net.ipv6.bindv6only',
    (s) => s.sockets.isV6Only, (s, value) => { s.sockets.isV6Only = value; }),
];

// prettier-ignore
const OPTIONS_AND_BUFFERS: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_timestamps', 0, BYTE,
    (s) => s.tcp.timestamps, (s, value) => { s.tcp.timestamps = value; }),
  flag('net.ipv4.tcp_sack', (s) => s.tcp.sack, (s, value) => { s.tcp.sack = value; }),
  flag('net.ipv4.tcp_window_scaling',
    (s) => s.tcp.windowScaling, (s, value) => { s.tcp.windowScaling = value; }),
  bufferSizes('net.ipv4.tcp_rmem', 'receiveBuffer'),
  bufferSizes('net.ipv4.tcp_wmem', 'sendBuffer'),
  // Kernels from 6.6 on learn a buffer's overhead by themselves and only keep the number.
  numberField('net.ipv4.tcp_adv_win_scale', -31, 31,
    (s) => s.tcp.overheadScale, (s, value) => { s.tcp.overheadScale = value; }),
  numberField('net.ipv4.tcp_app_win', 0, 31,
    (s) => s.tcp.applicationWindow, (s, value) => { s.tcp.applicationWindow = value; }),
];

// prettier-ignore
const TIMERS: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_syn_retries', 1, SYN_COUNT_MAXIMUM,
    (s) => s.tcp.retransmission.synRetries,
    (s, value) => { s.tcp.retransmission.synRetries = value; }),
  numberField('net.ipv4.tcp_syn_linear_timeouts', 0, SYN_COUNT_MAXIMUM,
    (s) => s.tcp.retransmission.synLinearTimeouts,
    (s, value) => { s.tcp.retransmission.synLinearTimeouts = value; }),
  numberField('net.ipv4.tcp_synack_retries', 0, BYTE,
    (s) => s.tcp.retransmission.synAckRetries,
    (s, value) => { s.tcp.retransmission.synAckRetries = value; }),
  numberField('net.ipv4.tcp_retries1', 0, BYTE,
    (s) => s.tcp.retransmission.retries1,
    (s, value) => { s.tcp.retransmission.retries1 = value; }),
  numberField('net.ipv4.tcp_retries2', 0, BYTE,
    (s) => s.tcp.retransmission.retries2,
    (s, value) => { s.tcp.retransmission.retries2 = value; }),
  numberField('net.ipv4.tcp_orphan_retries', 0, BYTE,
    (s) => s.tcp.retransmission.orphanRetries,
    (s, value) => { s.tcp.retransmission.orphanRetries = value; }),
  numberField('net.ipv4.tcp_rto_min_us', 1, INT_MAXIMUM,
    (s) => s.tcp.retransmission.minimumRto / us(1),
    (s, value) => {
      s.tcp.retransmission.minimumRto = us(value);
      s.tcp.retransmission.minimumVariance = us(value); // tcp_rtt_estimator()
    }),
  numberField('net.ipv4.tcp_rto_max_ms', 1000, 120_000,
    (s) => s.tcp.retransmission.maximumRto / ms(1),
    (s, value) => { s.tcp.retransmission.maximumRto = ms(value); }),
  flag('net.ipv4.tcp_retrans_collapse',
    (s) => s.tcp.retransmission.mergesShortPackets,
    (s, value) => { s.tcp.retransmission.mergesShortPackets = value; }),
  numberField('net.ipv4.tcp_thin_linear_timeouts', 0, BYTE,
    (s) => s.tcp.retransmission.thinLinearTimeouts,
    (s, value) => { s.tcp.retransmission.thinLinearTimeouts = value; }),
  numberField('net.ipv4.tcp_keepalive_time', 0, SECONDS_MAXIMUM,
    (s) => s.tcp.keepAlive.idle / seconds(1),
    (s, value) => { s.tcp.keepAlive.idle = seconds(value); }),
  numberField('net.ipv4.tcp_keepalive_intvl', 0, SECONDS_MAXIMUM,
    (s) => s.tcp.keepAlive.interval / seconds(1),
    (s, value) => { s.tcp.keepAlive.interval = seconds(value); }),
  numberField('net.ipv4.tcp_keepalive_probes', 0, BYTE,
    (s) => s.tcp.keepAlive.probes, (s, value) => { s.tcp.keepAlive.probes = value; }),
  numberField('net.ipv4.tcp_fin_timeout', 0, SECONDS_MAXIMUM,
    (s) => s.tcp.finWait2 / seconds(1), (s, value) => { s.tcp.finWait2 = seconds(value); }),
  numberField('net.ipv4.tcp_max_orphans', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.tcp.orphansMost, (s, value) => { s.tcp.orphansMost = value; }),
  recordsField('net.ipv4.tcp_max_tw_buckets', INT_MINIMUM, INT_MAXIMUM, 'most'),
  recordsField('net.ipv4.tcp_tw_reuse', 0, 2, 'reuse'),
  recordsField('net.ipv4.tcp_tw_reuse_delay', 1, 60_000, 'reuseDelay', ms(1)),
  numberField('net.ipv4.tcp_invalid_ratelimit', 0, INT_MAXIMUM,
    (s) => s.tcp.challengeInterval / ms(1),
    (s, value) => { s.tcp.challengeInterval = ms(value); }),
];

// prettier-ignore
const LISTEN: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_abort_on_overflow', 0, BYTE,
    (s) => s.tcp.listen.abortOnOverflow, (s, value) => { s.tcp.listen.abortOnOverflow = value; }),
  numberField('net.ipv4.tcp_max_syn_backlog', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.tcp.listen.synBacklog, (s, value) => { s.tcp.listen.synBacklog = value; }),
  flag('net.ipv4.tcp_reflect_tos',
    (s) => s.tcp.listen.reflectsTos, (s, value) => { s.tcp.listen.reflectsTos = value; }),
  numberField('net.ipv4.tcp_syncookies', 0, BYTE,
    (s) => s.tcp.listen.synCookies, (s, value) => { s.tcp.listen.synCookies = value; }),
];

// prettier-ignore
const MTU_PROBING: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_mtu_probing', 0, BYTE,
    (s) => s.tcp.mtuProbing.mode, (s, value) => { s.tcp.mtuProbing.mode = value; }),
  numberField('net.ipv4.tcp_base_mss', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.tcp.mtuProbing.baseMss, (s, value) => { s.tcp.mtuProbing.baseMss = value; }),
  numberField('net.ipv4.tcp_mtu_probe_floor', 48, 0xffff, // TCP_MIN_SND_MSS
    (s) => s.tcp.mtuProbing.floor, (s, value) => { s.tcp.mtuProbing.floor = value; }),
  numberField('net.ipv4.tcp_min_snd_mss', 48, 0xffff,
    (s) => s.tcp.mtuProbing.leastMss, (s, value) => { s.tcp.mtuProbing.leastMss = value; }),
  numberField('net.ipv4.tcp_probe_threshold', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.tcp.mtuProbing.threshold, (s, value) => { s.tcp.mtuProbing.threshold = value; }),
  numberField('net.ipv4.tcp_probe_interval', 0, UNSIGNED_SECONDS_MAXIMUM,
    (s) => s.tcp.mtuProbing.interval / seconds(1),
    (s, value) => { s.tcp.mtuProbing.interval = seconds(value); }),
];

const CONGESTION_CONTROL: BoundSysctl = {
  kind: 'bound',
  name: 'net.ipv4.tcp_congestion_control',
  rule: text(isCongestionAlgorithm),
  read: ({ tcp }) => tcp.congestion.algorithm,
  write({ tcp }, value): void {
    if (typeof value === 'string' && isCongestionAlgorithm(value)) tcp.congestion.algorithm = value;
  },
};

// prettier-ignore
const RECOVERY_AND_CONGESTION: readonly Sysctl[] = [
  CONGESTION_CONTROL,
  numberField('net.ipv4.tcp_recovery', 0, BYTE,
    (s) => s.tcp.lossRecovery.rackFlags,
    (s, value) => { s.tcp.lossRecovery.rackFlags = value; }),
  numberField('net.ipv4.tcp_reordering', 1, 300,
    (s) => s.tcp.lossRecovery.reordering,
    (s, value) => { s.tcp.lossRecovery.reordering = value; }),
  numberField('net.ipv4.tcp_max_reordering', 1, INT_MAXIMUM,
    (s) => s.tcp.lossRecovery.reorderingMost,
    (s, value) => { s.tcp.lossRecovery.reorderingMost = value; }),
  numberField('net.ipv4.tcp_frto', 0, BYTE,
    (s) => s.tcp.lossRecovery.frto, (s, value) => { s.tcp.lossRecovery.frto = value; }),
  numberField('net.ipv4.tcp_early_retrans', 0, 4,
    (s) => s.tcp.lossRecovery.earlyRetransmit,
    (s, value) => { s.tcp.lossRecovery.earlyRetransmit = value; }),
  flag('net.ipv4.tcp_slow_start_after_idle',
    (s) => s.tcp.congestion.slowStartAfterIdle,
    (s, value) => { s.tcp.congestion.slowStartAfterIdle = value; }),
];

// prettier-ignore
const PACING: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_pacing_ss_ratio', 0, 1000,
    ({ tcp }) => tcp.bursts?.slowStartRatio ?? 0,
    ({ tcp }, value) => { if (tcp.bursts) tcp.bursts.slowStartRatio = value; }),
  numberField('net.ipv4.tcp_pacing_ca_ratio', 0, 1000,
    ({ tcp }) => tcp.bursts?.avoidanceRatio ?? 0,
    ({ tcp }, value) => { if (tcp.bursts) tcp.bursts.avoidanceRatio = value; }),
  numberField('net.ipv4.tcp_min_tso_segs', 1, BYTE,
    ({ tcp }) => tcp.bursts?.leastSegments ?? 0,
    ({ tcp }, value) => { if (tcp.bursts) tcp.bursts.leastSegments = value; }),
];

// prettier-ignore
const SENDING: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_notsent_lowat', 0, 2 ** 32 - 1,
    (s) => s.tcp.unsentMost, (s, value) => { s.tcp.unsentMost = value; }),
  numberField('net.ipv4.tcp_tso_rtt_log', 0, BYTE,
    ({ tcp }) => tcp.bursts?.roundTripShift ?? 0,
    ({ tcp }, value) => { if (tcp.bursts) tcp.bursts.roundTripShift = value; }),
  numberField('net.ipv4.tcp_tso_win_divisor', 0, BYTE,
    ({ tcp }) => tcp.bursts?.windowDivisor ?? 0,
    ({ tcp }, value) => { if (tcp.bursts) tcp.bursts.windowDivisor = value; }),
];

// prettier-ignore
const ECN: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_ecn', 0, 5,
    (s) => s.tcp.ecn.mode, (s, value) => { s.tcp.ecn.mode = value; }),
  numberField('net.ipv4.tcp_ecn_option', 0, 3,
    (s) => s.tcp.ecn.option, (s, value) => { s.tcp.ecn.option = value; }),
  numberField('net.ipv4.tcp_ecn_option_beacon', 0, 3,
    (s) => s.tcp.ecn.beacon, (s, value) => { s.tcp.ecn.beacon = value; }),
  flag('net.ipv4.tcp_ecn_fallback',
    (s) => s.tcp.ecn.offerRetries === 0,
    (s, value) => {
      s.tcp.ecn.offerRetries = value ? 0 : INT_MAXIMUM;
      s.tcp.ecn.accurateOfferRetries = value ? 1 : INT_MAXIMUM;
      s.tcp.ecn.testsPath = value;
    }),
];

/** A sysctl of what waits alone in records; `unit` is what its numbers count. */
function recordsField(
  name: string,
  least: number,
  most: number,
  field: 'most' | 'reuse' | 'reuseDelay',
  unit = 1,
): BoundSysctl {
  return numberField(
    name,
    least,
    most,
    ({ tcp }) => (tcp.timeWaitRecords?.[field] ?? 0) / unit,
    ({ tcp }, value) => {
      const others = { most: 0, reuse: 0, reuseDelay: 0, ...tcp.timeWaitRecords };
      tcp.timeWaitRecords = { ...others, [field]: value * unit };
    },
  );
}

/** SACK compression is a part of the profile that some systems have not. */
function compressionField(
  name: string,
  most: number,
  field: 'delay' | 'slack' | 'most',
): BoundSysctl {
  return numberField(
    name,
    0,
    most,
    ({ tcp }) => tcp.sackCompression?.[field] ?? 0,
    ({ tcp }, value) => {
      tcp.sackCompression = { delay: 0, slack: 0, most: 0, ...tcp.sackCompression, [field]: value };
    },
  );
}

// prettier-ignore
const RECEIVING: readonly Sysctl[] = [
  flag('net.ipv4.tcp_moderate_rcvbuf',
    (s) => s.tcp.receiveTuning?.moderates === true,
    (s, value) => { if (s.tcp.receiveTuning) s.tcp.receiveTuning.moderates = value; }),
  flag('net.ipv4.tcp_dsack',
    (s) => s.tcp.duplicateSack, (s, value) => { s.tcp.duplicateSack = value; }),
  flag('net.ipv4.tcp_backlog_ack_defer',
    (s) => s.tcp.backlog?.defersAcks === true,
    (s, value) => { if (s.tcp.backlog) s.tcp.backlog.defersAcks = value; }),
  compressionField('net.ipv4.tcp_comp_sack_delay_ns', Number.MAX_SAFE_INTEGER, 'delay'),
  compressionField('net.ipv4.tcp_comp_sack_slack_ns', Number.MAX_SAFE_INTEGER, 'slack'),
  compressionField('net.ipv4.tcp_comp_sack_nr', BYTE, 'most'),
  numberField('net.ipv4.tcp_pingpong_thresh', 1, BYTE,
    (s) => s.tcp.delayedAck.interactiveAfter,
    (s, value) => { s.tcp.delayedAck.interactiveAfter = value; }),
  numberField('net.ipv4.tcp_challenge_ack_limit', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.tcp.challengeLimit, (s, value) => { s.tcp.challengeLimit = value; }),
  flag('net.ipv4.tcp_shrink_window',
    (s) => s.tcp.shrinksWindow, (s, value) => { s.tcp.shrinksWindow = value; }),
  numberField('net.ipv4.tcp_stdurg', 0, BYTE,
    (s) => s.tcp.urgentPointerToLast, (s, value) => { s.tcp.urgentPointerToLast = value; }),
  flag('net.ipv4.tcp_workaround_signed_windows',
    (s) => s.tcp.unscaledWindowMost < 0xffff,
    (s, value) => { s.tcp.unscaledWindowMost = value ? 0x7fff : 0xffff; }), // MAX_TCP_WINDOW
  flag('net.ipv4.tcp_rfc1337',
    (s) => s.tcp.keepsTimeWait, (s, value) => { s.tcp.keepsTimeWait = value; }),
];

const FAST_OPEN_KEY: BoundSysctl = {
  kind: 'bound',
  name: 'net.ipv4.tcp_fastopen_key',
  rule: text((value) => parseFastOpenKeys(value) !== undefined),
  read: ({ tcp }) => printFastOpenKeys(tcp.fastOpen.keys),
  write({ tcp }, value): void {
    tcp.fastOpen.keys = parseFastOpenKeys(String(value)) ?? [];
  },
};

// prettier-ignore
const FAST_OPEN: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_fastopen', INT_MINIMUM, INT_MAXIMUM,
    (s) => s.tcp.fastOpen.flags, (s, value) => { s.tcp.fastOpen.flags = value; }),
  numberField('net.ipv4.tcp_fastopen_blackhole_timeout_sec', 0, INT_MAXIMUM,
    (s) => s.tcp.fastOpen.blackholeTimeout / seconds(1),
    (s, value) => { s.tcp.fastOpen.blackholeTimeout = seconds(value); }),
  FAST_OPEN_KEY,
];

// prettier-ignore
const PEER_METRICS: readonly Sysctl[] = [
  numberField('net.ipv4.tcp_no_metrics_save', 0, BYTE,
    ({ tcp }) => tcp.peerMetrics?.savesNothing ?? 0,
    ({ tcp }, value) => { if (tcp.peerMetrics) tcp.peerMetrics.savesNothing = value; }),
  flag('net.ipv4.tcp_no_ssthresh_metrics_save',
    ({ tcp }) => tcp.peerMetrics?.ignoresThreshold ?? false,
    ({ tcp }, value) => { if (tcp.peerMetrics) tcp.peerMetrics.ignoresThreshold = value; }),
];

export const LINUX_SYSCTLS: readonly Sysctl[] = [
  ...CORE,
  ...LINUX_IP_SYSCTLS,
  ...OPTIONS_AND_BUFFERS,
  ...TIMERS,
  ...LISTEN,
  ...MTU_PROBING,
  ...RECOVERY_AND_CONGESTION,
  ...CUBIC_SYSCTLS,
  ...PACING,
  ...ECN,
  ...RECEIVING,
  ...FAST_OPEN,
  ...PEER_METRICS,
  ...SENDING,
];
