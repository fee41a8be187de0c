/** Fifth, in SYN-RECEIVED: the ACK that completes the handshake (RFC 9293 §3.10.7.4, §3.5). */
import {
  seqAdd,
  seqGt,
  seqLt,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { type Instant, NEVER } from '../../time.ts';
import { close, drop, enterEstablished } from '../close.ts';
import { narrowAfterLostSyns } from '../congestion/first-window.ts';
import { completeHandshake, isHalfOpen } from '../fast-open/half-open.ts';
import { ACCEPT_QUEUE_FULL, isDeferred } from '../listen/listen-queue.ts';
import { readCookie } from '../listen/syn-cookie-read.ts';
import { measureSyn } from '../measure.ts';
import { startTimeout } from '../recovery/retransmission-timer.ts';
import { windowOf } from '../send/send-window.ts';
import { moveTo, type Tcb } from '../tcb.ts';
import { answerWithReset } from './reset.ts';

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

/** Establishes the connection, unless it acknowledges something else or finds no room. */
export function acknowledgeSyn(
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
  if (listener === undefined && !isOpen) tcb.counts.octetsAcknowledged += 1; // both opened
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
  if (!isOpen) narrowAfterLostSyns(tcb, options);
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
export function endHalfOpen(tcb: Tcb, now: Instant): void {
  completeHandshake(tcb);
  tcb.retransmissions = 0;
  tcb.timers.retransmission = NEVER;
  if (tcb.sent.count > 0) startTimeout(tcb, now);
  if (tcb.fastOpen?.finWaits === true) tcb.finQueued = true;
}
