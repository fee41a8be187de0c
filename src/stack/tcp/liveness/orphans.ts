/**
 * Connections that no process has any more: how many may go on at a time (Linux tcp_max_orphans),
 * looked at when one becomes an orphan, and when a timer shows that one makes no progress.
 */
import { cause } from '../../cause.ts';
import { type Duration, type Instant, seconds } from '../../time.ts';
import { close } from '../close.ts';
import { endByReset } from '../segment-arrives/reset.ts';
import type { Tcb } from '../tcb.ts';

const TOO_MANY_ORPHANS = cause(
  'too-many-orphans',
  'too many connections go on without a socket',
  'Linux tcp_max_orphans',
);

/** A peer that was sent data so lately may still be there to hear a RST (TCP_TIMEWAIT_LEN). */
const LATELY: Duration = seconds(60);

/** The connection has become an orphan: it ends if there are too many of them. */
export function endIfOneTooMany(tcb: Tcb, now: Instant): void {
  if (tcb.state !== 'CLOSED' && areTooMany(tcb, 1)) endByReset(tcb, TOO_MANY_ORPHANS, now);
}

/** Whether orphans are too many when each counts as `weight`. */
function areTooMany({ services, profile }: Tcb, weight: number): boolean {
  return services.orphans * weight > profile.orphansMost;
}

/**
 * A timer of an orphan has fired: does it end for want of room (Linux tcp_out_of_resources())? One
 * that was silent for long, or has heard an error, counts for more.
 *
 * @param isHopeful whether it would go on otherwise
 */
export function endsForRoom(tcb: Tcb, isHopeful: boolean, now: Instant): boolean {
  const { counts, softError, profile, snd, sent } = tcb;
  const silence = now - counts.dataSentAt;
  const isStale = silence > 2 * profile.retransmission.maximumRto || !isHopeful;
  const weight = (isStale ? 2 : 1) * (softError === undefined ? 1 : 2);
  if (!areTooMany(tcb, weight)) return false;
  const isHeard = isHopeful || silence <= LATELY || (snd.wnd === 0 && sent.count === 0);
  if (isHeard) endByReset(tcb, TOO_MANY_ORPHANS, now);
  else close(tcb, undefined, TOO_MANY_ORPHANS, now);
  return true;
}
