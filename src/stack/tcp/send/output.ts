/**
 * What to send next (RFC 9293 §3.8.6.2.1, §3.7.4). Input and the user's calls record what is owed;
 * only this file decides that a segment of new data, a FIN or a bare ACK goes out.
 */
import { seqAdd, seqLe, seqLt, TcpFlag } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import type { Activity } from '../sockets/busy-times.ts';
import { burstLimit, isCutByDevice, worthWaiting } from '../congestion/burst.ts';
import { isWindowLimited, validateWindow } from '../congestion/window-use.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import { scheduleProbe } from '../recovery/loss-probe.ts';
import { type MtuProbing, nextProbe, probeSent } from '../path-mtu/mtu-probing.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { burstLeft, isHeldBack } from '../congestion/pacing.ts';
import { inFlight } from '../recovery/rate-reduction.ts';
import { enterReduction } from '../recovery/phases.ts';
import { isTimerRunning, startTimeout } from '../recovery/retransmission-timer.ts';
import { refreshMss } from '../path-mtu/segment-size.ts';
import { CARRIES_FIN, CONTINUES } from '../recovery/sent-segments.ts';
import { beSender, flightSize, type Tcb } from '../tcb.ts';
import { numberWithoutText, transmit, transmitNext } from './transmit.ts';
import { hadWay } from './way.ts';
import { armProbe } from '../liveness/zero-window-probe.ts';

const DATA = cause('data', 'the application wrote, and the window has room', 'RFC 9293 §3.10.2');
const FIN = cause('fin', 'the application closed, and all data is sent', 'RFC 9293 §3.10.4');
/** Sends what may be sent now, then the acknowledgment that is still owed, and sets the timers. */
export function output(tcb: Tcb, now: Instant): void {
  if (mayHaveData(tcb)) {
    const hasData = tcb.sendBuffer.length > 0 || tcb.finQueued;
    if (hasData) sendWaiting(tcb, now);
    else tcb.busyTimes.turnTo('idle', now);
  }
  outputAck(tcb, now);
}

/** Sends the acknowledgment that is owed, if one is, and sets the timers. */
export function outputAck(tcb: Tcb, now: Instant): void {
  if (tcb.ackOwed !== undefined && tcb.state !== 'CLOSED') {
    transmit(tcb, numberWithoutText(tcb), 0, 0, 0, tcb.ackOwed, now);
  }
  tcb.services.schedule(tcb);
}

/**
 * Sends the packet that is next, or what may go of it, while a SEND goes on (Linux tcp_push_one()).
 */
export function outputOne(tcb: Tcb, now: Instant): void {
  if (mayHaveData(tcb)) sendNew(tcb, true, now);
}

/**
 * Whether data or a FIN can still go out: the handshake is done, or Fast Open does not wait for its
 * end, and the FIN is not acknowledged.
 */
function mayHaveData(tcb: Tcb): boolean {
  switch (tcb.state) {
    case 'ESTABLISHED':
    case 'CLOSE-WAIT':
    case 'FIN-WAIT-1':
    case 'CLOSING':
    case 'LAST-ACK':
      return true;
    case 'SYN-RECEIVED':
      return isHalfOpen(tcb);
    default:
      return false;
  }
}

/** Something waits to be sent, or to be acknowledged. */
function sendWaiting(tcb: Tcb, now: Instant): void {
  const outcome = sendNew(tcb, false, now);
  armProbe(tcb, now);
  tcb.busyTimes.turnTo(outcome === 'peer-limited' ? 'window-limited' : activityOf(tcb), now);
}

/**
 * Sends new data as far as windows and rules allow, and notes how far the window was used. Says
 * what held it back in the end.
 */
function sendNew(tcb: Tcb, onlyOne: boolean, now: Instant): Outcome {
  if (tcb.finSent || (tcb.sendBuffer.length === 0 && !tcb.finQueued)) return 'nothing';
  beSender(tcb);
  const { sent, window, recovery } = tcb;
  const before = sent.count;
  refreshMss(tcb, now);
  const { mtuProbing } = tcb;
  const isWaiting = mtuProbing !== undefined && !onlyOne && !sendMtuProbe(tcb, mtuProbing, now);
  const mss = effectiveSendMss(tcb); // of all, though only the first may tell of a duplicate
  let outcome = isWaiting ? 'nothing' : sendNext(tcb, mss, !onlyOne, now);
  if (!onlyOne) while (outcome === 'sent') outcome = sendNext(tcb, mss, true, now);
  const count = sent.count - before;
  const isFull = count > 0 && inFlight(tcb) >= window.cwnd;
  const isLimited = outcome === 'window-limited' || isFull;
  if (count > 0 || isLimited) validateWindow(tcb, isLimited, now);
  if (count === 0) return outcome;
  if (recovery.isReducing) window.prrOut += count;
  if (isHalfOpen(tcb)) return outcome; // the timer is the SYN-ACK's
  if (!scheduleProbe(tcb, false, now) && !isTimerRunning(tcb)) startTimeout(tcb, now);
  return outcome;
}

