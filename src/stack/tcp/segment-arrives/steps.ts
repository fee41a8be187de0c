/** The first five steps by which a segment beyond SYN-SENT is read (RFC 9293 §3.10.7.4). */
import {
  seqAdd,
  seqGe,
  seqGt,
  seqLe,
  seqLt,
  segmentLength,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { type Cause, cause } from '../../cause.ts';
import type { CounterName } from '../../counters.ts';
import { type Instant, NEVER } from '../../time.ts';
import { savePeerMetrics } from '../metrics/save.ts';
import { takeAcknowledgment, takeOldAcknowledgment } from '../recovery/acknowledge.ts';
import { challenge, mayAnswerOutside } from './challenge.ts';
import { close, drop, enterEstablished, enterTimeWait, startTimeWait } from '../close.ts';
import { completeHandshake, isHalfOpen, resetHalfOpen } from '../fast-open/half-open.ts';
import { ACCEPT_QUEUE_FULL, isDeferred } from '../listen/listen-queue.ts';
import { readCookie } from '../listen/syn-cookie-read.ts';
import { quickPhase } from '../receive/ack-policy.ts';
import { countArrival, noteRepetition } from '../ecn/accurate-receiver.ts';
import { acceptEcnAgain } from '../ecn/opening.ts';
import { checkHandshakeAck, synAckAgain } from '../ecn/reflection.ts';
import { measureSyn } from '../measure.ts';
import { echoAge, type ReceiveTuning } from '../receive/receive-tuning.ts';
import { timestampValue } from '../send/segment-options.ts';
import { isHarmlessOldAck, isOldTimestamp, noteTimestamp, PAWS } from './paws.ts';
import { answerWithReset } from './reset.ts';
import { startTimeout } from '../recovery/retransmission-timer.ts';
import { sourceRouteReceived } from '../send/source-route.ts';
import { updateSendWindow, windowOf } from '../send/send-window.ts';
import { TcpNews } from '../services.ts';
import { moveTo, type Tcb } from '../tcb.ts';
import { reportDuplicate } from './text.ts';
import { transmitSyn } from '../send/transmit.ts';

export const OUTSIDE_WINDOW: Cause = cause(
  'outside-window',
  'outside the window',
  'RFC 9293 §3.10.7.4 first',
);
const SYN_AGAIN = cause('syn-again', 'the peer repeats its SYN', 'RFC 9293 §3.10.7.4 first, Linux');
export const RESET_RECEIVED: Cause = cause(
  'reset-received',
  'RST received',
  'RFC 9293 §3.10.7.4 second',
);
const CHALLENGE_RST = cause(
  'challenge-ack-rst',
  'challenges a RST that is not at RCV.NXT',
  'RFC 5961 §3.2, RFC 9293 §3.10.7.4 second',
);
const CROSSING_SYN = cause(
  'crossing-syn',
  'acknowledges the SYN,ACK of a simultaneous open',
  'RFC 9293 §3.5',
);
const CHALLENGE_SYN = cause(
  'challenge-ack-syn',
  'challenges a SYN inside the connection',
  'RFC 5961 §4.2, RFC 9293 §3.10.7.4 fourth',
);
const NO_ACK = cause('no-ack', 'no ACK bit', 'RFC 9293 §3.10.7.4 fifth');
const SYN_NOT_ACKED = cause(
  'syn-not-acked',
  'does not acknowledge our SYN',
  'RFC 9293 §3.10.7.4 fifth',
);
const COOKIE_SUPERSEDED = cause(
  'syn-cookie-superseded',
  'a SYN cookie of a peer whose next SYN has opened a record',
  'Linux tcp_get_cookie_sock()',
);
const ACCEPT_DEFERRED = cause('accept-deferred', 'waits for data', 'Linux TCP_DEFER_ACCEPT');
const SYN_ACKED = cause('our-syn-acked', 'ACK of our SYN received', 'RFC 9293 §3.10.7.4 fifth');
const ACK_OF_UNSENT = cause(
  'ack-of-unsent',
  'acknowledges what was not sent',
  'RFC 9293 §3.10.7.4 fifth',
);
const ACK_TOO_OLD = cause(
  'ack-too-old',
  'acknowledges less than any window reaches back',
  'RFC 5961 §5.2',
);
const NO_FIN_AWAITED = cause(
  'no-fin-awaited',
  'the program waited for no FIN',
  'Linux TCP_LINGER2',
);
const FIN_ACKED = cause('fin-acked', 'ACK of our FIN received', 'RFC 9293 §3.10.7.4 fifth');

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

/** A peer that has closed may send its RST with the number of its FIN (Linux tcp_reset_check()). */
function isResetBehindFin({ rcv, state }: Tcb, seg: TcpSegment): boolean {
  if (state !== 'CLOSE-WAIT' && state !== 'LAST-ACK' && state !== 'CLOSING') return false;
  return seg.seq === seqAdd(rcv.nxt, -1);
}

/**
 * Second: RST counts only where the next octet is due; elsewhere it is challenged (RFC 5961 §3.2).
 * A peer that lost acknowledgments may take what it was told by SACK for the next (Linux). An
 * opening connection has nothing to lose, and believes any RST in its window.
 */
export function checkRst(tcb: Tcb, seg: TcpSegment, now: Instant): boolean {
  if ((seg.flags & TcpFlag.rst) === 0) return true;
  const isExact = seg.seq === tcb.rcv.nxt || seg.seq === tcb.sackReport?.highest;
  if (isExact || isResetBehindFin(tcb, seg) || isEmbryonic(tcb)) {
    resetReceived(tcb, now);
  } else {
    drop(tcb, seg, CHALLENGE_RST, now);
    challenge(tcb, CHALLENGE_RST, now);
  }
  return false;
}

/** It comes from a listening socket and is no more than a record yet (Linux request sockets). */
function isEmbryonic(tcb: Tcb): boolean {
  const { state, listener, profile } = tcb;
  if (isHalfOpen(tcb)) return true;
  return state === 'SYN-RECEIVED' && listener !== undefined && profile.minisockets;
}

function resetReceived(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'TIME-WAIT' && tcb.profile.keepsTimeWait) return; // RFC 1337
  if (isEmbryonic(tcb)) tcb.services.counters.TcpExtEmbryonicRsts += 1;
  if (isHalfOpen(tcb)) {
    resetHalfOpen(tcb, now);
    close(tcb, 'ECONNRESET', RESET_RECEIVED, now); // who accepts it, or has, learns of it
    return;
  }
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      // A passive open goes back to LISTEN, which the listener never left; nobody knew of it.
      close(
        tcb,
        tcb.listener === undefined ? tcb.profile.resetWhileOpening : undefined,
        RESET_RECEIVED,
        now,
      );
      break;
    case 'CLOSE-WAIT':
      close(tcb, 'EPIPE', RESET_RECEIVED, now); // Linux tcp_reset()
      break;
    case 'CLOSING':
    case 'LAST-ACK':
    case 'TIME-WAIT':
      close(tcb, undefined, RESET_RECEIVED, now);
      break;
    default:
      close(tcb, 'ECONNRESET', RESET_RECEIVED, now);
  }
}

