/**
 * Recovery from loss, as a machine of five phases that each acknowledgment moves: fast retransmit
 * and fast recovery (RFC 5681 §3.2, RFC 6582, RFC 6675), recovery after a timeout with F-RTO (RFC
 * 5682), and taking back what was not needed (Eifel, RFC 4015; D-SACK). What is lost, `rack.ts` and
 * the scoreboard know; how fast to send, `rate-reduction.ts`; what to send, `retransmit.ts`.
 */
import { seqGe, seqGt } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { hasMtuProbeFailed } from '../path-mtu/mtu-probing.ts';
import { effectiveSendMss, timestampValue } from '../negotiate.ts';
import { detectLosses, markLost, mayStillArrive } from './rack.ts';
import { beginReduction, endReduction } from './rate-reduction.ts';
import { NONE } from './ordered-slots.ts';
import { waitForTimeout } from './retransmission-timer.ts';
import { noteReordering } from './scoreboard.ts';
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from './sent-segments.ts';
import { flightSize, type Tcb } from '../tcb.ts';

/** What an acknowledgment allows to be sent besides new data. */
export type Permission = 'none' | 'new-data' | 'retransmissions';

/**
 * An acknowledgment that is no plain progress: duplicates, SACKs, or any while a recovery goes on.
 * Says what may be sent.
 */
export function recover(tcb: Tcb, duplicates: number, now: Instant): Permission {
  const { recovery, snd } = tcb;
  if (recovery.ack.ece) tcb.window.priorSsthresh = 0; // a mark forbids to take a reduction back
  if (hasReneged(tcb)) {
    waitForReneged(tcb, now);
    return 'none';
  }
  if (recovery.phase === 'Open') recovery.retransmittedAt = -1;
  else if (seqGe(snd.una, recovery.point) && leave(tcb, now)) return 'none';
  switch (recovery.phase) {
    case 'Recovery':
      if (!continueFastRecovery(tcb, duplicates, now)) return 'none';
      break;
    case 'Loss': {
      const permission = continueLoss(tcb, duplicates, now);
      identifyLosses(tcb, now);
      const isOver = (recovery.phase as string) === 'Open';
      if (!isOver && !recovery.ack.lostRetransmission) return permission;
      if (!considerRecovery(tcb, duplicates, now)) return permission;
      break;
    }
    default:
      if (!considerRecovery(tcb, duplicates, now)) return 'none';
  }
  return 'retransmissions';
}

/** All up to the recovery point is acknowledged. Says whether nothing more is to be decided. */
function leave(tcb: Tcb, now: Instant): boolean {
  const { recovery, snd } = tcb;
  if (recovery.phase === 'CWR') {
    // One octet more than the point, so that a window of duplicates cannot reduce twice.
    if (snd.una !== recovery.point) {
      endReduction(tcb, now);
      recovery.phase = 'Open';
    }
  } else if (recovery.phase === 'Recovery') {
    recovery.duplicateAcks = 0;
    if (undoOnRecovery(tcb, now)) return true;
    endReduction(tcb, now);
  }
  return false;
}

/** Fast recovery goes on. Says whether retransmissions may go. */
function continueFastRecovery(tcb: Tcb, duplicates: number, now: Instant): boolean {
  const { recovery } = tcb;
  if (!recovery.ack.advanced) {
    if (!tcb.hasSack) addDuplicates(tcb, duplicates);
  } else if (undoOnPartialAck(tcb, now)) {
    return false;
  }
  if (undoByDsack(tcb, now)) tryToOpen(tcb, now);
  identifyLosses(tcb, now);
  if (isInRecovery(tcb)) return true;
  if (tcb.sent.lost === 0) return false;
  enterRecovery(tcb);
  return true;
}

function isInRecovery({ recovery }: Tcb): boolean {
  return recovery.phase === 'Recovery';
}

