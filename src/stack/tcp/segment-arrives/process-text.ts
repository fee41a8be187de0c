/** Seventh: process the segment text (RFC 9293 §3.10.7.4). */
import {
  segmentLength,
  type Seq,
  seqAdd,
  seqDiff,
  seqGe,
  seqGt,
  seqLe,
  seqLt,
  TcpFlag,
  type TcpSegment,
} from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import { close, drop } from '../close.ts';
import { isTextUnquestioned } from './fast-path.ts';
import { noteRepetition } from '../ecn/accurate-receiver.ts';
import { readCwr, readEcnField } from '../ecn/ecn-receiver.ts';
import { acknowledgeUseless, endCompression, quickPhase } from '../receive/ack-policy.ts';
import type { Taken } from '../receive/ahead-queue.ts';
import { reportDuplicate, reportOverlap } from '../receive/duplicates.ts';
import { measureSegment } from '../receive/measure-segment.ts';
import { makeRoom } from '../receive/receive-bound.ts';
import { noteArrival } from '../receive/receive-growth.ts';
import {
  chargeAhead,
  countAhead,
  countEnd,
  countInOrder,
  countsPackets,
  joinAhead,
  packetOf,
} from '../receive/receive-memory.ts';
import { growForAhead, ReceiveTuning } from '../receive/receive-tuning.ts';
import { growThreshold } from '../receive/receive-window.ts';
import { SackReport } from '../receive/sack-report.ts';
import { TcpNews } from '../services.ts';
import type { Tcb } from '../tcb.ts';
import { answerWithReset } from './reset.ts';

const NO_READER = cause('no-reader', 'data for a closed socket', 'RFC 9293 §3.6.1, SHLD-3');
const AFTER_FIN = cause('text-after-fin', 'data after the FIN', 'RFC 9293 §3.10.7.4 seventh');
const GAP_FILLED = cause('gap-filled', 'data filled a gap', 'RFC 5681 §4.2');
const OLD_TEXT = cause('old-text', 'all of it was received before', 'RFC 9293 §3.10.7.4 seventh');
const WINDOW_CLOSED = cause('window-closed', 'the window has no room for it', 'RFC 9293 §3.8.6.1');
const NOT_RETAINED = cause('not-retained', 'ahead of order, and not kept', 'RFC 2525 §2.5');
const NO_MEMORY = cause('no-memory', 'what waits to be read fills the buffer', 'Linux tcp(7)');

/** A shorter segment says nothing about how well buffers are used (Linux tcp_event_data_recv()). */
const GROWTH_LEAST = 128;

/**
 * So many blocks are expected to get through, whatever is lost (Linux TCP_SACK_BLOCKS_EXPECTED).
 */
const BLOCKS_EXPECTED = 2;

/**
 * Seventh: the segment's text goes to its place in the stream, its FIN counted as an octet behind
 * the text (Linux tcp_data_queue()).
 */
