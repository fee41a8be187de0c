/**
 * Boxes on the way that swallow Fast Open: SYNs with data, or what follows them (RFC 7413 §7.1).
 * A host that suspects one pauses Fast Open for all its connections, for
 * `tcp_fastopen_blackhole_timeout_sec` at first (Linux tcp_fastopen_active_detect_blackhole()).
 */
import type { Instant } from '../../time.ts';
import type { FastOpen } from './state.ts';
import type { Tcb } from '../tcb.ts';

/** Timeouts in a row that look like a black hole. */
const TIMEOUTS = 2;

/** The timer has expired for a connection with Fast Open, for the last time if `isLast`. */
export function noteTimeout(tcb: Tcb, fastOpen: FastOpen, isLast: boolean, now: Instant): void {
  const { retransmissions } = tcb;
  const isUsed = fastOpen.isOffered || fastOpen.octets > 0 || fastOpen.isDataAccepted;
  if (!isUsed) return;
  if (retransmissions !== TIMEOUTS && !(retransmissions < TIMEOUTS && isLast)) return;
  pause(tcb, now);
  tcb.services.counters.TcpExtTCPFastOpenActiveFail += 1;
}

/**
 * A connection ends. Nothing came but a FIN that is ahead of order: the data before it was
 * swallowed. Data that did come shows, after a pause, that Fast Open works again (Linux
 * tcp_fastopen_active_disable_ofo_check()).
 */
export function judgeAtEnd(tcb: Tcb, fastOpen: FastOpen, now: Instant): void {
  if (!fastOpen.isOffered) return;
  const { rcv, counts, services, route } = tcb;
  if (counts.dataSegmentsIn > 0) {
    if (fastOpen.isOnTrial && !route.port.interface.loopback) services.fastOpenPause.trust();
  } else if (rcv.fin !== undefined && !tcb.finReceived) {
    pause(tcb, now);
  }
}

function pause({ profile, services }: Tcb, now: Instant): void {
  if (profile.fastOpen.blackholeTimeout === 0) return;
  services.fastOpenPause.pause(now);
  services.counters.TcpExtTCPFastOpenBlackhole += 1;
}
