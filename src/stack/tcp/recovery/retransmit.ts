/** Sending segments again: which, in what pieces, and how many at a time. */
import { type Seq, seqAdd, seqDiff, seqGe, seqLe, TcpFlag } from '../../../wire/index.ts';
import type { Cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { burstLimit } from '../congestion/burst.ts';
import { burstLeft, isHeldBack } from '../congestion/pacing.ts';
import { inFlight } from './rate-reduction.ts';
import { causeOfLoss } from './loss-reasons.ts';
import { NONE } from './ordered-slots.ts';
import { startTimeout } from './retransmission-timer.ts';
import { refreshMss } from '../path-mtu/segment-size.ts';
import { CARRIES_FIN, CONTINUES, RETRANSMITTED, SACKED } from './sent-segments.ts';
import type { Tcb } from '../tcb.ts';
import { transmit } from '../send/transmit.ts';
import { RareTimer } from '../timers.ts';
import { hasWayAgain } from '../send/way.ts';

/** Sends what counts as lost again, oldest first, as far as the congestion window goes. */
export function retransmitLost(tcb: Tcb, now: Instant): void {
  const { sent, recovery, window } = tcb;
  const { counters } = tcb.services;
  for (;;) {
    const segment = sent.firstWaiting;
    if (segment === NONE || sent.retransmitted >= sent.lost) return;
    const room = window.cwnd - inFlight(tcb);
    if (room <= 0 || isHeldBack(tcb, now)) return;
    const isFirst = segment === sent.first;
    const why = causeOfLoss(sent.reasonOfLoss(segment));
    const segments = retransmit(tcb, segment, room, why, now);
    if (segments === 0) return;
    if (recovery.isReducing) window.prrOut += segments;
    if (recovery.phase === 'Loss') counters.TcpExtTCPSlowStartRetrans += segments;
    else counters.TcpExtTCPFastRetrans += segments;
    if (isFirst && !tcb.timers.isRunning(RareTimer.reordering)) startTimeout(tcb, now);
  }
}

/**
 * Sends again what was one packet from this segment on, `most` segments of it at most, if the
 * peer's window and the host's own queue have room. Returns how many segments left.
 */
export function retransmit(
  tcb: Tcb,
  first: number,
  most: number,
  why: Cause,
  now: Instant,
): number {
  const { sent, recovery } = tcb;
  const segments = sendAgain(tcb, first, most, why, now);
  if (segments === 0) return 0;
  let segment = first;
  for (let i = 0; i < segments; i++) {
    sent.mark(segment, RETRANSMITTED);
    segment = sent.next(segment);
  }
  if (recovery.retransmittedAt < 0) recovery.retransmittedAt = now;
  recovery.undoRetransmissions = Math.max(0, recovery.undoRetransmissions) + segments;
  return segments;
}

/** As {@link retransmit}, for a probe: the copy does not count as in flight beside the original. */
export function sendAgain(tcb: Tcb, first: number, most: number, why: Cause, now: Instant): number {
  const { sent, snd } = tcb;
  const start = sent.startOf(first);
  const edge = seqAdd(snd.una, snd.wnd);
  if (!hasWayAgain(tcb) || (seqGe(start, edge) && start !== snd.una)) return 0;
  if (tcb.mtuProbing !== undefined) tcb.mtuProbing.size = 0; // what it would show is not clear now
  refreshMss(tcb, now);
  const segments = fitToPacket(tcb, first, most, edge);
  let segment = first;
  let octets = 0;
  let left = 0;
  while (left < segments) {
    const isEndOfBurst = segments > 1 && left === segments - 1;
    if (!sendSegmentAgain(tcb, segment, isEndOfBurst, why, now)) break;
    octets += payloadLength(tcb, segment);
    left += 1;
    segment = sent.next(segment);
  }
  burstLeft(tcb, octets, now);
  return left;
}

/** The last segment of a burst carries PSH, as when it was sent first. */
function sendSegmentAgain(
  tcb: Tcb,
  segment: number,
  isEndOfBurst: boolean,
  why: Cause,
  now: Instant,
): boolean {
  const { sent, snd } = tcb;
  const start = sent.startOf(segment);
  const length = payloadLength(tcb, segment);
  const offset = seqDiff(start, snd.una);
  const push = isEndOfBurst || (length > 0 && tcb.sendBuffer.isPushedAt(offset + length));
  const flags = (sent.is(segment, CARRIES_FIN) ? TcpFlag.fin : 0) | (push ? TcpFlag.psh : 0);
  tcb.services.counters.TcpRetransSegs += 1;
  tcb.counts.retransmissions += 1;
  tcb.counts.octetsSentAgain += length;
  if (!transmit(tcb, start, flags, offset, length, why, now)) return false;
  sent.sentAgain(segment, now);
  tcb.deliveryRate?.sent(tcb, segment, false, now);
  return true;
}

/**
 * How many segments go as one packet: what was one packet when it was sent last, as far as none of
 * it has arrived, the windows reach, and a burst may be long (Linux tcp_retransmit_skb()). What
 * does not go now is a packet of its own from then on. A short packet takes up those behind it (RFC
 * 9293 §3.8.1 allows it; Linux tcp_retrans_try_collapse()).
 */
function fitToPacket(tcb: Tcb, first: number, most: number, edge: Seq): number {
  const { sent } = tcb;
  const mss = effectiveSendMss(tcb);
  const limit = Math.min(most, burstLimit(tcb, mss));
  cutAnew(tcb, first, limit, mss);
  sent.unmark(first, CONTINUES);
  const space = seqDiff(edge, sent.startOf(first));
  const isOneAllowed = space <= 0; // SND.UNA itself asks a closed window
  if (!isOneAllowed && payloadLength(tcb, first) > space) {
    sent.split(first, space);
    return 1;
  }
  if (!goesOn(tcb, first)) {
    const longest = isOneAllowed ? mss : Math.min(mss, space);
    while (mayMerge(tcb, first, longest)) sent.mergeWithNext(first);
    return 1;
  }
  let segments = 1;
  let last = first;
  while (segments < limit && goesOn(tcb, last) && seqLe(sent.endOf(sent.next(last)), edge)) {
    segments += 1;
    last = sent.next(last);
  }
  if (goesOn(tcb, last)) sent.unmark(sent.next(last), CONTINUES);
  return segments;
}

/** Whether the next segment belongs to the same packet, and is to be sent again with it. */
function goesOn({ sent }: Tcb, segment: number): boolean {
  const next = sent.next(segment);
  return next !== NONE && sent.is(next, CONTINUES) && sent.isWaiting(next);
}

/**
 * Cuts what is left of a packet into segments of `mss` octets, unless the first `most` are cut so:
 * the way may have become narrower, or the peer has acknowledged a part of a segment (Linux
 * tcp_set_skb_tso_segs()).
 */
function cutAnew(tcb: Tcb, first: number, most: number, mss: number): void {
  const { sent } = tcb;
  let last = first;
  for (let i = 0; payloadLength(tcb, last) === mss; i++) {
    if (i === most || !goesOn(tcb, last)) return;
    last = sent.next(last);
  }
  if (payloadLength(tcb, last) < mss && !goesOn(tcb, last)) return;
  while (goesOn(tcb, last)) sent.mergeWithNext(last);
  while (payloadLength(tcb, last) > mss) {
    sent.split(last, mss);
    last = sent.next(last);
    sent.mark(last, CONTINUES);
  }
}

/** Whether the next packet is a single segment, too, and both go as one. */
function mayMerge(tcb: Tcb, segment: number, most: number): boolean {
  const { sent, sendBuffer, snd, profile } = tcb;
  if (!profile.retransmission.mergesShortPackets) return false;
  const next = sent.next(segment);
  if (next === NONE || sent.is(next, SACKED) || sent.is(segment, CARRIES_FIN)) return false;
  if (goesOn(tcb, next)) return false;
  const together = payloadLength(tcb, segment) + payloadLength(tcb, next);
  const offset = seqDiff(sent.startOf(segment), snd.una);
  return together <= sendBuffer.untilRecordEnd(offset, most);
}

function payloadLength({ sent }: Tcb, segment: number): number {
  return sent.lengthOf(segment) - (sent.is(segment, CARRIES_FIN) ? 1 : 0);
}
