/** Fifth: check the ACK field (RFC 9293 §3.10.7.4, RFC 5961 §5). */
import {
  segmentLength,
  seqAdd,
  seqGe,
  seqGt,
  seqLt,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import { close, drop, enterTimeWait } from '../close.ts';
import { countArrival } from '../ecn/accurate-receiver.ts';
import { checkHandshakeAck } from '../ecn/reflection.ts';
import { isHalfOpen } from '../fast-open/half-open.ts';
import { savePeerMetrics } from '../metrics/save.ts';
import { echoAge, type ReceiveTuning } from '../receive/receive-tuning.ts';
import { takeAcknowledgment, takeOldAcknowledgment } from '../recovery/acknowledge.ts';
import { timestampValue } from '../send/segment-options.ts';
import { updateSendWindow } from '../send/send-window.ts';
import { sourceRouteReceived } from '../send/source-route.ts';
import { TcpNews } from '../services.ts';
import { moveTo, type Tcb } from '../tcb.ts';
import { acknowledgeSyn, endHalfOpen } from './acknowledge-syn.ts';
import { challenge } from './challenge.ts';
import { isTextUnquestioned } from './fast-path.ts';
import { noteTimestamp } from './paws.ts';
import { answerWithReset } from './reset.ts';

export const NO_ACK: Cause = cause('no-ack', 'no ACK bit', 'RFC 9293 §3.10.7.4 fifth');
const ACK_OF_UNSENT = cause(
  'ack-of-unsent',
  'acknowledges what was not sent',
  'RFC 9293 §3.10.7.4 fifth',
);
const ACK_TOO_OLD = cause(
  'ack-too-old',
  'acknowledges less than any window reaches back',
  'RFC 5961 §5.2',
);
const NO_FIN_AWAITED = cause(
  'no-fin-awaited',
  'the program waited for no FIN',
  'Linux TCP_LINGER2',
);
const FIN_ACKED = cause('fin-acked', 'ACK of our FIN received', 'RFC 9293 §3.10.7.4 fifth');

/** Fifth: what does it acknowledge, and how large is the window now? */
export function checkAck(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  const { snd } = tcb;
  if ((seg.flags & TcpFlag.ack) === 0) {
    drop(tcb, seg, NO_ACK, now);
    return false;
  }
  const isHandshake = tcb.state === 'SYN-RECEIVED';
  if (isHandshake) {
    if (!acknowledgeSyn(tcb, packet, seg, options, now)) return false;
  } else if (isHalfOpen(tcb)) {
    endHalfOpen(tcb, now); // closed by its program before
  }
  if (seqGt(seg.ack, snd.nxt)) {
    drop(tcb, seg, ACK_OF_UNSENT, now);
    if (tcb.state !== 'ESTABLISHED' || tcb.profile.challengesUnsentAck) {
      challenge(tcb, ACK_OF_UNSENT, now);
    }
    return false;
  }
  if (seqLt(seg.ack, seqAdd(snd.una, -oldestAckReach(tcb)))) {
    challenge(tcb, ACK_TOO_OLD, now);
    if (isTextUnquestioned(tcb, packet, seg)) {
      noteTimestamp(tcb, seg, options, now);
      return true;
    }
    drop(tcb, seg, ACK_TOO_OLD, now);
    return false;
  }
  const { ecn } = tcb;
  if (ecn?.accurate !== undefined) {
    const { accurate } = ecn;
    accurate.isAceCount = !isHandshake && !accurate.awaitsReflection;
    if (!accurate.isAceCount) checkHandshakeAck(tcb, ecn, accurate, packet, seg, options);
    countArrival(tcb, ecn, accurate, packet, seg, options, now);
  }
  if (seqGe(seg.ack, snd.una)) noteTimestamp(tcb, seg, options, now);
  if (tcb.tuning !== undefined) measureEcho(tcb, tcb.tuning, seg, options, now);
  tcb.counts.acknowledgedAt = now;
  sourceRouteReceived(tcb, packet);
  const isUpdate = updateSendWindow(tcb, seg, now);
  if (seqGe(seg.ack, snd.una)) {
    if (segmentLength(seg) === 0) tcb.services.counters.TcpExtTCPPureAcks += 1;
    takeAcknowledgment(tcb, seg, options, isUpdate, now);
  } else {
    takeOldAcknowledgment(tcb, seg, options, now);
  }
  return tcb.state === 'CLOSED' ? false : afterAck(tcb, packet, seg, now);
}

/** How far before SND.UNA an ACK may lie and be an old one of the peer's (RFC 5961 §5.2). */
function oldestAckReach({ snd, counts, profile }: Tcb): number {
  if (!profile.boundsOldAcks) return snd.largestWindow;
  return Math.min(snd.largestWindow, counts.octetsAcknowledged);
}

/** What the timestamp of a full segment tells a receiver of the round trip (Linux). */
export function measureEcho(
  tcb: Tcb,
  tuning: ReceiveTuning,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): void {
  const { rcv, receiveBuffer, services } = tcb;
  if (!tcb.hasTimestamps || !options.hasTimestamps || seg.payloadLength < rcv.segmentSize) return;
  if (tuning.isKnownEcho(options.tsEcr)) return;
  const tsVal = timestampValue(tcb, services.timestampClock.ticks(now));
  const age = echoAge(tsVal, options.tsEcr, tcb.profile.timestampClock.tick);
  tuning.measureByEcho(age, options.tsEcr, receiveBuffer.readable === 0);
}

/** What an acknowledgment of our FIN does to the state. */
function afterAck(tcb: Tcb, packet: IpPacket, seg: TcpSegment, now: Instant): boolean {
  const finAcked = tcb.finSent && tcb.snd.una === tcb.snd.nxt;
  if (!finAcked) return true;
  switch (tcb.state) {
    case 'FIN-WAIT-1':
      tcb.news |= TcpNews.state; // a close that lingers waits for this
      tcb.busyTimes.turnTo('idle', now);
      moveTo(tcb, 'FIN-WAIT-2', FIN_ACKED, now);
      if (!tcb.orphaned || tcb.options.finWait2 >= 0) return true;
      // TCP_LINGER2 below 0
      answerWithReset(tcb.services, packet, seg, NO_FIN_AWAITED, now, tcb.signatureKey);
      close(tcb, undefined, NO_FIN_AWAITED, now);
      return false;
    case 'CLOSING':
      tcb.news |= TcpNews.state;
      enterTimeWait(tcb, FIN_ACKED, now);
      return false;
    case 'LAST-ACK':
      savePeerMetrics(tcb, now);
      close(tcb, undefined, FIN_ACKED, now);
      return false;
    default:
      return true;
  }
}
