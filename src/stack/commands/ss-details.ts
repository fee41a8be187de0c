/**
 * What `ss` tells of a socket beside its ends: processes (-p), timer (-o), what it is (-e), memory
 * (-m), and what TCP_INFO says (-i), with the words and in the order of iproute2 6.1. A value that
 * says nothing, mostly 0, is left out.
 */
import { TCP_INFO_VALUE, TCP_STATE } from '../posix/constants.ts';
import { controlFields } from '../tcp/congestion/congestion-info.ts';
import { connectionInfo, listenerInfo, memoryInfo } from '../tcp/sockets/tcp-info.ts';
import type { Tcb } from '../tcp/tcb.ts';
import type { Connection } from '../tcp/tcp.ts';
import { type Duration, type Instant, ms } from '../time.ts';
import type { Host } from '../host.ts';
import { hasSocket, isIpv6Only, type ListedSocket, runningTimer } from './connections.ts';
import { ROOT, type SocketHolder, userId } from './holders.ts';

/** The fields of TCP_INFO and TCP_CC_INFO by their C names; one that is not known is 0. */
type Info = (field: string) => number;

/** ` timer:(on,200ms,0)`, of a connection with a timer. */
export function printTimer({ connection }: ListedSocket, now: Instant): string {
  if (connection === undefined) return '';
  const { name, left, times } = runningTimer(connection, now);
  return name === 'off' ? '' : ` timer:(${name},${printLeft(left)},${times})`;
}

/** As iproute2 rounds it: `119min`, `1min2sec`, `59sec`, `1.203sec`, `200ms`. */
function printLeft(left: Duration): string {
  const whole = Math.ceil(left / ms(1));
  const minutes = Math.floor(whole / 60_000);
  const inMinute = Math.floor(whole / 1000) % 60;
  const seconds = minutes > 9 ? 0 : inMinute;
  const thousandths = minutes > 0 || seconds > 9 ? 0 : whole % 1000;
  const parts = [
    minutes > 0 ? `${minutes}min` : '',
    seconds > 0 ? `${seconds}${thousandths > 0 ? '.' : 'sec'}` : '',
    thousandths > 0 ? String(thousandths).padStart(3, '0') + 'ms' : '',
  ];
  return parts.join('');
}

/** ` users:(("nc",pid=1234,fd=3))`, of a socket that processes have open. */
export function printProcesses(holders: readonly SocketHolder[]): string {
  if (holders.length === 0) return '';
  const users = holders.map(
    ({ name, pid, descriptor }) => `("${name}",pid=${pid},fd=${descriptor})`,
  );
  return ` users:(${users.join(',')})`;
}

/**
 * ` uid:1000 ino:20001 sk:1 v6only:0 <->`: whose socket it is, where not root's; the number of its
 * inode; the number by which the kernel tells sockets apart; whether one of IPv6 without a
 * connection speaks IPv4, too; and a line for each direction that is shut.
 */
export function printDetails(
  socket: Pick<ListedSocket, 'family' | 'isV6Only' | 'localAddress'> & {
    readonly connection?: Connection | undefined;
  },
  holder: SocketHolder | undefined,
  cookie: number,
): string {
  const { connection, family } = socket;
  const user = userId(holder?.user ?? ROOT);
  const whose = user === 0 ? '' : ` uid:${user}`;
  const numbers = `${whose} ino:${holder?.inode ?? 0} sk:${cookie.toString(16)}`;
  if (connection === undefined) {
    const speaks = family === 'AF_INET6' ? ` v6only:${isIpv6Only(socket) ? 1 : 0}` : '';
    return `${numbers}${speaks} <->`;
  }
  if (!hasSocket(connection)) return numbers;
  const { readShut, finReceived, finQueued, orphaned } = connection;
  const isReadShut = readShut || finReceived || orphaned;
  return `${numbers} ${isReadShut ? '-' : '<'}-${finQueued || orphaned ? '-' : '>'}`;
}

/** ` skmem:(r0,rb131072,t0,tb16384,f0,w0,o0,bl0,d0)`. */
export function printMemory({ tcp }: Host, { connection: tcb }: ListedSocket): string {
  if (tcb !== undefined && !hasSocket(tcb)) return '';
  const { receiveBuffer, sendBuffer } = tcp.profile;
  const receive = tcb?.rcv.memory ?? receiveBuffer.default;
  const memory = memoryInfo(tcb, receive, tcb?.sendSpace ?? sendBuffer.default);
  const names = ['r', 'rb', 't', 'tb', 'f', 'w', 'o', 'bl', 'd'];
  return ` skmem:(${Object.values(memory)
    .map((octets, i) => `${names[i]}${octets}`)
    .join(',')})`;
}

/** What is asked about numbers: `-n` gives rates in full, `-o` the options that were agreed. */
export interface InfoStyle {
  readonly isNumeric: boolean;
  readonly withOptions: boolean;
}

