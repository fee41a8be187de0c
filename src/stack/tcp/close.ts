/** Entering ESTABLISHED, TIME-WAIT and CLOSED, and dropping segments: what several steps share. */
import type { TcpSegment } from '../../wire/index.ts';
import type { Cause } from '../cause.ts';
import type { Errno } from '../errno.ts';
import { type Instant, NEVER } from '../time.ts';
import { startKeepAlive, wantsKeepAlive } from './liveness/keep-alive.ts';
import { judgeAtEnd } from './fast-open/blackhole.ts';
import { completeHandshake, isHalfOpen } from './fast-open/half-open.ts';
import { confirmNeighbor } from './liveness/confirm-neighbor.ts';
import { beginMtuProbing } from './path-mtu/mtu-probing.ts';
import { effectiveSendMss, LEAST_SEGMENT } from './open/negotiate.ts';
import { takeFirstSpace } from './receive/receive-tuning.ts';
import { growSendSpace } from './send/send-memory.ts';
import { TcpNews } from './services.ts';
import { recallMetrics } from './metrics/recall.ts';
import { endSender, moveTo, type Tcb } from './tcb.ts';
import { RareTimer } from './timers.ts';

/** The segment goes no further. */
export function drop(tcb: Tcb, seg: TcpSegment, why: Cause, now: Instant): void {
  tcb.services.trace?.dropped(seg.bytes, why, now);
}

/** Both SYNs are acknowledged. */
export function enterEstablished(tcb: Tcb, why: Cause, now: Instant): void {
  tcb.rtt.forgetBackOff();
  recallMetrics(tcb, now);
  tcb.retransmissions = 0;
  tcb.firstTimeoutAt = NEVER;
  tcb.news |= TcpNews.state;
  if (!isHalfOpen(tcb)) tcb.counts.begin(now);
  tcb.delayedAck.opened(tcb.services.clock.lastTick(now));
  if (tcb.listener !== undefined) tcb.counts.openedByPeer();
  tcb.counts.recovered(now);
  tcb.counts.synsDelivered = 1;
  if (tcb.listener === undefined) tcb.services.counters.TcpExtTCPDelivered += 1;
  growSendSpace(tcb);
  expectSegments(tcb);
  takeFirstSpace(tcb);
  moveTo(tcb, 'ESTABLISHED', why, now);
  if (wantsKeepAlive(tcb)) startKeepAlive(tcb, now);
  beginMtuProbing(tcb, now);
  confirmNeighbor(tcb, now);
}

/** The peer's segments are taken to be no longer than ours, at first (tcp_initialize_rcv_mss()). */
function expectSegments(tcb: Tcb): void {
  const most = Math.max(LEAST_SEGMENT, effectiveSendMss(tcb));
  tcb.rcv.segmentSize = Math.min(tcb.rcv.segmentSize, most);
}

/** The connection ends, with `error` for its user or without: every entry goes. */
export function close(tcb: Tcb, error: Errno | undefined, why: Cause, now: Instant): void {
  tcb.error ??= error;
  tcb.news |= error === undefined ? TcpNews.state : TcpNews.state | TcpNews.error;
  letGo(tcb, now);
  tcb.listener?.giveUp(tcb);
  moveTo(tcb, 'CLOSED', why, now);
  tcb.services.forget(tcb);
  tcb.user?.changed(now);
}

/** The control block does nothing more: every timer and buffer goes. */
export function letGo(tcb: Tcb, now: Instant): void {
  tcb.sendMarks?.abandon();
  tcb.timers.stopAll();
  tcb.ackOwed = undefined;
  tcb.sendBuffer.clear();
  endSender(tcb);
  if (tcb.orphaned) tcb.receiveBuffer.clear();
  if (tcb.fastOpen !== undefined) {
    completeHandshake(tcb);
    judgeAtEnd(tcb, tcb.fastOpen, now);
  }
  tcb.busyTimes.turnTo('idle', now);
}

/** Both FINs are acknowledged: what is left is to answer the peer for 2·MSL (§3.6.1, MUST-13). */
export function enterTimeWait(tcb: Tcb, why: Cause, now: Instant): void {
  moveTo(tcb, 'TIME-WAIT', why, now);
  tcb.timers.stopAll();
  startTimeWait(tcb, now);
}

/** (Re)starts the 2·MSL timer, where no record is about to take the connection's place. */
export function startTimeWait(tcb: Tcb, now: Instant): void {
  if (tcb.profile.timeWaitRecords !== undefined) return;
  tcb.timers.start(RareTimer.timeWait, tcb.services.clock.after(now, tcb.profile.timeWait));
}
