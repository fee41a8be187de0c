/**
 * Windows 7: no timestamps unless asked for, a SYN window of 8,192 octets, a receive window of
 * 64 KiB from the first acknowledgment on (as captures show it), TTL 128.
 *
 * The names are those of the registry and of netsh(1) in Microsoft's documents; `nmap` and `p0f`
 * are the fingerprints of their databases (nmap-os-db 7.93, p0f.fp 3.09b). What nothing is known of
 * is as in another profile, which is said.
 */
import { RFC_TRACKING } from '../middlebox/tracking-profile.ts';
import { LINUX_IPV6 } from '../ip/ipv6-profile.ts';
import { STRONG_ARP } from '../neighbor/arp-profile.ts';
import { LINUX_NEIGHBORS } from '../neighbor/neighbor-profile.ts';
import { SMALL_BLOCK } from '../interfaces/packet-buffers.ts';
import type { HostProfile } from '../profile.ts';
import { NO_PROBLEMS } from '../tcp/known-problems.ts';
import { ms, seconds, us } from '../time.ts';
import { linux6 } from './linux-6.ts';

/** The largest buffer for which a window scale of 8 is offered, as captures show it. */
const SCALE_8 = 0xff_ffff;

export const windows7: HostProfile = {
  name: 'windows-7',
  timers: { tick: 0, wheel: false },
  ttl: 128, // DefaultTTL; nmap T=80
  // nmap TI=I, II=I, SS=S: TCP and ICMP count on together
  identification: { ofSockets: false, rule: 'host', zeroIfWhole: false },
  ephemeralPorts: [49152, 65535], // the IANA range, since Vista
  firstUnprivilegedPort: 0, // no port is an administrator's
  // As captures show; DNS clients ask for random ones (MS08-037).
  portChoice: { streams: 'sequential', datagrams: 'sequential' },
  reservedPorts: [],
  // recvfrom() tells even that a TTL has run out (WSAENETRESET).
  sockets: { ...linux6.sockets, tellsSoftErrors: true },
  socketMemory: {
    factor: 1, // Winsock counts payload only
    receiveLeast: 1,
    sendLeast: 1,
    receiveMost: SCALE_8,
    sendMost: 0x7fff_ffff,
    smallBlock: SMALL_BLOCK,
  },
  neighbors: { ipv4: LINUX_NEIGHBORS, ipv6: LINUX_NEIGHBORS },
  arp: STRONG_ARP,
  ipv6: { ...LINUX_IPV6, hopLimit: 128 }, // netsh interface ipv6: Default Hop Limit
  reassembly: {
    ipv4: { ...linux6.reassembly.ipv4, timeout: seconds(60), distance: 0 }, // RFC 1122 §3.3.2
    ipv6: linux6.reassembly.ipv6,
  },
  pathMtu: { ...linux6.pathMtu, least: 576, ofDatagrams: false }, // EnablePMTUDiscovery = 1
  // IPEnableRouter = 0
  forwarding: {
    isOn: false,
    sendsRedirects: true,
    reversePathFilter: 0,
    acceptsOwnSource: false,
  },
  // EnableICMPRedirect = 1; such routes last for ten minutes
  redirects: { areHeeded: true, sharesMedia: false, onlyToGateways: false },
  redirectLifetimes: { ipv4: seconds(600), ipv6: seconds(60) },
  icmp: {
    ...linux6.icmp,
    interval: 0, // no bound is documented
    intervalOfIpv6: 0,
    refusalCost: 0,
    limitedTypes: 0,
    errorsAreControl: false, // unknown, as in FreeBSD; nmap IPL=164: all of a packet is quoted
  },
  tracking: RFC_TRACKING,
  acceptsSourceRoutes: true, // DisableIPSourceRouting = 1: none is forwarded
  promotesSecondaries: true, // addresses of an interface are a list
  tcp: {
    // p0f's signatures of a SYN-ACK: mss,nop,ws,sok,ts; without timestamps mss,nop,ws,nop,nop,sok
    synOptions: ['mss', 'window-scale', 'sack-permitted', 'timestamps'],
    synPadding: 'shared-words',
    timestamps: 1, // Tcp1323Opts: for those who ask
    requestsTimestamps: false,
    timestampClock: { tick: ms(10), start: 0, offset: 'none' }, // nmap TS=7: 100 Hz, from boot
    sack: true,
    windowScaling: true,
    longestSegment: 65_535,
    initialNumbers: { rule: 'hash', step: us(4) }, // unknown: RFC 9293 §3.4.1, RFC 6528
    initialWindow: { rule: 'fixed', window: 8192 }, // nmap W1=2000; p0f 8192
    receiveTuning: undefined,
    // Receive Window Auto-Tuning Level: normal; how it grows is unknown, as in macOS
    receiveGrowth: { roundTrips: 1, eighths: 4, step: 'twice-arrived' },
    receiveBuffer: { minimum: 1, default: 65_536, maximum: SCALE_8 },
    overheadScale: 0,
    applicationWindow: 0,
    sendBuffer: { minimum: 1, default: 65_536, maximum: 65_536 },
    packetMemory: undefined,
    unsentMost: Number.POSITIVE_INFINITY,
    delayedAck: {
      minimum: ms(200), // TcpDelAckTicks = 2
      maximum: ms(200),
      quickAcks: 0,
      staysBelowRto: false,
      quickAcksTellNews: false,
      interactiveAfter: 1,
      endsWhenRead: false,
      tick: 0,
    },
    backlog: undefined,
    sackCompression: undefined,
    duplicateSack: true,
    retransmission: {
      ...linux6.tcp.retransmission,
      initialRto: seconds(3), // InitialRto
      synAckRto: seconds(3),
      minimumRto: ms(300), // MinRto
      minimumVariance: 0,
      partsCount: true, // RFC 6298 (5.3)
      sacksRestart: false, // RFC 6298 (5.3)
      timesCrossingSyn: false, // not known
      deviation: 'smoothed', // RFC 6298 (2.3)
      slop: 0,
      synRetries: 2, // MaxSynRetransmissions
      synLinearTimeouts: 0,
      synBacksOff: true,
      synPatience: seconds(21), // 3 + 6 + 12 s
      synAckRetries: 2,
      takesBackOffBack: false,
    },
    listen: linux6.tcp.listen, // SYN attack protection is always on since Vista
    mtuProbing: { ...linux6.tcp.mtuProbing, raisesPeerMss: false }, // EnablePMTUBHDetect = 0
    // KeepAliveTime, KeepAliveInterval; ten probes since Vista
    keepAlive: { idle: seconds(7200), interval: seconds(1), probes: 10, isAlways: false },
    lossRecovery: {
      readsSack: true,
      reduces: 'at-once', // NewReno (RFC 6582), as Microsoft says
      reordering: 3,
      reorderingMost: 300,
      frto: 0,
      earlyRetransmit: 0,
      rackFlags: 1,
      timerAllowance: ms(2),
    },
    // Compound TCP's loss window is Reno's; two segments at first (KB 2472264).
    congestion: {
      algorithm: 'reno',
      initialWindow: 2,
      initialOctets: Number.POSITIVE_INFINITY,
      lostSynsMost: Number.POSITIVE_INFINITY, // not known
      slowStartAfterIdle: true,
      decaysUnfilled: true,
      finIgnoresWindow: true, // not known
      cubic: linux6.tcp.congestion.cubic, // not there before Windows 10
    },
    ecn: { ...linux6.tcp.ecn, mode: 0, option: 0 }, // ECN Capability: disabled
    bursts: undefined,
    // none before Windows 10
    fastOpen: { flags: 0, blackholeTimeout: 0, keys: [], shutdownWaits: false },
    peerMetrics: undefined,
    challengeInterval: ms(500), // ten in 5 s, as RFC 5961 §7 suggests
    challengeLimit: 0x7fff_ffff,
    challengesUnsentAck: true,
    boundsOldAcks: false, // RFC 5961 §5.2
    smallerWindow: 'taken', // RFC 9293 §3.10.7.4
    staysInWindow: false, // RFC 9293 §3.10.7.4
    hearsErrorsAboutNext: false, // RFC 5927 §4.1
    hardErrorsAbort: false, // RFC 5927 §5.2
    // As MUST-56 has it: nothing else is known.
    finNeedsRoom: false,
    resetWhileOpening: 'ECONNREFUSED', // not known
    softErrorsEndOpening: { retransmissions: Number.POSITIVE_INFINITY, twice: false },
    connectLasts: 0,
    timestampTolerance: 0,
    takesBeyondWindow: false,
    readsLateSegments: false,
    checksRefusals: false, // a forged one was not seen
    closesWindowWithoutMemory: false,
    closesWindowBelow: 0,
    shrinksWindow: false,
    urgentPointerToLast: 0,
    unscaledWindowMost: 65_535,
    keepsTimeWait: false,
    timeWait: seconds(120), // TcpTimedWaitDelay
    finWait2: seconds(120), // TcpFinWait2Delay
    answersFinFirst: false, // not known
    abortWindow: 'zero',
    // nmap T4 to T6: DF=Y, W=0, and of a RST without ACK A=O; of its ToS nothing is known
    resetAnswer: {
      dontFragment: true,
      reflectsTos: false,
      repeatsAck: true,
      alwaysAcks: false,
      window: 0,
    },
    orphansMost: Number.POSITIVE_INFINITY,
    timeWaitRecords: undefined,
    minisockets: false,
    problems: NO_PROBLEMS,
  },
};
