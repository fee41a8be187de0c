/**
 * TCP Fast Open, the client (RFC 7413 §4.2.1): the SYN carries a cookie from an earlier connection
 * and the first octets; without a cookie it asks for one. What the SYN-ACK does not acknowledge is
 * sent again after the handshake, so that nothing is lost but time.
 */
import { type Seq, seqAdd, seqDiff, seqGe, type TcpSegment } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { UserMemory } from '../../posix/system-call.ts';
import type { Instant } from '../../time.ts';
import { cookieRequest, type FastOpenOption, readFastOpenOption } from './option.ts';
import { learnOfFastOpen } from './memory.ts';
import { FAST_OPEN_FAILURE, FAST_OPEN_FLAG, FastOpen } from './state.ts';
import { loseLongSegments } from '../recovery/identify-losses.ts';
import { startTimeout } from '../recovery/retransmission-timer.ts';
import { LOSS_REASON } from '../recovery/loss-reasons.ts';
import { retransmitLost } from '../recovery/retransmit.ts';
import { beSender, type Tcb } from '../tcb.ts';
import { takeSynText } from './syn-text.ts';

export const SYN_WITH_DATA: Cause = cause(
  'fast-open',
  'active open with data in the SYN',
  'RFC 7413 §4.2.1',
);
/** What is kept free for options that boxes on the way may add (Linux MAX_TCP_OPTION_SPACE). */
const OPTION_SPACE = 40;

/** What is known of a server before the SYN goes to it. */
interface Prospect {
  /** Whether the SYN may carry data. */
  readonly mayCarryData: boolean;
  /** What the SYN says; nothing while Fast Open is paused, or needs no cookie. */
  readonly option: FastOpenOption | undefined;
}

/** Whether data may go with a SYN of this connection now (Linux tcp_fastopen_cookie_check()). */
function prospectOf(tcb: Tcb, needsNoCookie: boolean, now: Instant): Prospect {
  const { metrics, fastOpenPause } = tcb.services;
  const { flags, blackholeTimeout } = tcb.profile.fastOpen;
  if (fastOpenPause.isPaused(blackholeTimeout, now)) {
    return { mayCarryData: false, option: undefined };
  }
  const { needsNoFastOpenCookie } = tcb.route.metrics;
  const isFree = (flags & FAST_OPEN_FLAG.clientWithoutCookie) !== 0 || needsNoCookie;
  if (isFree || needsNoFastOpenCookie) return { mayCarryData: true, option: undefined };
  const memory = metrics.find(tcb, now)?.fastOpen;
  if (memory === undefined) return { mayCarryData: false, option: cookieRequest(false) };
  const { cookie, isExperimental, attempts } = memory;
  if (cookie.length > 0) return { mayCarryData: true, option: { cookie, isExperimental } };
  return { mayCarryData: false, option: cookieRequest(attempts === 1) };
}

/**
 * TCP_FASTOPEN_CONNECT: whether the SYN waits for the first write, because it may carry data; if
 * not, it asks for a cookie (Linux tcp_fastopen_defer_connect()).
 */
export function defersSyn(tcb: Tcb, needsNoCookie: boolean, now: Instant): boolean {
  if (!prospectOf(tcb, needsNoCookie, now).mayCarryData) return false;
  tcb.fastOpen = new FastOpen();
  tcb.fastOpen.isDeferred = true;
  return true;
}

/**
 * Prepares the SYN of a connection that opens fast: its option, and as many octets of `memory` as
 * may go with it (Linux tcp_send_syn_data()). Returns how many they are.
 */
export function prepareSynData(
  tcb: Tcb,
  memory: readonly UserMemory[],
  needsNoCookie: boolean,
  now: Instant,
): number {
  const fastOpen = new FastOpen();
  tcb.fastOpen = fastOpen;
  fastOpen.isOnTrial = tcb.services.fastOpenPause.isOnProbation;
  const { mayCarryData, option } = prospectOf(tcb, needsNoCookie, now);
  const wanted = memory.some((it) => it === 'invalid-pointer' || it.length > 0);
  const taken = mayCarryData ? takeOctets(tcb, memory, now) : 0;
  // Memory that cannot be read: an ordinary SYN, that asks for the cookie anew.
  const isUnreadable = wanted && mayCarryData && taken === 0;
  fastOpen.option = isUnreadable && option !== undefined ? cookieRequest(false) : option;
  fastOpen.isOffered = fastOpen.option !== undefined;
  fastOpen.isExperimental = fastOpen.option?.isExperimental === true;
  fastOpen.octets = taken;
  if (!mayCarryData && option !== undefined) fastOpen.failure = FAST_OPEN_FAILURE.noCookie;
  if (taken > 0) queueSynData(tcb, taken, now);
  return taken;
}

