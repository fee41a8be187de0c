/**
 * What an acceptable acknowledgment does to the sender (RFC 9293 §3.10.7.4 fifth, RFC 5681, RFC
 * 6298): segments leave the queue, the round trip is measured, losses are looked for, the window
 * grows or shrinks, timers are set. What may be sent then, `output` sends.
 */
import {
  type Seq,
  seqDiff,
  seqGe,
  seqGt,
  seqLe,
  seqLt,
  segmentLength,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import { type Instant, NEVER } from '../../time.ts';
import type { AckReport } from './ack-report.ts';
import { updatePacingRate } from '../congestion/burst.ts';
import { mayRaise } from '../congestion/window-use.ts';
import { aceOf } from '../ecn/accurate-ecn.ts';
import { countMarked } from '../ecn/ecn.ts';
import { readLossProbeAnswer, scheduleProbe } from './loss-probe.ts';
import { confirmNeighbor } from '../liveness/confirm-neighbor.ts';
import { readMtuProbe } from '../path-mtu/mtu-probing.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { echoedAge } from '../measure.ts';
import { adaptReorderingWindow, noteDelivery } from './rack.ts';
import { boundDuplicates } from './identify-losses.ts';
import { inFlight, reduce } from './rate-reduction.ts';
import { recover } from './recovery.ts';
import { restartTimeout, stopTimer } from './retransmission-timer.ts';
import { retransmitLost } from './retransmit.ts';
import { highestSacked, noteReordering, readSackBlocks, reorderedAt } from './scoreboard.ts';
import { EVER_RETRANSMITTED, SACKED } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';
import { echoesEarlier } from './undo.ts';
import { readProbeAnswer } from '../liveness/zero-window-probe.ts';
import { RareTimer } from '../timers.ts';

/**
 * Reads an acknowledgment, SND.UNA ≤ SEG.ACK ≤ SND.NXT, and reacts to it. `isUpdate`: the segment
 * changes the window.
 */
export function takeAcknowledgment(
  tcb: Tcb,
  seg: TcpSegment,
  options: TcpOptionValues,
  isUpdate: boolean,
  now: Instant,
): void {
  const { sent } = tcb;
  const report = beginReport(tcb, seg, options, isUpdate);
  const hadSegments = sent.count > 0;
  if (tcb.hasSack && options.sack.length > 0) readSackBlocks(tcb, options.sack, seg.ack, now);
  if (report.advanced) acknowledgeSegments(tcb, seg.ack, now);
  measure(tcb, now);
  if (!hadSegments) {
    // A duplicate may show that a reduction was not needed, or answer a probe (Linux tcp_ack()).
    if (report.dsack) recover(tcb, 0, now);
    readLossProbeAnswer(tcb, now);
    readProbeAnswer(tcb, now);
    if (tcb.ecn?.accurate !== undefined) countMarked(tcb, tcb.ecn, options, effectiveSendMss(tcb));
    return;
  }
  if (tcb.ecn !== undefined) countMarked(tcb, tcb.ecn, options, effectiveSendMss(tcb));
  react(tcb, now);
}

/**
 * An acknowledgment below SND.UNA was overtaken by a later one. What its SACK blocks tell may still
 * be new (Linux tcp_ack(), old_ack).
 */
export function takeOldAcknowledgment(
  tcb: Tcb,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): void {
  if (!tcb.hasSack || options.sack.length === 0 || tcb.sent.count === 0) return;
  beginReport(tcb, seg, options, false);
  readSackBlocks(tcb, options.sack, seg.ack, now);
  tcb.deliveryRate?.forget();
  if (recover(tcb, 0, now) === 'retransmissions') retransmitLost(tcb, now);
}

function beginReport(
  tcb: Tcb,
  seg: TcpSegment,
  options: TcpOptionValues,
  isUpdate: boolean,
): AckReport {
  const { recovery, snd, ecn } = tcb;
  const report = recovery.ack;
  report.reset(snd.una, highestSacked(tcb), inFlight(tcb), recovery.delivered, recovery.lostEver);
  report.isNotDuplicate = isUpdate || segmentLength(seg) > 0;
  report.advanced = seqGt(seg.ack, snd.una);
  if (ecn !== undefined) {
    report.ece = ecn.accurate === undefined && (seg.flags & TcpFlag.ece) !== 0;
    report.ace = aceOf(seg.flags);
  }
  if (tcb.hasTimestamps && options.hasTimestamps) report.tsEcr = options.tsEcr;
  return report;
}

/** The segments up to `ack` leave the queue. */
function acknowledgeSegments(tcb: Tcb, ack: Seq, now: Instant): void {
  const { recovery, sent, snd, sendBuffer, timers } = tcb;
  const report = recovery.ack;
  while (sent.count > 0 && seqLe(sent.endOf(sent.first), ack)) {
    acknowledgeOldest(tcb, report.priorHighest, now);
    sent.shift();
  }
  if (sent.count > 0 && seqLt(sent.start, ack)) acknowledgePart(tcb, ack, now);
  const octets = Math.min(seqDiff(ack, snd.una), sendBuffer.length);
  sendBuffer.acknowledge(octets);
  tcb.counts.octetsAcknowledged += seqDiff(ack, snd.una);
  snd.una = ack;
  confirmNeighbor(tcb, now);
  if (tcb.mtuProbing !== undefined) readMtuProbe(tcb, tcb.mtuProbing);
  if (snd.isUrgent && seqGe(ack, snd.up)) snd.isUrgent = false;
  tcb.sendMarks?.acknowledged(ack, now);
  timers.stop(RareTimer.persist);
  tcb.firstTimeoutAt = NEVER;
  tcb.softError = undefined;
  report.isProgress = report.segments > 0 || tcb.profile.retransmission.partsCount;
  report.restartsTimer = report.isProgress;
  if (!tcb.hasSack) {
    removeDuplicates(tcb);
    // Without SACK, which of the two copies was acknowledged?
    if (report.ackedRetransmitted) report.ackedOriginal = false;
  } else if (
    report.reorderedFrom !== undefined &&
    seqLt(report.reorderedFrom, report.priorHighest)
  ) {
    noteReordering(tcb, report.reorderedFrom, 'TcpExtTCPSACKReorder');
  }
}

/**
 * Part of a segment is acknowledged. What is left of its packet counts as cut into full segments
 * from there on; one that is not needed for it is acknowledged (Linux tcp_tso_acked()).
 */
function acknowledgePart(tcb: Tcb, ack: Seq, now: Instant): void {
  const { recovery, sent } = tcb;
  const length = sent.lengthOf(sent.first);
  const left = seqDiff(sent.endOfPacket(), ack);
  if (left <= (sent.countInPacket() - 1) * length) {
    acknowledgeOldest(tcb, recovery.ack.priorHighest, now);
    sent.shift();
  }
  sent.cutPacketAnew(ack, length);
}

function acknowledgeOldest(tcb: Tcb, priorHighest: Seq, now: Instant): void {
  const { recovery, sent, rtt } = tcb;
  const report = recovery.ack;
  const oldest = sent.first;
  const sentAt = sent.sentAt(oldest);
  const isSacked = sent.is(oldest, SACKED);
  report.segments += 1;
  tcb.deliveryRate?.segmentDelivered(tcb, oldest);
  if (sent.is(oldest, EVER_RETRANSMITTED)) {
    report.ackedRetransmitted = true;
  } else if (!isSacked) {
    if (report.firstSentAt < 0) report.firstSentAt = sentAt;
    report.lastSentAt = sentAt;
    if (seqLt(sent.start, priorHighest)) reorderedAt(report, sent.start);
    if (seqLe(sent.endOf(oldest), recovery.point)) report.ackedOriginal = true;
  }
  if (isSacked || !tcb.hasSack) return; // counted when it was sacked, or by removeDuplicates()
  recovery.delivered += 1;
  // The copy says nothing to RACK when it was the original that arrived.
  const isSpurious = sent.is(oldest, EVER_RETRANSMITTED) && echoesEarlier(tcb, sentAt);
  if (!isSpurious) noteDelivery(recovery, rtt, sent, oldest, now);
}

/** Each acknowledged segment that a duplicate ACK had stood for. */
function removeDuplicates(tcb: Tcb): void {
  const { recovery } = tcb;
  const { segments } = recovery.ack;
  if (segments > 0) {
    recovery.delivered += Math.max(segments - recovery.duplicateAcks, 1);
    const stood = segments - 1;
    recovery.duplicateAcks = stood >= recovery.duplicateAcks ? 0 : recovery.duplicateAcks - stood;
  }
  boundDuplicates(tcb, segments);
}

/**
 * RTTM: the time since the oldest segment was sent that is acknowledged now, if it was sent once;
 * else since the oldest sacked now; else by the echoed timestamp (RFC 7323 §4).
 */
function measure(tcb: Tcb, now: Instant): void {
  const { recovery, rtt, snd } = tcb;
  const report = recovery.ack;
  let sample = -1;
  let youngest = -1;
  if (report.firstSentAt >= 0 && !report.ackedRetransmitted) {
    sample = now - report.firstSentAt;
    youngest = now - report.lastSentAt;
  }
  if (report.firstSackedAt >= 0) {
    if (sample < 0) sample = now - report.firstSackedAt;
    youngest = now - report.lastSackedAt;
  }
  if (sample < 0 && report.isProgress && report.tsEcr > 0) {
    sample = echoedAge(tcb, report.tsEcr, now);
    youngest = sample;
  }
  report.youngestRtt = youngest;
  if (youngest >= 0) {
    rtt.seen(youngest);
    const una = seqDiff(snd.una, snd.iss);
    tcb.congestion.segmentsAcked?.(tcb.window, youngest, una, seqDiff(snd.nxt, snd.iss), now);
  }
  if (sample < 0) return;
  rtt.measured(sample, snd.una, snd.nxt);
  tcb.probeBackOff = 0; // Linux has one icsk_backoff
  if (report.firstSackedAt >= 0) restartBySack(tcb, report);
}

/**
 * A round trip that a SACK measures restarts the timer where it began before the oldest segment was
 * sent last. Were any SACK enough, a timeout in the middle of a recovery might never come.
 */
function restartBySack({ sent, profile }: Tcb, report: AckReport): void {
  if (!profile.retransmission.sacksRestart || sent.count === 0) return;
  report.restartsTimer ||= report.firstSackedAt < sent.firstSentAt;
}

/** Losses, phases, the window, retransmissions and timers. */
function react(tcb: Tcb, now: Instant): void {
  const { recovery, sent } = tcb;
  const report = recovery.ack;
  if (report.advanced) tcb.retransmissions = 0;
  adaptReorderingWindow(tcb);
  readLossProbeAnswer(tcb, now);
  const isDubious =
    !(report.isProgress || report.isNotDuplicate) ||
    report.sacked ||
    report.dsack ||
    report.ece ||
    recovery.phase !== 'Open';
  let permission: ReturnType<typeof recover> = 'none';
  if (isDubious) {
    const isDuplicate = !report.advanced && !report.isNotDuplicate && !report.dsack;
    permission = recover(tcb, isDuplicate ? 1 : 0, now);
  }
  if (report.restartsTimer) setTimers(tcb, now);
  adjustWindow(tcb, now);
  if (permission === 'retransmissions') retransmitLost(tcb, now);
  if (sent.count > 0) return;
  stopTimer(tcb);
  sent.release();
}

/** RFC 6298 (5.3): the timer starts anew, or a probe's does. */
function setTimers(tcb: Tcb, now: Instant): void {
  if (tcb.sent.count > 0 && !scheduleProbe(tcb, true, now)) restartTimeout(tcb, now);
}

/** The window shrinks while it is being reduced, else it may grow (RFC 5681 §3.1). */
function adjustWindow(tcb: Tcb, now: Instant): void {
  const { recovery, window, congestion, rtt } = tcb;
  const delivered = recovery.delivered - recovery.ack.priorDelivered;
  const lost = recovery.lostEver - recovery.ack.priorLost;
  tcb.services.counters.TcpExtTCPDelivered += delivered;
  const { deliveryRate } = tcb;
  deliveryRate?.ackRead(tcb, now);
  if (congestion.control !== undefined && deliveryRate !== undefined) {
    const sample = deliveryRate.sampleOf(tcb, effectiveSendMss(tcb));
    congestion.control(window, sample, now);
    if (sample.limits) deliveryRate.markLimited(tcb);
    return;
  }
  if (recovery.isReducing) reduce(tcb, delivered, lost);
  else if (mayRaise(tcb)) congestion.avoidCongestion(window, delivered, rtt, now);
  updatePacingRate(tcb, effectiveSendMss(tcb));
}
