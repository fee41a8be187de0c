/** What each timer does when it fires (RFC 9293 §3.10.8). */
import { TcpFlag } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import { countNoRoute } from '../ip/no-way.ts';
import { type Instant, NEVER } from '../time.ts';
import { endCompression } from './receive/ack-policy.ts';
import { close } from './close.ts';
import { NO_THRESHOLD } from './congestion/congestion-window.ts';
import { noteTimeout } from './fast-open/blackhole.ts';
import { isHalfOpen } from './fast-open/half-open.ts';
import { keepAliveTimeout } from './liveness/keep-alive.ts';
import { endsForRoom } from './liveness/orphans.ts';
import { sendProbe } from './recovery/loss-probe.ts';
import { suspectBlackHole } from './path-mtu/mtu-probing.ts';
import { effectiveSendMss } from './open/negotiate.ts';
import { output, outputAck, sendNewProbe, sendPacket } from './send/output.ts';
import {
  hasRetriedFor,
  isGivenUp,
  isShutForGood,
  isSynGivenUp,
  LOCAL_RETRY,
  withinSynPatience,
  withinUserTimeout,
} from './liveness/patience.ts';
import { markLosses } from './recovery/rack.ts';
import { reduce } from './recovery/rate-reduction.ts';
import { enterLoss } from './recovery/loss-phase.ts';
import { enterRecovery } from './recovery/phases.ts';
import { restartTimeout, startTimeout, waitForTimeout } from './recovery/retransmission-timer.ts';
import { retransmit, retransmitLost } from './recovery/retransmit.ts';
import { beSender, flightSize, type Tcb } from './tcb.ts';
import { numberWithoutText, transmit, transmitSyn } from './send/transmit.ts';
import { decideOnProbe, sendWindowProbe } from './liveness/zero-window-probe.ts';
import { RareTimer } from './timers.ts';
import { ASKS_AGAIN, followRoute, hadWay, hasWayAgain } from './send/way.ts';

const SYN_TIMEOUT = cause('syn-timeout', 'no answer to the SYN', 'RFC 6298 §5.5');
const SYN_ACK_TIMEOUT = cause('syn-ack-timeout', 'no answer to the SYN,ACK', 'RFC 6298 §5.5');
const RTO_EXPIRED = cause('rto', 'the retransmission timer expired', 'RFC 6298 §5.4');
const GIVEN_UP = cause('given-up', 'retransmitted too often', 'RFC 9293 §3.8.3, MUST-20');
const DEAD = cause('keep-alive-timeout', 'the peer answers no keep-alive', 'RFC 9293 §3.8.4');
const DELAYED_ACK = cause('delayed-ack', 'the delayed-ACK timer expired', 'RFC 9293 §3.8.6.3');
export const TIME_WAIT_OVER: Cause = cause(
  'time-wait-over',
  '2·MSL have passed',
  'RFC 9293 §3.10.8',
);
export const FIN_WAIT_2_OVER: Cause = cause(
  'fin-wait-2-over',
  'the peer of a closed socket sent no FIN',
  'Linux tcp_fin_timeout',
);

