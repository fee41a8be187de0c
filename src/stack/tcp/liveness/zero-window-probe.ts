/**
 * Probing a closed window (RFC 9293 §3.8.6.1, RFC 1122 §4.2.2.17; Linux tcp_probe_timer()). Octets
 * wait, and nothing is in flight whose acknowledgment could bring a window: only asking helps. The
 * first probe comes after RTO, the next after twice as long each (SHLD-29, SHLD-30). A peer that
 * answers may keep its window closed as long as it likes (MUST-37), unless the program or nobody at
 * all waits.
 */
import { seqAdd, seqDiff } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import { type Duration, type Instant, ms, NEVER } from '../../time.ts';
import { effectiveSendMss } from '../open/negotiate.ts';
import { LOCAL_RETRY, orphanRetries, withinUserTimeout } from './patience.ts';
import { flightSize, type Tcb } from '../tcb.ts';
import { transmit } from '../send/transmit.ts';
import { RareTimer } from '../timers.ts';
import { hadWay } from '../send/way.ts';

const PROBE = cause('zero-window-probe', 'asks whether the window has opened', 'RFC 9293 §3.8.6.1');

/** The shortest interval between probes (Linux TCP_RTO_MIN). */
const SHORTEST: Duration = ms(200);

/** What is left when a probe timer has fired: the connection is given up, or the probe is due. */
export type ProbeDecision = 'not-needed' | 'give-up' | 'probe';

/** How far the octets that wait reach beyond what is in flight, a FIN included. */
function waiting(tcb: Tcb): number {
  const { sendBuffer, finQueued, finSent } = tcb;
  if (finSent) return 0;
  return sendBuffer.length - flightSize(tcb) + (finQueued ? 1 : 0);
}

/** The interval after so many probes. */
function interval({ rtt, probeBackOff, profile }: Tcb): Duration {
  const base = Math.max(rtt.rto, SHORTEST);
  return Math.min(base * 2 ** probeBackOff, profile.retransmission.maximumRto);
}

/** After each round of output: the timer runs while something waits and nothing is in flight. */
export function armProbe(tcb: Tcb, now: Instant): void {
  const { timers } = tcb;
  if (tcb.sent.count > 0 || waiting(tcb) <= 0) timers.stop(RareTimer.persist);
  else if (!timers.isRunning(RareTimer.persist)) {
    tcb.probeBackOff = 0;
    tcb.probedSince = NEVER;
    timers.start(RareTimer.persist, tcb.services.clock.after(now, interval(tcb)));
  }
}

/**
 * An acknowledgment came while nothing was in flight (Linux tcp_ack_probe()). When the packet that
 * waits fits into the window, probing is over; else the wait for the next probe begins anew.
 */
export function readProbeAnswer(tcb: Tcb, now: Instant): void {
  const { timers, snd } = tcb;
  if (!timers.isRunning(RareTimer.persist)) return;
  const packet = tcb.sendBuffer.length > 0 ? tcb.sendBuffer.untilPacketEnd(0) : waiting(tcb);
  if (packet <= snd.wnd) {
    timers.stop(RareTimer.persist);
    tcb.probeBackOff = 0;
    tcb.rtt.keepBackedOff();
    tcb.probedSince = NEVER;
    return;
  }
  const delay = withinUserTimeout(tcb, interval(tcb), tcb.probedSince, now);
  timers.start(RareTimer.persist, tcb.services.clock.after(now, delay));
}

/** The timer has fired: what now? */
export function decideOnProbe(tcb: Tcb, now: Instant): ProbeDecision {
  const { retries2, maximumRto } = tcb.profile.retransmission;
  const { userTimeout } = tcb.options;
  if (tcb.sent.count > 0 || waiting(tcb) <= 0) return 'not-needed';
  if (tcb.probedSince === NEVER) tcb.probedSince = now;
  else if (userTimeout > 0 && now - tcb.probedSince >= userTimeout) return 'give-up';
  if (!tcb.orphaned) return tcb.probes >= retries2 ? 'give-up' : 'probe';
  const isHopeful = interval(tcb) < maximumRto;
  const most = orphanRetries(tcb, isHopeful);
  if (!isHopeful && tcb.probeBackOff >= most) return 'give-up';
  return tcb.probes >= most ? 'give-up' : 'probe';
}

/**
 * Sends a probe (Linux tcp_send_probe0()); `sendNew` sends so many octets that were never sent, and
 * says whether they left the host.
 */
export function sendWindowProbe(
  tcb: Tcb,
  sendNew: (length: number) => boolean,
  now: Instant,
): void {
  const { timers, services, profile } = tcb;
  const hasLeft = askForAnswer(tcb, sendNew, () => sendBareProbe(tcb, now));
  if (tcb.sent.count > 0) {
    tcb.probes = 0;
    return;
  }
  tcb.probes += 1;
  const isHeldUp = !hasLeft && hadWay(tcb);
  if (!isHeldUp && tcb.probeBackOff < profile.retransmission.retries2) tcb.probeBackOff += 1;
  const delay = isHeldUp ? LOCAL_RETRY : interval(tcb);
  timers.start(
    RareTimer.persist,
    services.clock.after(now, withinUserTimeout(tcb, delay, tcb.probedSince, now)),
  );
}

/**
 * Makes the peer answer (Linux tcp_write_wakeup()): by new octets where the window has room for
 * some, which was too small to be worth it until now (the override timeout of §3.8.6.2.1), else by
 * a segment that it must answer.
 */
export function askForAnswer(
  tcb: Tcb,
  sendNew: (length: number) => boolean,
  sendBare: () => boolean,
): boolean {
  const { snd, sendBuffer } = tcb;
  const room = snd.wnd - flightSize(tcb);
  const waiting = sendBuffer.untilPacketEnd(flightSize(tcb));
  const fits = Math.min(waiting, room, effectiveSendMss(tcb));
  return fits > 0 ? sendNew(fits) : sendBare();
}

/**
 * A segment from before SND.UNA: an old one, which the peer must answer by an ACK. While urgent
 * octets wait, another tells of them.
 */
function sendBareProbe(tcb: Tcb, now: Instant): boolean {
  const { snd, services } = tcb;
  services.counters.TcpExtTCPWinProbe += 1;
  const isUrgentAhead = snd.isUrgent && seqDiff(snd.up, snd.una) > 0;
  if (isUrgentAhead) transmit(tcb, snd.una, 0, 0, 0, PROBE, now);
  return transmit(tcb, seqAdd(snd.una, -1), 0, 0, 0, PROBE, now);
}