/** What -i shows. */
export function printInfo(
  { tcp }: Host,
  { connection: tcb, listener }: ListedSocket,
  style: InfoStyle,
  now: Instant,
): string {
  if (listener !== undefined) {
    const fields = listenerInfo(listener, tcp.profile);
    const { algorithm } = tcp.profile.congestion;
    return words(
      fields,
      listener.optionsFor(listener.localAddress).congestionControl ?? algorithm,
      false,
      style,
    );
  }
  if (tcb === undefined || !hasSocket(tcb)) return '';
  const fields = { ...connectionInfo(tcb, now), ...controlFields(tcb) };
  return words(fields, tcb.congestionAlgorithm, true, style);
}

function words(
  fields: Readonly<Record<string, number>>,
  algorithm: Tcb['congestionAlgorithm'],
  isConnection: boolean,
  { isNumeric, withOptions }: InfoStyle,
): string {
  const info: Info = (field) => fields[field] ?? 0;
  const rate = (octetsPerSecond: number): string => printRate(octetsPerSecond * 8, isNumeric);
  const tellsControl = info('tcpi_state') < TCP_STATE.TCP_TIME_WAIT; // inet_sk_diag_fill()
  return [
    ...(withOptions ? agreed(info('tcpi_options')) : []),
    algorithm,
    ...timing(info),
    ...counts(info),
    ...(tellsControl ? controlled(info, algorithm, rate) : []),
    ...rates(info, rate),
    ...limits(info),
    ...recovery(info, isConnection),
    ...receiver(info),
  ]
    .map((word) => ` ${word}`)
    .join('');
}

function agreed(options: number): string[] {
  const names: readonly (readonly [bit: number, name: string])[] = [
    [TCP_INFO_VALUE.TCPI_OPT_TIMESTAMPS, 'ts'],
    [TCP_INFO_VALUE.TCPI_OPT_SACK, 'sack'],
    [TCP_INFO_VALUE.TCPI_OPT_ECN, 'ecn'],
    [TCP_INFO_VALUE.TCPI_OPT_ECN_SEEN, 'ecnseen'],
    [TCP_INFO_VALUE.TCPI_OPT_SYN_DATA, 'fastopen'],
  ];
  return names.filter(([bit]) => (options & bit) !== 0).map(([, name]) => name);
}

/** The initial RTO of old kernels, which says nothing. */
const NO_RTO = 3_000_000;
/** Thresholds beyond are none. */
const THRESHOLD_LEAST_NONE = 0xffff;

function timing(info: Info): string[] {
  const hasScale = (info('tcpi_options') & TCP_INFO_VALUE.TCPI_OPT_WSCALE) !== 0;
  const [rto, threshold] = [info('tcpi_rto'), info('tcpi_snd_ssthresh')];
  const [rtt, variance] = [inMilliseconds(info('tcpi_rtt')), inMilliseconds(info('tcpi_rttvar'))];
  return [
    ...(hasScale ? [`wscale:${info('tcpi_snd_wscale')},${info('tcpi_rcv_wscale')}`] : []),
    ...(rto === 0 || rto === NO_RTO ? [] : [`rto:${inMilliseconds(rto)}`]),
    ...known('backoff', info('tcpi_backoff')),
    ...(info('tcpi_rtt') === 0 ? [] : [`rtt:${rtt}/${variance}`]),
    ...knownMilliseconds('ato', info('tcpi_ato')),
    ...known('mss', info('tcpi_snd_mss')),
    ...known('pmtu', info('tcpi_pmtu')),
    ...known('rcvmss', info('tcpi_rcv_mss')),
    ...known('advmss', info('tcpi_advmss')),
    ...known('cwnd', info('tcpi_snd_cwnd')),
    ...(threshold < THRESHOLD_LEAST_NONE ? known('ssthresh', threshold) : []),
  ];
}

const COUNTS = [
  'bytes_sent',
  'bytes_retrans',
  'bytes_acked',
  'bytes_received',
  'segs_out',
  'segs_in',
  'data_segs_out',
  'data_segs_in',
];

function counts(info: Info): string[] {
  return COUNTS.flatMap((name) => known(name, info(`tcpi_${name}`)));
}

/** What DCTCP and BBR have learnt; gains are in 256ths. */
function controlled(info: Info, algorithm: string, rate: (octets: number) => string): string[] {
  if (algorithm === 'dctcp') {
    if (info('dctcp_enabled') === 0) return ['dctcp:fallback_mode'];
    const [state, alpha] = [info('dctcp_ce_state'), info('dctcp_alpha')];
    const [marked, total] = [info('dctcp_ab_ecn'), info('dctcp_ab_tot')];
    return [`dctcp:(ce_state:${state},alpha:${alpha},ab_ecn:${marked},ab_tot:${total})`];
  }
  if (algorithm !== 'bbr') return [];
  const bandwidth = info('bbr_bw_hi') * 2 ** 32 + info('bbr_bw_lo');
  const minimum = inMilliseconds(info('bbr_min_rtt') >>> 0);
  const gains = ['pacing_gain', 'cwnd_gain'].flatMap((name) => {
    const gain = info(`bbr_${name}`);
    return gain === 0 ? [] : [`,${name}:${general(gain / 256, 6)}`];
  });
  return [`bbr:(bw:${rate(bandwidth)}bps,mrtt:${minimum}${gains.join('')})`];
}

