/**
 * Header prediction (V. Jacobson, 1990; Linux tcp_rcv_established()): on a connection in full swing
 * nearly every segment is one that was expected (`fast-path.ts`). Of such a one the answers to most
 * questions of the eight steps (RFC 9293 §3.10.7.4) are known from its header alone. What is done
 * with it is what the steps would do.
 */
import {
  EMPTY,
  readTcpOptions,
  seqLe,
  TCP_HEADER_LENGTH,
  type TcpOptionValues,
  type TcpSegment,
  u32,
} from '../../../wire/index.ts';
import type { Instant } from '../../time.ts';
import { countsPackets } from '../receive/receive-memory.ts';
import { takeAcknowledgment } from '../recovery/acknowledge.ts';
import { updateSendWindow } from '../send/send-window.ts';
import { measureEcho } from './check-ack.ts';
import { isPredictedByLinux } from './fast-path.ts';
import type { Tcb } from '../tcb.ts';
import { takeExpectedText } from './process-text.ts';

/** The options of a predicted segment: its timestamps. Read before the next segment comes. */
const timestamps: TcpOptionValues = readTcpOptions(EMPTY, 0, 0);

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

/** Says whether Linux would have predicted this one, too. */
function countPredicted(tcb: Tcb, seg: TcpSegment): boolean {
  const { counters } = tcb.services;
  const { payloadLength } = seg;
  const isForLinux = isPredictedByLinux(tcb, seg);
  if (payloadLength > 0 && isForLinux) counters.TcpExtTCPHPHits += 1;
  if (isForLinux && seg.ack !== tcb.snd.una) counters.TcpExtTCPHPAcks += 1;
  else if (payloadLength === 0) counters.TcpExtTCPPureAcks += 1;
  return isForLinux;
}
