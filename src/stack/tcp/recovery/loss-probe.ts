/**
 * Tail loss probe (RFC 8985 §7): when the last segments of a flight are lost, nothing follows them
 * that would tell. Before the long retransmission timeout a probe asks.
 */
import { seqGe, seqGt } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { beginReduction, endReduction } from './rate-reduction.ts';
import { tryToOpen } from './phases.ts';
import {
  restartTimeout,
  startTimeout,
  timerAllowance,
  waitForProbe,
} from './retransmission-timer.ts';
import { sendAgain } from './retransmit.ts';
import type { Tcb } from '../tcb.ts';

const PROBE = cause('tail-loss-probe', 'the last segment is not acknowledged', 'RFC 8985 §7.3');

/**
 * Sets the probe timer where a probe may help; says whether it did. `fresh`: the retransmission
 * timer would start anew now; otherwise it counts from when the oldest segment was sent.
 */
export function scheduleProbe(tcb: Tcb, fresh: boolean, now: Instant): boolean {
  const { sent, recovery, rtt, profile } = tcb;
  const mayProbe = recovery.phase === 'Open' || recovery.phase === 'CWR';
  if (profile.lossRecovery.earlyRetransmit < 3 || !tcb.hasSack || sent.count === 0 || !mayProbe)
    return false;
  let timeout = profile.retransmission.initialRto;
  if (rtt.srtt >= 0) {
    timeout = 2 * rtt.srtt + (sent.count === 1 ? rtt.minimumRto : timerAllowance(tcb));
  }
  const untilRto = fresh ? rtt.rto : sent.firstSentAt + rtt.rto - now;
  // A timeout that is overdue, because another timer was waited for, waits for this one, too.
  waitForProbe(tcb, untilRto > 0 ? Math.min(timeout, untilRto) : timeout, now);
  return true;
}

/** The probe timer has expired: sends new data if there is, or the last segment again (§7.3). */
export function sendProbe(tcb: Tcb, sendNew: () => boolean, now: Instant): void {
  const { recovery, sent, snd } = tcb;
  let hasSent = false;
  if (!recovery.isProbing && sent.count > 0) {
    recovery.probeIsRetransmission = false;
    hasSent = sendNew();
    if (!hasSent) {
      hasSent = sendAgain(tcb, sent.last, 1, PROBE, now) > 0;
      recovery.probeIsRetransmission = hasSent;
    }
    if (hasSent) {
      recovery.isProbing = true;
      recovery.probeEnd = snd.nxt;
      tcb.services.counters.TcpExtTCPLossProbes += 1;
    }
  }
  if (hasSent) startTimeout(tcb, now);
  else restartTimeout(tcb, now);
}

/** Whether the answer to a probe shows that it repaired a loss (§7.4): then cwnd is reduced. */
export function readLossProbeAnswer(tcb: Tcb, now: Instant): void {
  const { recovery, snd } = tcb;
  const { ack } = recovery;
  if (!recovery.isProbing || !seqGe(snd.una, recovery.probeEnd)) return;
  if (!recovery.probeIsRetransmission || ack.dsackOfProbe) {
    recovery.isProbing = false;
  } else if (seqGt(snd.una, recovery.probeEnd)) {
    tcb.services.counters.TcpExtTCPLossProbeRecovery += 1;
    beginReduction(tcb, 'loss');
    recovery.phase = 'CWR';
    endReduction(tcb, now);
    recovery.phase = 'Disorder';
    tryToOpen(tcb);
  } else if (!ack.advanced && !ack.isNotDuplicate && !ack.sacked) {
    recovery.isProbing = false; // both arrived: nothing was lost
  }
}
