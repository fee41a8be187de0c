/**
 * What a connection leaves behind for the next to the same peer, when it ends well: as it enters
 * TIME-WAIT, or leaves LAST-ACK (Linux tcp_update_metrics()). A round trip that took longer than
 * what is remembered is believed at once, a shorter one little by little: overestimates do less
 * harm.
 */
import type { Instant } from '../../time.ts';
import { NO_THRESHOLD } from '../congestion/congestion-window.ts';
import type { Tcb } from '../tcb.ts';
import type { PeerMetrics } from './peer-metrics.ts';

export function savePeerMetrics(tcb: Tcb, now: Instant): void {
  const { profile, services, rtt, window } = tcb;
  const rule = profile.peerMetrics;
  if (rule === undefined || rule.savesNothing !== 0) return;
  if (rtt.srtt < 0 || rtt.backOffs > 0 || tcb.probeBackOff > 0) {
    // Nothing came back in time: what is remembered is not to be believed.
    const metrics = services.metrics.find(tcb, now);
    if (metrics?.locked.has('rtt') === false) metrics.rtt = 0;
    return;
  }
  const metrics = services.metrics.findOrMake(tcb, now);
  saveRoundTrip(tcb, metrics);
  const isThresholdKept = !rule.ignoresThreshold && !metrics.locked.has('ssthresh');
  if (window.ssthresh >= NO_THRESHOLD) saveFirstSlowStart(tcb, metrics, isThresholdKept);
  else if (!window.isInSlowStart && tcb.recovery.phase === 'Open') {
    saveAvoidance(tcb, metrics, isThresholdKept);
  } else saveSlowStart(tcb, metrics, isThresholdKept);
  metrics.writtenAt = services.clock.lastTick(now);
}

function saveRoundTrip({ rtt }: Tcb, metrics: PeerMetrics): void {
  const srtt = Math.max(1, Math.floor(rtt.srtt / 125)); // ns to µs/8
  const deviation = Math.floor(rtt.rttvar / 250); // ns to µs/4
  const shorter = metrics.rtt - srtt;
  if (!metrics.locked.has('rtt')) {
    metrics.rtt = shorter <= 0 ? srtt : metrics.rtt - Math.floor(shorter / 8);
  }
  if (metrics.locked.has('rttvar')) return;
  const variance = Math.max(Math.floor(Math.abs(shorter) / 2), deviation);
  if (variance >= metrics.rttvar) metrics.rttvar = variance;
  else metrics.rttvar -= Math.floor((metrics.rttvar - variance) / 4);
}

/** Nothing was lost: the path carries the window, if not more. */
function saveFirstSlowStart({ window }: Tcb, metrics: PeerMetrics, isThresholdKept: boolean): void {
  const half = window.cwnd >> 1;
  if (isThresholdKept && metrics.ssthresh > 0 && half > metrics.ssthresh) metrics.ssthresh = half;
  if (!metrics.locked.has('cwnd')) metrics.cwnd = Math.max(metrics.cwnd, window.cwnd);
}

/** Congestion avoidance: the window is reliable. */
function saveAvoidance({ window }: Tcb, metrics: PeerMetrics, isThresholdKept: boolean): void {
  if (isThresholdKept) metrics.ssthresh = Math.max(window.cwnd >> 1, window.ssthresh);
  if (!metrics.locked.has('cwnd')) metrics.cwnd = (metrics.cwnd + window.cwnd) >>> 1;
}

/** Slow start after a loss, or recovery: the window says nothing, the threshold a little. */
function saveSlowStart(tcb: Tcb, metrics: PeerMetrics, isThresholdKept: boolean): void {
  const { ssthresh } = tcb.window;
  const { reordering } = tcb.recovery;
  if (!metrics.locked.has('cwnd')) metrics.cwnd = (metrics.cwnd + ssthresh) >>> 1;
  if (isThresholdKept && metrics.ssthresh > 0) {
    metrics.ssthresh = Math.max(metrics.ssthresh, ssthresh);
  }
  if (metrics.locked.has('reordering') || reordering <= metrics.reordering) return;
  if (reordering !== tcb.profile.lossRecovery.reordering) metrics.reordering = reordering;
}
