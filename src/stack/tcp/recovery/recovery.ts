/**
 * Recovery from loss, as a machine of five phases that each acknowledgment moves: fast retransmit
 * and fast recovery (RFC 5681 §3.2, RFC 6582, RFC 6675), recovery after a timeout, and taking back
 * what was not needed. This file decides; what a move does is in `phases.ts`, `loss-phase.ts` and
 * `undo.ts`. What is lost, `identify-losses.ts`, `rack.ts` and the scoreboard know; how fast to
 * send, `rate-reduction.ts`; what to send, `retransmit.ts`.
 */
import { seqGe } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { hasMtuProbeFailed } from '../path-mtu/mtu-probing.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { addDuplicates, identifyLosses, loseLongSegments } from './identify-losses.ts';
import { continueLoss, hasReneged, type Permission, waitForReneged } from './loss-phase.ts';
import { LOSS_REASON } from './loss-reasons.ts';
import { enterRecovery, tryToOpen } from './phases.ts';
import { endReduction } from './rate-reduction.ts';
import type { Tcb } from '../tcb.ts';
import { undoByDsack, undoOnPartialAck, undoOnRecovery } from './undo.ts';

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
      if (!isInLoss(tcb)) tcb.counts.recovered(now);
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
  if (undoByDsack(tcb, now)) tryToOpen(tcb);
  identifyLosses(tcb, now);
  if (isInRecovery(tcb)) return true;
  if (tcb.sent.lost === 0) return false;
  enterRecovery(tcb);
  return true;
}

function isInLoss({ recovery }: Tcb): boolean {
  return recovery.phase === 'Loss';
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
    tryToOpen(tcb);
    return false;
  }
  const { mtuProbing } = tcb;
  if (mtuProbing !== undefined && hasMtuProbeFailed(tcb, mtuProbing)) {
    return loseLongSegments(tcb, effectiveSendMss(tcb), LOSS_REASON.probeLost);
  }
  enterRecovery(tcb);
  return true;
}
