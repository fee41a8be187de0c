/**
 * Linux's sysctls without an effect here, by the kernel's names, defaults and ranges, each with the
 * reason: what is written is kept and can be read back. One that gets its mechanism moves to
 * `linux.ts` or `linux-ip.ts`, where it names the field of the settings that the mechanism goes by.
 */
import { CONGESTION_ALGORITHMS } from '../tcp/congestion/congestion-profile.ts';
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

/** Name behind the table's prefix, default, least, most; and why it has no effect. */
type Row = readonly [name: string, initial: number, least: number, most: number, why: string];

// Reasons that several share.
const NO_DEVICE_QUEUE = 'no socket is told how much of it waits in the queue of a device';
const ONLY_FASTER = 'it only saves the kernel a look-up';
const NO_LABELS = 'no path here is chosen by the flow label';
const NO_MEMORY_PRESSURE = 'memory is bounded for each socket, not for all together';
const NO_BACKLOG = 'packets that have come take no time to be looked at, so that none waits';

function gone(version: string): string {
  return `Linux itself has not looked at it since ${version}`;
}

// prettier-ignore
const TCP: readonly Row[] = [
  ['autocorking', 1, 0, 1, NO_DEVICE_QUEUE],
  ['early_demux', 1, 0, BYTE, ONLY_FASTER],
  ['fack', 0, 0, BYTE, gone('4.15')],
  ['fwmark_accept', 0, 0, BYTE, 'packets bear no marks'],
  ['l3mdev_accept', 0, 0, 1, 'there are no VRF devices'],
  ['limit_output_bytes', 4_194_304, INT_MINIMUM, INT_MAXIMUM, NO_DEVICE_QUEUE],
  ['low_latency', 0, 0, BYTE, gone('4.14')],
  ['migrate_req', 0, 0, 1, 'what opens through a listener ends with it'],
  ['min_rtt_wlen', 300, 0, 86_400, 'the shortest round trip is that of the whole connection'],
  ['plb_cong_thresh', 128, 0, 256, NO_LABELS],
  ['plb_enabled', 0, 0, 1, NO_LABELS],
  ['plb_idle_rehash_rounds', 3, 0, 31, NO_LABELS],
  ['plb_rehash_rounds', 12, 0, 31, NO_LABELS],
  ['plb_suspend_rto_sec', 60, 0, BYTE, NO_LABELS],
  ['thin_dupack', 0, 0, BYTE, gone('4.11')],
];

// prettier-ignore
const IP: readonly Row[] = [
  ['icmp_echo_enable_probe', 0, 0, 1, 'PROBE (RFC 8335) is not answered'],
  ['icmp_errors_use_inbound_ifaddr', 0, 0, 1, 'errors come from the address of the way back'],
  ['icmp_ignore_bogus_error_responses', 1, 0, 1, 'it is about a line in the log of the kernel'],
  ['ip_dynaddr', 0, 0, BYTE, 'a connection that opens keeps its address'],
  ['ip_early_demux', 1, 0, BYTE, ONLY_FASTER],
  ['ip_forward_use_pmtu', 0, 0, BYTE, 'a router goes by the MTU of the link'],
  ['ipfrag_low_thresh', 3_145_728, 0, INT_MAXIMUM, gone('4.17')],
  ['ipfrag_secret_interval', 0, 0, INT_MAXIMUM, gone('3.17')],
  ['udp_early_demux', 1, 0, BYTE, ONLY_FASTER],
  ['udp_rmem_min', 4096, 1, INT_MAXIMUM, NO_MEMORY_PRESSURE],
  ['udp_wmem_min', 4096, 1, INT_MAXIMUM, NO_MEMORY_PRESSURE],
];

/** The algorithms that may be named. */
const CONGESTION_CONTROLS = CONGESTION_ALGORITHMS.join(' ');

function isCongestionControl(value: string): boolean {
  return CONGESTION_CONTROLS.split(' ').includes(value);
}

const OTHERS: readonly Sysctl[] = [
  keptText(
    'net.ipv4.tcp_allowed_congestion_control',
    CONGESTION_CONTROLS,
    (value) => value.split(/\s+/).every(isCongestionControl),
    'it binds those without CAP_NET_ADMIN, and every program begins as root',
  ),
  {
    kind: 'fixed',
    name: 'net.ipv4.tcp_available_congestion_control',
    value: CONGESTION_CONTROLS,
  },
  keptText(
    'net.core.default_qdisc',
    'pfifo_fast',
    (value) => /^\w+$/.test(value),
    'the interfaces are there before it can be set: tc changes theirs',
  ),
  {
    kind: 'kept',
    name: 'net.ipv4.tcp_mem',
    rule: numbers(3, 0, Number.MAX_SAFE_INTEGER),
    initial: [188_319, 251_092, 376_638],
    why: NO_MEMORY_PRESSURE,
  },
  keptNumber('net.core.netdev_max_backlog', 1000, INT_MINIMUM, INT_MAXIMUM, NO_BACKLOG),
  keptNumber(
    'net.core.optmem_max',
    131_072,
    0,
    INT_MAXIMUM,
    'what the options of a socket take of memory is not counted',
  ),
];

function rows(prefix: string, table: readonly Row[]): KeptSysctl[] {
  return table.map(([name, ...rest]) => keptNumber(`${prefix}${name}`, ...rest));
}

export const LINUX_KEPT_SYSCTLS: readonly Sysctl[] = [
  ...OTHERS,
  ...rows('net.ipv4.tcp_', TCP),
  ...rows('net.ipv4.', IP),
];
