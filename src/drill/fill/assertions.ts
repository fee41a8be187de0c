/**
 * TCP_INFO as code that asserts it. What was the same in every observation must be so again; what
 * is a time may differ by what a real machine is late.
 */
import { TCP_INFO_VALUE, TCP_STATE } from '../../stack/index.ts';
import type { TcpInfo } from './observe.ts';

/** Fields that no clock decides, of those that the original tool knows: asserted as they are. */
const EXACT: readonly string[] = names(`
  state ca_state retransmits probes backoff snd_wscale rcv_wscale snd_mss rcv_mss unacked
  sacked lost retrans pmtu rcv_ssthresh snd_ssthresh snd_cwnd advmss reordering total_retrans
  rcv_space bytes_acked bytes_received segs_out segs_in notsent_bytes data_segs_in data_segs_out
  delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd
  total_rto total_rto_recoveries delivery_rate_app_limited`);

/**
 * What the SYNs agreed on. Linux 6.18 has TCPI_OPT_ECN_SEEN also of connections without ECN, whose
 * packets are not looked at for that here.
 */
const { TCPI_OPT_TIMESTAMPS, TCPI_OPT_SACK, TCPI_OPT_WSCALE, TCPI_OPT_ECN } = TCP_INFO_VALUE;
const AGREED_OPTIONS = TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE | TCPI_OPT_ECN;

/** Times in microseconds, and in milliseconds. */
const MICROSECONDS: readonly string[] = names(
  'rto rtt rttvar min_rtt busy_time rwnd_limited sndbuf_limited',
);
const MILLISECONDS: readonly string[] = names('last_data_sent last_data_recv total_rto_time');

/** How far a machine may be off: two ticks of it, and one part in sixteen. */
const SLACK_MICROSECONDS = 9_000;
const SLACK_SHARE = 16;
/** What stands for no time at all (tcpi_min_rtt without a measurement) is no time. */
const NO_TIME = 2 ** 32 - 1;

function names(text: string): readonly string[] {
  return text
    .trim()
    .split(/\s+/)
    .map((name) => `tcpi_${name}`);
}

/** Code about one moment, which was observed in several runs. */
export function assertionsOf(infos: readonly TcpInfo[]): string {
  const [info] = infos;
  if (info === undefined) return '';
  // Of a connection that is gone nothing is left but that.
  const isClosed = info['tcpi_state'] === TCP_STATE.TCP_CLOSE;
  const options = isClosed ? [] : exactly('tcpi_options', infos, AGREED_OPTIONS);
  const exact = (isClosed ? ['tcpi_state'] : EXACT).flatMap((name) => exactly(name, infos));
  const times = isClosed
    ? []
    : [
        ...MICROSECONDS.flatMap((name) => about(name, infos, SLACK_MICROSECONDS)),
        ...MILLISECONDS.flatMap((name) => about(name, infos, SLACK_MICROSECONDS / 1000)),
      ];
  return `\n${[...exact, ...options, ...times].map((line) => `${line}\n`).join('')}`;
}

/** That the bits of `mask`, or all, are as they were. */
function exactly(name: string, infos: readonly TcpInfo[], mask?: number): readonly string[] {
  const value = infos[0]?.[name];
  if (value === undefined || infos.some((info) => info[name] !== value)) return [];
  if (mask === undefined) return [`assert ${name} == ${value}, ${name}`];
  return [`assert ${name} & ${mask} == ${value & mask}, ${name}`];
}

function about(name: string, infos: readonly TcpInfo[], slack: number): readonly string[] {
  const values = infos.map((info) => info[name]).filter((value) => value !== undefined);
  if (values.length < infos.length) return [];
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (most === NO_TIME) return exactly(name, infos);
  const spare = slack + Math.ceil(most / SLACK_SHARE);
  return [`assert ${Math.max(0, least - spare)} <= ${name} <= ${most + spare}, ${name}`];
}
