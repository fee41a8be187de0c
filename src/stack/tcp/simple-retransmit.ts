/**
 * Sending again what is lost for another reason than congestion: a peer that did not take the data
 * of our SYN (RFC 7413 §4.2.1), or a path that carries less (RFC 1191 §6.4). The congestion window
 * stays as it is (Linux tcp_non_congestion_loss_retransmit()).
 */
import type { Cause } from '../cause.ts';
import type { Instant } from '../time.ts';
import { markLost } from './rack.ts';
import { currentThreshold } from './recovery.ts';
import { startTimeout } from './retransmission-timer.ts';
import { retransmitLost } from './retransmit.ts';
import { LOST, SACKED } from './sent-segments.ts';
import type { Tcb } from './tcb.ts';

/** Every segment in flight counts as lost, and goes again. */
export function loseWithoutCongestion(tcb: Tcb, why: Cause, now: Instant): void {
  const { sent, recovery, window, snd } = tcb;
  for (let i = 0; i < sent.count; i++) if (!sent.is(i, SACKED | LOST)) markLost(tcb, i);
  if (recovery.phase !== 'Loss') {
    recovery.point = snd.nxt;
    window.ssthresh = currentThreshold(tcb);
    window.priorSsthresh = 0;
    recovery.undoFrom = undefined;
    recovery.phase = 'Loss';
  }
  retransmitLost(tcb, now, why);
  startTimeout(tcb, now);
}