/** Fourth: no SYN belongs inside a connection. */
export function checkSyn(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  if ((seg.flags & TcpFlag.syn) === 0) return true;
  if (isCrossingSyn(tcb, seg)) {
    reportDuplicate(tcb, seg.seq, tcb.rcv.nxt);
    tcb.ackOwed = CROSSING_SYN;
    return true;
  }
  drop(tcb, seg, CHALLENGE_SYN, now);
  challengeSyn(tcb, now);
  synAckAgain(tcb, packet, seg, options);
  return false;
}

/**
 * The SYN,ACK of a simultaneous open (§3.5, figure 7): its SYN is known, its ACK is what completes
 * the handshake (Linux tcp_validate_incoming()).
 */
function isCrossingSyn({ state, listener, rcv, snd }: Tcb, seg: TcpSegment): boolean {
  return (
    state === 'SYN-RECEIVED' &&
    listener === undefined &&
    (seg.flags & TcpFlag.ack) !== 0 &&
    seg.seq === rcv.irs &&
    segmentLength(seg) === 1 &&
    seqAdd(seg.seq, 1) === rcv.nxt &&
    seg.ack === snd.nxt
  );
}

function challengeSyn(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'ESTABLISHED') tcb.services.counters.TcpInErrs += 1; // no other state (Linux)
  challenge(tcb, CHALLENGE_SYN, now);
}

