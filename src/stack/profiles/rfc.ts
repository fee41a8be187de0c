/**
 * The plain standard: what the RFCs ask for, and nothing that only one system does. Where they
 * leave a range, the number they name; where they say nothing, the plainest there is.
 */
import { RFC_TRACKING } from '../middlebox/tracking-profile.ts';
import { LINUX_IPV6 } from '../ip/ipv6-profile.ts';
import { STRONG_ARP } from '../neighbor/arp-profile.ts';
import { LINUX_NEIGHBORS } from '../neighbor/neighbor-profile.ts';
import { LINUX_CUBIC } from '../tcp/congestion/cubic.ts';
import { SMALL_BLOCK } from '../interfaces/packet-buffers.ts';
import type { HostProfile } from '../profile.ts';
import { NO_PROBLEMS } from '../tcp/known-problems.ts';
import { minutes, ms, seconds, us } from '../time.ts';

const BUFFER = 65_535; // the largest window without scaling, RFC 9293 §3.1

export const rfc: HostProfile = {
  name: 'rfc',
  timers: { tick: 0, wheel: false },
  ttl: 64, // RFC 1700, the recommended default
  // RFC 6864 §4.1: any, where nobody cuts or puts together
  identification: { ofSockets: false, rule: 'random', zeroIfWhole: true },
  ephemeralPorts: [49152, 65535], // RFC 6335 §6, the dynamic ports
  firstUnprivilegedPort: 0, // RFC 6335 §6 knows no users
  portChoice: { streams: 'random', datagrams: 'random' }, // RFC 6056 §3.3.1
  reservedPorts: [],
  // IPV6_V6ONLY is off by default (RFC 3493 §5.3).
  sockets: {
    receiveBuffer: BUFFER,
    sendBuffer: BUFFER,
    backlogMaximum: 128,
    tellsSoftErrors: true, // RFC 1122 §4.1.3.3
    membershipsMost: 20, // as Linux has it
    isV6Only: false,
    bindsFreely: false,
    sharesEphemeralPorts: false,
  },
  socketMemory: {
    factor: 1, // a buffer of so many octets holds so many
    receiveLeast: 1,
    sendLeast: 1,
    receiveMost: 0x3fff_ffff, // RFC 7323 §2.3: 2^30 − 1
    sendMost: 0x3fff_ffff,
    smallBlock: SMALL_BLOCK,
  },
  neighbors: { ipv4: LINUX_NEIGHBORS, ipv6: LINUX_NEIGHBORS },
  arp: STRONG_ARP,
  ipv6: LINUX_IPV6,
  reassembly: {
    // RFC 1122 §3.3.2: 60 to 120 s; RFC 8200 §4.5: 60 s. Both leave the memory to the host.
    ipv4: { timeout: seconds(60), memory: 4_194_304, distance: 0 },
    ipv6: { timeout: seconds(60), memory: 4_194_304, distance: 0 },
  },
  // RFC 1191 §6.3 and §3; RFC 8085 §3.2 for datagrams
  pathMtu: {
    lifetime: seconds(600),
    least: 68,
    isOff: 0,
    ofDatagrams: true,
    leastAnnouncedMss: 0,
  },
  // RFC 1812 §5.2.7.2: a router must be able to send them; RFC 3704 is for networks at the edge
  redirects: { areHeeded: true, sharesMedia: false, onlyToGateways: false },
  redirectLifetimes: { ipv4: seconds(300), ipv6: seconds(60) }, // RFC 1122 §3.3.1.3 leaves it open
  forwarding: {
    isOn: false,
    sendsRedirects: true,
    reversePathFilter: 0,
    acceptsOwnSource: false,
  },
  // RFC 1812 §4.3.2.8 leaves the numbers open: ten a second to each, as its example for one
  icmp: {
    intervalOfIpv6: ms(100),
    interval: ms(100),
    limitedTypes: 0x1838, // all errors: 3, 4, 5, 11 and 12
    perSecond: 1000,
    burst: 1000,
    refusalCost: 0,
    refusalBurst: 0,
    quoted: Number.POSITIVE_INFINITY, // RFC 1812 §4.3.2.3
    quotesTcpHeader: false,
    errorsAreControl: true, // RFC 1812 §4.3.2.5
    answersEchoes: true, // RFC 1122 §3.2.2.6
    answersEchoesToMany: false, // RFC 1122 §3.2.2.6 leaves it open
  },
  tracking: RFC_TRACKING,
  acceptsSourceRoutes: true, // RFC 9293 §3.9.2.1
  promotesSecondaries: true, // no RFC makes one address hang on another
  tcp: {
    // The first two as RFC 7323, appendix A, lays them out.
    synOptions: ['mss', 'window-scale', 'sack-permitted', 'timestamps'],
    synPadding: 'words', // RFC 7323, appendix A
    timestamps: 1, // RFC 7323 §3
    requestsTimestamps: true,
    // RFC 7323 §5.4: 1 ms to 1 s; its offset
    timestampClock: { tick: ms(1), start: 0, offset: 'connection' },
    sack: true, // RFC 2018
    windowScaling: true, // RFC 7323 §2
    longestSegment: 65_535,
    initialNumbers: { rule: 'hash', step: us(4) }, // RFC 9293 §3.4.1, RFC 6528 §3
    initialWindow: { rule: 'fixed', window: BUFFER },
    receiveTuning: undefined,
    receiveGrowth: undefined,
    receiveBuffer: { minimum: 1, default: BUFFER, maximum: 1_048_576 },
    overheadScale: 0,
    applicationWindow: 0,
    sendBuffer: { minimum: 1, default: BUFFER, maximum: 1_048_576 },
    packetMemory: undefined,
    unsentMost: Number.POSITIVE_INFINITY,
    delayedAck: {
      minimum: ms(200), // RFC 9293 §3.8.6.3, MUST-40: below 500 ms
      maximum: ms(200),
      quickAcks: 0,
      staysBelowRto: false,
      quickAcksTellNews: false,
      interactiveAfter: 1,
      endsWhenRead: false,
      tick: 0,
    },
    lossRecovery: {
      readsSack: true,
      reduces: 'at-once', // RFC 5681 §3.2, RFC 6675 §5
      reordering: 3, // DupThresh, RFC 6675 §2
      reorderingMost: 300, // RFC 4653 lets it grow as far as the flight; as Linux has it
      frto: 1, // RFC 5682
      earlyRetransmit: 3, // the tail loss probe of RFC 8985 §7
      rackFlags: 1,
      timerAllowance: ms(2), // as Linux has it
    },
    // RFC 3168 §6.1.1 leaves it open who offers.
    ecn: {
      mode: 2,
      ectAfterPlainSyn: false, // RFC 3168 §6.1.1
      answerMayBeAccurate: false,
      offerRetries: 0,
      accurateOfferRetries: 1, // RFC 9768 §3.1.4.1
      testsPath: true, // §3.2.2.3
      option: 2, // §3.2.3.3
      beacon: 0, // the simple scheme of §3.2.3.3 needs none
      optionAwaitsPeer: false, // §3.2.3.2.3
      marksPerAck: 2, // §3.2.2.5.1
      marksPerAckOfAcks: 3, // §3.2.2.5.1
      marksEverything: false, // RFC 3168 §6.1.4, §6.1.5
    },
    congestion: {
      algorithm: 'reno', // RFC 5681
      initialWindow: 4, // RFC 5681 §3.1, for segments of up to 1,095 octets
      initialOctets: 4380, // RFC 3390 §1: three segments of up to 1,460, else two
      lostSynsMost: 1, // RFC 5681 §3.1
      slowStartAfterIdle: true, // RFC 5681 §4.1
      decaysUnfilled: true,
      finIgnoresWindow: true, // RFC 5681 §2: the window bounds data
      cubic: LINUX_CUBIC, // RFC 9438's numbers, where it is chosen
    },
    bursts: undefined,
    backlog: undefined,
    sackCompression: undefined,
    duplicateSack: true, // RFC 2883
    retransmission: {
      initialRto: seconds(1), // RFC 6298 (2.1)
      synAckRto: seconds(1),
      minimumRto: seconds(1), // RFC 6298 (2.4)
      minimumVariance: ms(1), // RFC 6298 (2.2): G, the clock of TSval (RFC 7323 §5.4)
      partsCount: true, // RFC 6298 (5.3)
      sacksRestart: false, // RFC 6298 (5.3)
      timesCrossingSyn: false, // RFC 6298 §3: Karn
      deviation: 'smoothed', // RFC 6298 (2.3)
      slop: 0,
      maximumRto: seconds(60), // RFC 6298 (2.5)
      roundTripTick: 0,
      synRetries: 7, // 183 s: RFC 9293 §3.8.3, MUST-23, at least 3 minutes
      synLinearTimeouts: 0,
      synBacksOff: true,
      synPatience: Number.POSITIVE_INFINITY,
      synAckRetries: 7,
      retries1: 3, // RFC 9293 §3.8.3, SHLD-10
      retries2: 7, // 183 s: RFC 9293 §3.8.3, SHLD-11, at least 100 s
      retriesAreTime: false,
      orphanRetries: 7,
      thinLinearTimeouts: 0,
      mergesShortPackets: true, // RFC 9293 §3.8.1 allows it
      takesBackOffBack: false, // RFC 6069 is an experiment
    },
    // RFC 4987 §3
    listen: {
      abortOnOverflow: 0,
      synBacklog: 4096,
      synCookies: 0,
      opensBeyondBacklog: false,
      oldestGivesWay: false,
      reflectsTos: false,
    },
    // RFC 4821 §7.2 and §7.6.2 for the search; it is not begun, ICMP serves
    mtuProbing: {
      mode: 0,
      baseMss: 1024,
      floor: 48,
      leastMss: 28, // packets of 68 octets: RFC 791 §3.2
      raisesPeerMss: false,
      threshold: 8,
      interval: seconds(600),
    },
    // RFC 9293 §3.8.4, MUST-28; MUST-29: one alone proves nothing
    keepAlive: { idle: seconds(7200), interval: seconds(75), probes: 9, isAlways: false },
    // RFC 7413, for programs that ask
    fastOpen: { flags: 3, blackholeTimeout: 0, keys: [], shutdownWaits: false },
    peerMetrics: undefined,
    challengeInterval: ms(500), // RFC 5961 §7: ten in 5 s
    challengeLimit: 0x7fff_ffff,
    challengesUnsentAck: true, // RFC 5961 §5.2
    boundsOldAcks: false, // RFC 5961 §5.2
    smallerWindow: 'taken', // RFC 9293 §3.10.7.4
    staysInWindow: false, // RFC 9293 §3.10.7.4
    hearsErrorsAboutNext: false, // RFC 5927 §4.1
    hardErrorsAbort: true, // RFC 9293 §3.9.2.2, SHLD-26
    finNeedsRoom: false,
    resetWhileOpening: 'ECONNREFUSED', // §3.10.7.4 second
    softErrorsEndOpening: { retransmissions: Number.POSITIVE_INFINITY, twice: false }, // MUST-56
    connectLasts: 0,
    timestampTolerance: 0,
    takesBeyondWindow: false,
    readsLateSegments: false,
    checksRefusals: true, // RFC 9293 §3.10.7.3, second
    closesWindowWithoutMemory: false,
    closesWindowBelow: 0,
    shrinksWindow: false,
    urgentPointerToLast: 0,
    unscaledWindowMost: 65_535, // MUST-1: the window is unsigned
    keepsTimeWait: false,
    timeWait: minutes(4), // RFC 9293 §3.4.2: twice an MSL of 2 minutes
    finWait2: minutes(4), // nothing in RFC 9293 ends FIN-WAIT-2; here as long as TIME-WAIT
    answersFinFirst: false, // RFC 9293 §3.8.6.3: what is sent acknowledges
    abortWindow: 'current',
    resetAnswer: {
      dontFragment: true,
      reflectsTos: false,
      repeatsAck: false,
      alwaysAcks: false,
      window: 0,
    }, // §3.5.2
    orphansMost: Number.POSITIVE_INFINITY,
    timeWaitRecords: undefined,
    minisockets: false,
    problems: NO_PROBLEMS,
  },
};
