/**
 * FreeBSD's sysctls by its names (tcp(4), ip(4)). Those whose mechanism the stack has set the same
 * fields of the settings as Linux's do; the others are kept and can be read back.
 */
import { FAST_OPEN_FLAG } from '../tcp/fast-open/state.ts';
import {
  type CongestionAlgorithm,
  isCongestionAlgorithm,
} from '../tcp/congestion/congestion-profile.ts';
import { ms, seconds } from '../time.ts';
import {
  INT_MAXIMUM,
  INT_MINIMUM,
  keptNumber,
  keptText,
  numberField,
  type Sysctl,
  text,
} from './sysctl.ts';

// prettier-ignore
const WITH_EFFECT: readonly Sysctl[] = [
  // RFC 7323: 1 for both options, 2 for window scaling only, 3 for timestamps only.
  numberField('net.inet.tcp.rfc1323', 0, 3,
    ({ tcp }) => rfc1323(tcp.windowScaling, tcp.timestamps !== 0),
    ({ tcp }, value) => {
      tcp.windowScaling = value === 1 || value === 2;
      tcp.timestamps = value === 1 || value === 3 ? 1 : 0;
    }),
  numberField('net.inet.tcp.sack.enable', 0, 1,
    (s) => (s.tcp.sack ? 1 : 0), (s, value) => { s.tcp.sack = value !== 0; }),
  // 4 accepts AccECN and offers nothing, as Linux's 5.
  numberField('net.inet.tcp.ecn.enable', 0, 4,
    (s) => Math.min(s.tcp.ecn.mode, 4),
    (s, value) => { s.tcp.ecn.mode = value === 4 ? 5 : value; }),
  numberField('net.inet.tcp.ecn.maxretries', 0, INT_MAXIMUM,
    (s) => s.tcp.ecn.offerRetries, (s, value) => { s.tcp.ecn.offerRetries = value; }),
  numberField('net.inet.tcp.recvspace', 0, INT_MAXIMUM,
    (s) => s.tcp.receiveBuffer.default, (s, value) => { s.tcp.receiveBuffer.default = value; }),
  numberField('net.inet.tcp.recvbuf_max', 0, INT_MAXIMUM,
    (s) => s.tcp.receiveBuffer.maximum, (s, value) => { s.tcp.receiveBuffer.maximum = value; }),
  numberField('net.inet.tcp.sendspace', 0, INT_MAXIMUM,
    (s) => s.tcp.sendBuffer.default, (s, value) => { s.tcp.sendBuffer.default = value; }),
  numberField('net.inet.tcp.sendbuf_max', 0, INT_MAXIMUM,
    (s) => s.tcp.sendBuffer.maximum, (s, value) => { s.tcp.sendBuffer.maximum = value; }),
  numberField('net.inet.tcp.delacktime', 1, INT_MAXIMUM,
    (s) => s.tcp.delayedAck.minimum / ms(1),
    (s, value) => { s.tcp.delayedAck.minimum = s.tcp.delayedAck.maximum = ms(value); }),
  numberField('net.inet.tcp.msl', 1, INT_MAXIMUM,
    (s) => s.tcp.timeWait / ms(2), (s, value) => { s.tcp.timeWait = ms(2 * value); }),
  numberField('net.inet.tcp.finwait2_timeout', 0, INT_MAXIMUM,
    (s) => s.tcp.finWait2 / ms(1), (s, value) => { s.tcp.finWait2 = ms(value); }),
  numberField('net.inet.tcp.rexmit_initial', 1, INT_MAXIMUM,
    (s) => s.tcp.retransmission.initialRto / ms(1),
    (s, value) => {
      s.tcp.retransmission.initialRto = ms(value);
      s.tcp.retransmission.synAckRto = ms(value);
    }),
  numberField('net.inet.tcp.rexmit_min', 1, INT_MAXIMUM,
    (s) => s.tcp.retransmission.minimumRto / ms(1),
    (s, value) => { s.tcp.retransmission.minimumRto = ms(value); }),
  numberField('net.inet.tcp.rexmit_slop', 0, INT_MAXIMUM,
    (s) => s.tcp.retransmission.slop / ms(1),
    (s, value) => { s.tcp.retransmission.slop = ms(value); }),
  numberField('net.inet.tcp.syncache.rexmtlimit', 0, 12, // TCP_MAXRXTSHIFT
    (s) => s.tcp.retransmission.synAckRetries,
    (s, value) => { s.tcp.retransmission.synAckRetries = value; }),
  numberField('net.inet.tcp.keepidle', 1, INT_MAXIMUM,
    (s) => s.tcp.keepAlive.idle / ms(1), (s, value) => { s.tcp.keepAlive.idle = ms(value); }),
  numberField('net.inet.tcp.keepintvl', 1, INT_MAXIMUM,
    (s) => s.tcp.keepAlive.interval / ms(1),
    (s, value) => { s.tcp.keepAlive.interval = ms(value); }),
  numberField('net.inet.tcp.keepcnt', 1, INT_MAXIMUM,
    (s) => s.tcp.keepAlive.probes, (s, value) => { s.tcp.keepAlive.probes = value; }),
  numberField('net.inet.tcp.always_keepalive', 0, 1,
    (s) => (s.tcp.keepAlive.isAlways ? 1 : 0),
    (s, value) => { s.tcp.keepAlive.isAlways = value !== 0; }),
  numberField('net.inet.tcp.initcwnd_segments', 1, INT_MAXIMUM,
    (s) => s.tcp.congestion.initialWindow,
    (s, value) => { s.tcp.congestion.initialWindow = value; }),
  numberField('net.inet.tcp.minmss', 1, INT_MAXIMUM,
    (s) => s.tcp.mtuProbing.leastMss, (s, value) => { s.tcp.mtuProbing.leastMss = value; }),
  numberField('net.inet.tcp.path_mtu_discovery', 0, 1,
    (s) => (s.pathMtu.isOff === 0 ? 1 : 0),
    (s, value) => { s.pathMtu.isOff = value === 0 ? 1 : 0; }),
  numberField('net.inet.tcp.ts_offset_per_conn', 0, 1,
    (s) => (s.tcp.timestamps === WITHOUT_OFFSET ? 0 : 1),
    (s, value) => { s.tcp.timestamps = timestampsAfter(s.tcp.timestamps, value !== 0); }),
  numberField('net.inet.tcp.fastopen.server_enable', 0, 1,
    (s) => ((s.tcp.fastOpen.flags & FAST_OPEN_FLAG.server) === 0 ? 0 : 1),
    (s, value) => {
      const others = s.tcp.fastOpen.flags & ~FAST_OPEN_FLAG.server;
      s.tcp.fastOpen.flags = value === 0 ? others : others | FAST_OPEN_FLAG.server;
    }),
  numberField('net.inet.tcp.fastopen.path_disable_time', 0, INT_MAXIMUM,
    (s) => s.tcp.fastOpen.blackholeTimeout / seconds(1),
    (s, value) => { s.tcp.fastOpen.blackholeTimeout = seconds(value); }),
  numberField('net.inet.icmp.bmcastecho', 0, 1,
    (s) => (s.icmp.answersEchoesToMany ? 1 : 0),
    (s, value) => { s.icmp.answersEchoesToMany = value !== 0; }),
  numberField('net.inet.ip.ttl', 1, 255, (s) => s.ttl, (s, value) => { s.ttl = value; }),
  numberField('net.inet.ip.forwarding', 0, 1,
    (s) => (s.links.routesIpv4 ? 1 : 0),
    (s, value, now) => s.links.write('ipv4.conf', 'all', 'forwarding', value, now)),
  numberField('net.inet.icmp.drop_redirect', 0, 1,
    (s) => 1 - s.links.read('ipv4.conf', 'default', 'accept_redirects'),
    (s, value, now) => s.links.writeEverywhere('ipv4.conf', 'accept_redirects', 1 - value, now)),
  numberField('net.inet.icmp.redirtimeout', 0, INT_MAXIMUM,
    (s) => s.redirectLifetimes.ipv4 / seconds(1),
    (s, value) => { s.redirectLifetimes.ipv4 = seconds(value); }),
  numberField('net.inet.ip.redirect', 0, 1,
    (s) => s.links.read('ipv4.conf', 'default', 'send_redirects'),
    (s, value, now) => s.links.writeEverywhere('ipv4.conf', 'send_redirects', value, now)),
  numberField('net.inet.icmp.icmplim', 0, INT_MAXIMUM,
    (s) => s.icmp.perSecond,
    (s, value) => { s.icmp.perSecond = s.icmp.burst = value; }),
  numberField('net.inet.ip.portrange.first', 1, 0xffff,
    (s) => s.ephemeralPorts[0],
    (s, value) => { s.ephemeralPorts = [value, Math.max(value, s.ephemeralPorts[1])]; }),
  numberField('net.inet.ip.portrange.last', 1, 0xffff,
    (s) => s.ephemeralPorts[1],
    (s, value) => { s.ephemeralPorts = [Math.min(value, s.ephemeralPorts[0]), value]; }),
  numberField('kern.ipc.somaxconn', 1, INT_MAXIMUM,
    (s) => s.sockets.backlogMaximum, (s, value) => { s.sockets.backlogMaximum = value; }),
  numberField('kern.ipc.soacceptqueue', 1, INT_MAXIMUM,
    (s) => s.sockets.backlogMaximum, (s, value) => { s.sockets.backlogMaximum = value; }),
  numberField('kern.ipc.maxsockbuf', 2304, INT_MAXIMUM,
    (s) => s.socketMemory.receiveMost,
    (s, value) => { s.socketMemory.receiveMost = s.socketMemory.sendMost = value; }),
];

