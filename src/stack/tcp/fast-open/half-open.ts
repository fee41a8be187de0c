/**
 * Connections that a program may use before their handshake is over, because they took data from a
 * SYN (RFC 7413 §4.2.2): whether one is, and how that ends.
 */
import type { Instant } from '../../time.ts';
import type { Tcb } from '../tcb.ts';

/** Our SYN-ACK is acknowledged (Linux tcp_rcv_synrecv_state_fastopen()). */
export function completeHandshake({ fastOpen }: Tcb): void {
  fastOpen?.queue?.leave();
  if (fastOpen !== undefined) fastOpen.queue = undefined;
}

/** A RST has come before that: a connection that was accepted stays in the count for a while. */
export function resetHalfOpen({ fastOpen, user }: Tcb, now: Instant): void {
  const queue = fastOpen?.queue;
  if (fastOpen === undefined || queue === undefined) return;
  if (user === undefined) queue.leave();
  else queue.leaveByReset(now);
  fastOpen.queue = undefined;
}

/**
 * Whether no program has the connection yet: an ICMP error ends it then, and one in use goes on as
 * if its handshake were over (Linux tcp_v4_err()).
 */
export function isAwaitingAccept(tcb: Tcb): boolean {
  return isHalfOpen(tcb) && tcb.user === undefined;
}

/** Whether the program may use the connection before its handshake is over. */
export function isHalfOpen({ fastOpen }: Tcb): boolean {
  return fastOpen !== undefined && fastOpen.isHalfOpen;
}
