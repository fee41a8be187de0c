/**
 * Linux 6 with the settings of common distributions: `tcp_rmem = 4096 131072 6291456`. Each number
 * is a sysctl's default or a constant of the kernel, named beside it.
 */
import { LINUX_TRACKING } from '../middlebox/tracking-profile.ts';
import { LINUX_IPV6 } from '../ip/ipv6-profile.ts';
import { LINUX_ARP } from '../neighbor/arp-profile.ts';
import { LINUX_NEIGHBORS } from '../neighbor/neighbor-profile.ts';
import { LINUX_CUBIC } from '../tcp/congestion/cubic.ts';
import type { HostProfile } from '../profile.ts';
import { LINUX_SOCKET_MEMORY } from '../sockets/socket-memory.ts';
import { NO_PROBLEMS } from '../tcp/known-problems.ts';
import { ms, seconds, us } from '../time.ts';

export const linux6: HostProfile = {
  name: 'linux-6',
  timers: { tick: 0, wheel: false }, // exact: where ticks fall is a machine's own
  ttl: 64, // ip_default_ttl
  // inet_id of sockets, __ip_select_ident() for others
  identification: { ofSockets: true, rule: 'pair-and-protocol', zeroIfWhole: true },
  ephemeralPorts: [32768, 60999], // ip_local_port_range
  firstUnprivilegedPort: 1024, // ip_unprivileged_port_start
  // inet_hash_connect(), inet_csk_find_open_port(); udp_lib_get_port()
  portChoice: { streams: 'parity', datagrams: 'random' },
  reservedPorts: [], // ip_local_reserved_ports
  socketMemory: LINUX_SOCKET_MEMORY,
  sockets: {
    receiveBuffer: 212_992, // net.core.rmem_default
    sendBuffer: 212_992, // net.core.wmem_default
    backlogMaximum: 4096, // net.core.somaxconn
    tellsSoftErrors: false, // icmp_err_convert[]: not fatal
    membershipsMost: 20, // igmp_max_memberships
    isV6Only: false, // net.ipv6.bindv6only
    bindsFreely: false, // ip_nonlocal_bind
    sharesEphemeralPorts: false, // ip_autobind_reuse
  },
  neighbors: { ipv4: LINUX_NEIGHBORS, ipv6: LINUX_NEIGHBORS },
  arp: LINUX_ARP,
  ipv6: LINUX_IPV6,
  reassembly: {
    // ipfrag_time, ipfrag_high_thresh, ipfrag_max_dist
    ipv4: { timeout: seconds(30), memory: 4_194_304, distance: 64 },
    ipv6: { timeout: seconds(60), memory: 4_194_304, distance: 0 }, // ip6frag_time, …_high_thresh
  },
  pathMtu: {
    lifetime: seconds(600), // route.mtu_expires
    least: 552, // route.min_pmtu
    isOff: 0, // ip_no_pmtu_disc
    ofDatagrams: true, // IP_PMTUDISC_WANT
    leastAnnouncedMss: 256, // route.min_adv_mss
  },
  forwarding: {
    isOn: false, // ip_forward
    sendsRedirects: true, // conf.all.send_redirects
    reversePathFilter: 0, // conf.all.rp_filter
    acceptsOwnSource: false, // accept_local
  },
  redirects: {
    areHeeded: true, // conf.all.accept_redirects, of a host
    sharesMedia: true, // conf.all.shared_media
    onlyToGateways: true, // conf.all.secure_redirects
  },
  redirectLifetimes: { ipv4: seconds(300), ipv6: seconds(60) }, // route.gc_timeout
  icmp: {
    interval: seconds(1), // icmp_ratelimit
    intervalOfIpv6: seconds(1), // net.ipv6.icmp.ratelimit
    limitedTypes: 6168, // icmp_ratemask: unreachable, source quench, time exceeded, bad parameter
    perSecond: 1000, // icmp_msgs_per_sec
    burst: 50, // icmp_msgs_burst
    refusalCost: seconds(1), // route.error_cost
    refusalBurst: seconds(5), // route.error_burst
    quoted: Number.POSITIVE_INFINITY, // __icmp_send(): up to 576 octets in all
    quotesTcpHeader: false,
    errorsAreControl: true, // IPTOS_PREC_INTERNETCONTROL
    answersEchoes: true, // icmp_echo_ignore_all
    answersEchoesToMany: false, // icmp_echo_ignore_broadcasts
  },
  tracking: LINUX_TRACKING, // net.netfilter.nf_conntrack_*
  acceptsSourceRoutes: false, // conf.all.accept_source_route
  promotesSecondaries: false, // promote_secondaries
  tcp: {
    synOptions: ['mss', 'sack-permitted', 'timestamps', 'window-scale'], // tcp_syn_options()
    synPadding: 'shared-words', // tcp_options_write()
    timestamps: 1, // tcp_timestamps
    requestsTimestamps: true, // tcp_syn_options()
    // tcp_time_stamp_ts(); secure_tcp_ts_off() by the ports, too, as measured on 6.18
    timestampClock: { tick: ms(1), start: 0, offset: 'connection' },
    sack: true, // tcp_sack
    windowScaling: true, // tcp_window_scaling
    longestSegment: 65_535,
    initialNumbers: { rule: 'hash', step: 64 }, // secure_tcp_seq(), seq_scale()
    initialWindow: { rule: 'whole-segments' }, // tcp_select_initial_window(), since 4.20
    receiveBuffer: { minimum: 4096, default: 131_072, maximum: 6_291_456 }, // tcp_rmem: scale 7
    overheadScale: 1, // tcp_adv_win_scale: half of the buffer, so a window of 65536
    // tcp_moderate_rcvbuf; scaling_ratio; tcp_data_queue_ofo()
    receiveTuning: { moderates: true, learnsRatio: true, growsAhead: true },
    receiveGrowth: undefined,
    applicationWindow: 31, // tcp_app_win: room for one segment
    sendBuffer: { minimum: 4096, default: 16_384, maximum: 4_194_304 }, // tcp_wmem
    packetMemory: {
      overhead: 1280, // SKB_TRUESIZE() of a head of 1024 octets, the shared part in it
      mostOctets: 65_215, // GSO_LEGACY_MAX_SIZE less MAX_TCP_HEADER, less one
      headers: 640, // MAX_TCP_HEADER and struct skb_shared_info
      descriptor: 256, // struct sk_buff
    },
    unsentMost: 4_294_967_295, // tcp_notsent_lowat
    delayedAck: {
      minimum: ms(40), // TCP_ATO_MIN
      maximum: ms(200), // TCP_DELACK_MAX
      quickAcks: 16, // TCP_MAX_QUICKACKS
      staysBelowRto: true, // tcp_delack_max()
      quickAcksTellNews: true, // tcp_dec_quickack_mode()
      interactiveAfter: 1, // tcp_pingpong_thresh
      endsWhenRead: true, // tcp_cleanup_rbuf()
      tick: 0,
    },
    backlog: { coalesces: true, defersAcks: true }, // tcp_backlog_ack_defer
    sackCompression: { delay: ms(1), slack: us(100), most: 44 }, // tcp_comp_sack_*
    duplicateSack: true, // tcp_dsack
    lossRecovery: {
      readsSack: true,
      reduces: 'in-proportion', // tcp_cwnd_reduction()
      reordering: 3, // tcp_reordering
      reorderingMost: 300, // tcp_max_reordering
      frto: 2, // tcp_frto
      earlyRetransmit: 3, // tcp_early_retrans
      rackFlags: 1, // tcp_recovery
      timerAllowance: ms(2), // TCP_TIMEOUT_MIN_US
    },
    congestion: {
      algorithm: 'cubic', // tcp_congestion_control
      initialWindow: 10, // TCP_INIT_CWND
      initialOctets: Number.POSITIVE_INFINITY,
      lostSynsMost: 2, // tcp_init_transfer()
      slowStartAfterIdle: true, // tcp_slow_start_after_idle
      decaysUnfilled: false, // no longer on 6.18
      finIgnoresWindow: false, // tcp_cwnd_test(), since 6.10
      cubic: LINUX_CUBIC,
    },
    ecn: {
      mode: 2, // tcp_ecn
      ectAfterPlainSyn: true, // tcp_ecn_rcv_synack()
      answerMayBeAccurate: true, // tcp_ecn_rcv_synack(), since 6.18
      offerRetries: 0, // tcp_ecn_fallback
      accurateOfferRetries: 1, // tcp_ecn_fallback; AccECN as Linux 7.0 has it
      testsPath: true, // tcp_ecn_fallback
      option: 2, // tcp_ecn_option
      beacon: 3, // tcp_ecn_option_beacon
      optionAwaitsPeer: true, // tcp_established_options()
      marksPerAck: 6, // TCP_ACCECN_ACE_MAX_DELTA
      marksPerAckOfAcks: Number.POSITIVE_INFINITY,
      marksEverything: true, // tcp_ecn_send()
    },
    bursts: {
      leastSegments: 2, // tcp_min_tso_segs
      roundTripShift: 9, // tcp_tso_rtt_log
      windowDivisor: 3, // tcp_tso_win_divisor
      slowStartRatio: 200, // tcp_pacing_ss_ratio
      avoidanceRatio: 120, // tcp_pacing_ca_ratio
      fillsFromNext: true, // tcp_grow_skb(), since 6.10
    },
    retransmission: {
      initialRto: seconds(1), // TCP_TIMEOUT_INIT
      synAckRto: seconds(1), // TCP_TIMEOUT_INIT
      minimumRto: ms(200), // TCP_RTO_MIN
      minimumVariance: ms(200), // tcp_set_rto(): srtt + max(200 ms, 4·rttvar)
      partsCount: false, // tcp_clean_rtx_queue()
      sacksRestart: true, // tcp_clean_rtx_queue()
      timesCrossingSyn: true, // tcp_send_synack()
      deviation: 'highest', // tcp_rtt_estimator()
      slop: 0,
      maximumRto: seconds(120), // TCP_RTO_MAX
      roundTripTick: 0,
      synRetries: 6, // tcp_syn_retries
      synLinearTimeouts: 4, // tcp_syn_linear_timeouts, since 6.5
      synBacksOff: true,
      synPatience: Number.POSITIVE_INFINITY,
      synAckRetries: 5, // tcp_synack_retries
      retries1: 3, // tcp_retries1
      retries2: 15, // tcp_retries2: 924.6 s
      retriesAreTime: true, // tcp_model_timeout()
      orphanRetries: 0, // tcp_orphan_retries
      thinLinearTimeouts: 0, // tcp_thin_linear_timeouts
      mergesShortPackets: true, // tcp_retrans_collapse
      takesBackOffBack: true, // tcp_ld_RTO_revert(), since 2.6.32
    },
    listen: {
      abortOnOverflow: 0, // tcp_abort_on_overflow
      synBacklog: 4096, // tcp_max_syn_backlog
      synCookies: 1, // tcp_syncookies
      opensBeyondBacklog: true, // inet_csk_reqsk_queue_is_full(), since 6.14
      oldestGivesWay: false,
      reflectsTos: false, // tcp_reflect_tos
    },
    mtuProbing: {
      mode: 0, // tcp_mtu_probing
      baseMss: 1024, // tcp_base_mss
      floor: 48, // tcp_mtu_probe_floor
      leastMss: 48, // tcp_min_snd_mss
      raisesPeerMss: true, // __tcp_mtu_to_mss()
      threshold: 8, // tcp_probe_threshold
      interval: seconds(600), // tcp_probe_interval
    },
    keepAlive: {
      idle: seconds(7200), // tcp_keepalive_time
      interval: seconds(75), // tcp_keepalive_intvl
      probes: 9, // tcp_keepalive_probes
      isAlways: false,
    },
    fastOpen: {
      flags: 1, // tcp_fastopen: for clients that ask for it
      blackholeTimeout: 0, // tcp_fastopen_blackhole_timeout_sec, since 5.14
      keys: [], // tcp_fastopen_key
      shutdownWaits: true, // tcp_shutdown()
    },
    // tcp_no_metrics_save, tcp_no_ssthresh_metrics_save
    peerMetrics: { savesNothing: 0, ignoresThreshold: true },
    challengeInterval: ms(500), // tcp_invalid_ratelimit
    challengeLimit: 0x7fff_ffff, // tcp_challenge_ack_limit
    // tcp_ack(), since 7.1 and in 6.18's stable releases; measured so on 6.18.44. Before, and in
    // google/packetdrill's scripts, there is silence.
    challengesUnsentAck: true,
    boundsOldAcks: true, // tcp_ack()
    smallerWindow: 'zero-only', // tcp_may_update_window()
    staysInWindow: true, // tcp_acceptable_seq()
    hearsErrorsAboutNext: true, // tcp_v4_err()
    hardErrorsAbort: false, // tcp_v4_err()
    finNeedsRoom: true, // tcp_snd_wnd_test()
    resetWhileOpening: 'ECONNRESET', // tcp_reset()
    softErrorsEndOpening: { retransmissions: 0, twice: false }, // tcp_v4_err()
    connectLasts: us(100), // tcp_v4_err(), sock_owned_by_user(); 30 µs after a SYN was measured so
    timestampTolerance: 1, // TCP_PAWS_WINDOW
    takesBeyondWindow: true, // tcp_sequence(), since 6.17
    readsLateSegments: true, // tcp_sequence()
    checksRefusals: false, // tcp_rcv_synsent_state_process()
    closesWindowWithoutMemory: true, // ICSK_ACK_NOMEM
    closesWindowBelow: 16, // __tcp_select_window()
    shrinksWindow: false, // tcp_shrink_window
    urgentPointerToLast: 0, // tcp_stdurg
    unscaledWindowMost: 65_535, // tcp_workaround_signed_windows
    keepsTimeWait: false, // tcp_rfc1337
    timeWait: seconds(60), // TCP_TIMEWAIT_LEN
    finWait2: seconds(60), // tcp_fin_timeout
    answersFinFirst: true, // tcp_fin()
    orphansMost: 65_536, // tcp_max_orphans
    // struct inet_timewait_sock; tcp_max_tw_buckets, tcp_tw_reuse, tcp_tw_reuse_delay
    timeWaitRecords: { most: 262_144, reuse: 2, reuseDelay: seconds(1) },
    abortWindow: 'current',
    // ip_send_unicast_reply(): IP_PMTUDISC_DO, the ToS of the offender
    resetAnswer: {
      dontFragment: true,
      reflectsTos: true,
      repeatsAck: false,
      alwaysAcks: false,
      window: 0,
    },
    minisockets: true, // struct request_sock
    problems: NO_PROBLEMS,
  },
};
