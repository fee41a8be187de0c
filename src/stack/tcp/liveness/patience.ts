/**
 * How long a connection waits for a peer that does not answer (RFC 9293 §3.8.3, MUST-20 to
 * MUST-23): R1 and R2 as Linux counts them (`tcp_write_timeout`), and the user timeout, which takes
 * R2's place (RFC 5482, TCP_USER_TIMEOUT).
 *
 * R1 and R2 are given as numbers of retransmissions. Linux keeps them as the time that so many take
 * when they begin at the least RTO and double: an RTO that was measured long makes nobody more
 * patient. Others count.
 */
import { type Duration, type Instant, ms, NEVER, seconds } from '../../time.ts';
import type { Tcb } from '../tcb.ts';

/** When a packet found no room in the host's own queue (TCP_RESOURCE_PROBE_INTERVAL). */
export const LOCAL_RETRY: Duration = ms(500);
/** What tcp_orphan_retries = 0 stands for while RTO still grows. */
const ORPHAN_RETRIES = 8;
/** The least RTO that retransmissions are counted by (TCP_RTO_MIN). */
const LEAST_RTO: Duration = ms(200);
/** How long a peer that took its window back may be silent: twice the longest RTO. */
const SHUT_WINDOW_SILENCE: Duration = seconds(240);

/** How long `retries` retransmissions take (Linux tcp_model_timeout()). */
export function timeOfRetries(retries: number, first: Duration, most: Duration): Duration {
  const doublings = Math.min(retries, Math.floor(Math.log2(most / first)));
  return (2 ** (doublings + 1) - 1) * first + (retries - doublings) * most;
}

/**
 * Timers here are exact. On a real host they end with a tick, so that an RTO of 200 ms takes 201 at
 * least, and so many doublings of it are a little more than the time that is computed from 200.
 */
const TICKS = 200 / 201;

/** Whether the oldest segment was sent again so often, or for as long as so many take. */
export function hasRetriedFor(tcb: Tcb, retries: number, now: Instant): boolean {
  if (tcb.retransmissions === 0) return false;
  const { maximumRto, retriesAreTime } = tcb.profile.retransmission;
  if (!retriesAreTime) return tcb.retransmissions >= retries;
  return now - tcb.firstTimeoutAt >= timeOfRetries(retries, LEAST_RTO, maximumRto) * TICKS;
}

/**
 * How many retransmissions, or probes, a connection gets that no process owns any more. None when
 * `isHopeful` is false: its interval has grown to the longest.
 */
export function orphanRetries({ profile, softError }: Tcb, isHopeful: boolean): number {
  const asked = profile.retransmission.orphanRetries;
  const retries = softError !== undefined && !isHopeful ? 0 : asked;
  return retries === 0 && isHopeful ? ORPHAN_RETRIES : retries;
}

/** R2: whether the connection is to be given up rather than its oldest segment sent again. */
export function isGivenUp(tcb: Tcb, now: Instant): boolean {
  const { retransmission } = tcb.profile;
  const { userTimeout } = tcb.options;
  if (tcb.retransmissions > 0 && userTimeout > 0) {
    return now - tcb.firstTimeoutAt >= userTimeout; // MUST-21
  }
  const retries = tcb.orphaned
    ? orphanRetries(tcb, tcb.rtt.rto < retransmission.maximumRto)
    : retransmission.retries2;
  return hasRetriedFor(tcb, retries, now);
}

/**
 * The same for a SYN (MUST-23), of whose repetitions the first `linear` do not back off. They add
 * to the number of `retries`, but not to the time that these take with back-off: whichever is over
 * first. That time, and the user timeout in its place, begin with the first SYN.
 */
export function isSynGivenUp(tcb: Tcb, retries: number, linear: number, now: Instant): boolean {
  if (tcb.retransmissions >= retries + linear) return true;
  if (tcb.retransmissions === 0) return false;
  const { initialRto, maximumRto, synPatience } = tcb.profile.retransmission;
  const patience = tcb.options.userTimeout || timeOfRetries(retries, initialRto, maximumRto);
  return now - tcb.synSentAt >= Math.min(patience, synPatience);
}

/** What is left of a wait after a SYN, which ends with the patience with all of them. */
export function withinSynPatience(tcb: Tcb, delay: Duration, now: Instant): Duration {
  const { synPatience } = tcb.profile.retransmission;
  const left = Math.max(0, tcb.synSentAt + synPatience - now);
  return Math.min(withinUserTimeout(tcb, delay, tcb.synSentAt, now), left);
}

/**
 * Whether a window that the peer took back, with octets of ours behind it, is shut for too long.
 */
export function isShutForGood(tcb: Tcb, now: Instant): boolean {
  const { counts, firstTimeoutAt } = tcb;
  const { userTimeout } = tcb.options;
  if (firstTimeoutAt === NEVER) return false;
  const retried = now - firstTimeoutAt;
  if (userTimeout > 0 && retried > userTimeout) return true;
  return now - counts.acknowledgedAt > SHUT_WINDOW_SILENCE && retried > SHUT_WINDOW_SILENCE;
}

/** What is left of a wait that began at `since` and ends with the user timeout at the latest. */
export function withinUserTimeout(
  { options: { userTimeout }, services }: Tcb,
  delay: Duration,
  since: Instant,
  now: Instant,
): Duration {
  if (userTimeout === 0 || since === NEVER) return delay;
  return Math.min(delay, Math.max(since + userTimeout - now, services.clock.twoTicks));
}
