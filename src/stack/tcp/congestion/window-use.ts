/**
 * Whether the window is used (RFC 7661, RFC 2861; Linux tcp_cwnd_validate()): a window that the
 * application does not fill has not been shown to be right, so it may not grow, and on some systems
 * it decays.
 */
import { seqGe } from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { currentThreshold } from '../recovery/phases.ts';
import type { Tcb } from '../tcb.ts';

/** After sending: `isLimited` says that the window held back more. */
export function validateWindow(tcb: Tcb, isLimited: boolean, now: Instant): void {
  const { window, sent, snd } = tcb;
  const isFuller = !window.isLimited && sent.count > window.mostInFlight;
  if (seqGe(snd.una, window.usageEnd) || isLimited || isFuller) {
    window.isLimited = isLimited;
    window.mostInFlight = sent.count;
    window.usageEnd = snd.nxt;
  }
  if (isWindowLimited(tcb)) {
    window.used = 0;
    window.usedSince = now;
    return;
  }
  window.used = Math.max(window.used, sent.count);
  const isIdleLong = now - window.usedSince >= tcb.rtt.rto;
  const { slowStartAfterIdle, decaysUnfilled } = tcb.profile.congestion;
  const ages = slowStartAfterIdle && decaysUnfilled && tcb.congestion.control === undefined;
  if (ages && isIdleLong) decay(tcb, now);
}

/** Whether more window would have meant more sent: twice what was, in slow start. */
export function isWindowLimited({ window }: Tcb): boolean {
  if (window.isLimited) return true;
  return window.isInSlowStart && window.cwnd < 2 * window.mostInFlight;
}

/** Halfway towards what was used, each RTO that the application did not fill the window. */
function decay(tcb: Tcb, now: Instant): void {
  const { window, recovery } = tcb;
  if (recovery.phase === 'Open') {
    const used = Math.max(window.used, tcb.profile.congestion.initialWindow);
    if (used < window.cwnd) {
      window.ssthresh = currentThreshold(tcb);
      window.cwnd = (window.cwnd + used) >>> 1;
    }
    window.used = 0;
  }
  window.usedSince = now;
}

/** Whether an acknowledgment may raise the window: one of new data, and the window was in use. */
export function mayRaise(tcb: Tcb): boolean {
  const { recovery, profile } = tcb;
  const { ack } = recovery;
  const isProgress =
    recovery.reordering > profile.lossRecovery.reordering
      ? ack.isProgress || ack.sacked
      : ack.isProgress;
  return isProgress && isWindowLimited(tcb);
}

/**
 * Something is to be sent after a pause: the window halves for each RTO of it (RFC 5681 §4.1).
 * Asked when that is written, or when the peer's window changes while it waits (Linux).
 */
export function restartAfterIdle(tcb: Tcb, now: Instant): void {
  const { window, rtt, profile, counts, sent } = tcb;
  if (tcb.congestion.control !== undefined) return; // by the rate, not by the window
  if (sent.count > 0 || counts.dataSegmentsOut === 0) return;
  const idle = now - counts.dataSentAt;
  if (!profile.congestion.slowStartAfterIdle || idle <= rtt.rto) return;
  const least = Math.min(profile.congestion.initialWindow, window.cwnd);
  window.ssthresh = currentThreshold(tcb);
  for (let left = idle - rtt.rto; left > 0 && window.cwnd > least; left -= rtt.rto) {
    window.cwnd >>>= 1;
  }
  window.cwnd = Math.max(window.cwnd, least);
  window.used = 0;
  window.usedSince = now; // or the same pause would count against it once more
}
