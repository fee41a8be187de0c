/** How long the peer's full segments are, as far as one that arrives tells. */
import { TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import { LEAST_SEGMENT, receivedSegment } from '../open/negotiate.ts';
import type { Tcb } from '../tcb.ts';
import { learnRatio } from './receive-window.ts';
import type { WaitingPacket } from './waiting-packet.ts';

/** The options that a segment may carry beside the usual ones make it shorter than a full one. */
const HEADER_LEAST = 20;
const DEFAULT_MSS = 536;

/**
 * The payload of the peer's full segments, for "two full-sized segments" (SHLD-19), and whether
 * this one ends something that the peer's application wrote (Linux tcp_measure_rcv_mss()).
 */
export function measureSegment(tcb: Tcb, seg: TcpSegment, packet: WaitingPacket): void {
  const { rcv, delayedAck } = tcb;
  const isPushed = (seg.flags & TcpFlag.psh) !== 0;
  const priorShort = rcv.shortSegment;
  rcv.shortSegment = 0;
  // What a device has merged counts by its segments.
  const length = tcb.route.port.interface.mergedSegment ?? seg.payloadLength;
  if (length >= rcv.segmentSize) {
    if (length !== rcv.segmentSize) learnRatio(tcb, packet);
    rcv.segmentSize = Math.min(length, receivedSegment(tcb));
    if (isPushed) delayedAck.pushArrived(false);
    return;
  }
  measureShort(tcb, seg, length, priorShort);
}

/** SACK blocks make segments shorter by turns: with their header they are of one length. */
function measureShort(tcb: Tcb, seg: TcpSegment, length: number, priorShort: number): void {
  const { rcv, delayedAck } = tcb;
  const headerLength = seg.payloadAt - seg.start;
  const whole = length + headerLength;
  const remnant = TcpFlag.psh | TcpFlag.urg | TcpFlag.syn | TcpFlag.fin;
  const isFull = whole >= LEAST_SEGMENT + HEADER_LEAST && (seg.flags & remnant) === 0;
  if (whole >= DEFAULT_MSS + HEADER_LEAST || isFull) {
    const invariant = whole - HEADER_LEAST - (rcv.mss - receivedSegment(tcb));
    rcv.shortSegment = invariant;
    if (invariant === priorShort) {
      rcv.segmentSize = invariant;
      return;
    }
  }
  delayedAck.pushArrived(true);
}
