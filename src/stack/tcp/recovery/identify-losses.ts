/**
 * Which segments count as lost: by RACK where the peer sends SACKs, else by duplicate and partial
 * ACKs (NewReno, RFC 6582), and those that cannot have got through.
 */
import type { Instant } from '../../time.ts';
import { LOSS_REASON, type LossReason } from './loss-reasons.ts';
import { NONE } from './ordered-slots.ts';
import { currentThreshold } from './phases.ts';
import { detectLosses, markLost } from './rack.ts';
import { LOST } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';

/** Which segments count as lost now? */
export function identifyLosses(tcb: Tcb, now: Instant): void {
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
  if (!isDue || sent.is(sent.first, LOST)) return;
  markLost(tcb, sent.first, isFirst ? LOSS_REASON.overtaken : LOSS_REASON.partialAck);
}

/** Each duplicate ACK of a peer without SACK says that one segment has left the network. */
export function addDuplicates(tcb: Tcb, duplicates: number): void {
  if (duplicates === 0) return;
  const { recovery } = tcb;
  const before = recovery.duplicateAcks;
  recovery.duplicateAcks = before + duplicates;
  boundDuplicates(tcb, 0);
  const delivered = recovery.duplicateAcks - before;
  if (delivered > 0) recovery.delivered += delivered;
}

/**
 * At least one segment of those in flight is missing, so no more duplicate ACKs can stand for
 * others: where more came, the network changed the order of segments (Linux
 * tcp_check_reno_reordering()). `acknowledged`: so many have left the flight just now.
 */
export function boundDuplicates(tcb: Tcb, acknowledged: number): void {
  const { recovery, sent, profile, services } = tcb;
  const most = Math.max(0, sent.count - Math.max(sent.lost, 1));
  if (recovery.duplicateAcks <= most) return;
  recovery.duplicateAcks = most;
  recovery.reordering = Math.min(sent.count + acknowledged, profile.lossRecovery.reorderingMost);
  recovery.reorderingsSeen += 1;
  services.counters.TcpExtTCPRenoReorder += 1;
}

/**
 * The way does not carry what is longer than `mss`: it is lost, and the window is not to blame
 * (Linux tcp_simple_retransmit()). Says whether there is something to send again.
 */
export function loseLongSegments(tcb: Tcb, mss: number, why: LossReason): boolean {
  const { sent, recovery, window, snd } = tcb;
  const before = sent.lost;
  for (let i = sent.first; i !== NONE; i = sent.next(i)) {
    if (sent.lengthOf(i) > mss) markLost(tcb, i, why);
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
