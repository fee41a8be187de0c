/**
 * TCP_INFO and SO_MEMINFO: what a connection tells of itself, by the C names of `struct tcp_info`
 * (linux/tcp.h) and in its units: microseconds, milliseconds for the ages, octets, segments. Only
 * what is really known is in the record.
 */
import { TIMESTAMPS_LENGTH } from '../../../wire/index.ts';
import { TCP_INFO_VALUE, TCP_STATE } from '../../posix/constants.ts';
import { type Duration, type Instant, ms, us } from '../../time.ts';
import type { AccurateEcn } from '../ecn/accurate-ecn.ts';
import { EcnField } from '../ecn/ecn-field.ts';
import { FAST_OPEN_FAILURE } from '../fast-open/state.ts';
import type { RecoveryPhase } from '../recovery/loss-recovery.ts';
import { effectiveSendMss, LEAST_SEGMENT, usualSendMss } from '../open/negotiate.ts';
import type { Listener } from '../listen/listener.ts';
import type { TcpProfile } from '../profile.ts';
import { firstSpace } from '../receive/receive-tuning.ts';
import type { TcpSocket } from './socket.ts';
import type { TcpState } from '../states.ts';
import { isSender, type Tcb } from '../tcb.ts';
import { memoryAtHand } from '../receive/memory-at-hand.ts';
import { memoryInUse } from '../receive/receive-memory.ts';
import { sendMemoryInUse, unsentLength } from '../send/send-memory.ts';

const STATE_NUMBERS: Readonly<Record<TcpState, number>> = {
  CLOSED: TCP_STATE.TCP_CLOSE,
  LISTEN: TCP_STATE.TCP_LISTEN,
  'SYN-SENT': TCP_STATE.TCP_SYN_SENT,
  'SYN-RECEIVED': TCP_STATE.TCP_SYN_RECV,
  ESTABLISHED: TCP_STATE.TCP_ESTABLISHED,
  'FIN-WAIT-1': TCP_STATE.TCP_FIN_WAIT1,
  'FIN-WAIT-2': TCP_STATE.TCP_FIN_WAIT2,
  'CLOSE-WAIT': TCP_STATE.TCP_CLOSE_WAIT,
  CLOSING: TCP_STATE.TCP_CLOSING,
  'LAST-ACK': TCP_STATE.TCP_LAST_ACK,
  'TIME-WAIT': TCP_STATE.TCP_TIME_WAIT,
};

/** ~0ul */
const NO_RATE = 2 ** 64;

/** TCP_INFO of a socket. */
export function tcpInfo(socket: TcpSocket, now: Instant): Readonly<Record<string, number>> {
  const { tcb, listener } = socket;
  if (tcb !== undefined) return connectionInfo(tcb, now);
  const { profile } = socket.table.tcp;
  return { ...NOTHING, ...(listener ? listenerInfo(listener, profile) : closedInfo(profile)) };
}

/** The fields of which a socket without a connection has nothing to tell, and tells 0. */
const NOTHING: Readonly<Record<string, number>> = Object.fromEntries(
  `options snd_wscale rcv_wscale rcv_mss advmss pmtu ato rtt last_data_sent last_data_recv
   last_ack_recv busy_time rwnd_limited sndbuf_limited retransmits probes backoff total_retrans
   bytes_acked bytes_received segs_out segs_in data_segs_in data_segs_out rcv_ooopack bytes_sent
   bytes_retrans total_rto total_rto_recoveries total_rto_time rehash fastopen_client_fail
   notsent_bytes rcv_ssthresh rcv_space rcv_rtt snd_wnd rcv_wnd ca_state unacked sacked lost retrans
   reord_seen delivered delivered_ce dsack_dups delivery_rate
   delivery_rate_app_limited`
    .split(/\s+/)
    .map((name) => [`tcpi_${name}`, 0]),
);

