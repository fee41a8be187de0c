/**
 * FreeBSD's sysctls by its names (tcp(4), ip(4)). Those whose mechanism the stack has set the same
 * fields of the settings as Linux's do; the others are kept and can be read back.
 */
import { ms } from '../time.ts';
import {
  INT_MAXIMUM,
  INT_MINIMUM,
  keptNumber,
  keptText,
  numberField,
  type Sysctl,
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
    (s, value) => { s.tcp.retransmission.initialRto = ms(value); }),
  numberField('net.inet.tcp.rexmit_min', 1, INT_MAXIMUM,
    (s) => s.tcp.retransmission.minimumRto / ms(1),
    (s, value) => { s.tcp.retransmission.minimumRto = ms(value); }),
  numberField('net.inet.ip.ttl', 1, 255, (s) => s.ttl, (s, value) => { s.ttl = value; }),
  numberField('net.inet.ip.forwarding', 0, 1,
    (s) => (s.forwarding.isOn ? 1 : 0), (s, value) => { s.forwarding.isOn = value !== 0; }),
  numberField('net.inet.ip.redirect', 0, 1,
    (s) => (s.forwarding.sendsRedirects ? 1 : 0),
    (s, value) => { s.forwarding.sendsRedirects = value !== 0; }),
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

function rfc1323(windowScaling: boolean, timestamps: boolean): number {
  if (timestamps) return windowScaling ? 1 : 3;
  return windowScaling ? 2 : 0;
}

/** Name behind `net.inet.`, and FreeBSD 14's default. */
// prettier-ignore
const KEPT: readonly (readonly [name: string, initial: number])[] = [
  ['tcp.abc_l_var', 2],
  ['tcp.ack_war_cnt', 5],
  ['tcp.ack_war_timewindow', 1000],
  ['tcp.always_keepalive', 1],
  ['tcp.blackhole', 0],
  ['tcp.blackhole_local', 0],
  ['tcp.cc.abe', 0],
  ['tcp.cc.abe_frlossreduce', 0],
  ['tcp.delayed_ack', 1],
  ['tcp.do_prr', 1],
  ['tcp.drop_synfin', 0],
  ['tcp.fast_finwait2_recycle', 0],
  ['tcp.fastopen.acceptany', 0],
  ['tcp.fastopen.autokey', 120],
  ['tcp.fastopen.ccache_bucket_limit', 16],
  ['tcp.fastopen.ccache_buckets', 2048],
  ['tcp.fastopen.client_enable', 1],
  ['tcp.fastopen.keylen', 16],
  ['tcp.fastopen.maxkeys', 2],
  ['tcp.fastopen.maxpsks', 2],
  ['tcp.fastopen.numkeys', 0],
  ['tcp.fastopen.numpsks', 0],
  ['tcp.fastopen.path_disable_time', 900],
  ['tcp.fastopen.psk_enable', 0],
  ['tcp.fastopen.server_enable', 0],
  ['tcp.hostcache.enable', 1],
  ['tcp.hostcache.expire', 3600],
  ['tcp.hostcache.prune', 300],
  ['tcp.hostcache.purge', 0],
  ['tcp.hostcache.purgenow', 0],
  ['tcp.icmp_may_rst', 1],
  ['tcp.initcwnd_segments', 10],
  ['tcp.insecure_ack', 0],
  ['tcp.insecure_rst', 0],
  ['tcp.insecure_syn', 0],
  ['tcp.isn_reseed_interval', 0],
  ['tcp.keepcnt', 8],
  ['tcp.keepidle', 7_200_000],
  ['tcp.keepinit', 75_000],
  ['tcp.keepintvl', 75_000],
  ['tcp.log_in_vain', 0],
  ['tcp.maxtcptw', 25_600],
  ['tcp.minmss', 216],
  ['tcp.msl_local', 10_000],
  ['tcp.mssdflt', 536],
  ['tcp.newcwv', 0],
  ['tcp.newsack', 1],
  ['tcp.nolocaltimewait', 1],
  ['tcp.path_mtu_discovery', 1],
  ['tcp.persmax', 60_000],
  ['tcp.persmin', 5000],
  ['tcp.pmtud_blackhole_detection', 0],
  ['tcp.pmtud_blackhole_mss', 1200],
  ['tcp.reass.maxqueuelen', 100],
  ['tcp.recvbuf_auto', 1],
  ['tcp.rexmit_drop_options', 0],
  ['tcp.rexmit_slop', 200],
  ['tcp.rfc3042', 1],
  ['tcp.rfc3390', 1],
  ['tcp.rfc3465', 1],
  ['tcp.rfc6675_pipe', 0],
  ['tcp.sack.lrd', 1],
  ['tcp.sack.maxholes', 128],
  ['tcp.sack.revised', 1],
  ['tcp.sack.tso', 1],
  ['tcp.sendbuf_auto', 1],
  ['tcp.syncache.rst_on_sock_fail', 1],
  ['tcp.syncache.rexmtlimit', 3],
  ['tcp.syncookies', 1],
  ['tcp.syncookies_only', 0],
  ['tcp.tolerate_missing_ts', 0],
  ['tcp.ts_offset_per_conn', 1],
  ['tcp.tso', 1],
  ['tcp.udp_tunneling_overhead', 8],
  ['tcp.udp_tunneling_port', 0],
  ['tcp.v6mssdflt', 1220],
  ['tcp.v6pmtud_blackhole_mss', 1220],
  ['udp.blackhole', 0],
];

/** An algorithm or a stack, by its name. */
function isName(value: string): boolean {
  return /^\w+$/.test(value);
}

export const BSD_SYSCTLS: readonly Sysctl[] = [
  ...WITH_EFFECT,
  ...KEPT.map(([name, initial]) =>
    keptNumber(`net.inet.${name}`, initial, INT_MINIMUM, INT_MAXIMUM),
  ),
  keptText('net.inet.tcp.cc.algorithm', 'cubic', isName),
  keptText('net.inet.tcp.functions_default', 'freebsd', isName),
  keptText('net.inet.tcp.fastopen.setkey', '', (value) => /^[\da-f]{32}$/i.test(value)),
  keptText('net.inet.tcp.fastopen.setpsk', '', (value) => /^[\da-f]{32}$/i.test(value)),
];