/** Runs the connection's timers that are due. */
export function timersFire(tcb: Tcb, now: Instant): void {
  const { timers } = tcb;
  if (timers.at(RareTimer.timeWait) <= now) {
    close(tcb, undefined, TIME_WAIT_OVER, now);
    return;
  }
  if (timers.at(RareTimer.finWait2) <= now) {
    close(tcb, undefined, FIN_WAIT_2_OVER, now);
    return;
  }
  if (timers.retransmission <= now) {
    timers.retransmission = NEVER;
    retransmissionTimeout(tcb, now);
  }
  if (timers.at(RareTimer.reordering) <= now) reorderingTimeout(tcb, now);
  if (timers.probe <= now) sendProbe(tcb, () => sendNewProbe(tcb, now), now);
  if (timers.at(RareTimer.persist) <= now) {
    timers.stop(RareTimer.persist);
    probeWindow(tcb, now);
  }
  if (timers.at(RareTimer.keepAlive) <= now && !keepAliveTimeout(tcb, now)) {
    endByKeepAlive(tcb, now);
    return;
  }
  const isPaced = timers.at(RareTimer.pacing) <= now;
  if (isPaced) {
    timers.stop(RareTimer.pacing);
    retransmitLost(tcb, now); // new data follows in output()
  }
  if (timers.delayedAck <= now) {
    timers.delayedAck = NEVER;
    tcb.services.counters.TcpExtDelayedACKs += 1;
    tcb.delayedAck.timerFired(tcb.rtt.rto);
    tcb.ackOwed ??= DELAYED_ACK;
  }
  if (timers.at(RareTimer.sackCompression) <= now) {
    timers.stop(RareTimer.sackCompression);
    endCompression(tcb);
  }
  // While the window is probed, or the way, nothing but the next probe tries it again; and a burst
  // that waits to become longer waits for an acknowledgment (Linux tcp_tso_should_defer()).
  const isWaiting = timers.isRunning(RareTimer.persist) || tcb.profile.bursts !== undefined;
  if (isWaiting && !isPaced) outputAck(tcb, now);
  else output(tcb, now);
}

function retransmissionTimeout(tcb: Tcb, now: Instant): void {
  const { fastOpen, state, listener } = tcb;
  tcb.flowLabel = tcb.ip.newFlowLabel(); // another way may be better (Linux sk_rethink_txhash())
  if (isHalfOpen(tcb) || (state === 'SYN-RECEIVED' && listener !== undefined)) {
    tcb.services.counters.TcpExtTCPTimeouts += 1;
    repeatSynAck(tcb, now);
    return;
  }
  if (fastOpen !== undefined) noteTimeout(tcb, fastOpen, false, now);
  if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') {
    tcb.services.counters.TcpExtTCPTimeouts += 1;
    repeatSyn(tcb, now);
  } else {
    retransmitOldest(tcb, now);
  }
}

/** TCP_THIN_LINEAR_TIMEOUTS helps a stream for so many timeouts (TCP_THIN_LINEAR_RETRIES). */
const THIN_RETRIES = 6;
/** What counts as thin: fewer segments in flight than a fast retransmit needs. */
const THIN_SEGMENTS = 4;

function repeatSyn(tcb: Tcb, now: Instant): void {
  const { synRetries, synLinearTimeouts, synBacksOff } = tcb.profile.retransmission;
  const linear = tcb.state === 'SYN-SENT' ? synLinearTimeouts : 0;
  if (isSynGivenUp(tcb, tcb.options.synRetries || synRetries, linear, now)) {
    if (tcb.fastOpen !== undefined) noteTimeout(tcb, tcb.fastOpen, true, now);
    close(tcb, tcb.softError ?? 'ETIMEDOUT', GIVEN_UP, now);
    return;
  }
  countTimeout(tcb, now);
  tcb.retransmissions += 1;
  // As of any timeout (Linux tcp_enter_loss()).
  if (tcb.ecn !== undefined && tcb.ecn.accurate === undefined) tcb.ecn.owesCwr = true;
  // A SYN that is sent again is a plain one (RFC 7413 §4.2.1).
  if (tcb.fastOpen !== undefined) tcb.fastOpen.option = undefined;
  if (hasWayAgain(tcb)) {
    countSynAgain(tcb);
    if (!transmitSyn(tcb, tcb.state === 'SYN-SENT' ? SYN_TIMEOUT : SYN_ACK_TIMEOUT, now)) {
      waitForTimeout(tcb, LOCAL_RETRY, now);
      return;
    }
  }
  if (synBacksOff && tcb.retransmissions > linear) tcb.rtt.backOff();
  waitForTimeout(tcb, withinSynPatience(tcb, tcb.rtt.rto, now), now);
}

