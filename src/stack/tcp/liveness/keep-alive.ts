/**
 * Keep-alives (RFC 9293 §3.8.4, RFC 1122 §4.2.3.6; Linux tcp_keepalive_timer()): a connection on
 * which nothing has come for hours asks whether its peer is still there. Off unless the program
 * wants them (MUST-25), sent only when nothing else is under way (MUST-26), after two hours by
 * default (MUST-28), and one that is not answered proves nothing yet (MUST-29).
 */
import { seqAdd } from '../../../wire/index.ts';
import { cause } from '../../cause.ts';
import { type Duration, type Instant, seconds } from '../../time.ts';
import { LOCAL_RETRY } from './patience.ts';
import type { Tcb } from '../tcb.ts';
import { transmit } from '../send/transmit.ts';
import { RareTimer } from '../timers.ts';
import { hadWay } from '../send/way.ts';

const KEEP_ALIVE = cause('keep-alive', 'asks whether the peer is there', 'RFC 9293 §3.8.4');

/** What a program wants of keep-alives: in seconds and probes; 0 leaves it to the host. */
export interface KeepAlive {
  /** How long nothing comes before the first (TCP_KEEPIDLE). */
  readonly idle: number;
  /** Between two (TCP_KEEPINTVL). */
  readonly interval: number;
  /** How many go without an answer (TCP_KEEPCNT). */
  readonly probes: number;
}

/** Every connection's, where the host wants them for all. */
const AS_THE_HOST_SAYS: KeepAlive = { idle: 0, interval: 0, probes: 0 };

/** What holds for the connection; nothing where it has none. */
function keepAliveOf({ options, profile }: Tcb): KeepAlive | undefined {
  return options.keepAlive ?? (profile.keepAlive.isAlways ? AS_THE_HOST_SAYS : undefined);
}

/** Whether the program, or the administrator, wants keep-alives for the connection. */
export function wantsKeepAlive(tcb: Tcb): boolean {
  return keepAliveOf(tcb) !== undefined;
}

function idleTime({ options, profile }: Tcb): Duration {
  const asked = options.keepAlive?.idle ?? 0;
  return asked > 0 ? seconds(asked) : profile.keepAlive.idle;
}

/** How long nothing has come: neither octets nor acknowledgments. */
function silence({ counts }: Tcb, now: Instant): Duration {
  return now - Math.max(counts.acknowledgedAt, counts.dataReceivedAt);
}

/** The connection is established, or SO_KEEPALIVE was set or taken back. */
export function startKeepAlive(tcb: Tcb, now: Instant): void {
  const { services, timers } = tcb;
  if (!wantsKeepAlive(tcb)) timers.stop(RareTimer.keepAlive);
  else if (!timers.isRunning(RareTimer.keepAlive)) {
    timers.start(RareTimer.keepAlive, services.clock.after(now, idleTime(tcb)));
    services.schedule(tcb);
  }
}

/** TCP_KEEPIDLE was set: the time that has passed counts (Linux tcp_sock_set_keepidle_locked()). */
export function restartKeepAlive(tcb: Tcb, now: Instant): void {
  const { services, timers } = tcb;
  if (!wantsKeepAlive(tcb)) return;
  timers.start(
    RareTimer.keepAlive,
    services.clock.after(now, Math.max(0, idleTime(tcb) - silence(tcb, now))),
  );
  services.schedule(tcb);
}

/** The timer has fired: ask, or wait longer. Says whether the peer counts as alive still. */
export function keepAliveTimeout(tcb: Tcb, now: Instant): boolean {
  const { timers, services, profile } = tcb;
  const keepAlive = keepAliveOf(tcb);
  timers.stop(RareTimer.keepAlive);
  if (keepAlive === undefined || tcb.state === 'SYN-SENT') return true;
  const idle = idleTime(tcb);
  const isBusy = tcb.sent.count > 0 || tcb.sendBuffer.length > 0 || (tcb.finQueued && !tcb.finSent);
  const quiet = silence(tcb, now);
  let wait = idle;
  if (!isBusy && quiet < idle) {
    wait = idle - quiet;
  } else if (!isBusy) {
    if (isDead(tcb, keepAlive, quiet)) return false;
    services.counters.TcpExtTCPKeepAlive += 1;
    const hasLeft = transmit(tcb, seqAdd(tcb.snd.una, -1), 0, 0, 0, KEEP_ALIVE, now);
    const isHeldUp = !hasLeft && hadWay(tcb);
    if (!isHeldUp) tcb.probes += 1;
    const { interval } = keepAlive;
    wait = interval > 0 ? seconds(interval) : profile.keepAlive.interval;
    if (isHeldUp) wait = LOCAL_RETRY;
  }
  timers.start(RareTimer.keepAlive, services.clock.after(now, wait));
  return true;
}

/**
 * So many probes without an answer; or a user timeout, which then decides alone (RFC 5482 §4.1).
 */
function isDead(tcb: Tcb, keepAlive: KeepAlive, quiet: Duration): boolean {
  const { probes, profile } = tcb;
  const { userTimeout } = tcb.options;
  if (userTimeout > 0) return probes > 0 && quiet >= userTimeout;
  const most = keepAlive.probes > 0 ? keepAlive.probes : profile.keepAlive.probes;
  return probes >= most;
}
