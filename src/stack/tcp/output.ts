/**
 * What to send next (RFC 9293 §3.8.6.2.1, §3.7.4). Input and the user's calls record what is owed;
 * only this file decides that a segment of new data, a FIN or a bare ACK goes out.
 */
import { seqAdd, seqDiff, seqLe, seqLt, TcpFlag } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import { type Instant, NEVER } from '../time.ts';
import type { Activity } from './busy-times.ts';
import { effectiveSendMss } from './negotiate.ts';
import { flightSize, type Tcb } from './tcb.ts';
import { transmit } from './transmit.ts';

const DATA = cause('data', 'the application wrote, and the window has room', 'RFC 9293 §3.10.2');
const FIN = cause('fin', 'the application closed, and all data is sent', 'RFC 9293 §3.10.4');
const RETRANSMIT = cause(
  'retransmit-after-timeout',
  'sent again: it was in flight when the timer expired',
  'RFC 6298 §5.4',
);

/** Segments sent again for each acknowledgment after a timeout, as slow start would (RFC 5681). */
const RETRANSMITTED_PER_ACK = 2;

/** Sends what may be sent now, then the acknowledgment that is still owed, and sets the timers. */
export function output(tcb: Tcb, now: Instant): void {
  if (mayHaveData(tcb)) {
    while (sendNext(tcb, now));
    armPersist(tcb, now);
    tcb.busyTimes.turnTo(activityOf(tcb), now);
  }
  if (tcb.ackOwed !== undefined && tcb.state !== 'CLOSED') {
    transmit(tcb, tcb.snd.nxt, 0, 0, 0, tcb.ackOwed, now);
  }
  tcb.services.schedule(tcb);
}

/**
 * Whether data or a FIN can still go out: the handshake is done and the FIN is not acknowledged.
 */
function mayHaveData(tcb: Tcb): boolean {
  switch (tcb.state) {
    case 'ESTABLISHED':
    case 'CLOSE-WAIT':
    case 'FIN-WAIT-1':
    case 'CLOSING':
    case 'LAST-ACK':
      return true;
    default:
      return false;
  }
}

/** Sends one segment of new data or the FIN, if that is allowed; says whether it did. */
function sendNext(tcb: Tcb, now: Instant): boolean {
  const { snd, sendBuffer } = tcb;
  if (tcb.finSent || tcb.recovering) return false;
  const inFlight = flightSize(tcb);
  const unsent = sendBuffer.length - inFlight;
  const usable = snd.wnd - inFlight;
  if (unsent === 0 && !tcb.finQueued) return false;
  const mss = effectiveSendMss(tcb);
  const length = Math.min(unsent, usable, mss, sendBuffer.untilRecordEnd(inFlight));
  if (length < 0 || !isWorthSending(tcb, length, unsent, usable, mss)) return false;
  const withFin = tcb.finQueued && length === unsent && usable > length;
  if (length === 0 && !withFin) return false;
  sendSegment(tcb, inFlight, length, withFin, now);
  if (length < mss) snd.small = snd.nxt;
  return true;
}

/** What the connection is about after this round of output (Linux tcp_write_xmit()). */
function activityOf(tcb: Tcb): Activity {
  const { snd, sendBuffer } = tcb;
  if (sendBuffer.length === 0) return 'idle';
  const inFlight = flightSize(tcb);
  const unsent = sendBuffer.length - inFlight;
  if (unsent <= 0) return tcb.writerWaits ? 'buffer-limited' : 'busy';
  return snd.wnd - inFlight < Math.min(unsent, effectiveSendMss(tcb)) ? 'window-limited' : 'busy';
}

