/**
 * RACK (RFC 8985 §6): a segment is lost when one sent later has been delivered, and a little time
 * has passed in which the network might only have changed their order.
 */
import type { Duration, Instant } from '../../time.ts';
import type { LossRecovery } from './loss-recovery.ts';
import { LOSS_REASON, type LossReason } from './loss-reasons.ts';
import { NONE } from './ordered-slots.ts';
import { timerAllowance, waitForReordering } from './retransmission-timer.ts';
import type { RoundTripTime } from '../rtt.ts';
import {
  EVER_RETRANSMITTED,
  LOST,
  RETRANSMITTED,
  SACKED,
  type SentSegments,
} from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';

/** Bits of tcp_recovery. The first says that there is RACK at all, which nobody asks any more. */
export const RACK_FLAG = {
  /** The reordering window never grows beyond a quarter of the shortest round trip. */
  staticWindow: 2,
  /** So many duplicates as mean loss do not close it (RFC 8985 §6.2 step 4: DupThresh). */
  ignoresDuplicates: 4,
} as const;

/** RACK.reo_wnd_persist: recoveries that a wider reordering window lasts (§6.2 step 4). */
const PERSIST = 16;
const MOST_WINDOWS = 255;

/** Step 2: a segment was delivered; remembers the one that was sent last of all delivered. */
export function noteDelivery(
  recovery: LossRecovery,
  rtt: RoundTripTime,
  sent: SentSegments,
  segment: number,
  now: Instant,
): void {
  const sample = now - sent.sentAt(segment);
  // So fast an answer to a retransmission is one to the original.
  if (sample < rtt.minimum && sent.is(segment, EVER_RETRANSMITTED)) return;
  recovery.rackAdvanced = true;
  recovery.rackRtt = sample;
  if (sent.isSentAfter(segment, recovery.rackTransmission)) {
    recovery.rackTransmission = sent.transmissionOf(segment);
  }
}

/** Step 4: how long a segment is waited for that may only have been overtaken. */
function reorderingWindow(tcb: Tcb): Duration {
  const { recovery, rtt, sent, profile } = tcb;
  if (recovery.reorderingsSeen === 0) {
    if (recovery.phase === 'Recovery' || recovery.phase === 'Loss') return 0;
    const countsDuplicates = (profile.lossRecovery.rackFlags & RACK_FLAG.ignoresDuplicates) === 0;
    if (countsDuplicates && sent.sacked >= recovery.reordering) return 0;
  }
  const window = Math.floor(rtt.minimum / 4) * recovery.reorderingWindows;
  return Math.min(window, Math.max(rtt.srtt, 0));
}

/** Widens the reordering window once for each round trip in which D-SACKs came. */
export function adaptReorderingWindow({ recovery, profile }: Tcb): void {
  if ((profile.lossRecovery.rackFlags & RACK_FLAG.staticWindow) !== 0) return;
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
  if (timeout > 0) waitForReordering(tcb, timeout + timerAllowance(tcb), now);
  return timeout > 0;
}

/**
 * Marks each segment that was overtaken and whose time is over; returns how long the last of the
 * others that were overtaken may take yet. Oldest first, so nobody is looked at who is not marked.
 */
export function markLosses(tcb: Tcb, now: Instant): Duration {
  const { sent, recovery } = tcb;
  const lastOvertaken = sent.lastSentBefore(recovery.rackTransmission);
  if (lastOvertaken === NONE) return 0;
  const allowance = recovery.rackRtt + reorderingWindow(tcb);
  for (;;) {
    const oldest = sent.oldestInNetwork;
    if (now - sent.sentAt(oldest) < allowance) break;
    markLost(tcb, oldest, LOSS_REASON.overtaken);
    if (oldest === lastOvertaken) return 0;
  }
  return allowance - (now - sent.sentAt(lastOvertaken));
}

/** Whether a segment may still be on its way although the retransmission timer has expired. */
export function mayStillArrive({ recovery, sent }: Tcb, segment: number, now: Instant): boolean {
  return recovery.rackRtt > now - sent.sentAt(segment);
}

/** The segment counts as lost; if it was sent again, that copy does. */
export function markLost({ sent, recovery }: Tcb, segment: number, why: LossReason): void {
  if (sent.is(segment, SACKED)) return;
  if (sent.is(segment, LOST) && !sent.is(segment, RETRANSMITTED)) return;
  sent.lose(segment, why);
  recovery.lostEver += 1;
}