/** ~0ul as a rate is none. */
const NO_RATE = 2 ** 64;

function rates(info: Info, rate: (octets: number) => string): string[] {
  const [rtt, mss, cwnd] = [info('tcpi_rtt'), info('tcpi_snd_mss'), info('tcpi_snd_cwnd')];
  const [pacing, most] = [info('tcpi_pacing_rate'), info('tcpi_max_pacing_rate')];
  const delivery = info('tcpi_delivery_rate');
  const isPaced = pacing > 0 && pacing < NO_RATE;
  const bound = most > 0 && most < NO_RATE ? `/${rate(most)}bps` : '';
  return [
    ...(rtt > 0 && mss > 0 && cwnd > 0 ? [`send ${rate((cwnd * mss * 1e6) / rtt)}bps`] : []),
    ...known('lastsnd', info('tcpi_last_data_sent')),
    ...known('lastrcv', info('tcpi_last_data_recv')),
    ...known('lastack', info('tcpi_last_ack_recv')),
    ...(isPaced ? [`pacing_rate ${rate(pacing)}bps${bound}`] : []),
    ...(delivery > 0 ? [`delivery_rate ${rate(delivery)}bps`] : []),
    ...known('delivered', info('tcpi_delivered')),
    ...known('delivered_ce', info('tcpi_delivered_ce')),
    ...(info('tcpi_delivery_rate_app_limited') === 0 ? [] : ['app_limited']),
  ];
}

/** For how long there was something to send, and what held it back meanwhile. */
function limits(info: Info): string[] {
  const busy = info('tcpi_busy_time');
  if (busy === 0) return [];
  const limited = ['rwnd_limited', 'sndbuf_limited'].flatMap((name) => {
    const time = info(`tcpi_${name}`);
    const share = ((100 * time) / busy).toFixed(1);
    return time === 0 ? [] : [`${name}:${Math.floor(time / 1000)}ms(${share}%)`];
  });
  return [`busy:${Math.floor(busy / 1000)}ms`, ...limited];
}

/** What is reordered at first, and so says nothing (TCP_FASTRETRANS_THRESH). */
const USUAL_REORDERING = 3;

function recovery(info: Info, isConnection: boolean): string[] {
  const [again, ever] = [info('tcpi_retrans'), info('tcpi_total_retrans')];
  const reordering = info('tcpi_reordering');
  return [
    ...known('unacked', info('tcpi_unacked')),
    ...(again > 0 || ever > 0 ? [`retrans:${again}/${ever}`] : []),
    ...known('lost', info('tcpi_lost')),
    ...(isConnection ? known('sacked', info('tcpi_sacked')) : []),
    ...known('dsack_dups', info('tcpi_dsack_dups')),
    ...(reordering === USUAL_REORDERING ? [] : [`reordering:${reordering}`]),
    ...known('reord_seen', info('tcpi_reord_seen')),
  ];
}

/** What a round trip is before the first is measured (~0u). */
const NO_ROUND_TRIP = 2 ** 32 - 1;

function receiver(info: Info): string[] {
  const minimum = info('tcpi_min_rtt');
  return [
    ...knownMilliseconds('rcv_rtt', info('tcpi_rcv_rtt')),
    ...known('rcv_space', info('tcpi_rcv_space')),
    ...known('rcv_ssthresh', info('tcpi_rcv_ssthresh')),
    ...known('notsent', info('tcpi_notsent_bytes')),
    ...(minimum === NO_ROUND_TRIP ? [] : knownMilliseconds('minrtt', minimum)),
    ...known('rcv_ooopack', info('tcpi_rcv_ooopack')),
    ...known('snd_wnd', info('tcpi_snd_wnd')),
  ];
}

function known(name: string, value: number): string[] {
  return value === 0 ? [] : [`${name}:${value}`];
}

function knownMilliseconds(name: string, microseconds: number): string[] {
  return microseconds === 0 ? [] : [`${name}:${inMilliseconds(microseconds)}`];
}

function inMilliseconds(microseconds: number): string {
  return general(microseconds / 1000, 6);
}

/** Bits a second: in full, or three digits and a letter. */
function printRate(bits: number, isNumeric: boolean): string {
  if (isNumeric) return bits.toFixed(0);
  const units = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  const unit = units.find(([size]) => bits >= size);
  return unit === undefined ? general(bits, 6) : general(bits / unit[0], 3) + unit[1];
}

/** C's `%g`: so many digits, without the zeros at the end, with an exponent where it is shorter. */
function general(value: number, digits: number): string {
  const [mantissa = '', exponent] = value.toPrecision(digits).split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return exponent === undefined ? short : `${short}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`;
}
