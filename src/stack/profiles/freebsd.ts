/**
 * FreeBSD 14 with its defaults: the sysctls below `net.inet.tcp` and constants of `tcp_timer.h` and
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

const BUFFER_MOST = 2_097_152; // kern.ipc.maxsockbuf, recvbuf_max, sendbuf_max

export const freebsd: HostProfile = {
  name: 'freebsd',
  timers: { tick: 0, wheel: false }, // callouts are not bound to ticks
  ttl: 64, // net.inet.ip.ttl, IPDEFTTL
  // ip_fillid(): net.inet.ip.rfc6864 = 1, random_id = 0
  identification: { ofSockets: false, rule: 'host', zeroIfWhole: true },
  ephemeralPorts: [10_000, 65_535], // net.inet.ip.portrange.first and last
  firstUnprivilegedPort: 1024, // net.inet.ip.portrange.reservedhigh, and one
  portChoice: { streams: 'random', datagrams: 'random' }, // net.inet.ip.portrange.randomized
  reservedPorts: [],
  sockets: {
    receiveBuffer: 42_080, // net.inet.udp.recvspace
    sendBuffer: 9216, // net.inet.udp.maxdgram
    backlogMaximum: 128, // kern.ipc.soacceptqueue
    tellsSoftErrors: true, // udp_notify()
    membershipsMost: 4095, // IP_MAX_MEMBERSHIPS
    isV6Only: true, // net.inet6.ip6.v6only
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
  ipv6: LINUX_IPV6,
  reassembly: {
    ipv4: { timeout: seconds(30), memory: 4_194_304, distance: 0 }, // net.inet.ip.fragttl
    ipv6: { timeout: seconds(60), memory: 4_194_304, distance: 0 }, // IPV6_FRAGTTL
  },
  pathMtu: {
    lifetime: seconds(600),
    least: 256,
    isOff: 0, // net.inet.tcp.path_mtu_discovery
    ofDatagrams: false, // IP_DONTFRAG
    leastAnnouncedMss: 0,
  },
  forwarding: {
    isOn: false, // net.inet.ip.forwarding
    sendsRedirects: true, // net.inet.ip.redirect
    reversePathFilter: 0, // left to the packet filter (ipfw's verrevpath)
    acceptsOwnSource: false,
  },
  redirects: {
    areHeeded: true, // net.inet.icmp.drop_redirect = 0
    sharesMedia: false, // rib_add_redirect() asks for a gateway on the link
    onlyToGateways: false,
  },
  redirectLifetimes: { ipv4: seconds(600), ipv6: seconds(60) }, // net.inet.icmp.redirtimeout
  icmp: {
    interval: 0, // bounded in all, not for each destination
    intervalOfIpv6: 0,
    limitedTypes: 0x1808, // badport_bandlim(): unreachable, time exceeded, bad parameter
    perSecond: 200, // net.inet.icmp.icmplim
    burst: 200,
    refusalCost: 0,
    refusalBurst: 0,
    quoted: 548, // net.inet.icmp.quotelen
    quotesTcpHeader: true, // icmp_error()
    errorsAreControl: false, // icmp_error()
    answersEchoes: true,
    answersEchoesToMany: false, // net.inet.icmp.bmcastecho
  },
  tracking: RFC_TRACKING, // pf has times of its own
  acceptsSourceRoutes: false, // net.inet.ip.accept_sourceroute
  promotesSecondaries: true, // in_control(): aliases stand alone
  tcp: {
    synOptions: ['mss', 'window-scale', 'sack-permitted', 'timestamps'], // tcp_addoptions()
    synPadding: 'alignment', // tcp_addoptions()
    timestamps: 1, // net.inet.tcp.rfc1323
    requestsTimestamps: true,
    timestampClock: { tick: ms(1), start: 0, offset: 'connection' }, // tcp_new_ts_offset()
    sack: true, // net.inet.tcp.sack.enable
    windowScaling: true, // net.inet.tcp.rfc1323
    longestSegment: 65_535,
    initialNumbers: { rule: 'hash', step: 954 }, // tcp_new_isn(): ISN_BYTES_PER_SECOND 1048576
    initialWindow: { rule: 'fixed', window: 65_535 }, // TCP_MAXWIN, min(sbspace, …)
    receiveTuning: undefined,
    receiveGrowth: { roundTrips: 1 / 2, eighths: 3, step: 'half' }, // tcp_autorcvbuf()
    receiveBuffer: { minimum: 1, default: 65_536, maximum: BUFFER_MOST }, // recvspace: scale 6
    overheadScale: 0,
    applicationWindow: 0,
    sendBuffer: { minimum: 1, default: 32_768, maximum: BUFFER_MOST }, // sendspace
    packetMemory: undefined,
    unsentMost: Number.POSITIVE_INFINITY,
    delayedAck: {
      minimum: ms(40), // net.inet.tcp.delacktime, TCPTV_DELACK
      maximum: ms(40),
      quickAcks: 0,
      staysBelowRto: false,
      quickAcksTellNews: false,
      interactiveAfter: 1,
      endsWhenRead: false,
      tick: 0,
    },
    lossRecovery: {
      readsSack: true,
      reduces: 'in-proportion', // net.inet.tcp.do_prr
      reordering: 3, // tcprexmtthresh
      reorderingMost: 3, // it is a constant
      frto: 0,
      earlyRetransmit: 0, // the base stack has no tail loss probe
      rackFlags: 1,
      timerAllowance: ms(2),
    },
    ecn: {
      mode: 2, // net.inet.tcp.ecn.enable
      ectAfterPlainSyn: true, // tcp_ecn_input_syn_sent()
      answerMayBeAccurate: false,
      offerRetries: 1, // net.inet.tcp.ecn.maxretries
      accurateOfferRetries: 1, // net.inet.tcp.ecn.maxretries
      // Of AccECN the "essential parts" only (sys/netinet/tcp_ecn.c).
      testsPath: false,
      option: 0,
      beacon: 0,
      optionAwaitsPeer: false,
      marksPerAck: Number.POSITIVE_INFINITY,
      marksPerAckOfAcks: Number.POSITIVE_INFINITY,
      marksEverything: false, // tcp_ecn_output_established()
    },
    congestion: {
      algorithm: 'cubic', // net.inet.tcp.cc.algorithm, since 14.0
      initialWindow: 10, // net.inet.tcp.initcwnd_segments
      initialOctets: 14_600, // tcp_compute_initwnd(): RFC 6928
      lostSynsMost: 1, // tcp_timer_rexmt()
      slowStartAfterIdle: true, // cc_after_idle()
      decaysUnfilled: true,
      finIgnoresWindow: true, // tcp_output(): the window bounds data
      cubic: LINUX_CUBIC, // as far as RFC 9438 is both's; FreeBSD's has no parameters
    },
    bursts: undefined, // TSO is there, but PSH is set by writes only
    backlog: undefined,
    sackCompression: undefined,
    duplicateSack: true, // RFC 2883
    retransmission: {
      initialRto: seconds(1), // net.inet.tcp.rexmit_initial, TCPTV_RTOBASE
      synAckRto: seconds(1), // syncache_timeout()
      minimumRto: ms(30), // net.inet.tcp.rexmit_min, TCPTV_MIN
      minimumVariance: 0,
      partsCount: true, // RFC 6298 (5.3)
      sacksRestart: false, // RFC 6298 (5.3)
      timesCrossingSyn: false, // not known
      deviation: 'smoothed', // RFC 6298 (2.3)
      slop: ms(200), // net.inet.tcp.rexmit_slop, TCPTV_CPU_VAR: TCPT_RANGESET()
      maximumRto: seconds(64), // TCPTV_REXMTMAX
      roundTripTick: 0,
      synRetries: 12, // TCP_MAXRXTSHIFT
      synLinearTimeouts: 0,
      synBacksOff: true,
      synPatience: seconds(75), // net.inet.tcp.keepinit
      synAckRetries: 3, // net.inet.tcp.syncache.rexmtlimit, SYNCACHE_MAXREXMTS
      retries1: 3, // RFC 1122 §4.2.3.5
      retries2: 12, // TCP_MAXRXTSHIFT
      retriesAreTime: false, // t_rxtshift
      orphanRetries: 12,
      thinLinearTimeouts: 0,
      mergesShortPackets: true, // segments are cut from the send buffer anew
      takesBackOffBack: false, // not there
    },
    listen: {
      abortOnOverflow: 0,
      synBacklog: 15_375, // syncache.cachelimit
      synCookies: 0, // its cookies are of another form
      opensBeyondBacklog: false,
      oldestGivesWay: true, // syncache_insert()
      reflectsTos: false,
    },
    // net.inet.tcp.pmtud_blackhole_detection = 0; net.inet.tcp.minmss
    mtuProbing: {
      mode: 0,
      baseMss: 1024,
      floor: 216,
      leastMss: 216,
      raisesPeerMss: true, // tcp_mss_update()
      threshold: 8,
      interval: seconds(600),
    },
    keepAlive: {
      idle: seconds(7200), // net.inet.tcp.keepidle
      interval: seconds(75), // net.inet.tcp.keepintvl
      probes: 8, // net.inet.tcp.keepcnt
      isAlways: true, // net.inet.tcp.always_keepalive
    },
    // its clients ask for it in another way
    fastOpen: { flags: 0, blackholeTimeout: 0, keys: [], shutdownWaits: false },
    peerMetrics: undefined, // its host cache (net.inet.tcp.hostcache) is not modelled
    challengeInterval: ms(500), // net.inet.tcp.ack_war_timewindow has 1 s and five ACKs
    challengeLimit: 0x7fff_ffff,
    challengesUnsentAck: true, // RFC 5961 §5.2
    boundsOldAcks: false, // RFC 5961 §5.2
    smallerWindow: 'ignored', // tcp_do_segment()
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
    checksRefusals: false, // tcp_do_segment()
    closesWindowWithoutMemory: false,
    closesWindowBelow: 0,
    shrinksWindow: false,
    urgentPointerToLast: 0,
    unscaledWindowMost: 65_535,
    keepsTimeWait: false,
    timeWait: seconds(60), // twice net.inet.tcp.msl, TCPTV_MSL
    finWait2: seconds(60), // net.inet.tcp.finwait2_timeout
    answersFinFirst: false, // tcp_input(): TF_ACKNOW, then tcp_output()
    abortWindow: 'current',
    resetAnswer: {
      dontFragment: true,
      reflectsTos: false,
      repeatsAck: false,
      alwaysAcks: false,
      window: 0,
    }, // tcp_respond()
    orphansMost: Number.POSITIVE_INFINITY,
    timeWaitRecords: undefined,
    minisockets: false,
    problems: NO_PROBLEMS,
  },
};