/** Of one that has no connection, or none any more (Linux tcp_init_sock(), as 6.18 tells it). */
function closedInfo(profile: TcpProfile): Readonly<Record<string, number>> {
  const { congestion, lossRecovery, retransmission } = profile;
  return {
    tcpi_state: TCP_STATE.TCP_CLOSE,
    tcpi_rto: inMicroseconds(retransmission.initialRto),
    tcpi_rttvar: inMicroseconds(retransmission.initialRto / 4),
    tcpi_min_rtt: 2 ** 32 - 1,
    tcpi_snd_mss: 536, // TCP_MSS_DEFAULT
    tcpi_snd_ssthresh: 2 ** 31 - 1, // TCP_INFINITE_SSTHRESH
    tcpi_snd_cwnd: congestion.initialWindow,
    tcpi_reordering: lossRecovery.reordering,
    tcpi_pacing_rate: NO_RATE,
    tcpi_max_pacing_rate: NO_RATE,
    tcpi_delivery_rate_app_limited: 1, // of one that is idle
  };
}

/** Of one that listens: who waits for `accept` and how many may, and how connections will begin. */
export function listenerInfo(
  listener: Listener,
  { congestion, lossRecovery }: TcpProfile,
): Readonly<Record<string, number>> {
  const { waiting, backlog, localAddress } = listener;
  const { mostPacingRate } = listener.optionsFor(localAddress);
  return {
    tcpi_state: TCP_STATE.TCP_LISTEN,
    tcpi_unacked: waiting,
    tcpi_sacked: backlog,
    tcpi_reordering: lossRecovery.reordering,
    tcpi_snd_cwnd: congestion.initialWindow,
    tcpi_pacing_rate: NO_RATE,
    tcpi_max_pacing_rate: Math.min(mostPacingRate, NO_RATE),
  };
}

/** Of a connection. */
export function connectionInfo(tcb: Tcb, now: Instant): Readonly<Record<string, number>> {
  return {
    tcpi_state: STATE_NUMBERS[tcb.state],
    ...agreed(tcb),
    ...timing(tcb, now),
    ...counted(tcb, now),
    ...windows(tcb),
    ...sender(tcb),
    ...(tcb.ecn?.accurate === undefined ? {} : accurateEcn(tcb.ecn.accurate)),
    ...(tcb.state === 'SYN-SENT' ? waitingForSyn(tcb) : {}),
  };
}

/** What nothing is agreed on yet is as our SYN has it. */
function waitingForSyn({ snd, rcv, offersTimestamps }: Tcb): Record<string, number> {
  return {
    tcpi_snd_mss: snd.mss - (offersTimestamps ? TIMESTAMPS_LENGTH : 0),
    tcpi_rcv_mss: LEAST_SEGMENT,
    tcpi_rcv_ssthresh: rcv.offered,
    tcpi_rcv_space: 0,
    tcpi_unacked: 1, // the SYN
  };
}

/** What the SYNs agreed on. */
function agreed(tcb: Tcb): Record<string, number> {
  const { snd, rcv } = tcb;
  return {
    tcpi_options:
      (tcb.hasTimestamps ? TCP_INFO_VALUE.TCPI_OPT_TIMESTAMPS : 0) |
      (tcb.sendsSack ? TCP_INFO_VALUE.TCPI_OPT_SACK : 0) |
      (tcb.offersWindowScale && tcb.state !== 'SYN-SENT' ? TCP_INFO_VALUE.TCPI_OPT_WSCALE : 0) |
      (tcb.ecn === undefined ? 0 : TCP_INFO_VALUE.TCPI_OPT_ECN) |
      (tcb.ecn?.hasSeenEct === true ? TCP_INFO_VALUE.TCPI_OPT_ECN_SEEN : 0) |
      (tcb.fastOpen?.isDataAccepted === true ? TCP_INFO_VALUE.TCPI_OPT_SYN_DATA : 0),
    tcpi_snd_wscale: snd.windowScale,
    tcpi_rcv_wscale: rcv.windowScale,
    tcpi_snd_mss: usualSendMss(tcb),
    tcpi_rcv_mss: rcv.segmentSize,
    tcpi_advmss: rcv.mss - (tcb.hasTimestamps ? TIMESTAMPS_LENGTH : 0),
    tcpi_pmtu: tcb.pathMtu,
  };
}

