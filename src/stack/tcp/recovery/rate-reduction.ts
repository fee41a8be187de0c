/**
 * Proportional rate reduction (RFC 6937, with the safe bound of its revision): while the window
 * shrinks from what it was to ssthresh, how much is sent follows from how much was delivered. Where
 * a system does without, the window falls at once (RFC 5681 §3.2).
 */
import type { Instant } from '../../time.ts';
import type { CongestionEvent } from '../congestion/congestion-control.ts';
import { NO_THRESHOLD } from '../congestion/congestion-window.ts';
import type { Tcb } from '../tcb.ts';

/** A congestion event: the reduction begins. */
export function beginReduction(tcb: Tcb, event: CongestionEvent): void {
  const { recovery, window, congestion, snd } = tcb;
  recovery.point = snd.nxt;
  recovery.isProbing = false;
  if (tcb.ecn !== undefined) tcb.ecn.owesCwr = true;
  window.acknowledged = 0;
  window.priorCwnd = window.cwnd;
  window.prrDelivered = 0;
  window.prrOut = 0;
  window.ssthresh = congestion.thresholdAfterLoss(window, event);
}

/** An acknowledgment delivered `delivered` segments and showed `lost` to be lost: sets cwnd. */
export function reduce(tcb: Tcb, delivered: number, lost: number): void {
  const { window, recovery, sent } = tcb;
  if (delivered <= 0 || window.priorCwnd === 0) return;
  const pipe = inFlight(tcb);
  if (tcb.profile.lossRecovery.reduces === 'at-once') {
    // The fast retransmit goes in any case, and with each partial ACK another (RFC 6582 §3.2).
    const hasOne = window.prrOut === 0 || recovery.ack.advanced;
    window.cwnd = Math.max(window.ssthresh, hasOne ? pipe + 1 : 1);
    return;
  }
  const room = window.ssthresh - pipe;
  window.prrDelivered += delivered;
  let toSend: number;
  if (room < 0) {
    const share = window.ssthresh * window.prrDelivered + window.priorCwnd - 1;
    toSend = Math.floor(share / window.priorCwnd) - window.prrOut;
  } else {
    toSend = Math.max(window.prrDelivered - window.prrOut, delivered);
    if (recovery.ack.advanced && lost === 0) toSend += 1; // PRR-SSRB
    toSend = Math.min(room, toSend);
  }
  toSend = Math.max(toSend, window.prrOut > 0 ? 0 : 1); // the fast retransmit itself
  window.cwnd = pipe + toSend;
  if (sent.count === 0) window.cwnd = Math.max(window.cwnd, 1);
}

/** The reduction is over: the window is what it was to become. */
export function endReduction(tcb: Tcb, now: Instant): void {
  const { window, recovery } = tcb;
  if (tcb.congestion.control !== undefined) return;
  const isKept = recovery.phase === 'CWR' || recovery.undoFrom !== undefined;
  if (window.ssthresh >= NO_THRESHOLD || !isKept) return;
  const { keepsWindowAfterRecovery } = tcb.profile.problems;
  window.cwnd = keepsWindowAfterRecovery ? window.priorCwnd : window.ssthresh;
  window.usedSince = now;
}

/** Segments in the network; without SACK each duplicate ACK stands for one that has left it. */
export function inFlight({ sent, recovery }: Tcb): number {
  return sent.pipe - recovery.duplicateAcks;
}