/** A segment that is longer than the others, where one is due (RFC 4821). Says whether to go on. */
function sendMtuProbe(tcb: Tcb, probing: MtuProbing, now: Instant): boolean {
  const length = nextProbe(tcb, probing, now);
  if (typeof length !== 'number') return length === 'none';
  if (sendPacket(tcb, flightSize(tcb), length, false, false, length, now)) {
    probeSent(tcb, probing, length);
  }
  return true;
}

/** Something leaves while nothing is in flight (Linux CA_EVENT_TX_START). */
function beginSending(tcb: Tcb, mss: number, now: Instant): void {
  const { deliveryRate, congestion, counts } = tcb;
  if (congestion.restarts !== undefined && deliveryRate !== undefined) {
    congestion.restarts(tcb.window, deliveryRate.describe(tcb, mss), now);
  }
  if (counts.dataSegmentsOut > 0) congestion.sendingStarts?.(now, now - counts.dataSentAt);
}

/**
 * A tail loss probe by what was never sent, data or the FIN: one segment that fits into the peer's
 * window, whatever the congestion window says (Linux tcp_send_loss_probe()).
 */
export function sendNewProbe(tcb: Tcb, now: Instant): boolean {
  const { snd, sendBuffer } = tcb;
  const flight = flightSize(tcb);
  const unsent = sendBuffer.length - flight;
  if (tcb.finSent || (unsent === 0 && !tcb.finQueued)) return false;
  const mss = effectiveSendMss(tcb);
  const length = Math.min(waitingPacket(tcb, flight, mss, 1), mss);
  const usable = snd.wnd - flight;
  const withFin = takesFin(tcb, flight, length, unsent, usable);
  if (length > usable || (length === 0 && !withFin)) return false;
  if (waitsForFin(tcb, length, unsent, usable)) return false;
  const hasLeft = sendPacket(tcb, flight, length, withFin, false, mss, now);
  if (hasLeft) validateWindow(tcb, inFlight(tcb) >= tcb.window.cwnd, now);
  return hasLeft;
}

/** Whether something was sent, or what held it back: the window, the peer's, or something else. */
type Outcome = 'sent' | 'window-limited' | 'peer-limited' | 'nothing';

/**
 * Sends a burst of new data, or the FIN, if that is allowed. `mayWait`: perhaps not yet, but with
 * the next acknowledgment.
 */
function sendNext(tcb: Tcb, mss: number, mayWait: boolean, now: Instant): Outcome {
  const { snd, sendBuffer } = tcb;
  const flight = flightSize(tcb);
  const unsent = sendBuffer.length - flight;
  const isExempt = unsent === 0 && tcb.profile.congestion.finIgnoresWindow;
  const allowed = Math.max(mayBeSent(tcb), isExempt ? 1 : 0);
  if (tcb.finSent || (unsent === 0 && !tcb.finQueued)) return 'nothing';
  if (isHeldBack(tcb, now)) return 'nothing';
  if (allowed <= 0) return 'window-limited';
  const usable = snd.wnd - flight;
  const length = nextLength(tcb, flight, unsent, usable, mss, allowed, mayWait, now);
  if (length === WAITS_FOR_WINDOW) return 'window-limited';
  if (length === WAITS_FOR_PEER) return 'peer-limited';
  if (length < 0) return 'nothing';
  const withFin = takesFin(tcb, flight, length, unsent, usable);
  if (length === 0 && !withFin) return 'nothing';
  if (length <= mss && waitsForFin(tcb, length, unsent, usable)) return 'nothing';
  return sendPacket(tcb, flight, length, withFin, false, mss, now) ? 'sent' : 'nothing';
}