/** tcp_timestamps of Linux: timestamps that count from no offset of their connection. */
const WITHOUT_OFFSET = 2;

/** Those that are off stay so. */
function timestampsAfter(present: number, hasOffset: boolean): number {
  if (present === 0) return 0;
  return hasOffset ? 1 : WITHOUT_OFFSET;
}

function rfc1323(windowScaling: boolean, timestamps: boolean): number {
  if (timestamps) return windowScaling ? 1 : 3;
  return windowScaling ? 2 : 0;
}

// Reasons that several share.
const OTHER_COOKIES = 'cookies of its form are not made';
const KEPT_BUFFERS = 'buffers keep their size in this profile';
const NO_PSK = 'Fast Open knows no pre-shared keys';
const OWN_COOKIES = 'keys and cookies of Fast Open are kept as on Linux';
const NO_HOST_CACHE = 'what a connection learns of its peer is not kept for the next';
const NO_BLACKHOLE_SEARCH = 'black holes are searched for as RFC 4821 says, and off here';
const NOT_SILENT = 'closed ports always answer (RFC 9293 §3.10.7.1)';
const AS_RFC_5961 = 'segments are judged by RFC 5961';
const NO_TUNNELS = 'TCP is not carried in UDP';
const IN_ONE_WAY = 'losses are recovered from in one way only';

