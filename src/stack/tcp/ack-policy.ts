/**
 * Which acknowledgments are owed when data arrives and when it is read (RFC 9293 §3.8.6.3): at
 * once, for every second segment, or by the timer of `delayed-ack.ts`.
 */
import { seqDiff } from '../../wire/index.ts';
import { cause } from '../cause.ts';
import { type Instant, NEVER } from '../time.ts';
import { freeWindow, isUpdateDue } from './receive-window.ts';
import type { Tcb } from './tcb.ts';

const QUICK_ACK = cause(
  'quick-ack',
  'acknowledges at once',
  'RFC 5681 §4.2, Linux quick-ack phase',
);
const SECOND_SEGMENT = cause(
  'every-second',
  'two segments are unacknowledged',
  'RFC 9293 §3.8.6.3, SHLD-19',
);
const WINDOW_UPDATE = cause(
  'window-update',
  'the application has read: the window opens',
  'RFC 9293 §3.8.6.2.2',
);

/** Data came in order: acknowledge now, or with what is sent next, or when the timer says so. */
export function acknowledgeArrival(tcb: Tcb, now: Instant): void {
  const { rcv, timers } = tcb;
  if (isSecondSegment(tcb) && freeWindow(tcb) >= rcv.offered) {
    tcb.ackOwed ??= SECOND_SEGMENT;
  } else if (tcb.delayedAck.isQuick) {
    tcb.ackOwed ??= QUICK_ACK;
  } else {
    const due = tcb.services.clock.after(now, tcb.delayedAck.delay(tcb.rtt.srtt));
    if (due < timers.delayedAck) timers.delayedAck = due;
  }
}

/**
 * The application has read: says whether an acknowledgment is owed now, because the window opens
 * by enough to tell, or because two segments waited for the buffer to be emptied (Linux
 * tcp_cleanup_rbuf()).
 */
export function acknowledgeReading(tcb: Tcb): boolean {
  if (tcb.timers.delayedAck !== NEVER && isSecondSegment(tcb)) tcb.ackOwed ??= SECOND_SEGMENT;
  else if (isUpdateDue(tcb)) tcb.ackOwed ??= WINDOW_UPDATE;
  return tcb.ackOwed !== undefined;
}

function isSecondSegment({ rcv, lastAckSent }: Tcb): boolean {
  return seqDiff(rcv.nxt, lastAckSent) > rcv.segmentSize;
}
