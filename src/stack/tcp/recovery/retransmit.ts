/** Sending segments again: which, in what pieces, and how many at a time. */
import { type Seq, seqAdd, seqDiff, seqGe, seqLt, TcpFlag } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import { type Instant, NEVER } from '../../time.ts';
import { effectiveSendMss } from '../negotiate.ts';
import { burstLeft, isHeldBack } from '../congestion/pacing.ts';
import { inFlight } from './rate-reduction.ts';
import { startTimeout } from './retransmission-timer.ts';
import { refreshMss } from '../path-mtu/segment-size.ts';
import { CARRIES_FIN, LOST, RETRANSMITTED, SACKED } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';
import { transmit } from '../transmit.ts';

const FAST = cause(
  'fast-retransmit',
  'what followed has arrived: it counts as lost',
  'RFC 5681 §3.2, RFC 8985 §6',
);
const AFTER_TIMEOUT = cause(
  'retransmit-after-timeout',
  'sent again: it was in flight when the timer expired',
  'RFC 6298 §5.4',
);

/** Sends what counts as lost again, oldest first, as far as the congestion window goes. */
export function retransmitLost(tcb: Tcb, now: Instant, because?: Cause): void {
  const { sent, recovery, window } = tcb;
  const why = because ?? (recovery.phase === 'Loss' ? AFTER_TIMEOUT : FAST);
  const { counters } = tcb.services;
  while (sent.firstToSend < sent.count && sent.retransmitted < sent.lost) {
    const i = sent.firstToSend;
    if (!sent.is(i, LOST) || sent.is(i, SACKED | RETRANSMITTED)) {
      sent.firstToSend += 1;
      continue;
    }
    if (window.cwnd <= inFlight(tcb) || isHeldBack(tcb, now)) return;
    if (!retransmit(tcb, i, why, now)) return;
    if (recovery.isReducing) window.prrOut += 1;
    if (recovery.phase === 'Loss') counters.TcpExtTCPSlowStartRetrans += 1;
    else counters.TcpExtTCPFastRetrans += 1;
    if (i === 0 && tcb.timers.reordering === NEVER) startTimeout(tcb, now);
  }
}

/** Sends one segment again, if the peer's window and the host's own queue have room for it. */
export function retransmit(tcb: Tcb, index: number, why: Cause, now: Instant): boolean {
  const { sent, recovery } = tcb;
  if (!sendAgain(tcb, index, why, now)) return false;
  sent.mark(index, RETRANSMITTED);
  if (recovery.retransmittedAt < 0) recovery.retransmittedAt = now;
  recovery.undoRetransmissions = Math.max(0, recovery.undoRetransmissions) + 1;
  return true;
}

/** As {@link retransmit}, for a probe: the copy does not count as in flight beside the original. */
export function sendAgain(tcb: Tcb, index: number, why: Cause, now: Instant): boolean {
  const { sent, snd } = tcb;
  const start = sent.startOf(index);
  const edge = seqAdd(snd.una, snd.wnd);
  if (seqGe(start, edge) && start !== snd.una) return false;
  if (tcb.mtuProbing !== undefined) tcb.mtuProbing.size = 0; // what it would show is not clear now
  refreshMss(tcb, now);
  fitToSegment(tcb, index, start, edge);
  const withFin = sent.is(index, CARRIES_FIN);
  const length = payloadLength(tcb, index);
  const offset = seqDiff(start, snd.una);
  const push = length > 0 && tcb.sendBuffer.isPushedAt(offset + length);
  const flags = (withFin ? TcpFlag.fin : 0) | (push ? TcpFlag.psh : 0);
  tcb.services.counters.TcpRetransSegs += 1;
  tcb.counts.retransmissions += 1;
  tcb.counts.octetsSentAgain += length;
  if (!transmit(tcb, start, flags, offset, length, why, now)) return false;
  sent.sentAgain(index, now);
  tcb.deliveryRate?.sent(tcb, index, false, now);
  burstLeft(tcb, length, now);
  return true;
}

/**
 * A segment may have become too long for the path or the window, and is cut; short ones that follow
 * each other go as one (RFC 9293 §3.8.1 allows it; Linux tcp_retrans_try_collapse()).
 */
function fitToSegment(tcb: Tcb, index: number, start: Seq, edge: Seq): void {
  const { sent } = tcb;
  const mss = effectiveSendMss(tcb);
  const most = seqLt(start, edge) ? Math.min(mss, seqDiff(edge, start)) : mss;
  if (payloadLength(tcb, index) > most) {
    sent.split(index, most);
    return;
  }
  while (index + 1 < sent.count && mayMerge(tcb, index, most)) sent.mergeWithNext(index);
}

function mayMerge(tcb: Tcb, index: number, most: number): boolean {
  const { sent, sendBuffer, snd } = tcb;
  if (sent.is(index + 1, SACKED) || sent.is(index, CARRIES_FIN)) return false;
  const together = payloadLength(tcb, index) + payloadLength(tcb, index + 1);
  const offset = seqDiff(sent.startOf(index), snd.una);
  return together <= sendBuffer.untilRecordEnd(offset, most);
}

function payloadLength({ sent }: Tcb, index: number): number {
  return sent.lengthOf(index) - (sent.is(index, CARRIES_FIN) ? 1 : 0);
}
