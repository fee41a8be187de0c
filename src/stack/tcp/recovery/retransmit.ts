/** Sending segments again: which, in what pieces, and how many at a time. */
import { type Seq, seqAdd, seqDiff, seqGe, seqLe, TcpFlag } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import { type Instant, NEVER } from '../../time.ts';
import { effectiveSendMss } from '../negotiate.ts';
import { burstLimit } from '../congestion/burst.ts';
import { burstLeft, isHeldBack } from '../congestion/pacing.ts';
import { inFlight } from './rate-reduction.ts';
import { startTimeout } from './retransmission-timer.ts';
import { refreshMss } from '../path-mtu/segment-size.ts';
import { CARRIES_FIN, CONTINUES, LOST, RETRANSMITTED, SACKED } from './sent-segments.ts';
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
    const room = window.cwnd - inFlight(tcb);
    if (room <= 0 || isHeldBack(tcb, now)) return;
    const segments = retransmit(tcb, i, room, why, now);
    if (segments === 0) return;
    if (recovery.isReducing) window.prrOut += segments;
    if (recovery.phase === 'Loss') counters.TcpExtTCPSlowStartRetrans += segments;
    else counters.TcpExtTCPFastRetrans += segments;
    if (i === 0 && tcb.timers.reordering === NEVER) startTimeout(tcb, now);
  }
}

/**
 * Sends again what was one packet from this segment on, `most` segments of it at most, if the
 * peer's window and the host's own queue have room. Returns how many segments left.
 */
export function retransmit(
  tcb: Tcb,
  index: number,
  most: number,
  why: Cause,
  now: Instant,
): number {
  const { sent, recovery } = tcb;
  const segments = sendAgain(tcb, index, most, why, now);
  if (segments === 0) return 0;
  for (let i = index; i < index + segments; i++) sent.mark(i, RETRANSMITTED);
  if (recovery.retransmittedAt < 0) recovery.retransmittedAt = now;
  recovery.undoRetransmissions = Math.max(0, recovery.undoRetransmissions) + segments;
  return segments;
}

/** As {@link retransmit}, for a probe: the copy does not count as in flight beside the original. */
export function sendAgain(tcb: Tcb, index: number, most: number, why: Cause, now: Instant): number {
  const { sent, snd } = tcb;
  const start = sent.startOf(index);
  const edge = seqAdd(snd.una, snd.wnd);
  if (seqGe(start, edge) && start !== snd.una) return 0;
  if (tcb.mtuProbing !== undefined) tcb.mtuProbing.size = 0; // what it would show is not clear now
  refreshMss(tcb, now);
  const segments = fitToPacket(tcb, index, most, edge);
  let octets = 0;
  let left = 0;
  while (left < segments) {
    const isEndOfBurst = segments > 1 && left === segments - 1;
    if (!sendSegmentAgain(tcb, index + left, isEndOfBurst, why, now)) break;
    octets += payloadLength(tcb, index + left);
    left += 1;
  }
  burstLeft(tcb, octets, now);
  return left;
}

/** The last segment of a burst carries PSH, as when it was sent first. */
function sendSegmentAgain(
  tcb: Tcb,
  index: number,
  isEndOfBurst: boolean,
  why: Cause,
  now: Instant,
): boolean {
  const { sent, snd } = tcb;
  const start = sent.startOf(index);
  const length = payloadLength(tcb, index);
  const offset = seqDiff(start, snd.una);
  const push = isEndOfBurst || (length > 0 && tcb.sendBuffer.isPushedAt(offset + length));
  const flags = (sent.is(index, CARRIES_FIN) ? TcpFlag.fin : 0) | (push ? TcpFlag.psh : 0);
  tcb.services.counters.TcpRetransSegs += 1;
  tcb.counts.retransmissions += 1;
  tcb.counts.octetsSentAgain += length;
  if (!transmit(tcb, start, flags, offset, length, why, now)) return false;
  sent.sentAgain(index, now);
  tcb.deliveryRate?.sent(tcb, index, false, now);
  return true;
}

/**
 * How many segments from `index` on go as one packet: what was one packet when it was sent last, as
 * far as none of it has arrived, the window reaches, and a burst may be long (Linux
 * tcp_retransmit_skb()). What does not go now is a packet of its own from then on.
 *
 * A segment may have become too long for the path or the window, and is cut; a short one goes as
 * one with those that follow (RFC 9293 §3.8.1 allows it; Linux tcp_retrans_try_collapse()).
 */
function fitToPacket(tcb: Tcb, index: number, most: number, edge: Seq): number {
  const { sent } = tcb;
  const mss = effectiveSendMss(tcb);
  const space = seqDiff(edge, sent.startOf(index));
  const longest = space > 0 ? Math.min(mss, space) : mss; // SND.UNA itself asks a closed window
  if (payloadLength(tcb, index) > longest) {
    sent.split(index, longest);
    return 1;
  }
  let segments = 1;
  if (isContinued(tcb, index)) {
    const limit = Math.min(most, burstLimit(tcb, mss));
    while (segments < limit && goesAlong(tcb, index + segments, mss, edge)) segments += 1;
    if (index + segments < sent.count) sent.unmark(index + segments, CONTINUES);
  } else {
    while (index + 1 < sent.count && mayMerge(tcb, index, longest)) sent.mergeWithNext(index);
  }
  sent.unmark(index, CONTINUES);
  return segments;
}

/** Whether the next segment belongs to the same packet. */
function isContinued({ sent }: Tcb, index: number): boolean {
  return index + 1 < sent.count && sent.is(index + 1, CONTINUES);
}

/** Whether a segment is sent again with the one before it. */
function goesAlong(tcb: Tcb, index: number, mss: number, edge: Seq): boolean {
  const { sent } = tcb;
  if (index >= sent.count || !sent.is(index, CONTINUES)) return false;
  if (!sent.is(index, LOST) || sent.is(index, SACKED | RETRANSMITTED)) return false;
  return payloadLength(tcb, index) <= mss && seqLe(sent.endOf(index), edge);
}

/** A packet of one segment takes up another such. */
function mayMerge(tcb: Tcb, index: number, most: number): boolean {
  const { sent, sendBuffer, snd } = tcb;
  if (sent.is(index + 1, SACKED) || sent.is(index, CARRIES_FIN)) return false;
  if (isContinued(tcb, index + 1)) return false;
  const together = payloadLength(tcb, index) + payloadLength(tcb, index + 1);
  const offset = seqDiff(sent.startOf(index), snd.una);
  return together <= sendBuffer.untilRecordEnd(offset, most);
}

function payloadLength({ sent }: Tcb, index: number): number {
  return sent.lengthOf(index) - (sent.is(index, CARRIES_FIN) ? 1 : 0);
}
