/**
 * The user's calls on a connection: OPEN, RECEIVE, CLOSE, ABORT (RFC 9293 §3.10.1, 3–5); SEND has a
 * file of its own. They record what the user wants; `output` sends what follows from it.
 */
import { cause } from '../cause.ts';
import type { UserMemory } from '../posix/system-call.ts';
import type { Instant } from '../time.ts';
import { acknowledgeReading } from './receive/ack-policy.ts';
import { close } from './close.ts';
import { offerEcn } from './ecn/opening.ts';
import { prepareSynData, SYN_WITH_DATA } from './fast-open/client.ts';
import { isHalfOpen } from './fast-open/half-open.ts';
import { endIfOneTooMany } from './liveness/orphans.ts';
import { prepareOffer, receivedSegment } from './open/negotiate.ts';
import { output } from './send/output.ts';
import { countRead, firstPacket } from './receive/receive-memory.ts';
import { windowOfSyn } from './receive/receive-window.ts';
import { endByReset } from './segment-arrives/reset.ts';
import { isSynchronized } from './states.ts';
import { sendSyn } from './open/synchronize.ts';
import { chooseIss } from './open/initial-numbers.ts';
import { moveTo, type Tcb } from './tcb.ts';
import { waitAlone } from './time-wait/hand-over.ts';

const ACTIVE_OPEN = cause('active-open', 'active open', 'RFC 9293 §3.10.1');
const CLOSE = cause('close', 'the application closed', 'RFC 9293 §3.10.4');
const ABORT = cause('abort', 'the application aborted', 'RFC 9293 §3.10.5');
const NO_LINGER = cause('no-linger', 'the program waits for no FIN', 'Linux TCP_LINGER2');
const UNREAD = cause('close-unread', 'closed with data unread', 'RFC 9293 §3.6.1, SHLD-3');

/** OPEN, active (§3.10.1): the SYN goes out. */
export function openActively(tcb: Tcb, now: Instant): void {
  prepareToOpen(tcb, now);
  sendSyn(tcb, ACTIVE_OPEN, now);
  tcb.services.schedule(tcb);
}

/** Everything but the SYN: the connection is in SYN-SENT. */
export function prepareToOpen(tcb: Tcb, now: Instant): void {
  const { rcv } = tcb;
  prepareOffer(tcb, now);
  offerEcn(tcb);
  // Who takes the place of a connection in TIME-WAIT counts with the peer's timestamps already
  // (Linux tcp_connect_init(), by ts_recent_stamp).
  const hasPast = tcb.tsRecent !== 0;
  rcv.offered = windowOfSyn(tcb, hasPast ? receivedSegment(tcb) : rcv.mss);
  chooseIss(tcb, now);
  moveTo(tcb, 'SYN-SENT', ACTIVE_OPEN, now);
}

/**
 * The SYN of a connection that opens fast (RFC 7413): returns how many octets of `memory` it
 * carries.
 */
export function openFast(tcb: Tcb, memory: readonly UserMemory[], now: Instant): number {
  const octets = prepareSynData(tcb, memory, tcb.options.fastOpenWithoutCookie, now);
  sendSyn(tcb, octets > 0 ? SYN_WITH_DATA : ACTIVE_OPEN, now, octets);
  tcb.services.schedule(tcb);
  return octets;
}

/** RECEIVE (§3.10.3): up to `limit` octets, none when there are none. */
export function receive(tcb: Tcb, limit: number, now: Instant): Uint8Array {
  const bytes = tcb.receiveBuffer.read(limit);
  afterReading(tcb, bytes.length, limit, now);
  return bytes;
}

/** RECEIVE into the caller's memory; returns how many octets. */
export function receiveInto(tcb: Tcb, target: Uint8Array, now: Instant): number {
  const length = tcb.receiveBuffer.readInto(target);
  afterReading(tcb, length, target.length, now);
  return length;
}

function afterReading(tcb: Tcb, length: number, limit: number, now: Instant): void {
  if (length === 0) return;
  const first = Math.min(length, firstPacket(tcb, length));
  countRead(tcb, length < limit);
  tcb.tuning?.read(tcb, length - first, now);
  if (tcb.state === 'CLOSED') return;
  if (acknowledgeReading(tcb)) output(tcb, now);
}

/** Whether the peer's FIN has been reached: nothing more will come. */
export function isAtEnd(tcb: Tcb): boolean {
  return tcb.receiveBuffer.readable === 0 && (tcb.finReceived || tcb.state === 'CLOSED');
}

/** CLOSE of the sending side only (§3.10.4, half-close): a FIN follows the data. */
export function shutdownSending(tcb: Tcb, now: Instant): void {
  const { fastOpen, profile } = tcb;
  if (fastOpen?.isHalfOpen === true && profile.fastOpen.shutdownWaits) fastOpen.finWaits = true;
  else endSending(tcb, now);
}

/** The FIN goes as soon as the data before it has gone. */
function endSending(tcb: Tcb, now: Instant): void {
  if (tcb.finQueued) return;
  switch (tcb.state) {
    case 'SYN-SENT':
      close(tcb, undefined, CLOSE, now);
      return;
    case 'SYN-RECEIVED':
      tcb.finQueued = true;
      if (!isHalfOpen(tcb)) return; // the FIN follows when the connection is established
      moveTo(tcb, 'FIN-WAIT-1', CLOSE, now);
      break;
    case 'ESTABLISHED':
      tcb.finQueued = true;
      moveTo(tcb, 'FIN-WAIT-1', CLOSE, now);
      break;
    case 'CLOSE-WAIT':
      tcb.finQueued = true;
      moveTo(tcb, 'LAST-ACK', CLOSE, now);
      break;
    default:
      return;
  }
  output(tcb, now);
}

/**
 * CLOSE (§3.10.4) by an application that will not read any more. With data unread the peer learns
 * by RST that it is lost.
 */
export function closeFully(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'CLOSED') {
    tcb.receiveBuffer.clear();
    return;
  }
  beOrphan(tcb);
  const isUsed = isSynchronized(tcb.state) || isHalfOpen(tcb);
  const isUnread = tcb.receiveBuffer.readable > 0 && !tcb.profile.problems.closesWithTextUnread;
  if (isUnread && isUsed && tcb.state !== 'TIME-WAIT') {
    throwAwayText(tcb);
    endByReset(tcb, UNREAD, now);
    return;
  }
  if (tcb.state === 'FIN-WAIT-2' && tcb.options.finWait2 < 0) {
    endByReset(tcb, NO_LINGER, now);
    return;
  }
  endSending(tcb, now);
  waitAlone(tcb, now);
  endIfOneTooMany(tcb, now);
}

/** What waited to be read is gone, and the window of the RST shows it (Linux __tcp_close()). */
function throwAwayText(tcb: Tcb): void {
  tcb.receiveBuffer.dropReadable();
  countRead(tcb, true);
}

/** No process has the socket any more. */
function beOrphan(tcb: Tcb): void {
  if (tcb.orphaned) return;
  tcb.orphaned = true;
  tcb.services.orphans += 1;
}

/** ABORT (§3.10.5): a RST, and nothing is left. */
export function abort(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'CLOSED') return;
  beOrphan(tcb);
  if (isTold(tcb)) close(tcb, undefined, ABORT, now);
  else endByReset(tcb, ABORT, now);
}

/** Whether a RST would tell the peer nothing: it knows of no connection, or both FINs are out. */
function isTold({ state, finSent }: Tcb): boolean {
  if (state === 'CLOSING' || state === 'LAST-ACK') return finSent;
  return state === 'SYN-SENT' || state === 'TIME-WAIT';
}
