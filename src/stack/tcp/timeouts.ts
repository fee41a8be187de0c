/** What each timer does when it fires (RFC 9293 §3.10.8). */
import { seqAdd } from '../../wire/index.ts';
import { type Cause, cause } from '../cause.ts';
import { type Duration, type Instant, NEVER } from '../time.ts';
import { close } from './close.ts';
import { effectiveSendMss } from './negotiate.ts';
import { sendProbe } from './loss-probe.ts';
import { output, sendNewProbe, sendSegment } from './output.ts';
import { markLosses } from './rack.ts';
import { reduce } from './rate-reduction.ts';
import { enterLoss, enterRecovery } from './recovery.ts';
import { restartTimeout, startTimeout } from './retransmission-timer.ts';
import { retransmit, retransmitLost } from './retransmit.ts';
import { flightSize, type Tcb } from './tcb.ts';
import { transmit, transmitSyn } from './transmit.ts';

const SYN_TIMEOUT = cause('syn-timeout', 'no answer to the SYN', 'RFC 6298 §5.5');
const SYN_ACK_TIMEOUT = cause('syn-ack-timeout', 'no answer to the SYN,ACK', 'RFC 6298 §5.5');
const RTO_EXPIRED = cause('rto', 'the retransmission timer expired', 'RFC 6298 §5.4');
const GIVEN_UP = cause('given-up', 'retransmitted too often', 'RFC 9293 §3.8.3, MUST-20');
const PROBE = cause('zero-window-probe', 'asks whether the window has opened', 'RFC 9293 §3.8.6.1');
const DELAYED_ACK = cause('delayed-ack', 'the delayed-ACK timer expired', 'RFC 9293 §3.8.6.3');
const TIME_WAIT_OVER = cause('time-wait-over', '2·MSL have passed', 'RFC 9293 §3.10.8');
const FIN_WAIT_2_OVER = cause(
  'fin-wait-2-over',
  'the peer of a closed socket sent no FIN',
  'Linux tcp_fin_timeout',
);

/** What tcp_orphan_retries = 0 stands for (Linux tcp_orphan_retries()). */
const ORPHAN_RETRIES = 8;

/** Runs the connection's timers that are due. */
export function timersFire(tcb: Tcb, now: Instant): void {
  const { timers } = tcb;
  if (timers.timeWait <= now) {
    close(tcb, undefined, TIME_WAIT_OVER, now);
    return;
  }
  if (timers.finWait2 <= now) {
    close(tcb, undefined, FIN_WAIT_2_OVER, now);
    return;
  }
  if (timers.retransmission <= now) {
    timers.retransmission = NEVER;
    retransmissionTimeout(tcb, now);
  }
  if (timers.reordering <= now) reorderingTimeout(tcb, now);
  if (timers.probe <= now) sendProbe(tcb, () => sendNewProbe(tcb, now), now);
  if (timers.persist <= now) {
    timers.persist = NEVER;
    probe(tcb, now);
  }
  if (timers.delayedAck <= now) {
    timers.delayedAck = NEVER;
    tcb.services.ip.counters.TcpExtDelayedACKs += 1;
    tcb.delayedAck.timerFired(tcb.rtt.rto);
    tcb.ackOwed ??= DELAYED_ACK;
  }
  output(tcb, now);
}

function retransmissionTimeout(tcb: Tcb, now: Instant): void {
  tcb.services.ip.counters.TcpExtTCPTimeouts += 1;
  switch (tcb.state) {
    case 'SYN-SENT':
      repeatSyn(tcb, now);
      break;
    case 'SYN-RECEIVED':
      repeatSynAck(tcb, now);
      break;
    default:
      retransmitOldest(tcb, now);
  }
}

function repeatSyn(tcb: Tcb, now: Instant): void {
  const { synRetries, synLinearTimeouts } = tcb.profile.retransmission;
  const retries = tcb.synRetries > 0 ? tcb.synRetries : synRetries;
  if (tcb.retransmissions >= retries + synLinearTimeouts) {
    close(tcb, tcb.softError ?? 'ETIMEDOUT', GIVEN_UP, now);
    return;
  }
  tcb.retransmissions += 1;
  if (tcb.retransmissions > synLinearTimeouts) tcb.rtt.backOff();
  sendSynAgain(tcb, SYN_TIMEOUT, now);
}