/** As many octets as fit beside the headers, by the MSS of the last time (§4.1.3). */
function takeOctets(tcb: Tcb, memory: readonly UserMemory[], now: Instant): number {
  const { snd, rcv, sendBuffer, services } = tcb;
  const known = services.metrics.find(tcb, now)?.fastOpen?.mss ?? 0;
  const most = Math.min(known > 0 ? known : rcv.mss, snd.pathMss) - OPTION_SPACE;
  let taken = 0;
  for (const bytes of memory) {
    if (bytes === 'invalid-pointer' || taken >= most) break;
    const length = Math.min(bytes.length, most - taken);
    sendBuffer.append(bytes, 0, length);
    taken += length;
  }
  return taken;
}

/** The octets are in flight, behind the SYN: sent again, they are a segment of their own. */
function queueSynData(tcb: Tcb, octets: number, now: Instant): void {
  const { snd } = tcb;
  beSender(tcb);
  const first = seqAdd(snd.iss, 1);
  snd.nxt = seqAdd(first, octets);
  snd.pushed = snd.nxt;
  tcb.sendBuffer.push();
  tcb.sendBuffer.sentTo(octets, false);
  tcb.sent.push(first, snd.nxt, 0, now);
}

/** The SYN-ACK acknowledges the SYN, and perhaps data in it: that leaves the queue. */
export function acknowledgeSynData(tcb: Tcb, ack: Seq, now: Instant): void {
  const { snd, sent, sendBuffer } = tcb;
  const octets = seqDiff(ack, snd.una);
  if (octets === 0) return;
  if (seqGe(ack, sent.end)) sent.shift();
  else sent.cutPacketAnew(ack, sent.lengthOf(sent.first));
  sendBuffer.acknowledge(octets);
  snd.una = ack;
  tcb.counts.octetsAcknowledged += octets;
  tcb.sendMarks?.acknowledged(ack, now);
  sent.release();
}

/**
 * What the SYN-ACK says of Fast Open (Linux tcp_rcv_fastopen_synack()): the cookie and the MSS are
 * kept for the next time, data that was not taken goes again, and text that came is taken. Says
 * whether something was sent, which acknowledges the SYN-ACK.
 */
export function readFastOpenAnswer(
  tcb: Tcb,
  fastOpen: FastOpen,
  seg: TcpSegment,
  isSynRepeated: boolean,
  now: Instant,
): boolean {
  if (!fastOpen.isOffered && fastOpen.octets === 0) return false;
  fastOpen.option = undefined;
  const isFallback = tcb.sent.count > 0;
  learn(tcb, fastOpen, seg, isSynRepeated, now);
  const { counters } = tcb.services;
  if (isFallback) {
    counters.TcpExtTCPFastOpenActiveFail += 1;
    const { dataNotAcknowledged, synSentAgain } = FAST_OPEN_FAILURE;
    fastOpen.failure = isSynRepeated ? synSentAgain : dataNotAcknowledged;
    loseLongSegments(tcb, 0, LOSS_REASON.notTaken); // all of it, and congestion is not to blame
    retransmitLost(tcb, now);
    startTimeout(tcb, now);
    return true;
  }
  if (fastOpen.octets > 0) {
    fastOpen.isDataAccepted = true;
    counters.TcpExtTCPFastOpenActive += 1;
  }
  takeSynText(tcb, seg, now);
  return false;
}

function learn(
  tcb: Tcb,
  fastOpen: FastOpen,
  seg: TcpSegment,
  isSynRepeated: boolean,
  now: Instant,
): void {
  const option = fastOpen.isOffered ? readFastOpenOption(seg) : undefined; // none unasked
  // We asked for a cookie and got none: next time in the other form.
  const isInVain =
    fastOpen.isOffered && !isSynRepeated && option === undefined && fastOpen.octets === 0;
  const attempts = fastOpen.isExperimental ? 2 : 1;
  learnOfFastOpen(
    tcb.services.metrics.findOrMake(tcb, now).fastOpenMemory(),
    {
      mss: tcb.snd.mss,
      option,
      // Neither a cookie nor our data acknowledged: only the later, plain SYN has arrived.
      isSynLost: fastOpen.isOffered && isSynRepeated && option === undefined && tcb.sent.count > 0,
      attempts: isInVain ? attempts : 0,
    },
    now,
  );
}