/** The SYN,ACK of a listener goes again. */
function repeatSynAck(tcb: Tcb, now: Instant): void {
  const { synAckRetries } = tcb.profile.retransmission;
  // While data is waited for after the ACK nothing goes again but at the end of that time, to give
  // the peer a last chance (Linux syn_ack_recalc()).
  if (tcb.isAcceptDeferred && tcb.retransmissions < tcb.options.deferAccept - 1) {
    tcb.retransmissions += 1;
    tcb.rtt.backOff();
    startTimeout(tcb, now);
    return;
  }
  // Once more where a program may use the connection already (Linux tcp_fastopen_synack_timer()).
  const retries = isHalfOpen(tcb) ? synAckRetries + 1 : synAckRetries;
  if (tcb.retransmissions >= (tcb.options.synRetries || retries)) {
    close(tcb, 'ETIMEDOUT', GIVEN_UP, now);
    return;
  }
  // A record of an opening connection counts from its SYN,ACK (Linux tcp_create_openreq_child()).
  tcb.counts.timedOut(tcb.retransmissions === 0, isHalfOpen(tcb) ? now : now - tcb.rtt.rto);
  tcb.retransmissions += 1;
  tcb.rtt.backOff();
  startTimeout(tcb, now);
  if (!followRoute(tcb)) {
    countNoRoute(tcb.services.counters, tcb.remoteAddress); // inet_csk_route_req()
    return;
  }
  countSynAgain(tcb);
  transmitSyn(tcb, SYN_ACK_TIMEOUT, now);
}

function countSynAgain(tcb: Tcb): void {
  const { counters } = tcb.services;
  counters.TcpRetransSegs += 1;
  counters.TcpExtTCPSynRetrans += 1;
  tcb.counts.retransmissions += 1;
  tcb.timedAt = -1; // Karn
}

/** Linux chooses another flow label then, in case one way of many is broken. */
function countTimeout({ counts, retransmissions, services }: Tcb, now: Instant): void {
  counts.timedOut(retransmissions === 0, now);
  counts.rehashes += 1;
  services.counters.TcpExtTcpTimeoutRehash += 1;
}

/** The next timeout, or the user timeout where that, which began at `since`, is sooner. */
function startTimeoutAgain(tcb: Tcb, since: Instant, now: Instant): void {
  waitForTimeout(tcb, withinUserTimeout(tcb, tcb.rtt.rto, since, now), now);
}

/** RFC 6298 (5.4) to (5.6): the oldest segment goes again; what is lost follows as ACKs come in. */
function retransmitOldest(tcb: Tcb, now: Instant): void {
  if (tcb.sent.count === 0) return;
  // A window that the peer took back is probed by what it has no room for (MUST-34, MUST-35), and
  // nobody is given up for that, unless no process is left that could.
  const isShut = tcb.snd.wnd === 0 && !tcb.orphaned;
  if (!isShut) tcb.services.counters.TcpExtTCPTimeouts += 1;
  if (!isShut && hasRetriedFor(tcb, tcb.profile.retransmission.retries1, now)) {
    suspectBlackHole(tcb, now); // R1
    tcb.routeGeneration = ASKS_AGAIN; // another way may be better by now (RFC 1122 §3.3.1.4)
  }
  const isOver = isShut ? isShutForGood(tcb, now) : isGivenUp(tcb, now);
  if (tcb.orphaned && endsForRoom(tcb, !isOver, now)) return;
  if (isOver) {
    close(tcb, tcb.softError ?? 'ETIMEDOUT', GIVEN_UP, now);
    return;
  }
  const isFirst = tcb.firstTimeoutAt === NEVER;
  if (isFirst) tcb.firstTimeoutAt = now;
  if (tcb.retransmissions === 0) countFailure(tcb);
  enterLoss(tcb, now);
  if (!isShut) {
    countTimeout(tcb, now);
    tcb.retransmissions += 1;
  }
  const hasLeft = retransmit(tcb, tcb.sent.first, 1, RTO_EXPIRED, now) > 0;
  // What could not go again is waited for since it was sent (Linux tp->retrans_stamp).
  if (isFirst && !hadWay(tcb)) tcb.firstTimeoutAt = tcb.sent.firstSentAt;
  if (tcb.profile.problems.segmentsPerTimeout > 1) retransmitLost(tcb, now);
  if (!hasLeft && !isShut && hadWay(tcb)) {
    waitForTimeout(tcb, LOCAL_RETRY, now);
    return;
  }
  if (isThin(tcb)) tcb.rtt.forgetBackOff();
  else tcb.rtt.backOff();
  startTimeoutAgain(tcb, tcb.firstTimeoutAt, now);
}