function repeatSynAck(tcb: Tcb, now: Instant): void {
  const { synAckRetries } = tcb.profile.retransmission;
  if (tcb.retransmissions >= (tcb.synRetries > 0 ? tcb.synRetries : synAckRetries)) {
    close(tcb, 'ETIMEDOUT', GIVEN_UP, now);
    return;
  }
  tcb.retransmissions += 1;
  tcb.rtt.backOff();
  sendSynAgain(tcb, SYN_ACK_TIMEOUT, now);
}

function sendSynAgain(tcb: Tcb, why: Cause, now: Instant): void {
  const { counters } = tcb.services.ip;
  counters.TcpRetransSegs += 1;
  counters.TcpExtTCPSynRetrans += 1;
  tcb.timedAt = -1; // Karn
  startTimeout(tcb, now);
  transmitSyn(tcb, why, now);
}

/** RFC 6298 (5.4) to (5.6): the oldest segment goes again; what is lost follows as ACKs come in. */
function retransmitOldest(tcb: Tcb, now: Instant): void {
  if (tcb.sent.count === 0) return;
  if (tcb.firstTimeoutAt === NEVER) tcb.firstTimeoutAt = now;
  if (now - tcb.firstTimeoutAt >= giveUpAfter(tcb)) {
    close(tcb, tcb.softError ?? 'ETIMEDOUT', GIVEN_UP, now);
    return;
  }
  enterLoss(tcb, now);
  retransmit(tcb, 0, RTO_EXPIRED, now); // at SND.UNA: also into a window that closed (MUST-35)
  tcb.retransmissions += 1;
  tcb.rtt.backOff();
  startTimeout(tcb, now);
  if (tcb.userTimeout > 0) {
    const last = tcb.firstTimeoutAt + tcb.userTimeout;
    tcb.timers.retransmission = Math.min(tcb.timers.retransmission, last);
  }
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

/**
 * R2 as a time from the first timeout: what so many retransmissions take when they begin at the
 * minimum RTO and double up to the maximum (Linux `tcp_retries2`: 15 make 924.6 s).
 */
function giveUpAfter(tcb: Tcb): Duration {
  if (tcb.userTimeout > 0) return tcb.userTimeout; // RFC 9293 §3.8.3, MUST-21
  const { retries2, orphanRetries, minimumRto, maximumRto } = tcb.profile.retransmission;
  const retries = tcb.orphaned ? orphanRetries || ORPHAN_RETRIES : retries2;
  let total = 0;
  let interval = minimumRto;
  for (let i = 0; i < retries + 1; i++) {
    total += interval;
    interval = Math.min(2 * interval, maximumRto);
  }
  return total - minimumRto;
}

/**
 * Asks whether the window has opened: with a segment of new data where a little fits, else with one
 * before SND.UNA that the peer must answer (Linux tcp_write_wakeup; it carries no octet).
 */
function probe(tcb: Tcb, now: Instant): void {
  const { snd, sendBuffer } = tcb;
  const inFlight = flightSize(tcb);
  const unsent = sendBuffer.length - inFlight;
  const fits = Math.min(unsent, snd.wnd - inFlight, effectiveSendMss(tcb));
  if (fits > 0 && inFlight === 0) {
    // The override timeout of §3.8.6.2.1. It is pushed, as by tcp_write_wakeup().
    sendSegment(tcb, 0, fits, false, true, now);
    startTimeout(tcb, now);
    return;
  }
  const { retries2, maximumRto } = tcb.profile.retransmission;
  const interval = Math.min(tcb.rtt.rto * 2 ** (tcb.probes + 1), maximumRto);
  // A peer that answers may keep its window closed as long as it likes (MUST-37), but not to a
  // closed socket, which nobody could ever abort: that one is given up at the longest interval, as
  // on Linux.
  const isHopeless = tcb.orphaned && interval === maximumRto;
  if (inFlight === 0 && (isHopeless || tcb.probesUnanswered >= retries2)) {
    close(tcb, tcb.softError ?? 'ETIMEDOUT', GIVEN_UP, now);
    return;
  }
  transmit(tcb, seqAdd(snd.una, -1), 0, 0, 0, PROBE, now);
  tcb.probes += 1;
  tcb.probesUnanswered += 1;
  if (inFlight === 0) tcb.timers.persist = tcb.services.clock.after(now, interval); // SHLD-30
}
