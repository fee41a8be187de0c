/**
 * Which acknowledgments are owed when segments arrive and when data is read (RFC 9293 §3.8.6.3): at
 * once, for every second segment, by the timer of `delayed-ack.ts`, or, where many arrive ahead of
 * order, a few for all of them.
 */
import { type Seq, seqDiff, toSeq } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import { type Duration, type Instant, NEVER } from '../../time.ts';
import { freeWindow, isUpdateDue } from './receive-window.ts';
import type { Tcb } from '../tcb.ts';
import { RareTimer } from '../timers.ts';

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
const OUT_OF_ORDER = cause('out-of-order', 'tells the sender of a gap', 'RFC 5681 §4.2');
const ALL_READ = cause(
  'all-read',
  'the application has read what the peer pushed',
  'Linux tcp_cleanup_rbuf()',
);
const SOON_DUE = cause(
  'delayed-ack-soon',
  'more came just before the delayed-ACK timer',
  'Linux tcp_send_delayed_ack()',
);

/** Duplicate ACKs that start a fast retransmit (RFC 5681 §3.2): these are never held back. */
const DUPLICATES_AT_ONCE = 3;
/** So much of the round trip may a SACK wait (Linux tcp_ack_snd_check(): 5 %). */
const COMPRESSION_SHARE = 20;

/** How long a quick phase is where the window is shorter than two segments. */
const QUICK_ACK_LEAST = 2;

/** How many segments a quick phase may last with this window (Linux tcp_incr_quickack()). */
export function quickPhase({ rcv }: Tcb, segmentSize: number = rcv.segmentSize): number {
  return Math.floor(rcv.offered / (2 * segmentSize)) || QUICK_ACK_LEAST;
}

/** Acknowledgments of segments ahead of order, of which one tells what several would (Linux). */
export class SackCompression {
  /** Segments that wait to be told of. */
  waiting = 0;
  /** Duplicate ACKs sent at once with the present RCV.NXT. */
  sentAtOnce = 0;
  next: Seq = toSeq(0);
}

/**
 * Data or a FIN has come: acknowledge now, or with what is sent next, or when a timer says so
 * (Linux __tcp_ack_snd_check()).
 */
export function acknowledge(tcb: Tcb, now: Instant): void {
  const { rcv, delayedAck, receiveBuffer } = tcb;
  if (!delayedAck.isScheduled || tcb.ackOwed !== undefined) return;
  const hasGap = receiveBuffer.hasGap || rcv.fin !== undefined;
  if (isSecondSegment(tcb) && mayTell(tcb)) tcb.ackOwed = SECOND_SEGMENT;
  else if (isQuick(tcb)) tcb.ackOwed = hasGap ? OUT_OF_ORDER : QUICK_ACK;
  else if (hasGap) compress(tcb, now);
  else delay(tcb, now);
}

/**
 * A segment brought nothing new: its sender is to know at once. On Linux that is the matter of a
 * quick phase, which ends when little room is left: then it waits with what else is to be told
 * (tcp_enter_quickack_mode(), __tcp_select_window()).
 */
export function acknowledgeUseless(tcb: Tcb, why: Cause): void {
  const { delayedAck, profile } = tcb;
  delayedAck.isScheduled = true;
  const mayEnd = profile.delayedAck.quickAcks > 0 && isSecondSegment(tcb) && !mayTell(tcb);
  if (!mayEnd || isQuick(tcb)) tcb.ackOwed = why;
}

/** In a quick phase, or for good where the route says so (Linux tcp_in_quickack_mode()). */
function isQuick({ delayedAck, route }: Tcb): boolean {
  return delayedAck.isQuick || route.metrics.acknowledgesAtOnce;
}

/**
 * Whether an acknowledgment now would not take window back that reading gives again, or the
 * application waits for more before it reads at all (SO_RCVLOWAT).
 */
function mayTell(tcb: Tcb): boolean {
  const { rcv, receiveBuffer, options } = tcb;
  return receiveBuffer.readable < options.lowWaterMark || freeWindow(tcb) >= rcv.offered;
}

/** A peer whose least timeout is as ours should not run into it (Linux tcp_delack_max()). */
function longestDelay({ profile, rtt, services }: Tcb): Duration {
  const { maximum, staysBelowRto } = profile.delayedAck;
  return staysBelowRto ? Math.min(maximum, rtt.minimumRto - services.clock.usualTick) : maximum;
}

