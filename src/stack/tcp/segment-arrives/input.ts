/** SEGMENT ARRIVES (RFC 9293 §3.10.7): which text of the RFC a segment is read by. */
import { readTcpOptions, TCP_HEADER_LENGTH, type TcpSegment } from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import { isPredicted } from './fast-path.ts';
import { takePredicted } from './header-prediction.ts';
import { acknowledge } from '../receive/ack-policy.ts';
import { drop } from '../close.ts';
import { output, outputAck } from '../send/output.ts';
import { signatureProblem } from '../signature/check.ts';
import { checkAck } from './check-ack.ts';
import { checkRst } from './check-rst.ts';
import { checkSequence } from './check-sequence.ts';
import { checkSyn } from './check-syn.ts';
import { inSynSent } from '../open/synchronize.ts';
import type { Tcb } from '../tcb.ts';
import { processFin } from './process-fin.ts';
import { processText } from './process-text.ts';
import { processUrgent } from './process-urgent.ts';
import { waitAlone } from '../time-wait/hand-over.ts';

/** A segment for an existing connection. */
export function segmentArrives(tcb: Tcb, packet: IpPacket, seg: TcpSegment, now: Instant): void {
  if (tcb.backlog !== undefined) {
    tcb.backlog.add(tcb, packet, seg, now);
    return;
  }
  const isAnswerToSyn = tcb.state === 'SYN-SENT'; // which says itself what it owes
  if (!readSegment(tcb, packet, seg, now)) return;
  if (!isAnswerToSyn) acknowledge(tcb, now);
  reactToSegment(tcb, now);
}

/**
 * A segment changes what it changes. False for one that is refused, and has its answer already.
 *
 * @param segments how many it counts as
 */
export function readSegment(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  now: Instant,
  segments: number = segmentsIn(tcb, seg),
): boolean {
  if (!isPredicted(tcb, packet, seg)) return readByTheBook(tcb, packet, seg, segments, now);
  count(tcb, seg, segments);
  takePredicted(tcb, seg, now);
  return true;
}

/** What follows from it leaves, and the program hears of it. */
export function reactToSegment(tcb: Tcb, now: Instant): void {
  output(tcb, now);
  tellProgram(tcb, now);
}

function tellProgram(tcb: Tcb, now: Instant): void {
  tcb.user?.changed(now); // before a closed socket is let go of: its close may wait for delivery
  waitAlone(tcb, now);
}

/** A long frame is as many segments as it was made of (Linux gso_segs). */
export function segmentsIn({ route }: Tcb, { payloadLength }: TcpSegment): number {
  const { mergedSegment } = route.port.interface;
  if (mergedSegment === undefined || payloadLength <= mergedSegment) return 1;
  return Math.ceil(payloadLength / mergedSegment);
}

/** Linux tcp_segs_in() */
function count({ counts }: Tcb, { payloadLength }: TcpSegment, segments: number): void {
  counts.segmentsIn += segments;
  if (payloadLength > 0) counts.dataSegmentsIn += segments;
}

/** Step by step. False for a segment that is refused. */
function readByTheBook(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  segments: number,
  now: Instant,
): boolean {
  const options = readTcpOptions(seg.bytes, seg.start + TCP_HEADER_LENGTH, seg.payloadAt);
  if (tcb.signatureKey !== undefined || options.signature.length > 0) {
    const problem = signatureProblem(tcb.signatureKey, options.signature, packet, seg);
    if (problem !== undefined) {
      drop(tcb, seg, problem, now);
      return false;
    }
  }
  count(tcb, seg, segments);
  if (tcb.state === 'SYN-SENT') {
    inSynSent(tcb, packet, seg, options, now); // §3.10.7.3
    return true;
  }
  if (
    // §3.10.7.4. A check that fails has said what it owes. The third, security, is out of scope.
    !checkSequence(tcb, packet, seg, options, now) || // first
    !checkRst(tcb, seg, now) || // second
    !checkSyn(tcb, packet, seg, options, now) || // fourth
    !checkAck(tcb, packet, seg, options, now) // fifth
  ) {
    outputAck(tcb, now); // nothing else is sent because of it
    tellProgram(tcb, now);
    return false;
  }
  if (
    processUrgent(tcb, seg) && // sixth
    processText(tcb, packet, seg, now) // seventh
  ) {
    processFin(tcb, seg, now); // eighth
  }
  return true;
}
