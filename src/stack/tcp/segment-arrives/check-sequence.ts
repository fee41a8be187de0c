/**
 * First: check the sequence number, and by its timestamp whether the segment is newer than the last
 * (RFC 9293 §3.10.7.4, RFC 7323 §5).
 */
import {
  segmentLength,
  seqAdd,
  seqGe,
  seqGt,
  seqLe,
  seqLt,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { CounterName } from '../../counters.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import { close, drop, startTimeWait } from '../close.ts';
import { noteRepetition } from '../ecn/accurate-receiver.ts';
import { acceptEcnAgain } from '../ecn/opening.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import { quickPhase } from '../receive/ack-policy.ts';
import { reportDuplicate } from '../receive/duplicates.ts';
import { startTimeout } from '../recovery/retransmission-timer.ts';
import { transmitSyn } from '../send/transmit.ts';
import type { Tcb } from '../tcb.ts';
import { mayAnswerOutside } from './challenge.ts';
import { NO_ACK } from './check-ack.ts';
import { isResetBehindFin, resetReceived } from './check-rst.ts';
import { CHALLENGE_SYN, challengeSyn } from './check-syn.ts';
import { isHarmlessOldAck, isOldTimestamp, PAWS } from './paws.ts';
import { answerWithReset } from './reset.ts';

export const OUTSIDE_WINDOW: Cause = cause(
  'outside-window',
  'outside the window',
  'RFC 9293 §3.10.7.4 first',
);
const SYN_AGAIN = cause('syn-again', 'the peer repeats its SYN', 'RFC 9293 §3.10.7.4 first, Linux');

/** First: is any of the segment inside the window (§3.4), and is it newer than the last (PAWS)? */
export function checkSequence(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  const { counters } = tcb.services;
  if (isRepeatedSyn(tcb, seg)) {
    drop(tcb, seg, SYN_AGAIN, now);
    const why = acceptEcnAgain(tcb, packet, seg);
    if (why !== undefined) {
      answerWithReset(tcb.services, packet, seg, why, now, tcb.signatureKey);
      close(tcb, tcb.listener === undefined ? 'ECONNRESET' : undefined, why, now);
      return false;
    }
    if (!mayAnswerOutside(tcb, seg, 'TcpExtTCPACKSkippedSynRecv', now)) return false;
    counters.TcpRetransSegs += 1;
    counters.TcpExtTCPSynRetrans += 1;
    tcb.counts.retransmissions += 1;
    tcb.timedAt = -1; // Karn
    if (!isHalfOpen(tcb)) startTimeout(tcb, now); // Linux tcp_check_req()
    transmitSyn(tcb, SYN_AGAIN, now);
    return false;
  }
  if ((seg.flags & (TcpFlag.ack | TcpFlag.rst | TcpFlag.syn)) === 0) {
    drop(tcb, seg, NO_ACK, now); // nothing that could be answered to (Linux)
    return false;
  }
  // A RST is neither judged by its timestamp nor does it say anything by it (RFC 7323 §5.2).
  const isReset = (seg.flags & TcpFlag.rst) !== 0;
  const hasTimestamps = tcb.hasTimestamps && options.hasTimestamps && !isReset;
  if (hasTimestamps && isOldTimestamp(tcb, options.tsVal, tcb.profile.timestampTolerance, now)) {
    if (!isHarmlessOldAck(tcb, seg, options.tsVal)) {
      return refuse(tcb, seg, PAWS, 'TcpExtTCPACKSkippedPAWS', now);
    }
  }
  if (isAcceptable(tcb, seg)) return true;
  return refuse(tcb, seg, OUTSIDE_WINDOW, 'TcpExtTCPACKSkippedSeq', now);
}

/** The segment goes no further; unless it is a RST, an ACK says what is expected (Linux). */
function refuse(tcb: Tcb, seg: TcpSegment, why: Cause, skipped: CounterName, now: Instant): false {
  if ((seg.flags & TcpFlag.rst) !== 0) {
    if (isResetBehindFin(tcb, seg)) resetReceived(tcb, now);
    else drop(tcb, seg, why, now);
    return false;
  }
  if ((seg.flags & TcpFlag.syn) !== 0) {
    drop(tcb, seg, CHALLENGE_SYN, now);
    challengeSyn(tcb, now);
    return false;
  }
  drop(tcb, seg, why, now);
  const { rcv } = tcb;
  const end = seqAdd(seg.seq, segmentLength(seg));
  if (seqGt(end, rcv.edge)) tcb.services.counters.TcpExtBeyondWindow += 1;
  if (tcb.state === 'TIME-WAIT' && (seg.flags & TcpFlag.fin) !== 0) startTimeWait(tcb, now);
  if (!mayAnswerOutside(tcb, seg, skipped, now)) return false;
  tcb.ackOwed = why;
  if (segmentLength(seg) > 0 && seqLt(seg.seq, rcv.nxt)) {
    tcb.services.counters.TcpExtDelayedACKLost += 1;
    tcb.delayedAck.mustBeQuick(quickPhase(tcb));
    if (tcb.ecn !== undefined) noteRepetition(tcb.ecn, seg.seq);
    reportDuplicate(tcb, seg.seq, seqGt(end, rcv.nxt) ? rcv.nxt : end);
  }
  return false;
}

/**
 * The peer did not get our SYN-ACK, so it sends its SYN again: so do we. Where both opened actively
 * it is challenged, as in any later state (RFC 9293 §3.10.7.4, fourth).
 */
function isRepeatedSyn(tcb: Tcb, seg: TcpSegment): boolean {
  return (
    ((tcb.state === 'SYN-RECEIVED' && tcb.listener !== undefined) || isHalfOpen(tcb)) &&
    (seg.flags & (TcpFlag.syn | TcpFlag.ack | TcpFlag.rst)) === TcpFlag.syn &&
    seg.seq === tcb.rcv.irs
  );
}

/**
 * The four cases of the table in §3.4, the last by what it is for: whether the segment occupies any
 * of the window. The table asks of its first and last octet only, and would refuse one that begins
 * before the window and ends behind it. A segment without text may also stand at the right edge, as
 * on Linux: it is what a sender that has filled the window acknowledges with. And what ends where
 * the last acknowledgment said that it was expected, or behind, comes late only: it is read for its
 * own acknowledgment.
 */
function isAcceptable(tcb: Tcb, seg: TcpSegment): boolean {
  const { rcv } = tcb;
  const length = segmentLength(seg);
  if (length === 0 && (rcv.admits(seg.seq) || seg.seq === seqAdd(rcv.nxt, rcv.wnd))) return true;
  const end = seqAdd(seg.seq, length);
  if (seqLt(seg.seq, rcv.nxt)) {
    if (seqLt(end, tcb.lastAckSent)) return false;
    if (seqLe(end, rcv.nxt)) return tcb.profile.readsLateSegments;
  }
  // With a window of zero no octet fits, yet what stands at RCV.NXT is read for its ACK and RST
  // (MUST-66); its text is cut off later.
  if (rcv.wnd === 0 && seg.seq !== rcv.nxt) return false;
  if (rcv.wnd > 0 && (length === 0 || seqGe(seg.seq, rcv.edge))) return false;
  const fin = (seg.flags & TcpFlag.fin) === 0 ? 0 : 1;
  const isBeyond = seqGt(seqAdd(end, -fin), seqAdd(rcv.nxt, rcv.wnd));
  return !isBeyond || !tcb.profile.takesBeyondWindow || tcb.receiveBuffer.readable === 0;
}
