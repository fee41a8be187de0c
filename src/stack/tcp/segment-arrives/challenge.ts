/**
 * Answers that are given only so often (RFC 5961 §5 and §7): challenges, which ask the peer whether
 * it meant what may be a forgery, and acknowledgments of segments outside the window. Otherwise two
 * ends that disagree would acknowledge each other for ever, and a stranger could count answers.
 */
import { segmentLength, TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import type { Cause } from '../../cause.ts';
import type { CounterName } from '../../counters.ts';
import { type Instant, seconds } from '../../time.ts';
import type { TcpServices } from '../services.ts';
import type { Tcb } from '../tcb.ts';

/** tcp_challenge_ack_limit when there is none. */
const NO_LIMIT = 0x7fff_ffff;

/** A connection, or what is left of it. */
interface Answering {
  readonly services: TcpServices;
  /** When it last answered what deserves an answer only so often. */
  answeredAt: Instant;
}

/** How many challenges the host may still send in the present second (RFC 5961 §7). */
export class ChallengeBudget {
  #second = -1;
  #left = 0;

  /** Takes one of `limit` a second. Chance moves the limit, so that nobody can count them. */
  take(limit: number, random: () => number, now: Instant): boolean {
    if (limit === NO_LIMIT) return true;
    const second = Math.floor(now / seconds(1));
    if (second !== this.#second) {
      const half = (limit + 1) >> 1;
      this.#second = second;
      // limit/2 to 3·limit/2; a limit of 0 is none, as its range wraps around (Linux).
      this.#left = limit > 0 ? half + (random() % limit) : Number.POSITIVE_INFINITY;
    }
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }
}

/** Owes the peer an ACK by which it can tell whether the segment was its own. */
export function challenge(tcb: Tcb, why: Cause, now: Instant): void {
  if (!mayAnswer(tcb, 'TcpExtTCPACKSkippedChallenge', now)) return;
  const { services, profile } = tcb;
  const { challengeBudget, choices } = services;
  if (!challengeBudget.take(profile.challengeLimit, () => choices.chance(), now)) return;
  services.counters.TcpExtTCPChallengeACK += 1;
  tcb.ackOwed = why;
}

/**
 * Whether a segment outside the window is answered now. Text is always answered: its sender waits,
 * and will not answer in turn (Linux tcp_oow_rate_limited()).
 */
export function mayAnswerOutside(
  who: Answering,
  seg: TcpSegment,
  skipped: CounterName,
  now: Instant,
): boolean {
  const hasText = segmentLength(seg) > 0 && (seg.flags & TcpFlag.syn) === 0;
  return hasText || mayAnswer(who, skipped, now);
}

/** One in `tcp_invalid_ratelimit`, of every kind together (Linux last_oow_ack_time). */
function mayAnswer(who: Answering, skipped: CounterName, now: Instant): boolean {
  const { counters, profile } = who.services;
  if (now - who.answeredAt < profile.challengeInterval) {
    counters[skipped] += 1;
    return false;
  }
  who.answeredAt = now;
  return true;
}