function timing(tcb: Tcb, now: Instant): Record<string, number> {
  const { rtt, counts, busyTimes, services } = tcb;
  const { clock } = services;
  return {
    tcpi_rto: inMicroseconds(rtt.rto),
    tcpi_ato: clock.wholeTicks(tcb.delayedAck.timeout) / us(1),
    tcpi_rtt: rtt.srtt < 0 ? 0 : inMicroseconds(rtt.srtt),
    tcpi_rttvar: inMicroseconds(rtt.rttvar),
    // Linux begins with the largest number that fits (tcp_min_rtt()).
    tcpi_min_rtt: Number.isFinite(rtt.minimum) ? inMicroseconds(rtt.minimum) : 2 ** 32 - 1,
    tcpi_last_data_sent: inMilliseconds(now - counts.dataSentAt),
    tcpi_last_data_recv: inMilliseconds(now - counts.dataReceivedAt),
    tcpi_last_ack_recv: inMilliseconds(now - counts.acknowledgedAt),
    tcpi_busy_time: clock.wholeTicks(busyTimes.busy(now)) / us(1),
    tcpi_rwnd_limited: clock.wholeTicks(busyTimes.windowLimited(now)) / us(1),
    tcpi_sndbuf_limited: clock.wholeTicks(busyTimes.bufferLimited(now)) / us(1),
  };
}

function counted(tcb: Tcb, now: Instant): Record<string, number> {
  const { counts } = tcb;
  return {
    tcpi_retransmits: tcb.retransmissions,
    tcpi_probes: tcb.probes,
    tcpi_backoff: tcb.rtt.backOffs + tcb.probeBackOff,
    tcpi_total_retrans: counts.retransmissions,
    tcpi_bytes_acked: counts.octetsAcknowledged,
    tcpi_bytes_received: counts.octetsReceived + (tcb.finReceived ? 1 : 0),
    tcpi_segs_out: counts.segmentsOut,
    tcpi_segs_in: counts.segmentsIn,
    tcpi_data_segs_in: counts.dataSegmentsIn,
    tcpi_data_segs_out: counts.dataSegmentsOut,
    tcpi_rcv_ooopack: counts.outOfOrderSegmentsIn,
    tcpi_bytes_sent: counts.octetsSent,
    tcpi_bytes_retrans: counts.octetsSentAgain,
    tcpi_total_rto: counts.timeouts,
    tcpi_total_rto_recoveries: counts.timeoutRecoveries,
    tcpi_total_rto_time: inMilliseconds(counts.recoveryTime(now)),
    tcpi_rehash: counts.rehashes,
    tcpi_fastopen_client_fail: tcb.fastOpen?.failure ?? FAST_OPEN_FAILURE.none,
  };
}

function windows(tcb: Tcb): Record<string, number> {
  const { snd, rcv } = tcb;
  return {
    tcpi_notsent_bytes: Math.max(0, unsentLength(tcb)),
    tcpi_rcv_ssthresh: rcv.ssthresh,
    tcpi_rcv_space: tcb.tuning?.space ?? firstSpace(tcb),
    tcpi_rcv_rtt: inMicroseconds(tcb.tuning?.rtt ?? 0),
    tcpi_snd_wnd: snd.wnd,
    tcpi_rcv_wnd: rcv.offered,
  };
}

const PHASE_NUMBERS: Readonly<Record<RecoveryPhase, number>> = {
  Open: TCP_INFO_VALUE.TCP_CA_Open,
  Disorder: TCP_INFO_VALUE.TCP_CA_Disorder,
  CWR: TCP_INFO_VALUE.TCP_CA_CWR,
  Recovery: TCP_INFO_VALUE.TCP_CA_Recovery,
  Loss: TCP_INFO_VALUE.TCP_CA_Loss,
};

