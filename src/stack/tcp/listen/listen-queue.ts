/**
 * What a listener takes and what it refuses (listen(2); Linux tcp_conn_request(), tcp_check_req()):
 * how many connections may open at a time, and when one that is answered begins to count.
 */
import { segmentLength, type TcpSegment, TcpFlag } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { ListenProfile } from './listen-profile.ts';
import type { Listener } from './listener.ts';
import type { Instant } from '../../time.ts';
import type { TcpServices } from '../services.ts';
import type { Tcb } from '../tcb.ts';

/** The handshake of a connection is over, and it finds no room to wait for `accept`. */
export const ACCEPT_QUEUE_FULL: Cause = cause(
  'accept-queue-full',
  'too many connections wait',
  'Linux, listen(2)',
);

/** What becomes of a SYN: a connection is kept, a cookie answers (`syn-cookies.ts`), or nothing. */
export type SynRule = 'keep' | 'cookie' | 'refuse';

/** Whether so many connections are opening that the next SYN is not to make one more. */
export function synRule(
  services: TcpServices,
  { opening, backlog }: Listener,
  { source, destination }: IpPacket,
  now: Instant,
): SynRule {
  const { synBacklog, synCookies, oldestGivesWay, opensBeyondBacklog } = services.profile.listen;
  if (oldestGivesWay) return 'keep';
  if (synCookies === 2) return 'cookie';
  const most = opensBeyondBacklog ? backlog + 1 : backlog;
  const isFull = opening.size >= most; // Linux inet_csk_reqsk_queue_is_full()
  if (synCookies !== 0) return isFull ? 'cookie' : 'keep';
  // The last quarter is kept for peers that have proved to be alive (tcp_peer_is_proven()).
  const isReserved = synBacklog - opening.size < synBacklog >> 2;
  if (isFull || (isReserved && !services.metrics.isProven(destination, source, now))) {
    return 'refuse';
  }
  return 'keep';
}

/**
 * Some systems keep of a flood of SYNs the newest: the connection that has been opening longest
 * gives way to the next (RFC 4987 §3.4, FreeBSD syncache_insert()).
 */
export function oldestToGiveWay(listener: Listener, profile: ListenProfile): Tcb | undefined {
  const { opening, backlog } = listener;
  if (!profile.oldestGivesWay) return undefined;
  if (opening.size < Math.max(backlog, profile.synBacklog)) return undefined;
  for (const oldest of opening) return oldest;
  return undefined;
}

/**
 * TCP_DEFER_ACCEPT (tcp(7)): the ACK of our SYN is not enough, the program waits for data; until so
 * many SYN-ACKs have timed out, a bare one is not taken.
 */
export function isDeferred(tcb: Tcb, seg: TcpSegment): boolean {
  const isBare = segmentLength(seg) === 0 && (seg.flags & TcpFlag.fin) === 0;
  return isBare && tcb.retransmissions < tcb.options.deferAccept;
}

/** How many timeouts of a SYN-ACK reach so many seconds (Linux secs_to_retrans()). */
export function timeoutsIn(seconds: number, first: number, most: number): number {
  if (seconds <= 0) return 0;
  let count = 1;
  let interval = first;
  for (let reached = first; reached < seconds && count < 255; count++) {
    interval = Math.min(2 * interval, most);
    reached += interval;
  }
  return count;
}

/** The seconds that so many timeouts are (Linux retrans_to_secs()). */
export function secondsOf(timeouts: number, first: number, most: number): number {
  let reached = 0;
  let interval = first;
  for (let i = 0; i < timeouts; i++) {
    reached += interval;
    interval = Math.min(2 * interval, most);
  }
  return reached;
}
