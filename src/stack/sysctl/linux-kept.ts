/**
 * Linux's sysctls without an effect here, by the kernel's names, defaults and ranges: what is
 * written is kept and can be read back. One that gets its mechanism moves to `linux.ts`, where it
 * names the field of the settings that the mechanism goes by.
 */
import { CONGESTION_ALGORITHMS } from '../tcp/profile.ts';
import {
  BYTE,
  INT_MAXIMUM,
  INT_MINIMUM,
  keptNumber,
  type KeptSysctl,
  keptText,
  numbers,
  type Sysctl,
} from './sysctl.ts';

/** Name behind the table's prefix, default, least, most. */
type Row = readonly [name: string, initial: number, least: number, most: number];

// prettier-ignore
const TCP: readonly Row[] = [
  ['autocorking', 1, 0, 1],
  ['backlog_ack_defer', 1, 0, 1],
  ['early_demux', 1, 0, BYTE],
  ['ecn_option_beacon', 3, 0, 3],
  ['fack', 0, 0, BYTE],
  ['fwmark_accept', 0, 0, BYTE],
  ['l3mdev_accept', 0, 0, 1],
  ['limit_output_bytes', 4_194_304, INT_MINIMUM, INT_MAXIMUM],
  ['low_latency', 0, 0, BYTE],
  ['migrate_req', 0, 0, 1],
  ['min_rtt_wlen', 300, 0, 86_400],
  ['no_metrics_save', 0, 0, BYTE],
  ['no_ssthresh_metrics_save', 1, 0, 1],
  ['plb_cong_thresh', 128, 0, 256],
  ['plb_enabled', 0, 0, 1],
  ['plb_idle_rehash_rounds', 3, 0, 31],
  ['plb_rehash_rounds', 12, 0, 31],
  ['plb_suspend_rto_sec', 60, 0, BYTE],
  ['recovery', 1, 0, BYTE],
  ['reflect_tos', 0, 0, 1],
  ['retrans_collapse', 1, 0, BYTE],
  ['thin_dupack', 0, 0, BYTE],
  ['workaround_signed_windows', 0, 0, BYTE],
];

// prettier-ignore
const IP: readonly Row[] = [
  ['icmp_echo_enable_probe', 0, 0, 1],
  ['icmp_echo_ignore_all', 0, 0, 1],
  ['icmp_echo_ignore_broadcasts', 1, 0, 1],
  ['icmp_errors_use_inbound_ifaddr', 0, 0, 1],
  ['icmp_ignore_bogus_error_responses', 1, 0, 1],
  ['ip_autobind_reuse', 0, 0, 1],
  ['ip_dynaddr', 0, 0, BYTE],
  ['ip_early_demux', 1, 0, BYTE],
  ['ip_forward_use_pmtu', 0, 0, BYTE],
  ['ip_nonlocal_bind', 0, 0, 1],
  ['ip_unprivileged_port_start', 1024, 0, 0xffff],
  ['ipfrag_low_thresh', 3_145_728, 0, INT_MAXIMUM], // since 4.17, nothing looks at it
  ['ipfrag_secret_interval', 0, 0, INT_MAXIMUM],
  ['neigh.default.gc_thresh1', 128, 0, INT_MAXIMUM],
  ['neigh.default.gc_thresh2', 512, 0, INT_MAXIMUM],
  ['route.flush', 0, INT_MINIMUM, INT_MAXIMUM],
  ['route.min_adv_mss', 256, INT_MINIMUM, INT_MAXIMUM],
  ['udp_early_demux', 1, 0, BYTE],
  ['udp_rmem_min', 4096, 1, INT_MAXIMUM],
  ['udp_wmem_min', 4096, 1, INT_MAXIMUM],
];

/** The kernel's modules take parameters below /sys/module; there is no name with dots for them. */
// prettier-ignore
const CUBIC: readonly Row[] = [
  ['beta', 717, 0, INT_MAXIMUM],
  ['bic_scale', 41, 0, INT_MAXIMUM],
  ['fast_convergence', 1, 0, INT_MAXIMUM],
  ['hystart', 1, 0, INT_MAXIMUM],
  ['hystart_ack_delta_us', 2000, 0, INT_MAXIMUM],
  ['hystart_detect', 3, 0, INT_MAXIMUM],
  ['hystart_low_window', 16, 0, INT_MAXIMUM],
  ['initial_ssthresh', 0, 0, INT_MAXIMUM],
  ['tcp_friendliness', 1, 0, INT_MAXIMUM],
];

/** The algorithms that may be named. */
const CONGESTION_CONTROLS = CONGESTION_ALGORITHMS.join(' ');

function isCongestionControl(value: string): boolean {
  return CONGESTION_CONTROLS.split(' ').includes(value);
}

const TEXTS: readonly Sysctl[] = [
  keptText('net.ipv4.tcp_allowed_congestion_control', CONGESTION_CONTROLS, (value) =>
    value.split(/\s+/).every(isCongestionControl),
  ),
  {
    kind: 'fixed',
    name: 'net.ipv4.tcp_available_congestion_control',
    value: CONGESTION_CONTROLS,
  },
  keptText('net.ipv4.ip_local_reserved_ports', '', (value) => /^[\d,-]*$/.test(value)),
  keptText('net.core.default_qdisc', 'pfifo_fast', (value) => /^\w+$/.test(value)),
  {
    kind: 'kept',
    name: 'net.ipv4.tcp_mem',
    rule: numbers(3, 0, Number.MAX_SAFE_INTEGER),
    initial: [188_319, 251_092, 376_638],
  },
  keptNumber('net.core.netdev_max_backlog', 1000, INT_MINIMUM, INT_MAXIMUM),
  keptNumber('net.core.optmem_max', 131_072, INT_MINIMUM, INT_MAXIMUM),
];

function rows(prefix: string, table: readonly Row[]): KeptSysctl[] {
  return table.map(([name, ...rest]) => keptNumber(`${prefix}${name}`, ...rest));
}

export const LINUX_KEPT_SYSCTLS: readonly Sysctl[] = [
  ...TEXTS,
  ...rows('net.ipv4.tcp_', TCP),
  ...rows('net.ipv4.', IP),
  ...rows('/sys/module/tcp_cubic/parameters/', CUBIC),
];
