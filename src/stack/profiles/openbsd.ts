/**
 * OpenBSD 7.3 with its defaults: the sysctls below `net.inet` and constants of `tcp_timer.h` and
 * `tcp_var.h`, named beside each number.
 */
import { RFC_TRACKING } from '../middlebox/tracking-profile.ts';
import { LINUX_IPV6 } from '../ip/ipv6-profile.ts';
import { STRONG_ARP } from '../neighbor/arp-profile.ts';
import { BSD_ARP, LINUX_NEIGHBORS } from '../neighbor/neighbor-profile.ts';
import { LINUX_CUBIC } from '../tcp/congestion/cubic.ts';
import { SMALL_BLOCK } from '../interfaces/packet-buffers.ts';
import type { HostProfile } from '../profile.ts';
import { NO_PROBLEMS } from '../tcp/known-problems.ts';
import { ms, seconds } from '../time.ts';

const BUFFER_MOST = 2_097_152; // sb_max: SB_MAX

export const openbsd: HostProfile = {
  name: 'openbsd',
  timers: { tick: ms(10), wheel: false }, // HZ = 100; timeout_add_msec()
  ttl: 64, // net.inet.ip.ttl, IPDEFTTL
  identification: { ofSockets: false, rule: 'random', zeroIfWhole: false }, // ip_randomid()
  ephemeralPorts: [1024, 49_151], // net.inet.ip.portfirst and portlast
  firstUnprivilegedPort: 1024, // IPPORT_RESERVED
  portChoice: { streams: 'random', datagrams: 'random' }, // in_pcbpickport()
  reservedPorts: [],
  sockets: {
    receiveBuffer: 42_080, // udp_recvspace: 40 datagrams of 1,024 octets, and addresses
    sendBuffer: 9216, // udp_sendspace
    backlogMaximum: 128, // kern.somaxconn, SOMAXCONN
    tellsSoftErrors: true, // udp_notify()
    membershipsMost: 4095, // IP_MAX_MEMBERSHIPS
    isV6Only: true, // always: in_pcbconnect() knows no mapped addresses
    bindsFreely: false,
    sharesEphemeralPorts: false,
  },
  socketMemory: {
    factor: 1, // sb_hiwat counts octets
    receiveLeast: 1,
    sendLeast: 1,
    receiveMost: BUFFER_MOST,
    sendMost: BUFFER_MOST,
    smallBlock: SMALL_BLOCK,
  },
  neighbors: { ipv4: BSD_ARP, ipv6: LINUX_NEIGHBORS }, // RFC 4861 §10 for IPv6
  arp: STRONG_ARP,
  ipv6: LINUX_IPV6, // RFC 4861's numbers
  reassembly: {
    ipv4: { timeout: seconds(30), memory: 4_194_304, distance: 0 }, // IPFRAGTTL
    ipv6: { timeout: seconds(60), memory: 4_194_304, distance: 0 }, // IPV6_FRAGTTL
  },
  pathMtu: {
    lifetime: seconds(600), // net.inet.ip.mtudisctimeout
    least: 296, // icmp_mtudisc()
    isOff: 0, // net.inet.ip.mtudisc = 1
    ofDatagrams: false,
    leastAnnouncedMss: 512, // tcp_mssdflt, TCP_MSS
  },
  forwarding: {
    isOn: false, // net.inet.ip.forwarding
    sendsRedirects: true, // net.inet.ip.redirect
    reversePathFilter: 0, // left to the packet filter (pf's urpf-failed)
    acceptsOwnSource: false,
  },
  redirects: {
    areHeeded: false, // net.inet.icmp.rediraccept
    sharesMedia: false,
    onlyToGateways: false,
  },
  redirectLifetimes: { ipv4: seconds(600), ipv6: seconds(60) }, // net.inet.icmp.redirtimeout
  icmp: {
    interval: 0, // bounded in all, not for each destination
    intervalOfIpv6: 0,
    limitedTypes: 0x1838, // icmp_do_error(): every error
    perSecond: 100, // net.inet.icmp.errppslimit
    burst: 100,
    refusalCost: 0,
    refusalBurst: 0,
    quoted: 8, // icmp_do_error(); nmap IPL=38
    quotesTcpHeader: false,
    errorsAreControl: false, // icmp_do_error()
    answersEchoes: true,
    answersEchoesToMany: false, // net.inet.icmp.bmcastecho
  },
  tracking: RFC_TRACKING, // pf has times of its own
  acceptsSourceRoutes: false, // net.inet.ip.sourceroute
  promotesSecondaries: true, // in_control(): aliases stand alone
  tcp: {
    synOptions: ['mss', 'sack-permitted', 'window-scale', 'timestamps'], // tcp_output()
    synPadding: 'words', // TCPOPT_SACK_PERMIT_HDR, TCPOPT_TSTAMP_HDR
    timestamps: 1, // net.inet.tcp.rfc1323
    requestsTimestamps: true,
    timestampClock: { tick: ms(1), start: 0, offset: 'connection' }, // tcp_now(), ts_modulate
    sack: true, // net.inet.tcp.sack
    windowScaling: true, // net.inet.tcp.rfc1323
    longestSegment: 65_535,
    // tcp_set_iss_tsm(); TCP_ISSINCR: 128 KiB a second
    initialNumbers: { rule: 'hash', step: 7629 },
    initialWindow: { rule: 'fixed', window: 16_384 }, // tcp_recvspace
    receiveTuning: undefined,
    // tcp_update_rcvspace(), tcp_autorcvbuf_inc
    receiveGrowth: { roundTrips: 1, eighths: 7, step: 16_384 },
    receiveBuffer: { minimum: 1, default: 16_384, maximum: BUFFER_MOST }, // tcp_rscale(): scale 6
    overheadScale: 0,
    applicationWindow: 0,
    sendBuffer: { minimum: 1, default: 16_384, maximum: BUFFER_MOST }, // tcp_sendspace
    packetMemory: undefined,
    unsentMost: Number.POSITIVE_INFINITY,
    delayedAck: {
      minimum: ms(200), // TCP_DELACK_MSECS
      maximum: ms(200),
      quickAcks: 0,
      staysBelowRto: false,
      quickAcksTellNews: false,
      interactiveAfter: 1,
      endsWhenRead: false, // net.inet.tcp.ackonpush = 0
      tick: 0,
    },
    lossRecovery: {
      readsSack: true,
      reduces: 'at-once', // tcp_input(), tcp_sack_partialack()
      reordering: 3, // tcprexmtthresh
      reorderingMost: 3, // it is a constant
      frto: 0,
      earlyRetransmit: 0,
      rackFlags: 1,
      timerAllowance: ms(2), // there are no such timers
    },
    ecn: {
      mode: 0, // net.inet.tcp.ecn
      ectAfterPlainSyn: false,
      answerMayBeAccurate: false,
      offerRetries: 0,
      accurateOfferRetries: 0,
      testsPath: false,
      option: 0, // it knows no AccECN
      beacon: 0,
      optionAwaitsPeer: false,
      marksPerAck: Number.POSITIVE_INFINITY,
      marksPerAckOfAcks: Number.POSITIVE_INFINITY,
      marksEverything: false,
    },
    congestion: {
      algorithm: 'reno', // tcp_input(): NewReno with SACK
      initialWindow: 10, // net.inet.tcp.rfc3390 = 2
      initialOctets: 14_600, // tcp_mss()
      lostSynsMost: Number.POSITIVE_INFINITY, // not known
      slowStartAfterIdle: true, // tcp_output(): to two segments
      decaysUnfilled: true,
      finIgnoresWindow: true, // tcp_output(): the window bounds data
      cubic: LINUX_CUBIC, // not there
    },
    bursts: undefined,
    backlog: undefined,
    sackCompression: undefined,
    duplicateSack: false, // not there
    retransmission: {
      initialRto: seconds(3), // TCP_REXMTVAL() of TCPTV_SRTTDFLT
      synAckRto: ms(1500), // SYN_CACHE_TIMER_ARM(): TCPTV_SRTTDFLT itself
      minimumRto: seconds(1), // TCPTV_MIN
      minimumVariance: 0,
      partsCount: true, // RFC 6298 (5.3)
      sacksRestart: false, // RFC 6298 (5.3)
      timesCrossingSyn: false, // not known
      deviation: 'smoothed', // RFC 6298 (2.3)
      slop: 0,
      maximumRto: seconds(64), // TCPTV_REXMTMAX
      roundTripTick: 0, // it was 500 ms until 7.2
      synRetries: 12, // TCP_MAXRXTSHIFT
      synLinearTimeouts: 0,
      synBacksOff: true, // tcp_backoff[]
      synPatience: seconds(75), // net.inet.tcp.keepinittime, TCPTV_KEEP_INIT
      synAckRetries: 5, // syn_cache_timer(): as many as fit into TCPTV_KEEP_INIT
      retries1: 3, // tcp_timer_rexmt(): TCP_MAXRXTSHIFT / 4
      retries2: 12, // TCP_MAXRXTSHIFT
      retriesAreTime: false, // t_rxtshift
      orphanRetries: 12,
      thinLinearTimeouts: 0,
      mergesShortPackets: true, // segments are cut from the send buffer anew
      takesBackOffBack: false,
    },
    listen: {
      abortOnOverflow: 0,
      synBacklog: 10_255, // net.inet.tcp.syncachelimit: TCP_SYN_HASH_SIZE × TCP_SYN_BUCKET_SIZE
      synCookies: 0,
      opensBeyondBacklog: false,
      oldestGivesWay: true, // syn_cache_insert()
      reflectsTos: false,
    },
    // There is no search; tcp_mss() has the least.
    mtuProbing: {
      mode: 0,
      baseMss: 1024,
      floor: 64,
      leastMss: 64,
      raisesPeerMss: true,
      threshold: 8,
      interval: seconds(600),
    },
    keepAlive: {
      idle: seconds(7200), // net.inet.tcp.keepidle
      interval: seconds(75), // net.inet.tcp.keepintvl
      probes: 8, // TCPTV_KEEPCNT
      isAlways: false, // net.inet.tcp.always_keepalive
    },
    fastOpen: { flags: 0, blackholeTimeout: 0, keys: [], shutdownWaits: false }, // not there
    peerMetrics: undefined,
    challengeInterval: 0,
    challengeLimit: 100, // tcp_ackdrop_ppslim
    challengesUnsentAck: true, // tcp_input(): dropafterack_ratelim
    boundsOldAcks: false, // RFC 5961 §5.2
    smallerWindow: 'ignored', // tcp_input()
    staysInWindow: false, // tcp_output()
    hearsErrorsAboutNext: false, // RFC 5927 §4.1
    hardErrorsAbort: false, // tcp_notify()
    finNeedsRoom: false, // tcp_output()
    resetWhileOpening: 'ECONNREFUSED', // tcp_input()
    softErrorsEndOpening: { retransmissions: 4, twice: true }, // tcp_notify(): t_rxtshift > 3
    connectLasts: 0,
    timestampTolerance: 0,
    takesBeyondWindow: false,
    readsLateSegments: false,
    checksRefusals: false,
    closesWindowWithoutMemory: false,
    closesWindowBelow: 0,
    shrinksWindow: false,
    urgentPointerToLast: 0,
    unscaledWindowMost: 65_535, // TCP_MAXWIN
    keepsTimeWait: false,
    timeWait: seconds(60), // twice TCPTV_MSL
    finWait2: seconds(600), // tcp_maxidle: TCPTV_KEEPCNT × TCPTV_KEEPINTVL
    answersFinFirst: false, // tcp_input(): TF_ACKNOW, then tcp_output()
    abortWindow: 'current', // tcp_drop()
    // tcp_respond() with IP_MTUDISC
    resetAnswer: {
      dontFragment: true,
      reflectsTos: false,
      repeatsAck: false,
      alwaysAcks: false,
      window: 0,
    },
    orphansMost: Number.POSITIVE_INFINITY,
    timeWaitRecords: undefined,
    minisockets: false,
    problems: NO_PROBLEMS,
  },
};