/** Whether so many octets go with the FIN behind them. */
function takesFin(
  tcb: Tcb,
  flight: number,
  length: number,
  unsent: number,
  usable: number,
): boolean {
  const isLast = tcb.finQueued && length === unsent && usable > length;
  return isLast && !(tcb.profile.problems.finWaitsForAcks && flight + length > 0);
}

/** Whether the last octets wait until there is room for the FIN behind them. */
function waitsForFin(tcb: Tcb, length: number, unsent: number, usable: number): boolean {
  return tcb.finQueued && length === unsent && length === usable && tcb.profile.finNeedsRoom;
}

/**
 * How many segments the congestion window allows; no burst takes more than half of it, so that two
 * are under way (Linux tcp_cwnd_test()).
 */
function mayBeSent(tcb: Tcb): number {
  const { window, profile } = tcb;
  const free = window.cwnd - inFlight(tcb);
  return profile.bursts === undefined ? free : Math.min(free, Math.max(window.cwnd >>> 1, 1));
}

/** Nothing now: with more of the congestion window, or of the peer's, the burst would be longer. */
const WAITS_FOR_WINDOW = -2;
const WAITS_FOR_PEER = -3;

/** How many octets to send now; below 0 for none. */
function nextLength(
  tcb: Tcb,
  flight: number,
  unsent: number,
  usable: number,
  mss: number,
  allowed: number,
  mayWait: boolean,
  now: Instant,
): number {
  const waiting = waitingPacket(tcb, flight, mss, allowed);
  const length = Math.min(waiting, usable, mss);
  if (length < 0 || !isWorthSending(tcb, length, unsent, usable, mss)) return -1;
  if (waiting <= mss || usable < mss) return length;
  const limit = burstLimit(tcb, mss);
  const worth = mayWait ? worthWaiting(tcb, waiting, usable, mss, limit, now) : 'no';
  if (worth === 'congestion-window') return WAITS_FOR_WINDOW;
  if (worth === 'peer-window') return WAITS_FOR_PEER;
  if (worth !== 'no') return -1;
  if (tcb.snd.isUrgent) return mss; // each segment has its own pointer (Linux tcp_urg_mode())
  const most = Math.min(allowed, limit) * mss;
  const sendable = Math.min(waiting, usable);
  if (most <= sendable) return most;
  const rest = sendable % mss;
  const full = sendable - rest;
  if (rest === 0) return full;
  // Where the window ends a burst only Nagle's algorithm is asked (Linux tcp_mss_split_point()).
  const isWorthIt =
    usable < waiting
      ? mayBeShort(tcb)
      : isWorthSending(tcb, rest, unsent - full, usable - full, mss);
  return isWorthIt ? sendable : full;
}

/** The octets of the packet that is next to be sent, after the one behind it has filled it. */
function waitingPacket(tcb: Tcb, flight: number, mss: number, allowed: number): number {
  const { sendBuffer, profile } = tcb;
  const waiting = sendBuffer.untilPacketEnd(flight);
  if (profile.bursts?.fillsFromNext !== true || sendBuffer.isNextLast) return waiting;
  const missing = Math.min(allowed, burstLimit(tcb, mss)) * mss - waiting;
  if (missing <= 0) return waiting;
  sendBuffer.fillNext(missing);
  return sendBuffer.untilPacketEnd(flight);
}

/**
 * Sends a packet, or the first part of one, as segments at this instant, or as a long frame that
 * the device cuts into these; says whether they left the host. The last of several always carries
 * PSH, so that the receiver's device does not wait for more; so may the packet's end.
 */
export function sendPacket(
  tcb: Tcb,
  flight: number,
  length: number,
  withFin: boolean,
  withPush: boolean,
  mss: number,
  now: Instant,
): boolean {
  const { sendBuffer, sent, sackReport } = tcb;
  if (sent.count === 0) beginSending(tcb, mss, now);
  const end = flight + length;
  const isBurst = length > mss && tcb.profile.bursts !== undefined;
  const push = length > 0 && (withPush || isBurst || sendBuffer.isPushedAt(end));
  const isLong = isBurst && isCutByDevice(tcb, length);
  if (isBurst && sackReport !== undefined) sackReport.isRepeated = true; // all have one header
  let hasLeft = !isLong || sendData(tcb, flight, length, withFin, push, mss, false, now);
  let offset = flight;
  do {
    const size = Math.min(mss, end - offset);
    const isLast = offset + size === end;
    const fin = withFin && isLast;
    const continues = offset > flight;
    if (!isLong) hasLeft = sendData(tcb, offset, size, fin, push && isLast, mss, continues, now);
    if (!hasLeft) break;
    noteSent(tcb, size, (fin ? CARRIES_FIN : 0) | (continues ? CONTINUES : 0), now);
    if (size < mss) tcb.snd.small = tcb.snd.nxt;
    offset += size;
  } while (offset < end);
  if (isBurst) sackReport?.endRepeating();
  if (offset > flight) sendBuffer.sentTo(offset, withPush && hasLeft);
  if (hasLeft) burstLeft(tcb, length, now);
  else if (hadWay(tcb)) enterReduction(tcb); // congestion begins at home (Linux tcp_enter_cwr())
  return hasLeft;
}

