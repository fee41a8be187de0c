/** The first five steps by which a segment beyond SYN-SENT is read (RFC 9293 §3.10.7.4). */
import {
  type Ipv4Packet,
  seqAdd,
  seqGe,
  seqGt,
  seqLe,
  seqLt,
  segmentLength,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import { type Instant, NEVER, seconds } from '../time.ts';
import { takeAcknowledgment, takeOldAcknowledgment } from './acknowledge.ts';
import { close, drop, enterEstablished, enterTimeWait, startTimeWait } from './close.ts';
import { measureSyn } from './measure.ts';
import { windowOpened } from './recovery.ts';
import { answerWithReset } from './reset.ts';
import { moveTo, type Tcb, TcpNews } from './tcb.ts';
import { transmitSyn } from './transmit.ts';

const PAWS = cause('paws', 'its timestamp is older than the last one', 'RFC 7323 §5.3');
const OUTSIDE_WINDOW = cause('outside-window', 'outside the window', 'RFC 9293 §3.10.7.4 first');
const SYN_AGAIN = cause('syn-again', 'the peer repeats its SYN', 'RFC 9293 §3.10.7.4 first, Linux');
const RESET_RECEIVED = cause('reset-received', 'RST received', 'RFC 9293 §3.10.7.4 second');
const CHALLENGE_RST = cause(
  'challenge-ack-rst',
  'challenges a RST that is not at RCV.NXT',
  'RFC 5961 §3.2, RFC 9293 §3.10.7.4 second',
);
const RST_IN_TIME_WAIT = cause(
  'rst-in-time-wait',
  'a RST that is not at RCV.NXT, and nothing is left to protect',
  'Linux tcp_timewait_state_process()',
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
const BACKLOG_FULL = cause('accept-queue-full', 'too many connections wait', 'Linux, listen(2)');
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
const FIN_ACKED = cause('fin-acked', 'ACK of our FIN received', 'RFC 9293 §3.10.7.4 fifth');

/** What is answered to find out whether the peer meant it (RFC 5961). */
const CHALLENGES: ReadonlySet<Cause> = new Set([
  CHALLENGE_RST,
  CHALLENGE_SYN,
  ACK_OF_UNSENT,
  ACK_TOO_OLD,
]);

/** RFC 7323 §5.5: after so long a pause the peer's timestamp clock may have wrapped. */
const TIMESTAMP_LIFETIME = seconds(24 * 86_400);

/** First: is any of the segment inside the window (§3.4), and is it newer than the last (PAWS)? */
export function checkSequence(
  tcb: Tcb,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  const isReset = (seg.flags & TcpFlag.rst) !== 0;
  if (isRepeatedSyn(tcb, seg)) {
    drop(tcb, seg, SYN_AGAIN, now);
    tcb.services.ip.counters.TcpRetransSegs += 1;
    tcb.timedAt = -1; // Karn
    transmitSyn(tcb, SYN_AGAIN, now);
    return false;
  }
  // A RST is neither judged by its timestamp nor does it say anything by it (RFC 7323 §5.2).
  const hasTimestamps = tcb.hasTimestamps && options.hasTimestamps && !isReset;
  if (hasTimestamps && isOldTimestamp(tcb, options.tsVal, now)) {
    return refuse(tcb, seg, PAWS, isReset, now);
  }
  if (!isAcceptable(tcb, seg)) return refuse(tcb, seg, OUTSIDE_WINDOW, isReset, now);
  // RFC 7323 §4.3: TS.Recent is that of the segment that spans the last acknowledgment sent.
  if (hasTimestamps && seqLe(seg.seq, tcb.lastAckSent)) {
    tcb.tsRecent = options.tsVal;
    tcb.tsRecentAt = now;
  }
  return true;
}

function refuse(tcb: Tcb, seg: TcpSegment, why: Cause, isReset: boolean, now: Instant): false {
  drop(tcb, seg, why, now);
  if (isReset) return false;
  const hasText = segmentLength(seg) > 0 && (seg.flags & TcpFlag.syn) === 0;
  if (hasText) tcb.ackOwed = why;
  else challenge(tcb, why, now);
  if (tcb.state === 'TIME-WAIT' && (seg.flags & TcpFlag.fin) !== 0) startTimeWait(tcb, now);
  if (seg.payloadLength > 0) tcb.delayedAck.mustBeQuick(Number.MAX_SAFE_INTEGER);
  return false;
}

/**
 * Owes an ACK to a segment that takes nothing from the sequence space, or to a challenge: only so
 * often, or two ends that disagree would acknowledge each other for ever (RFC 5961 §7).
 */
function challenge(tcb: Tcb, why: Cause, now: Instant): void {
  if (now - tcb.challengedAt < tcb.profile.challengeInterval) return;
  tcb.challengedAt = now;
  if (CHALLENGES.has(why)) tcb.services.ip.counters.TcpExtTCPChallengeACK += 1;
  tcb.ackOwed = why;
}

/** The peer did not get our SYN-ACK, so it sends its SYN again: so do we. */
function isRepeatedSyn(tcb: Tcb, seg: TcpSegment): boolean {
  return (
    tcb.state === 'SYN-RECEIVED' &&
    (seg.flags & (TcpFlag.syn | TcpFlag.ack | TcpFlag.rst)) === TcpFlag.syn &&
    seg.seq === tcb.rcv.irs
  );
}

function isOldTimestamp(tcb: Tcb, tsVal: number, now: Instant): boolean {
  return ((tsVal - tcb.tsRecent) | 0) < 0 && now - tcb.tsRecentAt < TIMESTAMP_LIFETIME;
}

/**
 * The four cases of the table in §3.4, the last by what it is for: whether the segment occupies any
 * of the window. The table asks of its first and last octet only, and would refuse one that begins
 * before the window and ends behind it. A segment without text may also stand at the right edge, as
 * on Linux: it is what a sender that has filled the window acknowledges with.
 */
function isAcceptable(tcb: Tcb, seg: TcpSegment): boolean {
  const { rcv } = tcb;
  const length = segmentLength(seg);
  if (length === 0) return rcv.admits(seg.seq) || seg.seq === seqAdd(rcv.nxt, rcv.wnd);
  // With a window of zero no octet fits, yet what stands at RCV.NXT is read for its ACK and RST
  // (MUST-66); its text is cut off later.
  if (rcv.wnd === 0) return seg.seq === rcv.nxt;
  return seqLt(seg.seq, rcv.edge) && seqGt(seqAdd(seg.seq, length), rcv.nxt);
}

/** Second: RST counts only where the next octet is due; elsewhere it is challenged (RFC 5961). */
export function checkRst(tcb: Tcb, seg: TcpSegment, now: Instant): boolean {
  if ((seg.flags & TcpFlag.rst) === 0) return true;
  if (seg.seq !== tcb.rcv.nxt) {
    if (tcb.state === 'TIME-WAIT' && tcb.profile.minisockets) {
      drop(tcb, seg, RST_IN_TIME_WAIT, now);
      return false;
    }
    drop(tcb, seg, CHALLENGE_RST, now);
    challenge(tcb, CHALLENGE_RST, now);
    return false;
  }
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      // A passive open goes back to LISTEN, which the listener never left; nobody knew of it.
      close(tcb, tcb.listener === undefined ? 'ECONNREFUSED' : undefined, RESET_RECEIVED, now);
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
  return false;
}

/** Fourth: no SYN belongs inside a connection. */
export function checkSyn(tcb: Tcb, seg: TcpSegment, now: Instant): boolean {
  if ((seg.flags & TcpFlag.syn) === 0) return true;
  // The SYN,ACK of a simultaneous open lies before the window and never comes here.
  drop(tcb, seg, CHALLENGE_SYN, now);
  challenge(tcb, CHALLENGE_SYN, now);
  return false;
}

/** Fifth: what does it acknowledge, and how large is the window now? */
export function checkAck(
  tcb: Tcb,
  packet: Ipv4Packet,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  const { snd } = tcb;
  if ((seg.flags & TcpFlag.ack) === 0) {
    drop(tcb, seg, NO_ACK, now);
    return false;
  }
  if (tcb.state === 'SYN-RECEIVED' && !acknowledgeSyn(tcb, packet, seg, now)) return false;
  if (seqGt(seg.ack, snd.nxt)) {
    drop(tcb, seg, ACK_OF_UNSENT, now);
    challenge(tcb, ACK_OF_UNSENT, now);
    return false;
  }
  if (seqLt(seg.ack, seqAdd(snd.una, -snd.largestWindow))) {
    drop(tcb, seg, ACK_TOO_OLD, now);
    challenge(tcb, ACK_TOO_OLD, now);
    return false;
  }
  tcb.counts.acknowledgedAt = now;
  const isUpdate = updateSendWindow(tcb, seg);
  const arrival = {
    ack: seg.ack,
    isNotDuplicate: isUpdate || segmentLength(seg) > 0,
    ece: tcb.ecn !== undefined && (seg.flags & TcpFlag.ece) !== 0,
  };
  if (seqGe(seg.ack, snd.una)) takeAcknowledgment(tcb, arrival, options, now);
  else takeOldAcknowledgment(tcb, arrival, options, now);
  return tcb.state === 'CLOSED' ? false : afterAck(tcb, now);
}

function acknowledgeSyn(tcb: Tcb, packet: Ipv4Packet, seg: TcpSegment, now: Instant): boolean {
  const { snd, listener } = tcb;
  if (!seqGt(seg.ack, snd.una) || seqGt(seg.ack, snd.nxt)) {
    drop(tcb, seg, SYN_NOT_ACKED, now);
    answerWithReset(tcb.services, packet, seg, SYN_NOT_ACKED, now);
    return false;
  }
  if (listener?.isFull === true) {
    drop(tcb, seg, BACKLOG_FULL, now);
    return false;
  }
  measureSyn(tcb, now);
  snd.una = seqAdd(snd.iss, 1);
  snd.small = snd.una;
  snd.wnd = seg.window << snd.windowScale;
  snd.wl1 = seg.seq;
  snd.wl2 = seg.ack;
  tcb.timers.retransmission = NEVER;
  enterEstablished(tcb, SYN_ACKED, now);
  if (tcb.finQueued) moveTo(tcb, 'FIN-WAIT-1', SYN_ACKED, now);
  tcb.listener = undefined;
  if (listener !== undefined) {
    tcb.services.ip.counters.TcpPassiveOpens += 1;
    listener.push(tcb);
  }
  return true;
}

/**
 * SND.WND from a segment that is not older than the one it was last taken from. One that advances
 * SND.UNA is newer whatever its SEG.SEQ, as on Linux: the peer may have sent old octets again, and
 * by SND.WL1 alone the old window would count from the new SND.UNA, beyond what was offered. Says
 * whether the segment changes the window, so that it is no duplicate ACK (RFC 5681 §2).
 */
function updateSendWindow(tcb: Tcb, seg: TcpSegment): boolean {
  const { snd } = tcb;
  if (seqLt(seg.ack, snd.una)) return false;
  tcb.probes = 0; // the peer lives, however long it keeps its window closed (MUST-37)
  const isNewer = seqLt(snd.wl2, seg.ack) || seqLt(snd.wl1, seg.seq);
  if (!isNewer && !(snd.wl1 === seg.seq && snd.wl2 === seg.ack)) return false;
  const before = snd.wnd;
  snd.wnd = seg.window << snd.windowScale;
  snd.wl1 = seg.seq;
  snd.wl2 = seg.ack;
  if (snd.wnd > snd.largestWindow) snd.largestWindow = snd.wnd;
  if (snd.wnd === 0) tcb.firstTimeoutAt = NEVER;
  else if (before === 0) windowOpened(tcb);
  return isNewer || snd.wnd !== before;
}

/** What an acknowledgment of our FIN does to the state. */
function afterAck(tcb: Tcb, now: Instant): boolean {
  const finAcked = tcb.finSent && tcb.snd.una === tcb.snd.nxt;
  if (!finAcked) return true;
  switch (tcb.state) {
    case 'FIN-WAIT-1':
      tcb.news |= TcpNews.state; // a close that lingers waits for this
      moveTo(tcb, 'FIN-WAIT-2', FIN_ACKED, now);
      return true;
    case 'CLOSING':
      tcb.news |= TcpNews.state;
      enterTimeWait(tcb, FIN_ACKED, now);
      return false;
    case 'LAST-ACK':
      close(tcb, undefined, FIN_ACKED, now);
      return false;
    default:
      return true;
  }
}
