/** Eighth: check the FIN bit (RFC 9293 §3.10.7.4). */
import { seqAdd, seqGe, TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { enterTimeWait, startTimeWait } from '../close.ts';
import { forgetAhead } from '../receive/receive-memory.ts';
import { outputAck } from '../send/output.ts';
import { TcpNews } from '../services.ts';
import { moveTo, type Tcb } from '../tcb.ts';

export const FIN_RECEIVED: Cause = cause(
  'fin-received',
  'FIN received',
  'RFC 9293 §3.10.7.4 eighth',
);

/** Eighth: the peer sends no more. */
export function processFin(tcb: Tcb, seg: TcpSegment, now: Instant): void {
  const { rcv } = tcb;
  if ((seg.flags & TcpFlag.fin) !== 0) {
    const synLength = (seg.flags & TcpFlag.syn) === 0 ? 0 : 1;
    const position = seqAdd(seg.seq, seg.payloadLength + synLength);
    if (!tcb.finReceived && seqGe(position, rcv.nxt)) rcv.fin = position;
    if (tcb.finReceived && tcb.state === 'TIME-WAIT') startTimeWait(tcb, now);
  }
  if (rcv.fin !== rcv.nxt || tcb.finReceived) return;
  rcv.nxt = seqAdd(rcv.nxt, 1);
  rcv.fin = undefined;
  tcb.finReceived = true;
  const isAnswered = tcb.profile.answersFinFirst && isFinWait(tcb);
  if (isAnswered) {
    tcb.ackOwed = FIN_RECEIVED;
    outputAck(tcb, now);
  }
  forgetAhead(tcb);
  tcb.news |= TcpNews.state;
  switch (tcb.state) {
    case 'SYN-RECEIVED':
    case 'ESTABLISHED':
      moveTo(tcb, 'CLOSE-WAIT', FIN_RECEIVED, now);
      tcb.delayedAck.isScheduled = true;
      tcb.delayedAck.finArrived();
      break;
    case 'FIN-WAIT-1': // our FIN is not acknowledged, or this would be FIN-WAIT-2
      moveTo(tcb, 'CLOSING', FIN_RECEIVED, now);
      if (!isAnswered) tcb.ackOwed = FIN_RECEIVED;
      break;
    case 'FIN-WAIT-2':
      enterTimeWait(tcb, FIN_RECEIVED, now);
      if (!isAnswered) tcb.ackOwed = FIN_RECEIVED;
      break;
    default:
  }
}

function isFinWait({ state }: Tcb): boolean {
  return state === 'FIN-WAIT-1' || state === 'FIN-WAIT-2';
}
