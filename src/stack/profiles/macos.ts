/**
 * macOS 15: XNU 11417, whose TCP comes from FreeBSD's. Sysctls are those below `net.inet`,
 * constants and functions those of `bsd/netinet`. What is not named here is as in FreeBSD.
 */
import type { HostProfile } from '../profile.ts';
import { ms, seconds } from '../time.ts';
import { freebsd } from './freebsd.ts';

const { tcp, icmp, sockets, redirects } = freebsd;

/**
 * tcp_autorcvbuf_max and tcp_autosndbuf_max with more than 4 GB of memory, less one: XNU finds the
 * scale 6 for 4 MiB, as captures show it (tcp_set_max_rwinscale()).
 */
const BUFFER_MOST = 4_194_303;

export const macos: HostProfile = {
  ...freebsd,
  name: 'macos',
  // ip_output(): ip.rfc6864 = 1, and ip_randomid(); nmap TI=Z, CI=RD
  identification: { ofSockets: false, rule: 'random', zeroIfWhole: true },
  ephemeralPorts: [49_152, 65_535], // ip.portrange.first and last
  // tcp.randomize_ports = 0, udp.randomize_ports = 1
  portChoice: { streams: 'sequential', datagrams: 'random' },
  sockets: {
    ...sockets,
    receiveBuffer: 786_896, // udp.recvspace
    isV6Only: false, // inet6.ip6.v6only
  },
  socketMemory: {
    ...freebsd.socketMemory,
    receiveMost: BUFFER_MOST,
    sendMost: BUFFER_MOST,
  },
  redirects: { ...redirects, areHeeded: false }, // icmp.drop_redirect = 1
  // badport_bandlim() is not there; icmp_datalen; nmap IPL=38
  icmp: { ...icmp, limitedTypes: 0, quoted: 8 },
  tcp: {
    ...tcp,
    // tcp_output(): SACK goes last, where ten octets may be all that is left
    synOptions: ['mss', 'window-scale', 'timestamps', 'sack-permitted'],
    timestampClock: { tick: ms(1), start: 0, offset: 'connection' }, // t_ts_offset: by MD5
    initialNumbers: { rule: 'hash', step: 128 }, // tcp_new_isn(): a 128 ns clock
    // Captures show 2058 · 2⁶ octets in the first ACK, though tcp.recvspace is 1448 · 384 here.
    receiveBuffer: { minimum: 1, default: 131_712, maximum: BUFFER_MOST },
    // tcp_sbrcv_grow(): more than half of the buffer in a round trip
    receiveGrowth: { roundTrips: 1, eighths: 4, step: 'twice-arrived' },
    sendBuffer: { minimum: 1, default: 370_688, maximum: BUFFER_MOST }, // tcp.sendspace: 1448 · 256
    delayedAck: { ...tcp.delayedAck, minimum: ms(100), maximum: ms(100) }, // tcp_delack
    lossRecovery: {
      ...tcp.lossRecovery,
      earlyRetransmit: 3, // tcp.enable_tlp
    },
    ecn: {
      ...tcp.ecn,
      mode: 1, // tcp.ecn_initiate_out = 2: but on cellular networks
      offerRetries: 0, // tcp_send_ecn_flags_on_syn()
      accurateOfferRetries: 0,
    },
    retransmission: {
      ...tcp.retransmission,
      minimumRto: ms(300), // tcp.rtt_min, and tcp.rexmt_slop on top of it
      minimumVariance: ms(200), // tcp.rexmt_slop, which is added in any case
      slop: 0, // TCP_ADD_REXMTSLOP(): not to SYNs
      synRetries: 12, // TCP_MAXRXTSHIFT
      synLinearTimeouts: 4, // tcp_syn_backoff[]: 1, 1, 1, 1, 1, 2, 4 …
      synPatience: seconds(75), // TCPTV_KEEP_INIT
      synAckRetries: 12, // there is no SYN cache; TCPTV_KEEP_INIT is over before
    },
    keepAlive: {
      idle: seconds(7200), // tcp.keepidle
      interval: seconds(75), // tcp.keepintvl
      probes: 8, // tcp.keepcnt
      isAlways: false, // tcp.always_keepalive
    },
    resetAnswer: {
      ...tcp.resetAnswer,
      dontFragment: 'repeated', // tcp_respond(); nmap T4 DF=Y, T5 DF=N
      reflectsTos: true, // the packet that came is turned around
      repeatsAck: false, // nmap T4 A=Z
    },
    hardErrorsAbort: false, // icmp_may_rst: in SYN-SENT alone
    timeWait: seconds(30), // twice tcp.msl, TCPTV_MSL
    finWait2: seconds(60), // TCPTV_FINWAIT2
  },
};