/** Name behind `net.inet.`, FreeBSD 14's default, and why it has no effect. */
// prettier-ignore
const KEPT: readonly (readonly [name: string, initial: number, why: string])[] = [
  ['tcp.abc_l_var', 2, 'the window grows by what its congestion control says'],
  ['tcp.ack_war_cnt', 5, 'one answer in ack_war_timewindow is given'],
  ['tcp.ack_war_timewindow', 1000, 'the time is that of the profile'],
  ['tcp.blackhole', 0, NOT_SILENT],
  ['tcp.blackhole_local', 0, NOT_SILENT],
  ['tcp.cc.abe', 0, 'marks count as losses do'],
  ['tcp.cc.abe_frlossreduce', 0, 'marks count as losses do'],
  ['tcp.delayed_ack', 1, 'acknowledgments may always wait'],
  ['tcp.do_prr', 1, IN_ONE_WAY],
  ['tcp.drop_synfin', 0, 'no listener takes a SYN with a FIN'],
  ['tcp.fast_finwait2_recycle', 0, 'FIN-WAIT-2 lasts as long for all'],
  ['tcp.fastopen.acceptany', 0, OWN_COOKIES],
  ['tcp.fastopen.autokey', 120, OWN_COOKIES],
  ['tcp.fastopen.ccache_bucket_limit', 16, OWN_COOKIES],
  ['tcp.fastopen.ccache_buckets', 2048, OWN_COOKIES],
  ['tcp.fastopen.client_enable', 1, 'its clients ask for it in another way'],
  ['tcp.fastopen.keylen', 16, OWN_COOKIES],
  ['tcp.fastopen.maxkeys', 2, OWN_COOKIES],
  ['tcp.fastopen.maxpsks', 2, NO_PSK],
  ['tcp.fastopen.numkeys', 0, OWN_COOKIES],
  ['tcp.fastopen.numpsks', 0, NO_PSK],
  ['tcp.fastopen.psk_enable', 0, NO_PSK],
  ['tcp.hostcache.enable', 1, NO_HOST_CACHE],
  ['tcp.hostcache.expire', 3600, NO_HOST_CACHE],
  ['tcp.hostcache.prune', 300, NO_HOST_CACHE],
  ['tcp.hostcache.purge', 0, NO_HOST_CACHE],
  ['tcp.hostcache.purgenow', 0, NO_HOST_CACHE],
  ['tcp.icmp_may_rst', 1, 'what ICMP errors may do is of the profile'],
  ['tcp.insecure_ack', 0, AS_RFC_5961],
  ['tcp.insecure_rst', 0, AS_RFC_5961],
  ['tcp.insecure_syn', 0, AS_RFC_5961],
  ['tcp.isn_reseed_interval', 0, 'sequence numbers begin as RFC 6528 says'],
  ['tcp.keepinit', 75_000, 'how long a SYN is repeated is counted in SYNs'],
  ['tcp.log_in_vain', 0, 'there is no log; every segment dropped has its cause'],
  ['tcp.maxtcptw', 25_600, 'connections in TIME-WAIT are not counted'],
  ['tcp.msl_local', 10_000, 'TIME-WAIT lasts as long for all'],
  ['tcp.mssdflt', 536, 'a peer that announces no MSS gets segments of 536 (MUST-15)'],
  ['tcp.newcwv', 0, 'a window that is not used decays as RFC 5681 says'],
  ['tcp.newsack', 1, IN_ONE_WAY],
  ['tcp.nolocaltimewait', 1, 'TIME-WAIT lasts as long for all'],
  ['tcp.persmax', 60_000, 'probes go by the retransmission timeout'],
  ['tcp.persmin', 5000, 'probes go by the retransmission timeout'],
  ['tcp.pmtud_blackhole_detection', 0, NO_BLACKHOLE_SEARCH],
  ['tcp.pmtud_blackhole_mss', 1200, NO_BLACKHOLE_SEARCH],
  ['tcp.reass.maxqueuelen', 100, 'the receive buffer bounds what is ahead of order'],
  ['tcp.recvbuf_auto', 1, KEPT_BUFFERS],
  ['tcp.rexmit_drop_options', 0, 'a SYN has the same options each time'],
  ['tcp.rfc3042', 1, IN_ONE_WAY],
  ['tcp.rfc3390', 1, 'initcwnd_segments says what the first window is'],
  ['tcp.rfc3465', 1, 'the window grows by what its congestion control says'],
  ['tcp.rfc6675_pipe', 0, IN_ONE_WAY],
  ['tcp.sack.lrd', 1, IN_ONE_WAY],
  ['tcp.sack.maxholes', 128, 'what is in flight bounds the holes'],
  ['tcp.sack.revised', 1, IN_ONE_WAY],
  ['tcp.sack.tso', 1, 'no segments are put together for the device'],
  ['tcp.sendbuf_auto', 1, KEPT_BUFFERS],
  ['tcp.syncache.rst_on_sock_fail', 1, 'tcp_abort_on_overflow says what happens'],
  ['tcp.syncookies', 1, OTHER_COOKIES],
  ['tcp.syncookies_only', 0, OTHER_COOKIES],
  ['tcp.tolerate_missing_ts', 0, 'segments without a timestamp are taken'],
  ['tcp.tso', 1, 'no segments are put together for the device'],
  ['tcp.udp_tunneling_overhead', 8, NO_TUNNELS],
  ['tcp.udp_tunneling_port', 0, NO_TUNNELS],
  ['tcp.v6mssdflt', 1220, 'a peer that announces no MSS gets segments of 1220'],
  ['tcp.v6pmtud_blackhole_mss', 1220, NO_BLACKHOLE_SEARCH],
  ['udp.blackhole', 0, NOT_SILENT],
];