function delay(tcb: Tcb, now: Instant): void {
  const { timers, delayedAck, services } = tcb;
  const wait = delayedAck.delay(tcb.rtt.srtt, longestDelay(tcb));
  const soon = now + Math.floor(wait / 4);
  // A FIN alone may wait, but for no time: only until the next tick, or what comes before it.
  if (timers.delayedAck !== NEVER && (timers.delayedAck <= soon || wait === 0)) {
    tcb.ackOwed = SOON_DUE;
    return;
  }
  const { tick } = tcb.profile.delayedAck;
  const { clock } = services;
  const due = tick === 0 ? clock.after(now, wait) : clock.atTick(now, wait, tick);
  if (due < timers.delayedAck) timers.delayedAck = due;
}

/** The first ones go at once, for fast retransmit; of the others, one in a while tells all. */
function compress(tcb: Tcb, now: Instant): void {
  const { rcv, timers } = tcb;
  const profile = tcb.profile.sackCompression;
  if (!tcb.sendsSack || profile === undefined) {
    tcb.ackOwed = OUT_OF_ORDER;
    return;
  }
  const compression = (tcb.sackCompression ??= new SackCompression());
  if (compression.waiting >= profile.most) {
    tcb.ackOwed = OUT_OF_ORDER;
    return;
  }
  if (compression.next !== rcv.nxt) {
    compression.next = rcv.nxt;
    compression.sentAtOnce = 0;
  }
  if (compression.sentAtOnce < DUPLICATES_AT_ONCE) {
    compression.sentAtOnce += 1;
    tcb.ackOwed = OUT_OF_ORDER;
    return;
  }
  compression.waiting += 1;
  if (timers.isRunning(RareTimer.sackCompression)) return;
  const wait = Math.min(profile.delay, roundTrip(tcb) / COMPRESSION_SHARE);
  // Not by ticks: such a timer is exact (Linux hrtimer_start_range_ns()).
  timers.start(RareTimer.sackCompression, now + Math.floor(wait) + profile.slack);
}

/** The shorter of the round trips that this end knows as a receiver and as a sender; 0: none. */
function roundTrip({ rtt, tuning }: Tcb): Duration {
  const asReceiver = tuning?.rtt ?? 0;
  return rtt.srtt >= 0 && rtt.srtt < asReceiver ? rtt.srtt : asReceiver;
}

/** SACKs waited long enough, or have more to tell than one option holds. */
export function endCompression(tcb: Tcb): void {
  if (tcb.sackCompression === undefined || tcb.sackCompression.waiting === 0) return;
  tcb.timers.stop(RareTimer.sackCompression);
  tcb.ackOwed ??= OUT_OF_ORDER;
}

/** An acknowledgment goes out: what waited is told. One that goes for it alone is none saved. */
export function compressionSent({ sackCompression, services, timers }: Tcb): void {
  if (sackCompression === undefined || sackCompression.waiting === 0) return;
  const isOwn = !timers.isRunning(RareTimer.sackCompression);
  services.counters.TcpExtTCPAckCompressed += sackCompression.waiting - (isOwn ? 1 : 0);
  sackCompression.waiting = 0;
}

/**
 * The application has read: says whether an acknowledgment is owed now, because two segments waited
 * for the buffer to be emptied, because it is empty and the peer may wait for an answer, or because
 * the window opens by enough to tell (Linux tcp_cleanup_rbuf()).
 */
export function acknowledgeReading(tcb: Tcb): boolean {
  const { delayedAck, receiveBuffer } = tcb;
  if (delayedAck.isScheduled && isSecondSegment(tcb)) tcb.ackOwed ??= SECOND_SEGMENT;
  else if (delayedAck.isScheduled && delayedAck.isDueWhenRead && receiveBuffer.length === 0) {
    tcb.ackOwed ??= ALL_READ;
  } else if (!tcb.finReceived && isUpdateDue(tcb)) tcb.ackOwed ??= WINDOW_UPDATE;
  return tcb.ackOwed !== undefined;
}

function isSecondSegment({ rcv, lastAckSent, profile }: Tcb): boolean {
  const most = (profile.problems.segmentsPerAck - 1) * rcv.segmentSize;
  return seqDiff(rcv.nxt, lastAckSent) > most;
}
