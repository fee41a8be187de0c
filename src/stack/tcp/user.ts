/**
 * The user's calls on a connection: OPEN, SEND, RECEIVE, CLOSE, ABORT (RFC 9293 §3.10.1–5). They
 * record what the user wants; `output` sends what follows from it.
 */
import { seqAdd, TcpFlag } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import type { UserMemory } from '../posix/system-call.ts';
import type { Instant } from '../time.ts';
import { acknowledgeReading } from './ack-policy.ts';
import { close, shrink } from './close.ts';
import type { OpenOptions } from './connection-options.ts';
import { offerEcn } from './ecn.ts';
import { prepareSynData, SYN_WITH_DATA } from './fast-open-client.ts';
import { isHalfOpen } from './half-open.ts';
import { effectiveSendMss, prepareOffer } from './negotiate.ts';
import { output } from './output.ts';
import { initialWindow } from './receive-window.ts';
import { isSynchronized } from './states.ts';
import { chooseIss, sendSyn } from './synchronize.ts';
import { flightSize, moveTo, type Tcb } from './tcb.ts';
import { transmit } from './transmit.ts';

const ACTIVE_OPEN = cause('active-open', 'active open', 'RFC 9293 §3.10.1');
const CLOSE = cause('close', 'the application closed', 'RFC 9293 §3.10.4');
const ABORT = cause('abort', 'the application aborted', 'RFC 9293 §3.10.5');
const UNREAD = cause('close-unread', 'closed with data unread', 'RFC 9293 §3.6.1, SHLD-3');

/** OPEN, active (§3.10.1): the SYN goes out. */
export function openActively(tcb: Tcb, options: OpenOptions, now: Instant): void {
  prepareToOpen(tcb, options, now);
  sendSyn(tcb, ACTIVE_OPEN, now);
  tcb.services.schedule(tcb);
}

/** Everything but the SYN: the connection is in SYN-SENT. */
export function prepareToOpen(tcb: Tcb, options: OpenOptions, now: Instant): void {
  const { rcv } = tcb;
  prepareOffer(tcb, options);
  offerEcn(tcb);
  rcv.offered = initialWindow(tcb.profile, rcv.space, rcv.mss);
  chooseIss(tcb, now);
  moveTo(tcb, 'SYN-SENT', ACTIVE_OPEN, now);
}

/**
 * The SYN of a connection that opens fast (RFC 7413): returns how many octets of `memory` it
 * carries.
 */
export function openFast(
  tcb: Tcb,
  memory: readonly UserMemory[],
  options: OpenOptions,
  now: Instant,
): number {
  const octets = prepareSynData(tcb, memory, options.fastOpenWithoutCookie, now);
  sendSyn(tcb, octets > 0 ? SYN_WITH_DATA : ACTIVE_OPEN, now, octets);
  tcb.services.schedule(tcb);
  return octets;
}

/** Octets in the send buffer that were never sent. */
export function unsentLength(tcb: Tcb): number {
  return tcb.sendBuffer.length - flightSize(tcb) + (tcb.finSent ? 1 : 0);
}

/** How many octets SEND would take now. */
export function sendRoom(tcb: Tcb): number {
  const room = Math.max(0, tcb.sendSpace - tcb.sendBuffer.length);
  if (tcb.unsentMost === 0) return room;
  // A segment that was begun is filled (Linux sk_stream_memory_free() is asked before each).
  const allowed = tcb.unsentMost - unsentLength(tcb);
  if (allowed <= 0) return 0;
  const mss = effectiveSendMss(tcb);
  return Math.min(room, Math.ceil(allowed / mss) * mss);
}

/** SEND (§3.10.2): takes in what there is room for, and returns how many octets that was. */
export function send(tcb: Tcb, bytes: Uint8Array, from: number, now: Instant): number {
  const taken = enqueue(tcb, bytes, from);
  if (taken > 0) endSend(tcb, false, now);
  return taken;
}

