/**
 * RACK (RFC 8985 §6): a segment is lost when one sent later has been delivered, and a little time
 * has passed in which the network might only have changed their order.
 */
import { type Seq, seqGt } from '../../../wire/index.ts';
import type { Duration, Instant } from '../../time.ts';
import type { LossRecovery } from './loss-recovery.ts';
import { waitForReordering } from './retransmission-timer.ts';
import type { RoundTripTime } from '../rtt.ts';
import { LOST, RETRANSMITTED, SACKED } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';

/** RACK.reo_wnd_persist: recoveries that a wider reordering window lasts (§6.2 step 4). */
const PERSIST = 16;
const MOST_WINDOWS = 255;
/** The reordering timer is never shorter (Linux TCP_TIMEOUT_MIN: two ticks of 1 ms). */
const SHORTEST_TIMEOUT: Duration = 2_000_000;

/** RACK_sent_after: whether one transmission came after another. */
function isSentAfter(at: Instant, end: Seq, otherAt: Instant, otherEnd: Seq): boolean {
  return at > otherAt || (at === otherAt && seqGt(end, otherEnd));
}

/** Step 2: a segment was delivered; remembers the one that was sent last of all delivered. */
export function deliveredBySack(
  recovery: LossRecovery,
  rtt: RoundTripTime,
  wasRetransmitted: boolean,
  end: Seq,
  sentAt: Instant,
  now: Instant,
): void {
  const sample = now - sentAt;
  // So fast an answer to a retransmission is one to the original.
  if (wasRetransmitted && sample < rtt.minimum) return;
  recovery.rackAdvanced = true;
  recovery.rackRtt = sample;
  if (isSentAfter(sentAt, end, recovery.rackSentAt, recovery.rackEnd)) {
    recovery.rackSentAt = sentAt;
    recovery.rackEnd = end;
  }
}

/** Step 4: how long a segment is waited for that may only have been overtaken. */
function reorderingWindow(tcb: Tcb): Duration {
  const { recovery, rtt, sent } = tcb;
  if (recovery.reorderingsSeen === 0) {
    if (recovery.phase === 'Recovery' || recovery.phase === 'Loss') return 0;
    if (sent.sacked >= recovery.reordering) return 0;
  }
  const window = Math.floor(rtt.minimum / 4) * recovery.reorderingWindows;
  return Math.min(window, Math.max(rtt.srtt, 0));
}

/** Widens the reordering window once for each round trip in which D-SACKs came. */
export function adaptReorderingWindow(recovery: LossRecovery): void {
  if (recovery.ack.priorDelivered < recovery.dsackRoundDelivered) recovery.dsackSeen = false;
  if (recovery.dsackSeen) {
    recovery.reorderingWindows = Math.min(MOST_WINDOWS, recovery.reorderingWindows + 1);
    recovery.dsackSeen = false;
    recovery.dsackRoundDelivered = recovery.delivered;
    recovery.reorderingPersists = PERSIST;
  } else if (recovery.reorderingPersists === 0) {
    recovery.reorderingWindows = 1;
  }
}

/**
 * Step 5: marks what is lost by now, and sets the timer for what will be unless it arrives. Says
 * whether that timer was set.
 */
export function detectLosses(tcb: Tcb, now: Instant): boolean {
  const { recovery } = tcb;
  if (!recovery.rackAdvanced) return false;
  recovery.rackAdvanced = false;
  const timeout = markLosses(tcb, now);
  if (timeout > 0) waitForReordering(tcb, timeout + SHORTEST_TIMEOUT, now);
  return timeout > 0;
}

/** Marks each segment whose time is over; returns how long the last of the others may take yet. */
export function markLosses(tcb: Tcb, now: Instant): Duration {
  const { sent, recovery } = tcb;
  const allowance = recovery.rackRtt + reorderingWindow(tcb);
  let longest = 0;
  // What was sent again lies among the lost. It is looked at only while there is any.
  if (sent.retransmitted > 0) longest = judge(tcb, 0, sent.firstOpen, allowance, now);
  longest = Math.max(longest, judge(tcb, sent.firstOpen, sent.count, allowance, now));
  while (sent.firstOpen < sent.count && sent.is(sent.firstOpen, SACKED | LOST)) sent.firstOpen += 1;
  return longest;
}

function judge(tcb: Tcb, from: number, to: number, allowance: Duration, now: Instant): Duration {
  const { recovery, sent } = tcb;
  let longest = 0;
  for (let i = from; i < to; i++) {
    if (sent.is(i, SACKED) || (sent.is(i, LOST) && !sent.is(i, RETRANSMITTED))) continue;
    const sentAt = sent.sentAt(i);
    if (!isSentAfter(recovery.rackSentAt, recovery.rackEnd, sentAt, sent.endOf(i))) {
      if (!sent.is(i, RETRANSMITTED)) break; // whatever follows was sent later still
      continue;
    }
    const remaining = allowance - (now - sentAt);
    if (remaining <= 0) markLost(tcb, i);
    else longest = Math.max(longest, remaining);
  }
  return longest;
}

/** Whether a segment may still be on its way although the retransmission timer has expired. */
export function mayStillArrive({ recovery, sent }: Tcb, index: number, now: Instant): boolean {
  return recovery.rackRtt > now - sent.sentAt(index);
}

/** The segment counts as lost; if it was sent again, that copy does. */
export function markLost({ sent, recovery }: Tcb, index: number): void {
  if (sent.is(index, SACKED)) return;
  if (sent.is(index, LOST)) {
    if (!sent.is(index, RETRANSMITTED)) return;
    sent.unmark(index, RETRANSMITTED);
    recovery.lostEver += 1;
    return;
  }
  sent.mark(index, LOST);
  if (sent.is(index, RETRANSMITTED)) sent.unmark(index, RETRANSMITTED);
  recovery.lostEver += 1;
}