/** Sends data that was never sent before. */
export function sendSegment(
  tcb: Tcb,
  offset: number,
  length: number,
  withFin: boolean,
  now: Instant,
): void {
  const { snd } = tcb;
  const seq = snd.nxt;
  const end = seqAdd(seq, length + (withFin ? 1 : 0));
  const push = length > 0 && tcb.sendBuffer.isPushedAt(offset + length);
  const flags = (withFin ? TcpFlag.fin : 0) | (push ? TcpFlag.psh : 0);
  snd.nxt = end;
  if (withFin) tcb.finSent = true;
  if (tcb.timedAt < 0) {
    tcb.timedAt = now;
    tcb.timedEnd = end;
  }
  startRetransmissionTimer(tcb, now);
  if (length > 0) tcb.delayedAck.dataSent(now);
  transmit(tcb, seq, flags, offset, length, withFin ? FIN : DATA, now);
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
    if (tcb.finQueued || tcb.pushesNow || tcb.snd.isUrgent) return true;
    return !tcb.corked && !tcb.heldBack && (tcb.noDelay || !isShortInFlight(tcb));
  }
  // Nothing can join what ends a record and has more behind it.
  if (length < unsent && length < usable && length > 0) return true;
  return length > 0 && 2 * length >= tcb.snd.largestWindow;
}

/** Whether the last short segment lies between SND.UNA and SND.NXT; it may be 2³¹ octets back. */
function isShortInFlight({ snd }: Tcb): boolean {
  return seqLt(snd.una, snd.small) && seqLe(snd.small, snd.nxt);
}

/** RFC 6298 (5.1): the timer runs while something is in flight. */
export function startRetransmissionTimer(tcb: Tcb, now: Instant): void {
  if (tcb.timers.retransmission !== NEVER) return;
  tcb.timers.retransmission = tcb.services.clock.after(now, tcb.rtt.rto);
}

/** Something waits and nothing is in flight whose acknowledgment could free it: probe (MUST-36). */
function armPersist(tcb: Tcb, now: Instant): void {
  const waits = !tcb.finSent && (tcb.sendBuffer.length > 0 || tcb.finQueued);
  if (!waits || flightSize(tcb) > 0) {
    tcb.timers.persist = NEVER;
    tcb.probes = 0;
  } else if (tcb.timers.persist === NEVER) {
    tcb.timers.persist = tcb.services.clock.after(now, tcb.rtt.rto); // SHLD-29
  }
}

/** Sends again what was in flight at a timeout, as acknowledgments come in. */
export function continueRecovery(tcb: Tcb, now: Instant): void {
  for (let i = 0; i < RETRANSMITTED_PER_ACK && tcb.recovering; i++) {
    if (seqLt(tcb.retransmitNext, tcb.snd.una)) tcb.retransmitNext = tcb.snd.una;
    if (!seqLt(tcb.retransmitNext, tcb.recover)) {
      tcb.recovering = seqLt(tcb.snd.una, tcb.recover);
      return;
    }
    retransmitAt(tcb, RETRANSMIT, now);
  }
}

/** Sends one segment again from `retransmitNext` on. */
export function retransmitAt(tcb: Tcb, why: Cause, now: Instant): void {
  const { snd, sendBuffer } = tcb;
  const offset = seqDiff(tcb.retransmitNext, snd.una);
  const inFlight = flightSize(tcb) - (tcb.finSent ? 1 : 0);
  const most = Math.min(effectiveSendMss(tcb), sendBuffer.untilRecordEnd(offset));
  const length = Math.max(0, Math.min(inFlight - offset, most));
  const withFin = tcb.finSent && offset + length === inFlight;
  const push = length > 0 && sendBuffer.isPushedAt(offset + length);
  const flags = (withFin ? TcpFlag.fin : 0) | (push ? TcpFlag.psh : 0);
  const seq = tcb.retransmitNext;
  tcb.services.ip.counters.TcpRetransSegs += 1;
  tcb.retransmitNext = seqAdd(seq, length + (withFin ? 1 : 0));
  tcb.timedAt = -1; // Karn: an acknowledgment would be ambiguous
  tcb.counts.retransmissions += 1;
  tcb.counts.octetsSentAgain += length;
  transmit(tcb, seq, flags, offset, length, why, now);
}