/** Open, Disorder and CWR: is something lost? Then fast recovery begins. */
function considerRecovery(tcb: Tcb, duplicates: number, now: Instant): boolean {
  const { recovery } = tcb;
  if (!tcb.hasSack) {
    if (recovery.ack.advanced) recovery.duplicateAcks = 0;
    addDuplicates(tcb, duplicates);
  }
  if (recovery.phase === 'Open' || recovery.phase === 'Disorder') undoByDsack(tcb, now);
  identifyLosses(tcb, now);
  if (tcb.sent.lost === 0) {
    tryToOpen(tcb, now);
    return false;
  }
  const { mtuProbing } = tcb;
  if (mtuProbing !== undefined && hasMtuProbeFailed(tcb, mtuProbing)) {
    return loseLongSegments(tcb, effectiveSendMss(tcb));
  }
  enterRecovery(tcb);
  return true;
}

/**
 * The way does not carry what is longer than `mss`: it is lost, and the window is not to blame
 * (Linux tcp_simple_retransmit()). Says whether there is something to send again.
 */
export function loseLongSegments(tcb: Tcb, mss: number): boolean {
  const { sent, recovery, window, snd } = tcb;
  const before = sent.lost;
  for (let i = sent.first; i !== NONE; i = sent.next(i)) {
    if (sent.lengthOf(i) > mss) markLost(tcb, i);
  }
  if (sent.lost === before) return false;
  if (recovery.phase !== 'Loss') {
    recovery.point = snd.nxt;
    window.ssthresh = currentThreshold(tcb);
    window.priorSsthresh = 0;
    recovery.undoFrom = undefined;
    recovery.frto = false;
    recovery.phase = 'Loss';
  }
  return true;
}

/** Each duplicate ACK of a peer without SACK says that one segment has left the network. */
function addDuplicates(tcb: Tcb, duplicates: number): void {
  if (duplicates === 0) return;
  const { recovery, sent } = tcb;
  const most = Math.max(0, sent.count - sent.lost - (sent.count > 0 && sent.lost === 0 ? 1 : 0));
  const before = recovery.duplicateAcks;
  recovery.duplicateAcks = Math.min(before + duplicates, most);
  const delivered = recovery.duplicateAcks - before;
  if (delivered > 0) recovery.delivered += delivered;
}

/** Which segments count as lost now? */
function identifyLosses(tcb: Tcb, now: Instant): void {
  const { recovery, sent } = tcb;
  if (sent.count === 0) return;
  if (!tcb.hasSack) {
    identifyLossWithoutSack(tcb);
    return;
  }
  const before = sent.retransmitted;
  if (detectLosses(tcb, now)) recovery.ack.restartsTimer = false;
  const lost = before - sent.retransmitted;
  if (lost <= 0) return;
  recovery.ack.lostRetransmission = true;
  tcb.services.counters.TcpExtTCPLostRetransmit += lost;
}

/** NewReno (RFC 6582): the third duplicate ACK, and then each partial ACK, tells of one loss. */
function identifyLossWithoutSack(tcb: Tcb): void {
  const { recovery, sent } = tcb;
  const isFirst = recovery.phase !== 'Recovery' && recovery.phase !== 'Loss';
  const isDue = isFirst
    ? recovery.duplicateAcks >= recovery.reordering
    : recovery.phase === 'Recovery' && recovery.ack.advanced;
  if (isDue && !sent.is(sent.first, LOST)) markLost(tcb, sent.first);
}

export function enterRecovery(tcb: Tcb): void {
  const { recovery, window } = tcb;
  window.priorSsthresh = 0;
  rememberForUndo(tcb);
  if (!recovery.isReducing) {
    if (!recovery.ack.ece) window.priorSsthresh = currentThreshold(tcb);
    beginReduction(tcb, 'loss');
  }
  recovery.phase = 'Recovery';
  const { counters } = tcb.services;
  if (tcb.hasSack) counters.TcpExtTCPSackRecovery += 1;
  else counters.TcpExtTCPRenoRecovery += 1;
}