/** What a first timeout puts an end to (Linux tcp_retransmit_timer()). */
function countFailure({ recovery, hasSack, sent, services }: Tcb): void {
  const { counters } = services;
  if (recovery.phase === 'Recovery') {
    if (hasSack) counters.TcpExtTCPSackRecoveryFail += 1;
    else counters.TcpExtTCPRenoRecoveryFail += 1;
  } else if (recovery.phase === 'Loss') {
    counters.TcpExtTCPLossFailures += 1;
  } else if (recovery.phase === 'Disorder' || sent.sacked > 0) {
    if (hasSack) counters.TcpExtTCPSackFailures += 1;
    else counters.TcpExtTCPRenoFailures += 1;
  }
}

/** A stream that never has enough in flight for a fast retransmit may be spared the back-off. */
function isThin({ state, sent, window, retransmissions, options, profile }: Tcb): boolean {
  if (!options.thinLinearTimeouts && profile.retransmission.thinLinearTimeouts === 0) return false;
  const isSmall = sent.count < THIN_SEGMENTS && window.ssthresh < NO_THRESHOLD;
  return state === 'ESTABLISHED' && isSmall && retransmissions <= THIN_RETRIES;
}

/** RACK's timer: what was only late by now counts as lost (RFC 8985 §6.3). */
function reorderingTimeout(tcb: Tcb, now: Instant): void {
  const { recovery, sent } = tcb;
  const before = recovery.lostEver;
  markLosses(tcb, now);
  if (recovery.lostEver > before) {
    if (recovery.phase !== 'Recovery') {
      enterRecovery(tcb);
      reduce(tcb, 1, recovery.lostEver - before);
    }
    retransmitLost(tcb, now);
  }
  if (sent.count > 0 && tcb.timers.retransmission === NEVER) restartTimeout(tcb, now);
}

/** Probes the closed window, or gives up on it. */
function probeWindow(tcb: Tcb, now: Instant): void {
  switch (decideOnProbe(tcb, now)) {
    case 'give-up':
      close(tcb, tcb.softError ?? 'ETIMEDOUT', GIVEN_UP, now);
      break;
    case 'probe':
      if (tcb.orphaned && endsForRoom(tcb, true, now)) return;
      sendWindowProbe(tcb, (length) => sendIntoWindow(tcb, length, now), now);
      break;
    case 'not-needed':
      tcb.probes = 0;
      break;
  }
}

/** The override timeout of §3.8.6.2.1: a little that fits, though it is not worth a segment. */
function sendIntoWindow(tcb: Tcb, length: number, now: Instant): boolean {
  beSender(tcb);
  const mss = effectiveSendMss(tcb);
  // tcp_write_wakeup()
  if (!sendPacket(tcb, flightSize(tcb), length, false, true, mss, now)) return false;
  startTimeout(tcb, now);
  return true;
}

/** The peer has answered no keep-alive: it learns by a RST, should it still hear. */
function endByKeepAlive(tcb: Tcb, now: Instant): void {
  transmit(tcb, numberWithoutText(tcb), TcpFlag.rst, 0, 0, DEAD, now);
  close(tcb, tcb.softError ?? 'ETIMEDOUT', DEAD, now);
}
