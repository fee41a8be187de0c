/** Second: check the RST bit (RFC 9293 §3.10.7.4, RFC 5961 §3). */
import { seqAdd, TcpFlag, type TcpSegment } from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { Instant } from '../../time.ts';
import { close, drop } from '../close.ts';
import { isHalfOpen, resetHalfOpen } from '../fast-open/half-open.ts';
import type { Tcb } from '../tcb.ts';
import { challenge } from './challenge.ts';

export const RESET_RECEIVED: Cause = cause(
  'reset-received',
  'RST received',
  'RFC 9293 §3.10.7.4 second',
);
const CHALLENGE_RST = cause(
  'challenge-ack-rst',
  'challenges a RST that is not at RCV.NXT',
  'RFC 5961 §3.2, RFC 9293 §3.10.7.4 second',
);

/**
 * Second: RST counts only where the next octet is due; elsewhere it is challenged (RFC 5961 §3.2).
 * A peer that lost acknowledgments may take what it was told by SACK for the next (Linux). An
 * opening connection has nothing to lose, and believes any RST in its window.
 */
export function checkRst(tcb: Tcb, seg: TcpSegment, now: Instant): boolean {
  if ((seg.flags & TcpFlag.rst) === 0) return true;
  const isExact = seg.seq === tcb.rcv.nxt || seg.seq === tcb.sackReport?.highest;
  if (isExact || isResetBehindFin(tcb, seg) || isEmbryonic(tcb)) {
    resetReceived(tcb, now);
  } else {
    drop(tcb, seg, CHALLENGE_RST, now);
    challenge(tcb, CHALLENGE_RST, now);
  }
  return false;
}

/** A peer that has closed may send its RST with the number of its FIN (Linux tcp_reset_check()). */
export function isResetBehindFin({ rcv, state }: Tcb, seg: TcpSegment): boolean {
  if (state !== 'CLOSE-WAIT' && state !== 'LAST-ACK' && state !== 'CLOSING') return false;
  return seg.seq === seqAdd(rcv.nxt, -1);
}

/** It comes from a listening socket and is no more than a record yet (Linux request sockets). */
function isEmbryonic(tcb: Tcb): boolean {
  const { state, listener, profile } = tcb;
  if (isHalfOpen(tcb)) return true;
  return state === 'SYN-RECEIVED' && listener !== undefined && profile.minisockets;
}

export function resetReceived(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'TIME-WAIT' && tcb.profile.keepsTimeWait) return; // RFC 1337
  if (isEmbryonic(tcb)) tcb.services.counters.TcpExtEmbryonicRsts += 1;
  if (isHalfOpen(tcb)) {
    resetHalfOpen(tcb, now);
    close(tcb, 'ECONNRESET', RESET_RECEIVED, now); // who accepts it, or has, learns of it
    return;
  }
  switch (tcb.state) {
    case 'SYN-RECEIVED':
      // A passive open goes back to LISTEN, which the listener never left; nobody knew of it.
      close(
        tcb,
        tcb.listener === undefined ? tcb.profile.resetWhileOpening : undefined,
        RESET_RECEIVED,
        now,
      );
      break;
    case 'CLOSE-WAIT':
      close(tcb, 'EPIPE', RESET_RECEIVED, now); // Linux tcp_reset()
      break;
    case 'CLOSING':
    case 'LAST-ACK':
    case 'TIME-WAIT':
      close(tcb, undefined, RESET_RECEIVED, now);
      break;
    default:
      close(tcb, 'ECONNRESET', RESET_RECEIVED, now);
  }
}
