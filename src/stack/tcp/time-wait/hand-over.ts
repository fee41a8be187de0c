/**
 * A connection that no process needs to see any more waits alone: in TIME-WAIT, and in FIN-WAIT-2
 * once its socket is closed, where the peer has a limited time to send its FIN. On Linux a record
 * takes its place, and the control block is done (tcp_time_wait()).
 */
import { cause } from '../../cause.ts';
import type { TimeWaitRecordsProfile } from './time-wait-profile.ts';
import { type Duration, type Instant, seconds } from '../../time.ts';
import { close, letGo } from '../close.ts';
import { savePeerMetrics } from '../metrics/save.ts';
import { TcpNews } from '../services.ts';
import type { Tcb } from '../tcb.ts';
import { TimeWaitRecord } from './record.ts';
import { RareTimer } from '../timers.ts';

const TOO_MANY = cause('time-wait-full', 'no more records are kept', 'Linux tcp_max_tw_buckets');

/** Lets the connection wait alone, if it has come so far. */
export function waitAlone(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'TIME-WAIT' || tcb.state === 'FIN-WAIT-2') beginToWait(tcb, now);
}

function beginToWait(tcb: Tcb, now: Instant): void {
  const { state, profile, timers } = tcb;
  const { timeWaitRecords: records } = profile;
  if (state === 'TIME-WAIT') {
    timers.stop(RareTimer.keepAlive);
    if (records !== undefined) handOver(tcb, records, profile.timeWait, now);
  } else if (tcb.orphaned) {
    timers.stop(RareTimer.keepAlive);
    if (records !== undefined) handOver(tcb, records, finWait2Of(tcb), now);
    else if (!timers.isRunning(RareTimer.finWait2)) waitForFin(tcb, now);
  }
}

/** For the socket, if it is still open, the connection is over; its peer has `wait` to go on. */
function handOver(tcb: Tcb, records: TimeWaitRecordsProfile, wait: Duration, now: Instant): void {
  const { services } = tcb;
  savePeerMetrics(tcb, now);
  if (services.timeWaits.size >= records.most) {
    close(tcb, undefined, TOO_MANY, now);
    return;
  }
  const record = new TimeWaitRecord(tcb, now);
  letGo(tcb, now);
  tcb.state = 'CLOSED';
  tcb.news |= TcpNews.state;
  services.replace(tcb, record, wait, now);
  tcb.user?.changed(now);
}

function waitForFin(tcb: Tcb, now: Instant): void {
  const { services, timers, profile, options } = tcb;
  const wait = options.finWait2 === 0 ? profile.finWait2 : options.finWait2;
  timers.start(RareTimer.finWait2, services.clock.after(now, wait));
  services.schedule(tcb);
}

/**
 * How long a FIN is waited for: as the program or the host says, but for three and a half timeouts
 * at least (Linux tcp_fin_time()). Those count in whole seconds, so that there are few queues.
 */
function finWait2Of({ options, profile, rtt }: Tcb): Duration {
  const { finWait2 } = options;
  const least = seconds(Math.ceil((3.5 * rtt.rto) / seconds(1)));
  const wait = finWait2 === 0 ? profile.finWait2 : finWait2;
  return wait >= 3.5 * rtt.rto ? wait : least;
}
