/**
 * Taking a reduction back that was not needed: what was sent again had not been lost. The peer
 * shows it by an echoed timestamp (Eifel, RFC 3522), by telling that each retransmission came twice
 * (D-SACK, RFC 3708), or by acknowledging after a timeout what was sent once (F-RTO, RFC 5682).
 */
import type { Instant } from '../../time.ts';
import { timestampValue } from '../send/segment-options.ts';
import { NONE } from './ordered-slots.ts';
import { hasRetransmission, keepOpen } from './phases.ts';
import { noteReordering } from './scoreboard.ts';
import { LOST } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';

/** Recovery ended: was it needed? Says whether the phase is held until more is acknowledged. */
export function undoOnRecovery(tcb: Tcb, now: Instant): boolean {
  const { recovery, services } = tcb;
  if (mayUndo(tcb)) {
    if (recovery.phase === 'Loss') services.counters.TcpExtTCPLossUndo += 1;
    else services.counters.TcpExtTCPFullUndo += 1;
    undo(tcb, false, now);
  } else if (recovery.reorderingPersists > 0) {
    recovery.reorderingPersists -= 1;
  }
  if (holdsPhase(tcb)) return true;
  recovery.phase = 'Open';
  return false;
}

/** A partial ACK in fast recovery that an original caused. Says whether to wait for more. */
export function undoOnPartialAck(tcb: Tcb, now: Instant): boolean {
  const { recovery, sent } = tcb;
  if (recovery.undoFrom === undefined || !arrivedLate(tcb)) return false;
  noteReordering(tcb, recovery.ack.priorUna, 'TcpExtTCPTSReorder');
  if (sent.retransmitted > 0) return true;
  if (!hasRetransmission(tcb)) recovery.retransmittedAt = -1;
  tcb.services.counters.TcpExtTCPPartialUndo += 1;
  undo(tcb, true, now);
  keepOpen(tcb);
  return false;
}

/** Every retransmission was reported as a duplicate. */
export function undoByDsack(tcb: Tcb, now: Instant): boolean {
  const { recovery } = tcb;
  if (recovery.undoFrom === undefined || recovery.undoRetransmissions !== 0) return false;
  recovery.reorderingPersists = Math.min(16, recovery.reorderingPersists + 1);
  tcb.services.counters.TcpExtTCPDSACKUndo += 1;
  undo(tcb, false, now);
  return true;
}

export function undoLoss(tcb: Tcb, bySpuriousTimeout: boolean, now: Instant): boolean {
  const { recovery } = tcb;
  if (!bySpuriousTimeout && !mayUndo(tcb)) return false;
  tcb.services.counters.TcpExtTCPLossUndo += 1;
  undo(tcb, true, now);
  tcb.retransmissions = 0;
  if (holdsPhase(tcb)) return true;
  if (bySpuriousTimeout || tcb.hasSack) recovery.phase = 'Open';
  return true;
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

/** Whether all that was sent again was needless: the originals arrived. */
function mayUndo(tcb: Tcb): boolean {
  const { recovery } = tcb;
  return (
    recovery.undoFrom !== undefined && (recovery.undoRetransmissions === 0 || arrivedLate(tcb))
  );
}

/** Eifel detection (RFC 3522): the ACK echoes a timestamp from before the retransmission. */
function arrivedLate(tcb: Tcb): boolean {
  const { retransmittedAt } = tcb.recovery;
  return retransmittedAt >= 0 && echoesEarlier(tcb, retransmittedAt);
}

/** Whether the ACK echoes a timestamp that is older than what was sent at that instant. */
export function echoesEarlier(tcb: Tcb, sentAt: Instant): boolean {
  const { tsEcr } = tcb.recovery.ack;
  if (tsEcr <= 0) return false;
  const sent = timestampValue(tcb, tcb.services.timestampClock.ticks(sentAt));
  return ((tsEcr - sent) | 0) < 0;
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