/** Congestion control and recovery, in segments. */
function sender(tcb: Tcb): Record<string, number> {
  const { sent, recovery, window, ecn, counts, profile } = tcb;
  const { mostPacingRate } = tcb.options;
  return {
    tcpi_ca_state: PHASE_NUMBERS[recovery.phase],
    tcpi_snd_cwnd: window.cwnd,
    tcpi_snd_ssthresh: window.ssthresh,
    tcpi_pacing_rate: Math.min(window.pacingRate, mostPacingRate, NO_RATE),
    tcpi_delivery_rate: tcb.deliveryRate?.rate(effectiveSendMss(tcb)) ?? 0,
    tcpi_delivery_rate_app_limited: tcb.deliveryRate?.isRateAppLimited === false ? 0 : 1,
    tcpi_max_pacing_rate: Math.min(mostPacingRate, NO_RATE),
    tcpi_unacked: sent.count,
    tcpi_sacked: sent.sacked + recovery.duplicateAcks,
    tcpi_lost: sent.lost,
    tcpi_retrans: sent.retransmitted,
    tcpi_reordering: isSender(tcb) ? recovery.reordering : profile.lossRecovery.reordering,
    tcpi_reord_seen: recovery.reorderingsSeen,
    tcpi_delivered: recovery.delivered + counts.synsDelivered, // our SYN is a segment, too
    tcpi_delivered_ce: ecn?.deliveredMarked ?? 0,
    tcpi_ecn_mode: ecnMode(tcb),
    tcpi_dsack_dups: recovery.duplicatesReported,
  };
}

/** What was agreed on; nothing is certain before the peer's SYN has come (Linux 7.0). */
function ecnMode({ ecn, state }: Tcb): number {
  if (ecn === undefined) return TCP_INFO_VALUE.TCPI_ECN_MODE_DISABLED;
  if (ecn.accurate === undefined) return TCP_INFO_VALUE.TCPI_ECN_MODE_RFC3168;
  const isPending = state === 'SYN-SENT';
  return isPending ? TCP_INFO_VALUE.TCPI_ECN_MODE_PENDING : TCP_INFO_VALUE.TCPI_ECN_MODE_ACCECN;
}

/** What AccECN counts, by the peer's word and by our own. */
function accurateEcn(accurate: AccurateEcn): Record<string, number> {
  const { received, octets, delivered } = accurate;
  return {
    tcpi_received_ce: received,
    tcpi_received_e1_bytes: octets[EcnField.ect1],
    tcpi_received_e0_bytes: octets[EcnField.ect0],
    tcpi_received_ce_bytes: octets[EcnField.ce],
    tcpi_delivered_e1_bytes: delivered[EcnField.ect1],
    tcpi_delivered_e0_bytes: delivered[EcnField.ect0],
    tcpi_delivered_ce_bytes: delivered[EcnField.ce],
    tcpi_accecn_opt_seen: accurate.optionSeen,
    tcpi_accecn_fail_mode: accurate.failures,
  };
}

function inMicroseconds(duration: Duration): number {
  return Math.floor(duration / us(1));
}

function inMilliseconds(duration: Duration): number {
  return Math.floor(duration / ms(1));
}

/**
 * SO_MEMINFO: the lengths of the buffers and what is in them, counted as the system counts it.
 */
export function memoryInfo(
  tcb: Tcb | undefined,
  receiveBuffer: number,
  sendBuffer: number,
): Readonly<Record<string, number>> {
  const queued = tcb === undefined ? 0 : sendMemoryInUse(tcb);
  const received = tcb === undefined ? 0 : memoryInUse(tcb);
  return {
    SK_MEMINFO_RMEM_ALLOC: received,
    SK_MEMINFO_RCVBUF: receiveBuffer,
    SK_MEMINFO_WMEM_ALLOC: 0,
    SK_MEMINFO_SNDBUF: sendBuffer,
    SK_MEMINFO_FWD_ALLOC: tcb === undefined ? 0 : memoryAtHand(tcb),
    SK_MEMINFO_WMEM_QUEUED: queued,
    SK_MEMINFO_OPTMEM: 0,
    SK_MEMINFO_BACKLOG: 0,
    SK_MEMINFO_DROPS: 0,
  };
}