/** Takes in what there is room for, as a part of one SEND: {@link endSend} sends it. */
export function enqueue(tcb: Tcb, bytes: Uint8Array, from: number): number {
  const { sendBuffer } = tcb;
  const taken = Math.min(bytes.length - from, sendRoom(tcb));
  if (taken <= 0) return 0;
  tcb.pushesNow = false;
  tcb.deliveryRate?.checkLimited(tcb, effectiveSendMss(tcb), unsentLength(tcb));
  sendBuffer.append(bytes, from, from + taken);
  return taken;
}

/**
 * The end of one SEND. With `more` (MSG_MORE) the last short segment waits for the octets that the
 * program says will follow: until then, or until an acknowledgment or a timer lets it go.
 */
export function endSend(tcb: Tcb, more: boolean, now: Instant): void {
  if (!more) tcb.sendBuffer.push();
  tcb.heldBack = more;
  output(tcb, now);
  tcb.heldBack = false;
}

/** The last octet written is urgent (§3.10.2; RFC 6093 §2: SND.UP is the octet behind it). */
export function sendUrgently(tcb: Tcb): void {
  const { snd } = tcb;
  snd.up = seqAdd(snd.una, tcb.sendBuffer.length);
  snd.isUrgent = true;
}

/** TCP_NODELAY was set, or the cork was drawn: what waits goes now. */
export function pushWaiting(tcb: Tcb, now: Instant): void {
  tcb.pushesNow = true;
  output(tcb, now);
}

/** RECEIVE (§3.10.3): up to `limit` octets, none when there are none. */
export function receive(tcb: Tcb, limit: number, now: Instant): Uint8Array {
  const bytes = tcb.receiveBuffer.read(limit);
  if (bytes.length > 0) afterReading(tcb, now);
  return bytes;
}

/** RECEIVE into the caller's memory; returns how many octets. */
export function receiveInto(tcb: Tcb, target: Uint8Array, now: Instant): number {
  const length = tcb.receiveBuffer.readInto(target);
  if (length > 0) afterReading(tcb, now);
  return length;
}

function afterReading(tcb: Tcb, now: Instant): void {
  if (tcb.finReceived || tcb.state === 'CLOSED') return;
  if (acknowledgeReading(tcb)) output(tcb, now);
}

/** Whether the peer's FIN has been reached: nothing more will come. */
export function isAtEnd(tcb: Tcb): boolean {
  return tcb.receiveBuffer.readable === 0 && (tcb.finReceived || tcb.state === 'CLOSED');
}

/** CLOSE of the sending side only (§3.10.4, half-close): a FIN follows the data. */
export function shutdownSending(tcb: Tcb, now: Instant): void {
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
  tcb.orphaned = true;
  const isUsed = isSynchronized(tcb.state) || isHalfOpen(tcb);
  if (tcb.receiveBuffer.readable > 0 && isUsed && tcb.state !== 'TIME-WAIT') {
    reset(tcb, UNREAD, now);
    return;
  }
  shutdownSending(tcb, now);
  shrink(tcb, now);
}

/** ABORT (§3.10.5): a RST, and nothing is left. */
export function abort(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'CLOSED') return;
  tcb.orphaned = true;
  if (isTold(tcb)) close(tcb, undefined, ABORT, now);
  else reset(tcb, ABORT, now);
}

/** Whether a RST would tell the peer nothing: it knows of no connection, or both FINs are out. */
function isTold({ state, finSent }: Tcb): boolean {
  if (state === 'CLOSING' || state === 'LAST-ACK') return finSent;
  return state === 'SYN-SENT' || state === 'TIME-WAIT';
}

function reset(tcb: Tcb, why: Cause, now: Instant): void {
  // A FIN that was never sent takes no sequence number: SND.NXT is right in every state.
  transmit(tcb, tcb.snd.nxt, TcpFlag.rst, 0, 0, why, now);
  close(tcb, undefined, why, now);
}
