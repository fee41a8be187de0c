/** Fourth: check the SYN bit (RFC 9293 §3.10.7.4, RFC 5961 §4). */
import {
  segmentLength,
  seqAdd,
  TcpFlag,
  type TcpOptionValues,
  type TcpSegment,
} from '../../../wire/index.ts';
import { type Cause, cause } from '../../cause.ts';
import type { IpPacket } from '../../ip/ip-layer.ts';
import type { Instant } from '../../time.ts';
import { drop } from '../close.ts';
import { synAckAgain } from '../ecn/reflection.ts';
import { reportDuplicate } from '../receive/duplicates.ts';
import type { Tcb } from '../tcb.ts';
import { challenge } from './challenge.ts';

const CROSSING_SYN = cause(
  'crossing-syn',
  'acknowledges the SYN,ACK of a simultaneous open',
  'RFC 9293 §3.5',
);
export const CHALLENGE_SYN: Cause = cause(
  'challenge-ack-syn',
  'challenges a SYN inside the connection',
  'RFC 5961 §4.2, RFC 9293 §3.10.7.4 fourth',
);

/** Fourth: no SYN belongs inside a connection. */
export function checkSyn(
  tcb: Tcb,
  packet: IpPacket,
  seg: TcpSegment,
  options: TcpOptionValues,
  now: Instant,
): boolean {
  if ((seg.flags & TcpFlag.syn) === 0) return true;
  if (isCrossingSyn(tcb, seg)) {
    reportDuplicate(tcb, seg.seq, tcb.rcv.nxt);
    tcb.ackOwed = CROSSING_SYN;
    return true;
  }
  drop(tcb, seg, CHALLENGE_SYN, now);
  challengeSyn(tcb, now);
  synAckAgain(tcb, packet, seg, options);
  return false;
}

/**
 * The SYN,ACK of a simultaneous open (§3.5, figure 7): its SYN is known, its ACK is what completes
 * the handshake (Linux tcp_validate_incoming()).
 */
function isCrossingSyn({ state, listener, rcv, snd }: Tcb, seg: TcpSegment): boolean {
  return (
    state === 'SYN-RECEIVED' &&
    listener === undefined &&
    (seg.flags & TcpFlag.ack) !== 0 &&
    seg.seq === rcv.irs &&
    segmentLength(seg) === 1 &&
    seqAdd(seg.seq, 1) === rcv.nxt &&
    seg.ack === snd.nxt
  );
}

export function challengeSyn(tcb: Tcb, now: Instant): void {
  if (tcb.state === 'ESTABLISHED') tcb.services.counters.TcpInErrs += 1; // no other state (Linux)
  challenge(tcb, CHALLENGE_SYN, now);
}
