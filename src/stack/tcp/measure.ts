/** Taking the round-trip time of the handshake (RFC 6298 §3). */
import type { Instant } from '../time.ts';
import { updatePacingRate } from './congestion/burst.ts';
import { effectiveSendMss } from './negotiate.ts';
import type { Tcb } from './tcb.ts';

/** Our SYN is acknowledged: that is a measurement, unless it was sent twice (Karn). */
export function measureSyn(tcb: Tcb, now: Instant): void {
  if (tcb.timedAt < 0) return;
  const rtt = now - tcb.timedAt;
  tcb.rtt.seen(rtt);
  tcb.rtt.measured(rtt, tcb.snd.una, tcb.snd.nxt);
  tcb.timedAt = -1;
  updatePacingRate(tcb, effectiveSendMss(tcb));
}
