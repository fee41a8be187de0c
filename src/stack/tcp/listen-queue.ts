/**
 * What a listener takes and what it refuses (listen(2); Linux tcp_conn_request(), tcp_check_req()):
 * how many connections may open at a time, and when one that is answered begins to count.
 */
import { segmentLength, type TcpSegment, TcpFlag } from '../../wire/index.ts';
import type { ListenProfile } from '../profile.ts';
import type { Listener } from './listener.ts';
import type { Tcb } from './tcb.ts';

/**
 * Whether so many connections are opening that one more SYN is refused. As long as SYN cookies
 * stand for what does not fit (tcp_syncookies), none is: see {@link oldestToGiveWay}.
 */
export function isSynQueueFull({ opening, backlog }: Listener, profile: ListenProfile): boolean {
  if (profile.synCookies !== 0) return false;
  const { synBacklog } = profile;
  // The last quarter is kept for peers that have proved to be alive; here nobody has.
  return opening.size >= backlog || synBacklog - opening.size < synBacklog >> 2;
}

/**
 * Under a flood of SYNs memory stays bounded: the connection that has been opening longest gives
 * way to the next. (Linux keeps nothing of the next, but a cookie.)
 */
export function oldestToGiveWay(listener: Listener, profile: ListenProfile): Tcb | undefined {
  const { opening, backlog } = listener;
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
  return isBare && tcb.retransmissions < tcb.deferAccept;
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