/** What would have to be shown for this reduction to be taken back. */
function rememberForUndo({ recovery, sent, snd }: Tcb): void {
  recovery.undoFrom = snd.una;
  recovery.undoRetransmissions = sent.retransmitted > 0 ? sent.retransmitted : -1;
  if (recovery.isProbing && recovery.probeIsRetransmission) recovery.undoRetransmissions += 1;
}

/** What ssthresh would be now: a window that grew since the last loss counts by three quarters. */
export function currentThreshold({ recovery, window }: Tcb): number {
  if (recovery.isReducing) return window.ssthresh;
  return Math.max(window.ssthresh, (window.cwnd >>> 1) + (window.cwnd >>> 2));
}

/** Nothing is lost: back to Open, or Disorder while something is odd. */
export function tryToOpen(tcb: Tcb, now: Instant): void {
  const { recovery } = tcb;
  if (!hasRetransmission(tcb)) recovery.retransmittedAt = -1;
  if (recovery.ack.ece) enterReduction(tcb, now);
  if (recovery.phase !== 'CWR') keepOpen(tcb);
}

function keepOpen(tcb: Tcb): void {
  const { recovery, sent, snd } = tcb;
  const isOdd = sent.leftOut + recovery.duplicateAcks > 0 || hasRetransmission(tcb);
  const next = isOdd ? 'Disorder' : 'Open';
  if (recovery.phase === next) return;
  recovery.phase = next;
  recovery.point = snd.nxt;
}

/** Whether anything in flight was sent twice, as far as the oldest segment can tell. */
function hasRetransmission({ sent }: Tcb): boolean {
  return sent.retransmitted > 0 || (sent.count > 0 && sent.is(sent.first, EVER_RETRANSMITTED));
}

/** The window shrinks, though nothing is lost: the network marked a packet (RFC 3168 §6.1.2). */
export function enterReduction(tcb: Tcb, _now: Instant): void {
  const { recovery, window } = tcb;
  window.priorSsthresh = 0;
  if (recovery.phase !== 'Open' && recovery.phase !== 'Disorder') return;
  recovery.undoFrom = undefined;
  beginReduction(tcb, 'mark');
  recovery.phase = 'CWR';
}

/**
 * The retransmission timer has expired (RFC 5681 §3.1, RFC 6298 (5.4)): what is in flight counts as
 * lost, except what RACK knows to be too young, and the window falls to one segment.
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
  window.cwnd = sent.pipe + 1;
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
  if (reneged) tcb.services.counters.TcpExtTCPSackReneging += 1;
  for (let i = sent.first; i !== NONE; i = sent.next(i)) {
    if (reneged && sent.is(i, SACKED)) sent.unmark(i, SACKED);
    else if (tcb.hasSack && i !== sent.first && mayStillArrive(tcb, i, now)) continue;
    markLost(tcb, i);
  }
}

/** The peer let go of what it had sacked: it is the oldest now, and not acknowledged (RFC 2018). */
function hasReneged({ sent }: Tcb): boolean {
  return sent.sacked > 0 && sent.is(sent.first, SACKED);
}

/** Its acknowledgment may still be under way; else a timeout forgets what was sacked. */
function waitForReneged(tcb: Tcb, now: Instant): void {
  const wait = Math.max(tcb.rtt.srtt / 2, 10_000_000);
  waitForTimeout(tcb, Math.floor(wait), now);
  tcb.recovery.ack.restartsTimer = false;
}

/** The peer's closed window opens: what was sent again into it did not get through. */
export function windowOpened(tcb: Tcb): void {
  const { sent } = tcb;
  if (sent.retransmitted > 0 && sent.is(sent.first, RETRANSMITTED)) markLost(tcb, sent.first);
}