function isFastOpenKey(value: string): boolean {
  return /^[\da-f]{32}$/i.test(value);
}

/** Reno's name there is that of what it became. */
const RENO = 'newreno';

function algorithmNamed(name: string): CongestionAlgorithm | undefined {
  if (name === RENO) return 'reno';
  return isCongestionAlgorithm(name) && name !== 'reno' ? name : undefined;
}

const CONGESTION_CONTROL: Sysctl = {
  kind: 'bound',
  name: 'net.inet.tcp.cc.algorithm',
  rule: text((value) => algorithmNamed(value) !== undefined),
  read: ({ tcp: { congestion } }) =>
    congestion.algorithm === 'reno' ? RENO : congestion.algorithm,
  write({ tcp }, value): void {
    const { algorithm } = tcp.congestion;
    tcp.congestion.algorithm = algorithmNamed(String(value)) ?? algorithm;
  },
};

export const BSD_SYSCTLS: readonly Sysctl[] = [
  ...WITH_EFFECT,
  CONGESTION_CONTROL,
  ...KEPT.map(([name, initial, why]) =>
    keptNumber(`net.inet.${name}`, initial, INT_MINIMUM, INT_MAXIMUM, why),
  ),
  keptText(
    'net.inet.tcp.functions_default',
    'freebsd',
    (value) => /^\w+$/.test(value),
    'there is one TCP, which its profile describes',
  ),
  keptText('net.inet.tcp.fastopen.setkey', '', isFastOpenKey, OWN_COOKIES),
  keptText('net.inet.tcp.fastopen.setpsk', '', isFastOpenKey, NO_PSK),
];
