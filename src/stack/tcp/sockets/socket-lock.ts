/**
 * A call of the program has the socket (Linux lock_sock()) for as long as it goes on: what arrives
 * waits in the backlog, and timers wait, too. When it lets go of the socket all that is looked at,
 * and acknowledged once (release_sock(), tcp_release_cb()).
 */
import type { Cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { acknowledge } from '../receive/ack-policy.ts';
import { Backlog, type WaitingSegment } from './backlog.ts';
import { reactToSegment, readSegment } from '../segment-arrives/input.ts';
import { output } from '../send/output.ts';
import type { Tcb } from '../tcb.ts';
import { timersFire } from '../timeouts.ts';

/** A call has the socket from now on. */
export function lockSocket(tcb: Tcb): void {
  if (tcb.profile.backlog !== undefined) tcb.backlog ??= new Backlog();
}

/** The call ends. */
export function releaseSocket(tcb: Tcb, now: Instant): void {
  const { backlog } = tcb;
  if (backlog === undefined) return;
  let deferred: Cause | undefined = undefined;
  for (const waiting of backlog.segments()) {
    if (tcb.state === 'CLOSED') break;
    backlog.reading = waiting.kept;
    if (!readWaiting(tcb, waiting, now)) continue;
    acknowledge(tcb, now);
    if (tcb.profile.backlog?.defersAcks === true && tcb.delayedAck.isScheduled) {
      deferred ??= tcb.ackOwed;
      tcb.ackOwed = undefined;
    }
    reactToSegment(tcb, now);
  }
  tcb.backlog = undefined;
  // What was sent meanwhile may have carried it.
  if (deferred !== undefined && tcb.delayedAck.isScheduled) {
    tcb.ackOwed = deferred;
    output(tcb, now);
  }
  if (tcb.timers.next() <= now) timersFire(tcb, now);
  if (tcb.state !== 'CLOSED') tcb.services.schedule(tcb);
}

/** A segment that has waited, perhaps several in one: these count as so many. */
function readWaiting(tcb: Tcb, waiting: WaitingSegment, now: Instant): boolean {
  const { packet, packets, count, longest } = waiting;
  const device = tcb.route.port.interface;
  if ((count > packets || packets > 1) && longest > 0) device.mergedSegment = longest;
  const isRead = readSegment(tcb, packet, waiting.joined(), now, count);
  device.mergedSegment = undefined;
  return isRead;
}
