/**
 * The Loss phase, after the retransmission timer has expired (RFC 5681 §3.1, RFC 6298 §5): what is
 * in flight goes again as the window opens anew from one segment. F-RTO (RFC 5682) finds out first
 * whether it has to.
 */
import { seqGe, seqGt } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { addDuplicates } from './identify-losses.ts';
import { LOSS_REASON } from './loss-reasons.ts';
import { NONE } from './ordered-slots.ts';
import { currentThreshold, rememberForUndo } from './phases.ts';
import { markLost, mayStillArrive } from './rack.ts';
import { waitForTimeout } from './retransmission-timer.ts';
import { SACKED } from './sent-segments.ts';
import { flightSize, type Tcb } from '../tcb.ts';
import { undoLoss, undoOnRecovery } from './undo.ts';

/** What an acknowledgment allows to be sent besides new data. */
export type Permission = 'none' | 'new-data' | 'retransmissions';

/**
 * The retransmission timer has expired (RFC 5681 §3.1, RFC 6298 (5.4)): what is in flight counts as
 * lost, except what RACK knows to be too young, and the window falls to one segment. After a peer
 * that reneged RACK knows nothing.
 */
export function enterLoss(tcb: Tcb, now: Instant): void {
  const { recovery, window, congestion, sent, snd } = tcb;
  const isNew = recovery.phase !== 'Recovery' && recovery.phase !== 'Loss';
  const timesOut = tcb.retransmissions;
  loseAll(tcb, now);
  const reduces =
    recovery.phase === 'Open' ||
    recovery.phase === 'Disorder' ||
    !seqGt(recovery.point, snd.una) ||
    (recovery.phase === 'Loss' && timesOut === 0);
  if (reduces) {
    window.priorSsthresh = currentThreshold(tcb);
    window.priorCwnd = window.cwnd;
    window.ssthresh = congestion.thresholdAfterLoss(window, 'loss');
    congestion.timedOut?.();
    rememberForUndo(tcb);
  }
  const { keepsWindowAfterTimeout, segmentsPerTimeout } = tcb.profile.problems;
  if (!keepsWindowAfterTimeout) window.cwnd = sent.pipe + segmentsPerTimeout;
  window.acknowledged = 0;
  window.usedSince = now;
  const isOverestimated =
    (recovery.phase === 'Open' || recovery.phase === 'Disorder') &&
    sent.sacked >= tcb.profile.lossRecovery.reordering;
  if (isOverestimated) {
    recovery.reordering = Math.min(recovery.reordering, tcb.profile.lossRecovery.reordering);
  }
  recovery.phase = 'Loss';
  recovery.point = snd.nxt;
  recovery.isProbing = false;
  if (tcb.ecn !== undefined) tcb.ecn.owesCwr = true;
  // RFC 5682 §2.1 step 1: not when an earlier recovery has not ended by itself.
  recovery.frto = tcb.profile.lossRecovery.frto !== 0 && (isNew || timesOut > 0);
}

function loseAll(tcb: Tcb, now: Instant): void {
  const { sent, recovery } = tcb;
  recovery.duplicateAcks = 0;
  if (sent.count === 0) return;
  // The peer has thrown away what it had sacked (RFC 2018 §8).
  const reneged = sent.is(sent.first, SACKED);
  if (reneged) tcb.services.counters.TcpExtTCPSACKReneging += 1;
  const before = sent.retransmitted;
  for (let i = sent.first; i !== NONE; i = sent.next(i)) {
    if (reneged) sent.unmark(i, SACKED);
    else if (tcb.hasSack && i !== sent.first && mayStillArrive(tcb, i, now)) continue;
    markLost(tcb, i, LOSS_REASON.timeout);
  }
  tcb.services.counters.TcpExtTCPLostRetransmit += before - sent.retransmitted;
}

/** The peer let go of what it had sacked: it acknowledges what lies before, not that (RFC 2018). */
export function hasReneged({ sent, recovery }: Tcb): boolean {
  return recovery.ack.advanced && sent.sacked > 0 && sent.is(sent.first, SACKED);
}

/** Its acknowledgment may still be under way; else a timeout forgets what was sacked. */
export function waitForReneged(tcb: Tcb, now: Instant): void {
  const wait = Math.max(tcb.rtt.srtt / 2, 10_000_000);
  waitForTimeout(tcb, Math.floor(wait), now);
  tcb.recovery.ack.restartsTimer = false;
}

/** After a timeout (Linux tcp_process_loss()). */
export function continueLoss(tcb: Tcb, duplicates: number, now: Instant): Permission {
  const { recovery, snd } = tcb;
  const { ack } = recovery;
  const isRecovered = seqGe(snd.una, recovery.point);
  if (ack.advanced && undoLoss(tcb, false, now)) return 'none';
  if (recovery.frto) {
    // RFC 5682 §3 step 3.b: what was sent once arrives; the timeout was spurious.
    if (ack.ackedOriginal && undoLoss(tcb, true, now)) {
      tcb.services.counters.TcpExtTCPSpuriousRTOs += 1;
      return 'none';
    }
    if (seqGt(snd.nxt, recovery.point)) {
      if (ack.sacked || duplicates > 0) recovery.frto = false; // step 3.a: the loss was real
    } else if (ack.advanced && !isRecovered) {
      recovery.point = snd.nxt;
      // Step 2.b: two segments of new data will tell.
      if (canSendNew(tcb)) return 'new-data';
      recovery.frto = false;
    }
  }
  if (isRecovered) {
    undoOnRecovery(tcb, now); // step 2.a and the first part of 3.a
    return 'none';
  }
  if (!tcb.hasSack) {
    if (seqGt(snd.nxt, recovery.point) && duplicates > 0) addDuplicates(tcb, duplicates);
    else if (ack.advanced) recovery.duplicateAcks = 0;
  }
  return 'retransmissions';
}

function canSendNew(tcb: Tcb): boolean {
  const flight = flightSize(tcb);
  return tcb.sendBuffer.length > flight && tcb.snd.wnd > flight;
}
