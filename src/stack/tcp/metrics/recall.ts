/**
 * What a connection takes from those before it to the same peer, as its handshake ends (Linux
 * tcp_init_metrics()): the slow start threshold and how far segments change order; and the first
 * timeout, since SYNs are short and quick: round trips of data have been seen to take longer. The
 * estimate of the round trip itself begins anew.
 */
import type { Duration, Instant } from '../../time.ts';
import { beSender, type Tcb } from '../tcb.ts';

/** How large its window may become, and what it makes of losses. */
export function recallPath(tcb: Tcb, now: Instant): void {
  const rule = tcb.profile.peerMetrics;
  const metrics = rule && tcb.services.metrics.find(tcb, now);
  if (rule === undefined || metrics === undefined) return;
  const { window } = tcb;
  if (metrics.locked.has('cwnd')) {
    window.clamp = Math.max(metrics.cwnd, 1);
    window.cwnd = Math.min(window.cwnd, window.clamp);
  }
  if (!rule.ignoresThreshold && metrics.ssthresh > 0) {
    window.ssthresh = Math.min(metrics.ssthresh, window.clamp);
  }
  if (metrics.reordering === 0) return;
  beSender(tcb);
  tcb.recovery.reordering = metrics.reordering;
}

/** The timeout, unless the handshake took longer than what is remembered; else nothing. */
export function recalledTimeout(tcb: Tcb, now: Instant): Duration | undefined {
  const { profile, services, rtt } = tcb;
  const metrics = profile.peerMetrics && services.metrics.find(tcb, now);
  if (metrics === undefined || metrics.rtt * 125 <= rtt.srtt) return undefined;
  const roundTrip = services.clock.wholeTicks(metrics.rtt * 125);
  return roundTrip + Math.max(2 * roundTrip, rtt.minimumRto);
}