export function processText(tcb: Tcb, packet: IpPacket, seg: TcpSegment, now: Instant): boolean {
  const { rcv, state } = tcb;
  if (segmentLength(seg) === 0) return true;
  const { sackReport } = tcb;
  if (sackReport?.hasDuplicate === true && !isTextUnquestioned(tcb, packet, seg)) {
    sackReport.forgetDuplicate();
  }
  const textEnd = seqAdd(seg.seq, seg.payloadLength);
  const end = seqAdd(seg.seq, segmentLength(seg));
  if (tcb.finReceived && seqGe(seg.seq, rcv.nxt)) {
    drop(tcb, seg, AFTER_FIN, now);
    // The peer may not know that both directions have ended (Linux: out of the window).
    if (state === 'TIME-WAIT') tcb.ackOwed = AFTER_FIN;
    return state === 'TIME-WAIT';
  }
  if (tcb.finReceived ? seqGt(textEnd, rcv.nxt) : isUnreadable(tcb) && seqGt(textEnd, rcv.nxt)) {
    const why = tcb.finReceived ? AFTER_FIN : NO_READER;
    drop(tcb, seg, why, now);
    answerWithReset(tcb.services, packet, seg, why, now, tcb.signatureKey);
    const error = tcb.state === 'CLOSE-WAIT' ? 'EPIPE' : 'ECONNRESET'; // Linux tcp_reset()
    close(tcb, tcb.orphaned ? undefined : error, why, now);
    return false;
  }
  if (tcb.ecn !== undefined) readCwr(tcb, tcb.ecn, seg);
  if (seqLe(end, rcv.nxt)) {
    if (tcb.ecn !== undefined) noteRepetition(tcb.ecn, seg.seq);
    reportDuplicate(tcb, seg.seq, end);
    beQuick(tcb);
    tcb.services.counters.TcpExtDelayedACKLost += 1;
    acknowledgeUseless(tcb, OLD_TEXT);
    return true;
  }
  if (seqLt(seg.seq, rcv.nxt)) reportDuplicate(tcb, seg.seq, rcv.nxt);
  const offset = seqDiff(seg.seq, rcv.nxt);
  const from = seg.payloadAt + Math.max(0, -offset);
  const to = takesAll(tcb) ? seg.end : Math.min(seg.end, seg.payloadAt + rcv.wnd - offset);
  if (to <= from && from < seg.end) {
    if (rcv.wnd === 0) tcb.services.counters.TcpExtTCPZeroWindowDrop += 1;
    beQuick(tcb);
    acknowledgeUseless(tcb, WINDOW_CLOSED);
    return true;
  }
  if (offset > 0 && tcb.profile.problems.dropsAhead) {
    drop(tcb, seg, NOT_RETAINED, now);
    tcb.ackOwed = NOT_RETAINED;
    return false;
  }
  if (!hasMemory(tcb, offset, to - from)) {
    drop(tcb, seg, NO_MEMORY, now);
    return true;
  }
  if (tcb.ecn !== undefined && seg.payloadLength > 0) {
    // The size of segments is measured first, by those in order (Linux tcp_event_data_recv()).
    const length = offset > 0 ? 0 : seg.payloadLength;
    readEcnField(tcb, tcb.ecn, packet, Math.max(rcv.segmentSize, length), now);
  }
  if (offset > 0) takeAhead(tcb, seg, offset, to, end);
  else takeInOrder(tcb, seg, from, to, now);
  return true;
}

/**
 * The same of text that was predicted: the next in order, and in the window. The bound of the
 * buffer does not count where memory is at hand (Linux tcp_rcv_established()).
 */
export function takeExpectedText(tcb: Tcb, seg: TcpSegment, isAtHand: boolean, now: Instant): void {
  if (isAtHand || hasMemory(tcb, 0, seg.payloadLength))
    takeInOrder(tcb, seg, seg.payloadAt, seg.end, now);
  else drop(tcb, seg, NO_MEMORY, now);
}

