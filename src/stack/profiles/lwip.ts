/**
 * lwIP 2.2 with the defaults of its `opt.h`, which suit a microcontroller with a few kilobytes:
 * segments of 536 octets, a window of four of them, two in the send buffer; no window scale, no
 * timestamps, no SACK. Real devices often set TCP_MSS to 1460. Its timers tick twice a second
 * (`tcp_slowtmr()`), that of delayed acknowledgments four times (`tcp_fasttmr()`).
 */
import type { HostProfile } from '../profile.ts';
import { ms, seconds } from '../time.ts';
import { rfc } from './rfc.ts';

const FAST_TICK = ms(250); // TCP_FAST_INTERVAL
const SLOW_TICK = ms(500); // TCP_SLOW_INTERVAL

const SEGMENT = 536; // TCP_MSS
const WINDOW = 4 * SEGMENT; // TCP_WND
const SEND_BUFFER = 2 * SEGMENT; // TCP_SND_BUF

const { tcp, reassembly } = rfc;

export const lwip: HostProfile = {
  ...rfc,
  name: 'lwip',
  timers: { tick: SLOW_TICK, wheel: false },
  ttl: 255, // IP_DEFAULT_TTL
  ipv6: { ...rfc.ipv6, hopLimit: 255 }, // TCP_TTL, of both families
  identification: { ofSockets: false, rule: 'host', zeroIfWhole: false }, // ip_id
  ephemeralPorts: [49_152, 65_534], // TCP_LOCAL_PORT_RANGE_START and _END, which is left out
  firstUnprivilegedPort: 0, // there are no users
  portChoice: { streams: 'sequential', datagrams: 'sequential' }, // tcp_, udp_new_port()
  socketMemory: { ...rfc.socketMemory, receiveMost: WINDOW, sendMost: SEND_BUFFER },
  sockets: {
    ...rfc.sockets,
    backlogMaximum: 255, // TCP_DEFAULT_LISTEN_BACKLOG
    tellsSoftErrors: false, // icmp_input() does not look at errors
  },
  neighbors: {
    // ARP_MAXAGE; ARP_MAXPENDING, once a second (ARP_TMR_INTERVAL)
    ipv4: {
      ...rfc.neighbors.ipv4,
      reachableTime: seconds(300),
      retransmit: seconds(1),
      multicastSolicitations: 5,
    },
    ipv6: rfc.neighbors.ipv6, // LWIP_ND6_*: RFC 4861 §10
  },
  reassembly: {
    ipv4: { ...reassembly.ipv4, timeout: seconds(15) }, // IP_REASS_MAXAGE
    ipv6: reassembly.ipv6, // IPV6_REASS_MAXAGE
  },
  pathMtu: { ...rfc.pathMtu, isOff: 1, ofDatagrams: false }, // ip4_output_if(): no DF
  redirects: { ...rfc.redirects, areHeeded: false }, // icmp_input() does not know them
  icmp: {
    ...rfc.icmp,
    interval: 0, // without bound
    intervalOfIpv6: 0,
    limitedTypes: 0,
    quoted: 8, // ICMP_DEST_UNREACH_DATASIZE
    errorsAreControl: false, // icmp_send_response()
    answersEchoesToMany: false, // LWIP_BROADCAST_PING, LWIP_MULTICAST_PING
  },
  acceptsSourceRoutes: false, // ip4_input() skips options
  tcp: {
    ...tcp,
    synOptions: ['mss'], // LWIP_WND_SCALE, LWIP_TCP_SACK_OUT, LWIP_TCP_TIMESTAMPS: 0
    timestamps: 0,
    sack: false,
    windowScaling: false,
    longestSegment: SEGMENT,
    // tcp_next_iss(): a counter that grows by tcp_ticks with each connection
    initialNumbers: { rule: 'counter', first: 6510, tick: SLOW_TICK },
    initialWindow: { rule: 'fixed', window: WINDOW },
    receiveBuffer: { minimum: 1, default: WINDOW, maximum: WINDOW },
    sendBuffer: { minimum: 1, default: SEND_BUFFER, maximum: SEND_BUFFER },
    // The next fast tick: at once, or a quarter of a second later.
    delayedAck: { ...tcp.delayedAck, minimum: FAST_TICK, maximum: FAST_TICK, tick: FAST_TICK },
    lossRecovery: { ...tcp.lossRecovery, frto: 0, earlyRetransmit: 0 },
    congestion: {
      ...tcp.congestion,
      algorithm: 'reno',
      initialWindow: 4, // LWIP_TCP_CALC_INITIAL_CWND(), RFC 3390
      initialOctets: 4380,
      lostSynsMost: Number.POSITIVE_INFINITY, // not known
      slowStartAfterIdle: false,
      decaysUnfilled: true,
    },
    ecn: { ...tcp.ecn, mode: 0, option: 0 }, // not there
    duplicateSack: false,
    retransmission: {
      ...tcp.retransmission,
      initialRto: seconds(3), // LWIP_TCP_RTO_TIME
      synAckRto: seconds(3),
      minimumRto: 0,
      minimumVariance: 0,
      maximumRto: 0x7fff * SLOW_TICK, // tcp_slowtmr()
      roundTripTick: SLOW_TICK,
      synRetries: 6, // TCP_SYNMAXRTX
      synBacksOff: false, // tcp_slowtmr(): not in SYN_SENT
      synAckRetries: 2, // as many as fit into TCP_SYN_RCVD_TIMEOUT, 20 s
      retries2: 12, // TCP_MAXRTX
      orphanRetries: 12,
      mergesShortPackets: false, // segments are made by tcp_write()
    },
    listen: {
      ...tcp.listen,
      synBacklog: 5, // MEMP_NUM_TCP_PCB: there is memory for so many connections in all
    },
    keepAlive: {
      idle: seconds(7200), // TCP_KEEPIDLE_DEFAULT
      interval: seconds(75), // TCP_KEEPINTVL_DEFAULT
      probes: 9, // TCP_KEEPCNT_DEFAULT
      isAlways: false,
    },
    fastOpen: { ...tcp.fastOpen, flags: 0 }, // not there
    challengeInterval: 0, // tcp_process(): without bound
    smallerWindow: 'ignored', // tcp_receive()
    hardErrorsAbort: false, // icmp_input() does not look at errors
    keepsTimeWait: true, // tcp_timewait_input(): RFC 1337
    timeWait: seconds(120) + SLOW_TICK, // tcp_slowtmr(): more than 2 × TCP_MSL
    finWait2: seconds(20) + SLOW_TICK, // tcp_slowtmr(): more than TCP_FIN_WAIT_TIMEOUT
    // tcp_rst_common()
    resetAnswer: {
      dontFragment: false,
      reflectsTos: false,
      repeatsAck: false,
      alwaysAcks: true,
      window: WINDOW,
    },
  },
};