/** After a timeout (Linux tcp_process_loss()). */
function continueLoss(tcb: Tcb, duplicates: number, now: Instant): Permission {
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

// Undo.

/** Whether all that was sent again was needless: the originals arrived. */
function mayUndo(tcb: Tcb): boolean {
  const { recovery } = tcb;
  return (
    recovery.undoFrom !== undefined && (recovery.undoRetransmissions === 0 || arrivedLate(tcb))
  );
}

/** Eifel detection (RFC 3522): the ACK echoes a timestamp from before the retransmission. */
function arrivedLate(tcb: Tcb): boolean {
  const { recovery } = tcb;
  const { tsEcr } = recovery.ack;
  if (recovery.retransmittedAt < 0 || tsEcr < 0) return false;
  const { clock } = tcb.services;
  const sentAgain = timestampValue(tcb, clock.uptime(recovery.retransmittedAt));
  return ((tsEcr - sentAgain) | 0) < 0;
}

/** Takes the reduction back (Eifel response, RFC 4015, as Linux has it). */
function undo(tcb: Tcb, unmarkLosses: boolean, now: Instant): void {
  const { recovery, window, congestion, sent } = tcb;
  if (unmarkLosses) {
    for (let i = sent.first; i !== NONE && sent.lost > 0; i = sent.next(i)) {
      if (sent.is(i, LOST)) sent.unmark(i, LOST);
    }
  }
  if (window.priorSsthresh > 0) {
    window.cwnd = congestion.windowBeforeLoss(window);
    if (tcb.ecn !== undefined && window.priorSsthresh > window.ssthresh) tcb.ecn.owesCwr = false;
    window.ssthresh = Math.max(window.ssthresh, window.priorSsthresh);
  }
  window.usedSince = now;
  recovery.undoFrom = undefined;
  recovery.rackAdvanced = true; // losses are to be looked for again
}

/** Recovery ended: was it needed? Says whether the phase is held until more is acknowledged. */
function undoOnRecovery(tcb: Tcb, now: Instant): boolean {
  const { recovery } = tcb;
  if (mayUndo(tcb)) undo(tcb, false, now);
  else if (recovery.reorderingPersists > 0) recovery.reorderingPersists -= 1;
  if (holdsPhase(tcb)) return true;
  recovery.phase = 'Open';
  return false;
}

/**
 * Without SACK the phase is held until something beyond the recovery point is acknowledged, so that
 * duplicates of what was in flight start no second fast retransmit (RFC 6582 §4.1).
 */
function holdsPhase(tcb: Tcb): boolean {
  const { recovery, snd } = tcb;
  if (tcb.hasSack || snd.una !== recovery.point) return false;
  if (!hasRetransmission(tcb)) recovery.retransmittedAt = -1;
  return true;
}

/** A partial ACK in fast recovery that an original caused. Says whether to wait for more. */
function undoOnPartialAck(tcb: Tcb, now: Instant): boolean {
  const { recovery, sent } = tcb;
  if (recovery.undoFrom === undefined || !arrivedLate(tcb)) return false;
  noteReordering(tcb, recovery.ack.priorUna);
  if (sent.retransmitted > 0) return true;
  if (!hasRetransmission(tcb)) recovery.retransmittedAt = -1;
  undo(tcb, true, now);
  keepOpen(tcb);
  return false;
}

/** Every retransmission was reported as a duplicate. */
function undoByDsack(tcb: Tcb, now: Instant): boolean {
  const { recovery } = tcb;
  if (recovery.undoFrom === undefined || recovery.undoRetransmissions !== 0) return false;
  recovery.reorderingPersists = Math.min(16, recovery.reorderingPersists + 1);
  undo(tcb, false, now);
  return true;
}

function undoLoss(tcb: Tcb, bySpuriousTimeout: boolean, now: Instant): boolean {
  const { recovery } = tcb;
  if (!bySpuriousTimeout && !mayUndo(tcb)) return false;
  undo(tcb, true, now);
  tcb.retransmissions = 0;
  if (holdsPhase(tcb)) return true;
  if (bySpuriousTimeout || tcb.hasSack) recovery.phase = 'Open';
  return true;
}