/** Nobody will read what comes: the socket is closed, or its reading side (Linux RCV_SHUTDOWN). */
function isUnreadable({ orphaned, readShut, state, profile }: Tcb): boolean {
  if (profile.problems.takesTextAfterClose) return false;
  return orphaned || (readShut && (state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2'));
}

/** Whether a segment that begins in the window is taken whole; its end was judged before. */
function takesAll({ profile, rcv }: Tcb): boolean {
  return profile.takesBeyondWindow && rcv.wnd > 0;
}

/**
 * Each acknowledgment rounds the window up to the field's unit, so that short segments could go on
 * for ever while nobody reads: memory is the bound then (Linux tcp_data_queue()). Where nothing
 * waits to be read what comes in order is taken all the same, or octets ahead of order could keep
 * out the missing ones; and so is a FIN alone. The peer hears of it by a window of 0.
 */
function hasMemory(tcb: Tcb, offset: number, length: number): boolean {
  return makeRoom(tcb, Math.max(0, offset)) || takesWithoutMemory(tcb, offset, length);
}

function takesWithoutMemory(tcb: Tcb, offset: number, length: number): boolean {
  const { services, receiveBuffer } = tcb;
  if (offset > 0) {
    services.counters.TcpExtTCPOFODrop += 1;
    return false;
  }
  tcb.rcv.isStarved = tcb.profile.closesWindowWithoutMemory;
  tcb.ackOwed = NO_MEMORY;
  if (length <= 0 || receiveBuffer.readable === 0) return true;
  services.counters.TcpExtTCPRcvQDrop += 1;
  return false;
}

/** Out of order or seen before: the sender needs to know (RFC 5681 §4.2). */
function beQuick(tcb: Tcb): void {
  tcb.delayedAck.mustBeQuick(quickPhase(tcb));
}

function takeInOrder(tcb: Tcb, seg: TcpSegment, from: number, to: number, now: Instant): void {
  const { rcv, receiveBuffer, delayedAck } = tcb;
  const length = to - from;
  delayedAck.isScheduled = true;
  const position = tcb.counts.octetsReceived;
  const packet = packetOf(tcb, seg, to - seg.payloadAt, position + length - (to - seg.payloadAt));
  if (length === 0) {
    countEnd(tcb, packet);
    return;
  }
  const hadGap = receiveBuffer.hasGap || rcv.fin !== undefined;
  if (hadGap) reportOverlap(tcb, rcv.nxt, seqAdd(rcv.nxt, length));
  const advance = receiveBuffer.insert(0, seg.bytes, from, to);
  rcv.nxt = seqAdd(rcv.nxt, advance);
  countInOrder(tcb, packet, length);
  tcb.news |= TcpNews.data;
  tcb.counts.octetsReceived += advance;
  tcb.counts.dataReceivedAt = now;
  measureSegment(tcb, seg, packet);
  if (tcb.profile.receiveTuning !== undefined) {
    tcb.tuning ??= new ReceiveTuning(tcb, tcb.counts.octetsReceived - receiveBuffer.readable, now);
    tcb.tuning.measureByWindow(tcb, now);
  } else if (tcb.profile.receiveGrowth !== undefined && !hadGap) {
    noteArrival(tcb, tcb.profile.receiveGrowth, length, now);
  }
  const tick = tcb.services.clock.lastTick(now);
  if (delayedAck.dataArrived(tick, tcb.rtt.rto)) delayedAck.beQuick(quickPhase(tcb));
  if (hadGap) gapShrank(tcb);
  if (packet.length >= GROWTH_LEAST) growThreshold(tcb, packet, true);
  if (hadGap) joinAhead(tcb, position + length);
}

/** What came in order was missing: what came ahead of it may follow now. */
function gapShrank(tcb: Tcb): void {
  const { rcv, receiveBuffer } = tcb;
  tcb.sackReport?.dropTo(rcv.nxt);
  // Octets came in the place of a FIN and behind it: it is forgotten (Linux tcp_ofo_queue()).
  if (rcv.fin !== undefined && seqLt(rcv.fin, rcv.nxt)) rcv.fin = undefined;
  const isWhole = rcv.fin === undefined || rcv.fin === rcv.nxt;
  if (isWhole && !receiveBuffer.hasGap) tcb.ackOwed = GAP_FILLED;
}

/** Linux tcp_data_queue_ofo() */
function takeAhead(tcb: Tcb, seg: TcpSegment, offset: number, to: number, end: Seq): void {
  const { receiveBuffer, delayedAck, services } = tcb;
  delayedAck.isScheduled = true;
  services.counters.TcpExtTCPOFOQueue += 1;
  tcb.counts.outOfOrderSegmentsIn += 1;
  const position = tcb.counts.octetsReceived + offset;
  const packet = packetOf(tcb, seg, to - seg.payloadAt, position);
  measureSegment(tcb, seg, packet);
  const hasFin = (seg.flags & TcpFlag.fin) !== 0 && to === seg.end;
  const taken: Taken = countsPackets(tcb) ? countAhead(tcb, packet, position, hasFin) : 'kept';
  // What is joined to the packet before it is not compared with those behind it (Linux).
  if (taken !== 'joined') reportOverlap(tcb, seg.seq, end);
  if (to > seg.payloadAt) receiveBuffer.insert(offset, seg.bytes, seg.payloadAt, to);
  if (tcb.sendsSack) {
    tcb.sackReport ??= new SackReport();
    const newer = tcb.sackReport.add(seg.seq, end);
    if (taken !== 'repeated') growThreshold(tcb, packet, taken === 'joined');
    if (newer >= BLOCKS_EXPECTED) endCompression(tcb);
  }
  if (taken === 'kept') chargeAhead(tcb, packet);
  growForAhead(tcb);
}