/** What the connection is about after this round of output (Linux tcp_write_xmit()). */
function activityOf(tcb: Tcb): Activity {
  const { snd, sendBuffer } = tcb;
  if (sendBuffer.length === 0) return flightSize(tcb) > 0 ? 'busy' : 'idle'; // with a FIN
  const flight = flightSize(tcb);
  const unsent = sendBuffer.length - flight;
  if (unsent <= 0) return tcb.writerWaits && !isWindowLimited(tcb) ? 'buffer-limited' : 'busy';
  const isClosed = snd.wnd - flight < Math.min(unsent, effectiveSendMss(tcb));
  return isClosed && mayBeSent(tcb) > 0 ? 'window-limited' : 'busy';
}

/**
 * Sends data that was never sent before: a segment, which may continue a burst, or several of up to
 * `mss` octets as one frame. What found no room in the host's own queue was not sent, and waits on.
 */
function sendData(
  tcb: Tcb,
  offset: number,
  length: number,
  fin: boolean,
  push: boolean,
  mss: number,
  continues: boolean,
  now: Instant,
): boolean {
  const flags = (fin ? TcpFlag.fin : 0) | (push ? TcpFlag.psh : 0);
  const why = fin ? FIN : DATA;
  if (continues) return transmitNext(tcb, tcb.snd.nxt, flags, offset, length, why, now);
  return transmit(tcb, tcb.snd.nxt, flags, offset, length, why, now, mss);
}

/** A segment of data that was never sent before has left. */
function noteSent(tcb: Tcb, length: number, marks: number, now: Instant): void {
  const { snd } = tcb;
  const seq = snd.nxt;
  const withFin = (marks & CARRIES_FIN) !== 0;
  tcb.services.counters.TcpExtTCPOrigDataSent += 1;
  snd.nxt = seqAdd(seq, length + (withFin ? 1 : 0));
  if (withFin) tcb.finSent = true;
  tcb.sent.push(seq, snd.nxt, marks, now);
  tcb.deliveryRate?.sent(tcb, tcb.sent.last, tcb.sent.count === 1, now);
}

/**
 * The sender's silly-window avoidance and Nagle's algorithm (MUST-38, SHLD-7). A full segment goes
 * at once. The last short one goes unless an earlier *short* one is unacknowledged (Minshall's
 * change, as in Linux: RFC 9293 §3.7.4 asks for "any data"), or the program holds it back by
 * TCP_CORK or MSG_MORE. A segment that only the window makes
 * short goes when it is at least half of the largest window ever offered.
 */
function isWorthSending(
  tcb: Tcb,
  length: number,
  unsent: number,
  usable: number,
  mss: number,
): boolean {
  if (length === mss) return true;
  if (length === unsent && usable >= length) {
    return tcb.finQueued || tcb.pushesNow || tcb.snd.isUrgent || mayBeShort(tcb);
  }
  // Nothing can join what ends a record and has more behind it.
  if (length < unsent && length < usable && length > 0) return true;
  return length > 0 && 2 * length >= tcb.snd.largestWindow;
}

/** Whether Nagle's algorithm, or TCP_CORK, lets a short segment go (Linux tcp_nagle_check()). */
function mayBeShort(tcb: Tcb): boolean {
  const { corked, noDelay } = tcb.options;
  return !corked && !tcb.heldBack && (noDelay || !isShortInFlight(tcb));
}

/** Whether the last short segment lies between SND.UNA and SND.NXT; it may be 2³¹ octets back. */
function isShortInFlight({ snd }: Tcb): boolean {
  return seqLt(snd.una, snd.small) && seqLe(snd.small, snd.nxt);
}
