/**
 * What a connection takes from those before it to the same peer, as its handshake ends (Linux
 * tcp_init_metrics()): the slow start threshold and how far segments change order; and the first
 * timeout, since SYNs are short and quick: round trips of data have been seen to take longer. The
 * estimate of the round trip itself begins anew.
 */
import type { Duration, Instant } from '../../time.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import { beSender, type Tcb } from '../tcb.ts';
import type { PeerMetrics } from './peer-metrics.ts';

/** The connection is established. */
export function recallMetrics(tcb: Tcb, now: Instant): void {
  const { rtt } = tcb;
  const metrics = find(tcb, now);
  const isInUse = isHalfOpen(tcb); // since its SYN came, and what it has measured holds
  if (metrics !== undefined && !isInUse) recall(tcb, metrics);
  const timeout = isInUse && rtt.srtt >= 0 ? undefined : metrics && timeoutOf(tcb, metrics);
  if (timeout === undefined) rtt.handshakeIsOver();
  else rtt.beginAt(timeout);
}

/** The connection is in use from its SYN on (`fast-open/`). */
export function recallPath(tcb: Tcb, now: Instant): void {
  const metrics = find(tcb, now);
  if (metrics !== undefined) recall(tcb, metrics);
}

function find(tcb: Tcb, now: Instant): PeerMetrics | undefined {
  return tcb.profile.peerMetrics && tcb.services.metrics.find(tcb, now);
}

/** How large its window may become, and what it makes of losses. */
function recall(tcb: Tcb, metrics: PeerMetrics): void {
  const { window, profile } = tcb;
  if (metrics.locked.has('cwnd')) {
    window.clamp = Math.max(metrics.cwnd, 1);
    window.cwnd = Math.min(window.cwnd, window.clamp);
  }
  if (profile.peerMetrics?.ignoresThreshold === false && metrics.ssthresh > 0) {
    window.ssthresh = Math.min(metrics.ssthresh, window.clamp);
  }
  if (metrics.reordering === 0) return;
  beSender(tcb);
  tcb.recovery.reordering = metrics.reordering;
}

/** Unless the handshake took longer than what is remembered. */
function timeoutOf({ services, rtt }: Tcb, metrics: PeerMetrics): Duration | undefined {
  const remembered = metrics.rtt * 125; // µs/8 to ns
  if (remembered <= rtt.srtt) return undefined;
  const roundTrip = services.clock.wholeTicks(remembered);
  return roundTrip + Math.max(2 * roundTrip, rtt.minimumRto);
}
