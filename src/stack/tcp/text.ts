/** The last two steps: a segment's text and its FIN (RFC 9293 §3.10.7.4, seventh and eighth). */
import {
  type Ipv4Packet,
  seqAdd,
  seqDiff,
  seqGe,
  seqGt,
  TcpFlag,
  type TcpSegment,
} from '../../wire/index.ts';
import { cause } from '../cause.ts';
import type { Instant } from '../time.ts';
import { acknowledgeArrival } from './ack-policy.ts';
import { close, drop, enterTimeWait, startTimeWait } from './close.ts';
import { readCwr, readEcnField } from './ecn-receiver.ts';
import { receivedSegment } from './negotiate.ts';
import { growThreshold } from './receive-window.ts';
import { answerWithReset } from './reset.ts';
import { moveTo, type Tcb, TcpNews } from './tcb.ts';

const NO_READER = cause('no-reader', 'data for a closed socket', 'RFC 9293 §3.6.1, SHLD-3');
const AFTER_FIN = cause('text-after-fin', 'data after the FIN', 'RFC 9293 §3.10.7.4 seventh');
const OUT_OF_ORDER = cause('out-of-order', 'tells the sender of a gap', 'RFC 5681 §4.2');
const GAP_FILLED = cause('gap-filled', 'data filled a gap', 'RFC 5681 §4.2');
const OLD_TEXT = cause('old-text', 'all of it was received before', 'RFC 9293 §3.10.7.4 seventh');
const WINDOW_CLOSED = cause('window-closed', 'the window has no room for it', 'RFC 9293 §3.8.6.1');
const FIN_RECEIVED = cause('fin-received', 'FIN received', 'RFC 9293 §3.10.7.4 eighth');

/** Octets per segment to count a quick phase by. */
const QUICK_ACK_LEAST = 2;

/** Seventh: the segment's text goes to its place in the stream. */
export function processText(tcb: Tcb, packet: Ipv4Packet, seg: TcpSegment, now: Instant): boolean {
  const length = seg.payloadLength;
  if (length === 0) return true;
  const { state, rcv } = tcb;
  if (state !== 'ESTABLISHED' && state !== 'FIN-WAIT-1' && state !== 'FIN-WAIT-2') {
    drop(tcb, seg, AFTER_FIN, now);
    // The peer may not know that both directions have ended (Linux: out of the window).
    if (state === 'TIME-WAIT') tcb.ackOwed = AFTER_FIN;
    return true;
  }
  if (tcb.orphaned && seqGt(seqAdd(seg.seq, length), rcv.nxt)) {
    drop(tcb, seg, NO_READER, now);
    answerWithReset(tcb.services, packet, seg, NO_READER, now);
    close(tcb, undefined, NO_READER, now);
    return false;
  }
  if (tcb.ecn !== undefined) readCwr(tcb, tcb.ecn, seg);
  const offset = seqDiff(seg.seq, rcv.nxt);
  const from = seg.payloadAt + Math.max(0, -offset);
  const to = Math.min(seg.end, seg.payloadAt + rcv.wnd - offset);
  if (to <= from) {
    tcb.ackOwed = from < seg.end ? WINDOW_CLOSED : OLD_TEXT;
    return true;
  }
  if (tcb.ecn !== undefined) readEcnField(tcb, tcb.ecn, packet, now);
  takeText(tcb, seg, Math.max(0, offset), from, to, now);
  return true;
}

function takeText(
  tcb: Tcb,
  seg: TcpSegment,
  offset: number,
  from: number,
  to: number,
  now: Instant,
): void {
  const { rcv, receiveBuffer, delayedAck } = tcb;
  const hadGap = receiveBuffer.hasGap;
  const advance = receiveBuffer.insert(offset, seg.bytes, from, to);
  rcv.nxt = seqAdd(rcv.nxt, advance);
  if (advance > 0) tcb.news |= TcpNews.data;
  tcb.counts.octetsReceived += advance;
  tcb.counts.dataReceivedAt = now;
  const length = to - from;
  // What a device has merged counts by its segments (Linux tcp_measure_rcv_mss()).
  const segment = tcb.route.port.interface.mergedSegment ?? length;
  if (segment > rcv.segmentSize) rcv.segmentSize = Math.min(segment, receivedSegment(tcb));
  const quick = Math.max(QUICK_ACK_LEAST, Math.floor(rcv.offered / (2 * rcv.segmentSize)));
  delayedAck.dataArrived(now, tcb.rtt.rto, quick);
  if (advance === 0 || hadGap) {
    if (advance === 0) delayedAck.mustBeQuick(quick);
    tcb.ackOwed = advance === 0 ? OUT_OF_ORDER : GAP_FILLED;
    return;
  }
  growThreshold(tcb, length);
  acknowledgeArrival(tcb, now);
}

/**
 * Sixth, which lets every segment pass: the urgent pointer. It stands behind the urgent octet, as
 * every system has it (RFC 6093 §2.2), and what came with an earlier one is forgotten.
 */
export function processUrgent(tcb: Tcb, seg: TcpSegment): true {
  if ((seg.flags & TcpFlag.urg) === 0) return true;
  const { state } = tcb;
  if (state !== 'ESTABLISHED' && state !== 'FIN-WAIT-1' && state !== 'FIN-WAIT-2') return true;
  const octet = seqAdd(seg.seq, Math.max(0, seg.urgentPointer - 1));
  if (tcb.receiveBuffer.markUrgent(seqDiff(octet, tcb.rcv.nxt))) tcb.news |= TcpNews.data;
  return true;
}

/** Eighth: the peer sends no more. */
export function processFin(tcb: Tcb, seg: TcpSegment, now: Instant): void {
  const { rcv } = tcb;
  if ((seg.flags & TcpFlag.fin) !== 0) {
    const position = seqAdd(seg.seq, seg.payloadLength);
    if (!tcb.finReceived && seqGe(position, rcv.nxt)) {
      rcv.fin = position;
      if (position !== rcv.nxt) tcb.ackOwed ??= OUT_OF_ORDER;
    }
    if (tcb.finReceived && tcb.state === 'TIME-WAIT') startTimeWait(tcb, now);
  }
  if (rcv.fin !== rcv.nxt || tcb.finReceived) return;
  rcv.nxt = seqAdd(rcv.nxt, 1);
  tcb.finReceived = true;
  tcb.news |= TcpNews.state;
  switch (tcb.state) {
    case 'SYN-RECEIVED':
    case 'ESTABLISHED':
      moveTo(tcb, 'CLOSE-WAIT', FIN_RECEIVED, now);
      tcb.delayedAck.finArrived();
      if (tcb.ackOwed === undefined) acknowledgeArrival(tcb, now);
      break;
    case 'FIN-WAIT-1': // our FIN is not acknowledged, or this would be FIN-WAIT-2
      moveTo(tcb, 'CLOSING', FIN_RECEIVED, now);
      tcb.ackOwed = FIN_RECEIVED;
      break;
    case 'FIN-WAIT-2':
      enterTimeWait(tcb, FIN_RECEIVED, now);
      tcb.ackOwed = FIN_RECEIVED;
      break;
    default:
  }
}
