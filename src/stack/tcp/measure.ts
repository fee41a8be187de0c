/** Taking the round-trip time of the handshake (RFC 6298 §3). */
import type { TcpOptionValues } from '../../wire/index.ts';
import type { Instant } from '../time.ts';
import { updatePacingRate } from './congestion/burst.ts';
import { effectiveSendMss } from './open/negotiate.ts';
import { timestampValue } from './send/segment-options.ts';
import type { Tcb } from './tcb.ts';

/**
 * Our SYN is acknowledged: that is a measurement, unless it was sent twice (Karn) and no timestamp
 * tells which one is answered.
 */
export function measureSyn(tcb: Tcb, options: TcpOptionValues, now: Instant): void {
  const hasEcho = tcb.hasTimestamps && options.hasTimestamps && options.tsEcr > 0;
  const rtt =
    tcb.timedAt >= 0 ? now - tcb.timedAt : hasEcho ? echoedAge(tcb, options.tsEcr, now) : -1;
  if (rtt < 0) return;
  tcb.rtt.seen(rtt);
  tcb.rtt.measured(rtt, tcb.snd.una, tcb.snd.nxt);
  tcb.timedAt = -1;
  updatePacingRate(tcb, effectiveSendMss(tcb));
}

/** How long ago we sent what the peer echoes (RFC 7323 §4); -1 when it is none of ours. */
export function echoedAge(tcb: Tcb, tsEcr: number, now: Instant): number {
  const age = (timestampValue(tcb, tcb.services.timestampClock.ticks(now)) - tsEcr) | 0;
  return age < 0 ? -1 : Math.max(age, 1) * tcb.profile.timestampClock.tick;
}