/** Fifth: what does it acknowledge, and how large is the window now? */
export function checkAck(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  const { snd } = tcb;
  if ((seg.flags & TcpFlag.ack) === 0) {
    drop(tcb, seg, NO_ACK, now);
    return false;
  }
  const isHandshake = tcb.state === 'SYN-RECEIVED';
  if (isHandshake) {
    if (!acknowledgeSyn(tcb, packet, seg, options, now)) return false;
  } else if (isHalfOpen(tcb)) {
    endHalfOpen(tcb, now); // closed by its program before
  }
  if (seqGt(seg.ack, snd.nxt)) {
    drop(tcb, seg, ACK_OF_UNSENT, now);
    if (tcb.state !== 'ESTABLISHED' || tcb.profile.challengesUnsentAck) {
      challenge(tcb, ACK_OF_UNSENT, now);
    }
    return false;
  }
  if (seqLt(seg.ack, seqAdd(snd.una, -oldestAckReach(tcb)))) {
    drop(tcb, seg, ACK_TOO_OLD, now);
    challenge(tcb, ACK_TOO_OLD, now);
    return false;
  }
  const { ecn } = tcb;
  if (ecn?.accurate !== undefined) {
    const { accurate } = ecn;
    accurate.isAceCount = !isHandshake && !accurate.awaitsReflection;
    if (!accurate.isAceCount) checkHandshakeAck(tcb, ecn, accurate, packet, seg, options);
    countArrival(tcb, ecn, accurate, packet, seg, options, now);
  }
  if (seqGe(seg.ack, snd.una)) noteTimestamp(tcb, seg, options, now);
  if (tcb.tuning !== undefined) measureEcho(tcb, tcb.tuning, seg, options, now);
  tcb.counts.acknowledgedAt = now;
  sourceRouteReceived(tcb, packet);
  const isUpdate = updateSendWindow(tcb, seg, now);
  if (seqGe(seg.ack, snd.una)) {
    if (segmentLength(seg) === 0) tcb.services.counters.TcpExtTCPPureAcks += 1;
    takeAcknowledgment(tcb, seg, options, isUpdate, now);
  } else {
    takeOldAcknowledgment(tcb, seg, options, now);
  }
  return tcb.state === 'CLOSED' ? false : afterAck(tcb, packet, seg, now);
}

/** How far before SND.UNA an ACK may lie and be an old one of the peer's (RFC 5961 §5.2). */
function oldestAckReach({ snd, counts, profile }: Tcb): number {
  if (!profile.boundsOldAcks) return snd.largestWindow;
  return Math.min(snd.largestWindow, counts.octetsAcknowledged);
}

/** What the timestamp of a full segment tells a receiver of the round trip (Linux). */
export function measureEcho(
  tcb: Tcb,
  tuning: ReceiveTuning,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): void {
  const { rcv, receiveBuffer, services } = tcb;
  if (!tcb.hasTimestamps || !options.hasTimestamps || seg.payloadLength < rcv.segmentSize) return;
  if (tuning.isKnownEcho(options.tsEcr)) return;
  const tsVal = timestampValue(tcb, services.timestampClock.ticks(now));
  const age = echoAge(tsVal, options.tsEcr, tcb.profile.timestampClock.tick);
  tuning.measureByEcho(age, options.tsEcr, receiveBuffer.readable === 0);
}

