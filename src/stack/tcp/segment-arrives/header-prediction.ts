/**
 * Header prediction (V. Jacobson, 1990; Linux tcp_rcv_established()): on a connection in full swing
 * nearly every segment is the one that was expected, an acknowledgment of what is in flight or the
 * next octets in order. Of such a one the answers to most questions of the eight steps (RFC 9293
 * §3.10.7.4) are known from its header alone. What is done with it is what the steps would do.
 */
import {
  EMPTY,
  NOP_NOP_TIMESTAMPS,
  readTcpOptions,
  seqAdd,
  seqLe,
  TCP_HEADER_LENGTH,
  TcpFlag,
  TIMESTAMPS_LENGTH,
  type TcpOptionValues,
  type TcpSegment,
  u32,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import { memoryAtHand } from '../receive/memory-at-hand.ts';
import { countsPackets, packetOf } from '../receive/receive-memory.ts';
import { takeAcknowledgment } from '../recovery/acknowledge.ts';
import { updateSendWindow } from '../send/send-window.ts';
import { measureEcho } from './check-ack.ts';
import type { Tcb } from '../tcb.ts';
import { takeExpectedText } from './process-text.ts';

/** The options of a predicted segment: its timestamps. Read before the next segment comes. */
const timestamps: TcpOptionValues = readTcpOptions(EMPTY, 0, 0);

/**
 * Whether the segment is one that was expected: in ESTABLISHED, at RCV.NXT and in the window, with
 * ACK and no other flag but PSH, no option but timestamps that are not older than the last, an
 * acknowledgment between SND.UNA and SND.NXT, and nothing that waits ahead of order.
 */
export function isPredicted(tcb: Tcb, packet: IpPacket, seg: TcpSegment): boolean {
  const { rcv, snd } = tcb;
  return (
    tcb.state === 'ESTABLISHED' &&
    (seg.flags & ~TcpFlag.psh) === TcpFlag.ack &&
    seg.seq === rcv.nxt &&
    seqLe(snd.una, seg.ack) &&
    seqLe(seg.ack, snd.nxt) &&
    (seg.payloadLength === 0 || isTextPredicted(tcb, seg)) &&
    areOptionsPredicted(tcb, seg) &&
    packet.payloadAt - packet.start === tcb.ip.headerLength && // no source route
    tcb.ecn === undefined &&
    tcb.signatureKey === undefined &&
    !isHalfOpen(tcb)
  );
}

function isTextPredicted({ rcv, receiveBuffer, sackReport }: Tcb, seg: TcpSegment): boolean {
  return (
    seqLe(seqAdd(seg.seq, seg.payloadLength), rcv.edge) &&
    !receiveBuffer.hasGap &&
    rcv.fin === undefined &&
    sackReport?.hasDuplicate !== true
  );
}

function areOptionsPredicted({ hasTimestamps, tsRecent }: Tcb, seg: TcpSegment): boolean {
  const at = seg.start + TCP_HEADER_LENGTH;
  if (!hasTimestamps) return seg.payloadAt === at;
  return (
    seg.payloadAt === at + TIMESTAMPS_LENGTH &&
    u32(seg.bytes, at) === NOP_NOP_TIMESTAMPS &&
    ((u32(seg.bytes, at + 4) - tsRecent) | 0) >= 0
  );
}

/** Takes a predicted segment. */
export function takePredicted(tcb: Tcb, seg: TcpSegment, now: Instant): void {
  const { snd } = tcb;
  const options = timestamps;
  options.hasTimestamps = tcb.hasTimestamps;
  if (tcb.hasTimestamps) {
    const at = seg.start + TCP_HEADER_LENGTH;
    options.tsVal = u32(seg.bytes, at + 4);
    options.tsEcr = u32(seg.bytes, at + 8);
    if (seqLe(seg.seq, tcb.lastAckSent)) {
      tcb.tsRecent = options.tsVal; // RFC 7323 §4.3
      tcb.tsRecentAt = now;
    }
    if (tcb.tuning !== undefined) measureEcho(tcb, tcb.tuning, seg, options, now);
  }
  // Linux does not look at what a segment acknowledges that is there for its text alone: no timer
  // begins anew, that of the zero-window probe among them.
  const isAtHand = countPredicted(tcb, seg);
  const isTextAlone = isAtHand && seg.payloadLength > 0 && seg.ack === snd.una;
  if (!isTextAlone) tcb.counts.acknowledgedAt = now;
  const isUpdate = updateSendWindow(tcb, seg, now);
  const isIdle = snd.una === snd.nxt && tcb.sendBuffer.length === 0 && !tcb.recovery.isProbing;
  if (!isIdle && !isTextAlone) takeAcknowledgment(tcb, seg, options, isUpdate, now);
  if (seg.payloadLength > 0 && tcb.state === 'ESTABLISHED')
    takeExpectedText(tcb, seg, isAtHand && countsPackets(tcb), now);
}

/**
 * Linux predicts fewer: its tcp_rcv_established() wants the window to be as it was, no urgent octet
 * to wait, and for data memory at hand. So a reader that takes all at once makes it predict none,
 * as long as the connection sends nothing. Says whether it would have predicted this one.
 */
function countPredicted(tcb: Tcb, seg: TcpSegment): boolean {
  const { snd, services, receiveBuffer } = tcb;
  const { counters } = services;
  const { payloadLength } = seg;
  const isFast =
    seg.window << snd.windowScale === snd.wnd &&
    !receiveBuffer.hasGap &&
    !receiveBuffer.hasUrgent &&
    (payloadLength === 0 || fitsMemoryAtHand(tcb, seg));
  if (payloadLength > 0 && isFast) counters.TcpExtTCPHPHits += 1;
  if (isFast && seg.ack !== snd.una) counters.TcpExtTCPHPAcks += 1;
  else if (payloadLength === 0) counters.TcpExtTCPPureAcks += 1;
  return isFast;
}

function fitsMemoryAtHand(tcb: Tcb, seg: TcpSegment): boolean {
  const packet = packetOf(tcb, seg, seg.payloadLength, tcb.counts.octetsReceived);
  return packet.memory <= memoryAtHand(tcb);
}
