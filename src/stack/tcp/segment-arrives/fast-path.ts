/**
 * Which segments are predicted (V. Jacobson, 1990): the one that was expected, an acknowledgment of
 * what is in flight or the next octets in order, is known by its header alone.
 *
 * Linux predicts fewer: its tcp_rcv_established() wants the window to be as it was, no urgent octet
 * to wait, and for data memory at hand. So a reader that takes all at once makes it predict none,
 * as long as the connection sends nothing. What it predicts it treats otherwise in a few points.
 */
import {
  NOP_NOP_TIMESTAMPS,
  seqAdd,
  seqLe,
  TCP_HEADER_LENGTH,
  TcpFlag,
  type TcpSegment,
  TIMESTAMPS_LENGTH,
  u32,
} from '../../../wire/index.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import { memoryAtHand } from '../receive/memory-at-hand.ts';
import { countsPackets, packetOf } from '../receive/receive-memory.ts';
import type { Tcb } from '../tcb.ts';

/**
 * Whether the segment is one that was expected: in ESTABLISHED, at RCV.NXT and in the window, with
 * ACK and no other flag but PSH, no option but timestamps that are not older than the last, an
 * acknowledgment between SND.UNA and SND.NXT, and nothing that waits ahead of order or to be told.
 */
export function isPredicted(tcb: Tcb, packet: IpPacket, seg: TcpSegment): boolean {
  return (
    seqLe(tcb.snd.una, seg.ack) &&
    isExpected(tcb, packet, seg) &&
    (seg.payloadLength === 0 || tcb.sackReport?.hasDuplicate !== true)
  );
}

/** The same whatever of what was sent it acknowledges, and whatever waits to be told. */
function isExpected(tcb: Tcb, packet: IpPacket, seg: TcpSegment): boolean {
  const { rcv, snd } = tcb;
  return (
    tcb.state === 'ESTABLISHED' &&
    (seg.flags & ~TcpFlag.psh) === TcpFlag.ack &&
    seg.seq === rcv.nxt &&
    seqLe(seg.ack, snd.nxt) &&
    (seg.payloadLength === 0 || isTextExpected(tcb, seg)) &&
    areOptionsExpected(tcb, seg) &&
    packet.payloadAt - packet.start === tcb.ip.headerLength && // no source route
    tcb.ecn === undefined &&
    tcb.signatureKey === undefined &&
    !isHalfOpen(tcb)
  );
}

function isTextExpected({ rcv, receiveBuffer }: Tcb, seg: TcpSegment): boolean {
  return (
    seqLe(seqAdd(seg.seq, seg.payloadLength), rcv.edge) &&
    !receiveBuffer.hasGap &&
    rcv.fin === undefined
  );
}

function areOptionsExpected({ hasTimestamps, tsRecent }: Tcb, seg: TcpSegment): boolean {
  const at = seg.start + TCP_HEADER_LENGTH;
  if (!hasTimestamps) return seg.payloadAt === at;
  return (
    seg.payloadAt === at + TIMESTAMPS_LENGTH &&
    u32(seg.bytes, at) === NOP_NOP_TIMESTAMPS &&
    ((u32(seg.bytes, at + 4) - tsRecent) | 0) >= 0
  );
}

/**
 * Whether Linux takes the text of a segment without another look, though what it acknowledges may
 * be too old to be the peer's: it has taken the text by the time that it reads that.
 */
export function isTextUnquestioned(tcb: Tcb, packet: IpPacket, seg: TcpSegment): boolean {
  return (
    seg.payloadLength > 0 &&
    countsPackets(tcb) &&
    isExpected(tcb, packet, seg) &&
    isPredictedByLinux(tcb, seg)
  );
}

/** Whether Linux would predict a segment that is predicted. */
export function isPredictedByLinux(tcb: Tcb, seg: TcpSegment): boolean {
  const { snd, receiveBuffer } = tcb;
  return (
    seg.window << snd.windowScale === snd.wnd &&
    !receiveBuffer.hasGap &&
    !receiveBuffer.hasUrgent &&
    (seg.payloadLength === 0 || fitsMemoryAtHand(tcb, seg))
  );
}

function fitsMemoryAtHand(tcb: Tcb, seg: TcpSegment): boolean {
  const packet = packetOf(tcb, seg, seg.payloadLength, tcb.counts.octetsReceived);
  return packet.memory <= memoryAtHand(tcb);
}
