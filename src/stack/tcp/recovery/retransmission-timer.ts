/**
 * The timer of what is in flight. A connection waits for one thing at a time, so setting it for one
 * ends the others, as in Linux, where all three are one timer:
 *
 * - the retransmission timeout (RFC 6298 §5),
 * - the tail loss probe that comes before it (RFC 8985 §7),
 * - the end of the reordering window, when what is only late counts as lost (RFC 8985 §6.2).
 */
import { type Duration, type Instant, NEVER } from '../../time.ts';
import type { Tcb } from '../tcb.ts';
import { RareTimer } from '../timers.ts';

/** Nothing is in flight (RFC 6298 (5.2)). */
export function stopTimer({ timers }: Tcb): void {
  timers.retransmission = NEVER;
  timers.probe = NEVER;
  timers.stop(RareTimer.reordering);
}

/** The retransmission timeout counts from now (RFC 6298 (5.1), (5.3)). */
export function startTimeout(tcb: Tcb, now: Instant): void {
  waitForTimeout(tcb, tcb.rtt.rto, now);
}

/** The timeout comes after `delay`. */
export function waitForTimeout(tcb: Tcb, delay: Duration, now: Instant): void {
  stopTimer(tcb);
  tcb.timers.retransmission = tcb.services.clock.after(now, delay);
}

/**
 * The timeout counts anew. If something else was waited for meanwhile, it counts from when the
 * oldest segment was sent, so that waiting for that does not put the timeout off (Linux
 * tcp_rearm_rto()).
 */
export function restartTimeout(tcb: Tcb, now: Instant): void {
  const { timers, sent, rtt } = tcb;
  const hasWaited = timers.probe !== NEVER || timers.isRunning(RareTimer.reordering);
  const delay = hasWaited ? Math.max(sent.firstSentAt + rtt.rto - now, SHORTEST) : rtt.rto;
  waitForTimeout(tcb, delay, now);
}

/** The shortest wait (Linux: a microsecond). */
const SHORTEST: Duration = 1000;

/** By what a short wait is longer, so that it is not over with the tick that comes at once. */
export function timerAllowance({ profile, services }: Tcb): Duration {
  const { timerAllowance: allowance } = profile.lossRecovery;
  return allowance === 'two-ticks' ? services.clock.twoTicks : allowance;
}

export function waitForProbe(tcb: Tcb, delay: Duration, now: Instant): void {
  stopTimer(tcb);
  tcb.timers.probe = tcb.services.clock.after(now, delay);
}

export function waitForReordering(tcb: Tcb, delay: Duration, now: Instant): void {
  stopTimer(tcb);
  tcb.timers.start(RareTimer.reordering, tcb.services.clock.after(now, delay));
}

/** Whether it waits for anything. */
export function isTimerRunning({ timers }: Tcb): boolean {
  return (
    timers.retransmission !== NEVER ||
    timers.probe !== NEVER ||
    timers.isRunning(RareTimer.reordering)
  );
}
