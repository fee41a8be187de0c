/** Taking the round-trip time of the segment that is being timed (RFC 6298 §3). */
import { type Seq, seqGe } from '../../wire/index.ts';
import type { Instant } from '../time.ts';
import type { Tcb } from './tcb.ts';

/** `ack` has arrived: if it covers the timed segment, that is a measurement. */
export function continueMeasuring(tcb: Tcb, ack: Seq, now: Instant): void {
  if (tcb.timedAt < 0 || !seqGe(ack, tcb.timedEnd)) return;
  const { counts } = tcb;
  const sample = now - tcb.timedAt;
  if (sample < counts.shortestRoundTrip) counts.shortestRoundTrip = sample;
  tcb.rtt.measured(sample);
  tcb.timedAt = -1;
}