function acknowledgeSyn(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  const { snd, listener } = tcb;
  const isOpen = isHalfOpen(tcb);
  const least = seqAdd(snd.iss, 1);
  if (seqLt(seg.ack, least) || seqGt(seg.ack, snd.nxt)) {
    const { services, signatureKey } = tcb;
    // Of a record the listener reads it, and finds the place taken (Linux tcp_check_req()).
    const isListeners = listener !== undefined && !isOpen;
    if (isListeners && readCookie(services, listener, packet, seg, now) !== undefined) {
      drop(tcb, seg, COOKIE_SUPERSEDED, now);
      return false;
    }
    drop(tcb, seg, SYN_NOT_ACKED, now);
    answerWithReset(services, packet, seg, SYN_NOT_ACKED, now, signatureKey);
    return false;
  }
  if (listener !== undefined && tcb.options.deferAccept > 0 && isDeferred(tcb, seg)) {
    tcb.isAcceptDeferred = true;
    drop(tcb, seg, ACCEPT_DEFERRED, now);
    return false;
  }
  if (listener?.isFull === true) {
    drop(tcb, seg, ACCEPT_QUEUE_FULL, now);
    if (tcb.profile.listen.abortOnOverflow === 0) return false;
    answerWithReset(tcb.services, packet, seg, ACCEPT_QUEUE_FULL, now, tcb.signatureKey);
    close(tcb, undefined, ACCEPT_QUEUE_FULL, now);
    return false;
  }
  measureSyn(tcb, options, now);
  if (!isOpen) {
    snd.una = least;
    snd.small = least;
  }
  snd.wnd = windowOf(tcb, seg);
  // Whoever opened passively begins to count with this one (Linux tcp_create_openreq_child()).
  if (listener !== undefined && !isOpen) {
    snd.largestWindow = snd.wnd;
    // What its record answered does not count (Linux last_oow_ack_time).
    if (tcb.profile.minisockets) tcb.answeredAt = Number.NEGATIVE_INFINITY;
  }
  snd.wl1 = seg.seq;
  snd.wl2 = seg.ack;
  tcb.timers.retransmission = NEVER;
  enterEstablished(tcb, SYN_ACKED, now);
  if (isOpen) endHalfOpen(tcb, now);
  else if (tcb.sent.count > 0) startTimeout(tcb, now); // data of our SYN, when both opened
  if (tcb.finQueued) moveTo(tcb, 'FIN-WAIT-1', SYN_ACKED, now);
  tcb.listener = undefined;
  if (listener !== undefined) {
    tcb.services.counters.TcpPassiveOpens += 1;
    listener.push(tcb);
  }
  return true;
}

/** The SYN-ACK of a Fast Open is acknowledged: the timer is for the data now, if there is any. */
function endHalfOpen(tcb: Tcb, now: Instant): void {
  completeHandshake(tcb);
  tcb.retransmissions = 0;
  tcb.timers.retransmission = NEVER;
  if (tcb.sent.count > 0) startTimeout(tcb, now);
  if (tcb.fastOpen?.finWaits === true) tcb.finQueued = true;
}

/** What an acknowledgment of our FIN does to the state. */
function afterAck(tcb: Tcb, packet: IpPacket, seg: TcpSegment, now: Instant): boolean {
  const finAcked = tcb.finSent && tcb.snd.una === tcb.snd.nxt;
  if (!finAcked) return true;
  switch (tcb.state) {
    case 'FIN-WAIT-1':
      tcb.news |= TcpNews.state; // a close that lingers waits for this
      tcb.busyTimes.turnTo('idle', now);
      moveTo(tcb, 'FIN-WAIT-2', FIN_ACKED, now);
      if (!tcb.orphaned || tcb.options.finWait2 >= 0) return true;
      // TCP_LINGER2 below 0
      answerWithReset(tcb.services, packet, seg, NO_FIN_AWAITED, now, tcb.signatureKey);
      close(tcb, undefined, NO_FIN_AWAITED, now);
      return false;
    case 'CLOSING':
      tcb.news |= TcpNews.state;
      enterTimeWait(tcb, FIN_ACKED, now);
      return false;
    case 'LAST-ACK':
      savePeerMetrics(tcb, now);
      close(tcb, undefined, FIN_ACKED, now);
      return false;
    default:
      return true;
  }
}
