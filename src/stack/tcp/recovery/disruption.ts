/**
 * Long disruptions of connectivity (RFC 6069). When a router answers a retransmission with "network
 * unreachable" or "host unreachable", the segment was lost because its way is gone, not because
 * there is congestion. Then the timer need not have been backed off: with the doubling taken back
 * once for each such message, the first segment after the disruption is not long in coming.
 */
import type { IcmpErrorReport } from '../../icmp/icmpv4.ts';
import type { Instant } from '../../time.ts';
import { waitForTimeout } from './retransmission-timer.ts';
import type { Tcb } from '../tcb.ts';

/** A router that knows no way quotes the segment at `seq` (Linux tcp_ld_RTO_revert()). */
export function takeBackOffBack(tcb: Tcb, report: IcmpErrorReport, now: Instant): void {
  const { rtt, sent, snd, profile } = tcb;
  if (!profile.retransmission.takesBackOffBack) return;
  const { seq } = report;
  const isRetransmission = sent.count > 0 && seq === snd.una && tcb.retransmissions > 0;
  if (!isRetransmission || rtt.backOffs === 0) return;
  rtt.takeBackOffBack();
  waitForTimeout(tcb, Math.max(sent.firstSentAt + rtt.rto - now, 0), now);
  tcb.services.schedule(tcb);
}
