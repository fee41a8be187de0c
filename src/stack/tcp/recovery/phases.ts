/**
 * The moves between the phases of recovery, apart from those after a timeout: what each does to the
 * window, and what it has to remember. When they are made, `recovery.ts` decides.
 */
import { beginReduction } from './rate-reduction.ts';
import { EVER_RETRANSMITTED } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';

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

/** The window shrinks, though nothing is lost: the network marked a packet (RFC 3168 §6.1.2). */
export function enterReduction(tcb: Tcb): void {
  const { recovery, window } = tcb;
  window.priorSsthresh = 0;
  if (recovery.phase !== 'Open' && recovery.phase !== 'Disorder') return;
  recovery.undoFrom = undefined;
  beginReduction(tcb, 'mark');
  recovery.phase = 'CWR';
}

/** Nothing is lost: back to Open, or Disorder while something is odd. */
export function tryToOpen(tcb: Tcb): void {
  const { recovery } = tcb;
  if (!hasRetransmission(tcb)) recovery.retransmittedAt = -1;
  if (recovery.ack.ece) enterReduction(tcb);
  if (recovery.phase !== 'CWR') keepOpen(tcb);
}

export function keepOpen(tcb: Tcb): void {
  const { recovery, sent, snd } = tcb;
  const isOdd = sent.leftOut + recovery.duplicateAcks > 0 || hasRetransmission(tcb);
  const next = isOdd ? 'Disorder' : 'Open';
  if (recovery.phase === next) return;
  recovery.phase = next;
  recovery.point = snd.nxt;
}

/** Whether anything in flight was sent twice, as far as the oldest segment can tell. */
export function hasRetransmission({ sent }: Tcb): boolean {
  return sent.retransmitted > 0 || (sent.count > 0 && sent.is(sent.first, EVER_RETRANSMITTED));
}

/** What ssthresh would be now: a window that grew since the last loss counts by three quarters. */
export function currentThreshold({ recovery, window }: Tcb): number {
  if (recovery.isReducing) return window.ssthresh;
  return Math.max(window.ssthresh, (window.cwnd >>> 1) + (window.cwnd >>> 2));
}

/** What would have to be shown for this reduction to be taken back. */
export function rememberForUndo({ recovery, sent, snd }: Tcb): void {
  recovery.undoFrom = snd.una;
  const probes = recovery.isProbing && recovery.probeIsRetransmission ? 1 : 0;
  // None would mean that all of them turned out to be needless (Linux tcp_init_undo()).
  recovery.undoRetransmissions = sent.retransmitted + probes || -1;
}
