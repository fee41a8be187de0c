/**
 * ICMP errors about segments of a connection (RFC 9293 §3.9.2.2, MUST-54 to MUST-56; Linux
 * tcp_v4_err()). Anybody can send one, so it must quote a segment in flight (RFC 5927 §4.1); and
 * what it says may pass, so that it ends hardly any connection. Only one that opens is better
 * ended, where another address could be tried (RFC 5461 §4): at once by an error that is hard, and
 * on most systems sooner or later by a soft one, against MUST-56.
 */
import {
  Icmpv4Type,
  Icmpv6Type,
  Icmpv6UnreachableCode,
  isIpv6,
  type Seq,
  seqDiff,
  seqIn,
  UnreachableCode,
} from '../../wire/index.ts';
import { cause } from '../cause.ts';
import type { IcmpErrorReport } from '../icmp/icmpv4.ts';
import type { Instant } from '../time.ts';
import { close } from './close.ts';
import { isAwaitingAccept, isHalfOpen } from './fast-open/half-open.ts';
import { mtuReduced } from './path-mtu/path-mtu.ts';
import { takeBackOffBack } from './recovery/disruption.ts';
import type { Tcb } from './tcb.ts';

const OUTSIDE_FLIGHT = cause(
  'icmp-outside-flight',
  'an ICMP error about a segment that is not in flight',
  'RFC 5927 §4.1',
);
const UNREACHABLE = cause('unreachable', 'ICMP says it cannot be reached', 'RFC 9293 §3.9.2.2');

/** An ICMP error quotes a segment of the connection. */
export function errorReported(tcb: Tcb, report: IcmpErrorReport, now: Instant): void {
  const { services, profile } = tcb;
  if (!isInFlight(tcb, report.seq)) {
    services.trace?.dropped(report.frame, OUTSIDE_FLIGHT, now); // a forgery, or too late to matter
    return;
  }
  if (report.errno === 'EMSGSIZE') {
    if (services.host.pathMtu.isOff !== 2) mtuReduced(tcb, report.nextHopMtu, now);
    return;
  }
  if (tcb.state === 'SYN-RECEIVED' && tcb.listener !== undefined && profile.minisockets) {
    recordReported(tcb, report, now);
    return;
  }
  const isTold = tcb.user?.reported(report) === true;
  if (isAwaitingAccept(tcb) || endsConnection(tcb, report, now)) {
    close(tcb, report.errno, UNREACHABLE, now);
    return;
  }
  if (!isTold) tcb.softError = report.errno;
  if (isNoWay(report)) takeBackOffBack(tcb, report, now);
}

/** Whether a segment with that number is in flight. */
export function isInFlight(tcb: Tcb, seq: Seq): boolean {
  const { snd } = tcb;
  const first = isHalfOpen(tcb) ? snd.iss : snd.una; // our SYN-ACK is in flight, too
  return seqIn(seq, first, seqDiff(snd.nxt, first) + (tcb.profile.hearsErrorsAboutNext ? 1 : 0));
}

function isVersion6({ destination }: IcmpErrorReport): boolean {
  return isIpv6(destination);
}

/** Whether a router says that it knows no way, which may pass (RFC 6069 §3; Linux tcp_v6_err()). */
function isNoWay(report: IcmpErrorReport): boolean {
  const { type, code } = report;
  if (isVersion6(report)) {
    return type === Icmpv6Type.destinationUnreachable && code === Icmpv6UnreachableCode.noRoute;
  }
  if (type !== Icmpv4Type.destinationUnreachable) return false;
  return code === UnreachableCode.net || code === UnreachableCode.host;
}

/** Whether the peer has no TCP, or nothing at that port. */
function isNobodyThere(report: IcmpErrorReport): boolean {
  const { type, code } = report;
  if (isVersion6(report)) {
    return type === Icmpv6Type.destinationUnreachable && code === Icmpv6UnreachableCode.port;
  }
  if (type !== Icmpv4Type.destinationUnreachable) return false;
  return code === UnreachableCode.protocol || code === UnreachableCode.port;
}

/**
 * What opens through a listener is no more than a record on Linux, and dropped in silence: over
 * IPv4 where the way back is gone, over IPv6 by what is hard. Nobody waits for it (tcp_req_err()).
 */
function recordReported(tcb: Tcb, report: IcmpErrorReport, now: Instant): void {
  const { type, code, hard } = report;
  const isUnreachable = type === Icmpv4Type.destinationUnreachable;
  const isDropped = isVersion6(report) ? hard : !isUnreachable || code <= UnreachableCode.host;
  if (!isDropped) return;
  tcb.services.counters.TcpExtListenDrops += 1;
  close(tcb, undefined, UNREACHABLE, now);
}

function endsConnection(tcb: Tcb, report: IcmpErrorReport, now: Instant): boolean {
  const { state, profile, retransmissions, softError, synSentAt } = tcb;
  if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') {
    const { retransmissions: least, twice } = profile.softErrorsEndOpening;
    if (report.hard || report.isOwn) return true;
    if (retransmissions === 0 && now - synSentAt < profile.connectLasts) return false;
    return retransmissions >= least && (!twice || softError !== undefined);
  }
  if (!profile.hardErrorsAbort) return false;
  return isNobodyThere(report);
}
